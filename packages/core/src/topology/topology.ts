import type { AlarmSpec, CompositeAlarmSpec, DashboardSpec, FunctionSpec, QueueSpec, RuleSpec, ScheduleSpec, TopicSpec } from "./control-spec.ts";
import type { AddressSpec, BalancerSpec, DataVolumeSpec, GroupSpec, LaunchTemplateSpec } from "./fleet-spec.ts";
import type { ImageSpec } from "./image-spec.ts";
import type { NetworkSpec } from "./network-spec.ts";
import type {
  BucketSpec,
  DatabaseSpec,
  DocumentSpec,
  KeySpec,
  LogGroupSpec,
  ParameterSpec,
  RoleSpec,
  SecretSpec,
  StateObjectSpec,
  TableSpec,
} from "./state-spec.ts";

export const TOPOLOGIES = ["single", "ha"] as const;
export type TopologyKind = (typeof TOPOLOGIES)[number];

/** Where this is deployed; ARNs need both. */
export interface Place {
  account: string;
  region: string;
}

/**
 * What is deployed, as plain data: stacks loop over it, the simulated account boots from it, tests prove that the two agree.
 * Names are unique per account and region because each carries the stage. What AWS names stands as a placeholder.
 */
export interface Topology {
  stage: string;
  kind: TopologyKind;
  place: Place;
  tags: Record<string, string>;
  /** Where a node answers, and on what path it says that it serves. */
  service: { port: number; healthPath: string };
  network: NetworkSpec;
  keys: KeySpec[];
  buckets: BucketSpec[];
  secrets: SecretSpec[];
  database: DatabaseSpec | null;
  balancer: BalancerSpec | null;
  address: AddressSpec | null;
  dataVolume: DataVolumeSpec | null;
  nodeRole: RoleSpec;
  /** Of the machine on which a restore is proven; null where no snapshots are kept. */
  drillRole: RoleSpec | null;
  launchTemplate: LaunchTemplateSpec;
  group: GroupSpec;
  /** How the golden image is made. */
  image: ImageSpec;
  table: TableSpec;
  parameters: ParameterSpec[];
  objects: StateObjectSpec[];
  document: DocumentSpec;
  /** Log groups of nodes, database and image builds; functions have theirs. */
  logGroups: LogGroupSpec[];
  bus: string;
  topics: TopicSpec[];
  deadLetter: QueueSpec;
  functions: FunctionSpec[];
  rules: RuleSpec[];
  schedules: ScheduleSpec[];
  alarms: AlarmSpec[];
  composites: CompositeAlarmSpec[];
  dashboard: DashboardSpec;
}
