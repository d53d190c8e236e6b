import type { Action } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Account } from "../../account/account.ts";
import { AwsError } from "../../account/operation.ts";

export type TargetState = "initial" | "healthy" | "unhealthy" | "unused" | "draining";

/** Why a target is in its state. Source: ELBv2 API reference, TargetHealth. */
export type Reason =
  | "Elb.RegistrationInProgress"
  | "Elb.InitialHealthChecking"
  | "Target.Timeout"
  | "Target.ResponseCodeMismatch"
  | "Target.FailedHealthChecks"
  | "Target.NotRegistered"
  | "Target.NotInUse"
  | "Target.InvalidState"
  | "Target.DeregistrationInProgress";

export interface Target {
  instanceId: string;
  port: number;
  state: TargetState;
  reason: Reason | undefined;
  description: string | undefined;
  /** Consecutive results of the health checks. */
  passed: number;
  failed: number;
  /** Before this time (ms) the balancer does not check it yet. */
  checkedFrom: number;
  /** Since when (ms) its instance is gone for good. */
  goneSince?: number | undefined;
}

export interface HealthCheck {
  path: string;
  intervalSeconds: number;
  timeoutSeconds: number;
  healthyThreshold: number;
  unhealthyThreshold: number;
  /** As given: a code, a list, or a range. */
  successCodes: string;
}

/** What happened to the requests of the current minute. */
export interface Traffic {
  requests: number;
  target2xx: number;
  target5xx: number;
  elb5xx: number;
  responseSeconds: number;
  responses: number;
}

export interface TargetGroup {
  arn: string;
  name: string;
  port: number;
  protocol: string;
  vpcId: string | undefined;
  health: HealthCheck;
  attributes: Map<string, string>;
  tags: Record<string, string>;
  /** ARNs of the balancers whose listeners forward here. */
  balancers: Set<string>;
  targets: Map<string, Target>;
  traffic: Traffic;
  /** Healthy and unhealthy hosts at each health check of the current minute. */
  samples: { healthy: number; unhealthy: number }[];
  /** Whose turn it is. */
  next: number;
}

export interface LoadBalancer {
  arn: string;
  name: string;
  scheme: string;
  createdAt: Date;
  state: "provisioning" | "active";
  subnets: string[];
  securityGroups: string[];
  attributes: Map<string, string>;
  tags: Record<string, string>;
}

export interface Listener {
  arn: string;
  balancer: string;
  port: number;
  protocol: string;
  sslPolicy: string | undefined;
  certificates: string[];
  actions: Action[];
}

/** What every part of the service works with. */
export interface Balancing {
  account: Account;
  balancers: Map<string, LoadBalancer>;
  targetGroups: Map<string, TargetGroup>;
  listeners: Map<string, Listener>;
}

export const noTraffic = (): Traffic => ({ requests: 0, target2xx: 0, target5xx: 0, elb5xx: 0, responseSeconds: 0, responses: 0 });

export function targetGroupOf(balancing: Balancing, arn: string | undefined): TargetGroup {
  const found = balancing.targetGroups.get(arn ?? "");
  if (!found) throw new AwsError("TargetGroupNotFound", "One or more target groups not found");
  return found;
}

export function balancerOf(balancing: Balancing, arn: string | undefined): LoadBalancer {
  const found = balancing.balancers.get(arn ?? "");
  if (!found) throw new AwsError("LoadBalancerNotFound", "One or more load balancers not found");
  return found;
}
