import { arn } from "../../account/account.ts";
import { hex } from "../../world/chance.ts";

/** Lifecycle states of a group's instance. Source: Auto Scaling user guide, "Instance lifecycle". */
export type LifecycleState =
  | "Pending"
  | "Pending:Wait"
  | "Pending:Proceed"
  | "InService"
  | "EnteringStandby"
  | "Standby"
  | "Terminating"
  | "Terminating:Wait"
  | "Terminating:Proceed"
  | "Terminated";

export type Transition = "autoscaling:EC2_INSTANCE_LAUNCHING" | "autoscaling:EC2_INSTANCE_TERMINATING";

export interface Hook {
  name: string;
  transition: Transition;
  heartbeatSeconds: number;
  defaultResult: "CONTINUE" | "ABANDON";
  metadata?: string | undefined;
}

/** How a lifecycle action ended, and why in Auto Scaling's words. */
export interface HookResult {
  result: "CONTINUE" | "ABANDON";
  because: string;
}

/** One lifecycle action that somebody has to complete. */
export interface LifecycleAction {
  token: string;
  hook: Hook;
  /** Time (ms) at which the heartbeat runs out; recording a heartbeat moves it. */
  deadline: number;
  /** Time (ms) beyond which no heartbeat helps. */
  lastDeadline: number;
  settle: (result: HookResult) => void;
}

export interface TemplateReference {
  idOrName: string;
  /** A number, `$Latest` or `$Default`; resolved at every launch. */
  version: string;
}

export interface Member {
  instanceId: string;
  instanceType: string;
  zone: string;
  subnet: string;
  launchedAt: number;
  state: LifecycleState;
  isHealthy: boolean;
  inServiceAt?: number;
  impairedSince?: number;
  template: { id: string; name: string; version: string };
  /** The unhealthy instance that this one stands in for, where the group launches before it terminates. */
  replaces?: string | undefined;
  /** Launched to fill a zone: one more than desired until it serves and another one may go. */
  balances: boolean;
  actions: LifecycleAction[];
}

export interface Activity {
  id: string;
  group: string;
  description: string;
  cause: string;
  startedAt: Date;
  endedAt?: Date;
  status: "PreInService" | "InProgress" | "MidLifecycleAction" | "WaitingForELBConnectionDraining" | "Successful" | "Failed" | "Cancelled";
  message?: string;
  progress: number;
  details: string;
}

export interface Group {
  name: string;
  arn: string;
  createdAt: Date;
  min: number;
  max: number;
  desired: number;
  subnets: string[];
  template: TemplateReference;
  targetGroups: string[];
  tags: Map<string, { value: string; isPropagated: boolean }>;
  hooks: Map<string, Hook>;
  maintenance: { minHealthyPercent: number; maxHealthyPercent: number } | undefined;
  healthCheckType: string;
  graceSeconds: number;
  /** Names of its own metrics that it sends to CloudWatch. */
  metrics: Set<string>;
  /** ARN of the service-linked role that launches for the group. */
  serviceRole: string;
  cooldownSeconds: number;
  /** Process name to the reason that describe calls give. */
  suspended: Map<string, string>;
  members: Map<string, Member>;
  /** Oldest first. */
  activities: Activity[];
  /** Launches that have no instance yet. */
  starting: Set<{ replaces: string | undefined; balances: boolean; subnet: string }>;
  /** The sentence of the request that changed the desired capacity last, until an activity has told it. */
  request: string | undefined;
  failedLaunches: number;
  /** Not before this time (ms) does the group try again after a failed launch. */
  retryAt: number;
  wakeAt: number;
}

/** A new group ARN; AWS generates the id in the middle. */
export const groupArn = (name: string): string =>
  arn("autoscaling", `autoScalingGroup:${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}:autoScalingGroupName/${name}`);

const COUNTED: ReadonlySet<LifecycleState> = new Set(["Pending", "Pending:Wait", "Pending:Proceed", "InService"]);

/** Whether an instance counts toward the desired capacity; Standby and Terminating do not. */
export const isCounted = (member: Member): boolean => COUNTED.has(member.state);

export const isLeaving = (member: Member): boolean => member.state.startsWith("Terminat");

export const runs = (group: Group, process: string): boolean => !group.suspended.has(process);
