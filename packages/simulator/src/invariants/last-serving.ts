import { groupOf } from "./fleet.ts";
import type { CallSeen, Check, Invariant, Moment } from "./invariant.ts";
import { isApproved } from "./ledger.ts";

interface Named {
  InstanceId?: string;
  InstanceIds?: string[];
  Targets?: { Id?: string }[];
  HealthStatus?: string;
  Parameters?: Record<string, string[]>;
}

/** Calls that take nodes out of service, and the nodes that they name. */
const TAKES: Record<string, (input: Named) => string[]> = {
  "autoscaling:EnterStandby": ({ InstanceIds = [] }) => InstanceIds,
  "autoscaling:DetachInstances": ({ InstanceIds = [] }) => InstanceIds,
  "autoscaling:TerminateInstanceInAutoScalingGroup": ({ InstanceId }) => (InstanceId ? [InstanceId] : []),
  "autoscaling:SetInstanceHealth": ({ InstanceId, HealthStatus }) => (InstanceId && HealthStatus === "Unhealthy" ? [InstanceId] : []),
  "ec2:TerminateInstances": ({ InstanceIds = [] }) => InstanceIds,
  "ec2:StopInstances": ({ InstanceIds = [] }) => InstanceIds,
  "ec2:RebootInstances": ({ InstanceIds = [] }) => InstanceIds,
  "elbv2:DeregisterTargets": ({ Targets = [] }) => Targets.flatMap(({ Id }) => (Id ? [Id] : [])),
  "ssm:SendCommand": ({ InstanceIds = [], Parameters }) => (["restart", "drain"].includes(Parameters?.verb?.[0] ?? "") ? InstanceIds : []),
};

export const lastServing: Invariant = {
  id: "last-serving",
  sentence: "No function ever takes a serving node out of service while no other node serves, but for what a person has just approved.",
  watch: (): Check => (moment) => (moment.call ? judge(moment, moment.call) : []),
};

function judge(moment: Moment, { principal, service, operation, input, error, servingBefore }: CallSeen): string[] {
  if (principal.functionName === undefined || error !== undefined) return [];
  const taken = TAKES[`${service}:${operation}`]?.(input as Named) ?? [];
  const hit = servingBefore.filter((node) => taken.includes(node) && !(operation === "SendCommand" && isEnded(moment, node)));
  if (hit.length === 0 || servingBefore.some((node) => !taken.includes(node))) return [];
  if (isApproved(moment)) return [];
  return [`${principal.functionName} called ${service}:${operation} on ${hit.join(", ")} while no other node was serving`];
}

/** The group is ending it already, by whoever's will: what finishes its work takes nothing from users that they would have kept. */
const isEnded = (moment: Moment, node: string): boolean => groupOf(moment)?.members.get(node)?.state.startsWith("Terminating") ?? false;
