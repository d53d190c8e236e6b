/**
 * What is deployed, as plain data: stacks loop over it, the simulated account boots from it, tests prove that the two agree.
 * Names are unique per account and region because each carries the stage.
 */

export interface PolicyStatement {
  Sid?: string;
  Effect: "Allow" | "Deny";
  Action: string[];
  Resource: string[];
  /** Operator to condition key to values, as IAM spells them. */
  Condition?: Record<string, Record<string, string | string[]>>;
}

export interface PolicyDocument {
  Version: "2012-10-17";
  Statement: PolicyStatement[];
}

/** Where this is deployed; ARNs need both. */
export interface Place {
  account: string;
  region: string;
}

export interface LifecycleHook {
  name: string;
  transition: "autoscaling:EC2_INSTANCE_LAUNCHING" | "autoscaling:EC2_INSTANCE_TERMINATING";
  heartbeatSeconds: number;
  defaultResult: "CONTINUE" | "ABANDON";
}

export interface GroupSpec {
  name: string;
  min: number;
  max: number;
  desired: number;
  subnets: string[];
  /** Seconds; ELB health is judged by Steward, so the group itself looks at EC2's verdict only. */
  healthCheckGraceSeconds: number;
  healthCheckType: "EC2";
  maintenance: { minHealthyPercent: number; maxHealthyPercent: number };
  hooks: LifecycleHook[];
  launchTemplate: string;
  tags: Record<string, string>;
}

export interface TargetGroupSpec {
  name: string;
  loadBalancer: string;
  port: number;
  health: { path: string; intervalSeconds: number; timeoutSeconds: number; healthyThreshold: number; unhealthyThreshold: number; successCodes: string };
  deregistrationDelaySeconds: number;
}

export interface LaunchTemplateSpec {
  name: string;
  imageId: string;
  instanceType: string;
  instanceProfile: string;
}

export interface AlarmSpec {
  name: string;
  namespace: string;
  metric: string;
  /** Dimension name to value; `{loadBalancer}` and `{targetGroup}` are filled at deploy time, when AWS has named them. */
  dimensions: Record<string, string>;
  statistic: "Average" | "Maximum" | "Minimum" | "Sum";
  periodSeconds: number;
  evaluationPeriods: number;
  datapointsToAlarm: number;
  threshold: number;
  comparison: "GreaterThanOrEqualToThreshold" | "GreaterThanThreshold" | "LessThanThreshold" | "LessThanOrEqualToThreshold";
  missingData: "breaching" | "notBreaching" | "ignore" | "missing";
  /** CloudWatch itself tells people: for what our own functions may be too broken to say. */
  tellsPeople: boolean;
  /** Why this threshold, and whose it is. */
  because: string;
}

export interface FunctionSpec {
  name: string;
  /** Which of our handlers it runs: the file in `packages/functions/src`. */
  handler: FunctionId;
  durable: boolean;
  timeoutSeconds: number;
  memoryMb: number;
  environment: Record<string, string>;
  policy: PolicyDocument;
  /** Retries of an asynchronous invocation after the first attempt, 0 to 2. */
  asyncRetries: number;
  /** Queue that receives what still failed. */
  onFailure: string;
}

export type FunctionId = "observe" | "remediate" | "alert" | "runbook";

export interface RuleSpec {
  name: string;
  /** Bus name; `default` for AWS's own events. */
  bus: string;
  pattern: Record<string, unknown>;
  target: FunctionId;
  deadLetter: string;
}

export interface ScheduleSpec {
  name: string;
  everyMinutes: number;
  target: FunctionId;
  input: unknown;
  deadLetter: string;
}

export interface DocumentSpec {
  name: string;
  /** The SSM command document, schema 2.2, as JSON. */
  content: unknown;
}

export interface Topology {
  stage: string;
  kind: TopologyKind;
  group: GroupSpec;
  launchTemplate: LaunchTemplateSpec;
  targetGroup: TargetGroupSpec;
  database: { id: string; name: string; instanceClass: string; storageGb: number } | null;
  bucket: string | null;
  table: string;
  bus: string;
  /** Topic name by audience. */
  topics: { people: string };
  deadLetter: string;
  document: DocumentSpec;
  /** SSM parameter name to the value it has at deploy time. */
  parameters: Record<string, string>;
  functions: FunctionSpec[];
  rules: RuleSpec[];
  schedules: ScheduleSpec[];
  alarms: AlarmSpec[];
}

export const TOPOLOGIES = ["ha"] as const;
export type TopologyKind = (typeof TOPOLOGIES)[number];
