import type { PolicyDocument, ResourcePolicy } from "./policy.ts";
import type { KeyId } from "./state-spec.ts";

/** Every function of a stage, by the name of its handler. */
export const FUNCTION_IDS = ["observe", "remediate", "alert", "runbook", "approve", "keep-snapshots"] as const;
export type FunctionId = (typeof FUNCTION_IDS)[number];

export interface FunctionSpec {
  name: string;
  /** Which of our handlers it runs: the file in `packages/functions/src`. */
  handler: FunctionId;
  /** Bounds of a durable execution, in seconds and days; null for a plain function. */
  durable: { executionTimeoutSeconds: number; retentionDays: number; alias: string } | null;
  timeoutSeconds: number;
  memoryMb: number;
  environment: Record<string, string>;
  role: { name: string; policy: PolicyDocument };
  logs: { name: string; retentionDays: number };
  /**
   * Retries of an asynchronous event after the first attempt, 0 to 2, and the seconds after which it is too old to matter. null for a
   * durable function, whose executions Lambda never starts again. Source: Lambda developer guide, "Best practices for Lambda durable functions".
   */
  asyncRetry: { retries: number; maxAgeSeconds: number } | null;
  /**
   * Queue that receives what still failed: the on-failure destination of a plain function, the dead-letter queue of a durable one, which
   * knows no destinations. Source: Lambda developer guide, "Invoking durable Lambda functions".
   */
  onFailure: string;
}

/** Delivery of one event to one target: how often and how long EventBridge tries, and where it goes then. */
export interface DeliverySpec {
  target: FunctionId;
  deadLetter: string;
  retries: number;
  maxAgeSeconds: number;
}

export interface RuleSpec extends DeliverySpec {
  name: string;
  description: string;
  /** Bus name; `default` for AWS's own events. */
  bus: string;
  pattern: Record<string, unknown>;
}

export interface ScheduleSpec extends DeliverySpec {
  name: string;
  description: string;
  everyMinutes: number;
  /** null sends EventBridge's own scheduled event. */
  input: unknown;
  /** Event with which the deploy itself starts it once, so that nothing counts as silent before its first time; null for never. */
  atDeploy: unknown;
}

export type TopicId = "people" | "pager" | "chat";

export interface TopicSpec {
  id: TopicId;
  name: string;
  purpose: string;
  key: KeyId;
  policy: ResourcePolicy;
  subscriptions: { protocol: "email" | "https"; endpoint: string }[];
}

export interface QueueSpec {
  name: string;
  retentionDays: number;
  policy: ResourcePolicy;
}

export interface AlarmSpec {
  name: string;
  namespace: string;
  metric: string;
  /** Dimension name to value; placeholders are filled at deploy time, when AWS has named things. */
  dimensions: Record<string, string>;
  statistic: "Average" | "Maximum" | "Minimum" | "Sum";
  periodSeconds: number;
  evaluationPeriods: number;
  datapointsToAlarm: number;
  threshold: number;
  comparison: "GreaterThanOrEqualToThreshold" | "GreaterThanThreshold" | "LessThanThreshold" | "LessThanOrEqualToThreshold";
  missingData: "breaching" | "notBreaching" | "ignore" | "missing";
  /** Topics that CloudWatch itself tells of ALARM: for what our own functions may be too broken to say. */
  tells: TopicId[];
  /** Topics that it tells of OK too. A pager closes what it opened; to people it would be a dozen letters at every deploy, when each alarm turns OK for the first time. */
  tellsRecovery: TopicId[];
  /** Why this threshold. */
  because: string;
  /** Whose figure it is. */
  source: "posit" | "aws" | "steward";
}

/** An alarm over alarms. */
export interface CompositeAlarmSpec {
  name: string;
  /** CloudWatch's rule expression over alarm names. */
  rule: string;
  tells: TopicId[];
  tellsRecovery: TopicId[];
  because: string;
}

export interface DashboardSpec {
  name: string;
  /** CloudWatch's dashboard body structure; placeholders are filled at deploy time. */
  body: unknown;
}
