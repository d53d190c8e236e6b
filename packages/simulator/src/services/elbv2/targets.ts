import { between } from "../../world/chance.ts";
import type { Balancing, Target, TargetGroup } from "./balancing.ts";

/** Assumed: how long the balancer takes to know a new target. */
const REGISTRATION_MS = [2_000, 8_000] as const;

/** Registers an instance, or brings a draining one back; safe to repeat. */
export function register(group: TargetGroup, instanceId: string, port = group.port): void {
  const before = group.targets.get(instanceId);
  if (before && before.state !== "draining") return;
  const target: Target = {
    instanceId,
    port,
    state: "initial",
    reason: "Elb.RegistrationInProgress",
    description: "Target registration is in progress",
    passed: 0,
    failed: 0,
    checkedFrom: Date.now() + between(...REGISTRATION_MS),
  };
  if (group.balancers.size === 0) Object.assign(target, NOT_IN_USE);
  group.targets.set(instanceId, target);
}

const NOT_IN_USE = {
  state: "unused",
  reason: "Target.NotInUse",
  description: "Target group is not configured to receive traffic from the load balancer",
} as const;

/** A listener now forwards to the group: its targets start to be checked. */
export function putInUse(group: TargetGroup): void {
  for (const target of group.targets.values())
    if (target.reason === "Target.NotInUse")
      Object.assign(target, {
        state: "initial",
        reason: "Elb.RegistrationInProgress",
        description: "Target registration is in progress",
        checkedFrom: Date.now() + between(...REGISTRATION_MS),
      });
}

/**
 * Starts draining: no new requests, and `draining` until the delay is over even when nothing is in flight.
 * Source: Application Load Balancer guide, "Deregistration delay".
 */
export function deregister(group: TargetGroup, instanceId: string): void {
  const target = group.targets.get(instanceId);
  if (!target || target.state === "draining") return;
  Object.assign(target, { state: "draining", reason: "Target.DeregistrationInProgress", description: "Target deregistration is in progress" });
  setTimeout(() => {
    if (group.targets.get(instanceId) === target) group.targets.delete(instanceId);
  }, delaySeconds(group) * 1_000);
}

const delaySeconds = (group: TargetGroup): number => Number(group.attributes.get("deregistration_delay.timeout_seconds"));

/**
 * Where new requests go: the healthy targets; when there is none, all registered ones (fail open).
 * Source: Application Load Balancer guide, "Health checks for your target groups".
 */
export function routable(group: TargetGroup): Target[] {
  const registered = [...group.targets.values()].filter(({ state, reason }) =>
    state === "initial" ? reason !== "Elb.RegistrationInProgress" : state === "healthy" || state === "unhealthy",
  );
  const healthy = registered.filter(({ state }) => state === "healthy");
  return healthy.length > 0 ? healthy : registered;
}

/** State of a target as other services ask for it; undefined when it is not registered. */
export const stateOf = (balancing: Balancing, targetGroupArn: string, instanceId: string): string | undefined =>
  balancing.targetGroups.get(targetGroupArn)?.targets.get(instanceId)?.state;
