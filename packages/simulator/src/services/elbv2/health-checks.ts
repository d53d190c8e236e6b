import type { Machine } from "../../account/account.ts";
import type { Balancing, HealthCheck, Reason, Target, TargetGroup } from "./balancing.ts";
import { deregister } from "./targets.ts";

/** Assumed: a terminated instance stays listed as unusable for a minute before the balancer drops it. */
const FORGET_GONE_MS = 60_000;

/** Checks all targets of a group every interval, for as long as the world runs. */
export function keepChecking(balancing: Balancing, group: TargetGroup): void {
  setTimeout(() => {
    if (group.balancers.size > 0) for (const target of group.targets.values()) check(balancing, group, target);
    sample(group);
    keepChecking(balancing, group);
  }, group.health.intervalSeconds * 1_000);
}

function check(balancing: Balancing, group: TargetGroup, target: Target): void {
  if (target.state === "draining" || Date.now() < target.checkedFrom) return;
  const state = balancing.account.links.instanceState(target.instanceId)?.state;
  if (state !== "running") return unusable(group, target, state);
  if (target.reason === "Target.InvalidState") Object.assign(target, { state: "initial", passed: 0, failed: 0, goneSince: undefined });
  const verdict = ask(balancing.account.links.machine(target.instanceId), group.health);
  if (verdict.reason !== "Target.Timeout") return judge(group, target, verdict);
  setTimeout(() => target.state !== "draining" && judge(group, target, verdict), group.health.timeoutSeconds * 1_000);
}

/** Source: API reference, TargetHealth: `Target.InvalidState` is a stopped or terminated instance. */
function unusable(group: TargetGroup, target: Target, state: string | undefined): void {
  if (state === "pending") return;
  Object.assign(target, {
    state: "unused",
    reason: "Target.InvalidState",
    description: `Target is in the ${state === "stopped" || state === "stopping" ? "stopped" : "terminated"} state`,
  });
  if (state === "stopped" || state === "stopping") return;
  target.goneSince ??= Date.now();
  if (Date.now() - target.goneSince >= FORGET_GONE_MS) deregister(group, target.instanceId);
}

interface Verdict {
  reason?: Reason;
  description?: string;
}

function ask(machine: Machine | undefined, health: HealthCheck): Verdict {
  const answer = machine?.http(health.path) ?? ({ kind: "timeout" } as const);
  if (answer.kind === "refused") return { reason: "Target.FailedHealthChecks", description: "Health checks failed" };
  if (answer.kind === "timeout" || answer.ms > health.timeoutSeconds * 1_000) return { reason: "Target.Timeout", description: "Request timed out" };
  if (!succeeds(answer.status, health.successCodes))
    return { reason: "Target.ResponseCodeMismatch", description: `Health checks failed with these codes: [${answer.status}]` };
  return {};
}

/** Success codes are a code, a list (`200,202`) or a range (`200-299`). */
export const succeeds = (status: number, codes: string): boolean =>
  codes.split(",").some((part) => {
    const [low = 0, high = low] = part.split("-").map(Number);
    return status >= low && status <= high;
  });

function judge(group: TargetGroup, target: Target, { reason, description }: Verdict): void {
  target.passed = reason ? 0 : target.passed + 1;
  target.failed = reason ? target.failed + 1 : 0;
  // A new target needs one success, an unhealthy one the threshold (Application Load Balancer guide, "Health checks").
  if (!reason && (target.state !== "unhealthy" || target.passed >= group.health.healthyThreshold))
    Object.assign(target, { state: "healthy", reason: undefined, description: undefined });
  else if (reason && (target.state === "unhealthy" || target.failed >= group.health.unhealthyThreshold))
    Object.assign(target, { state: "unhealthy", reason, description });
  else if (target.state === "initial") Object.assign(target, { reason: "Elb.InitialHealthChecking", description: "Initial health checks in progress" });
}

function sample(group: TargetGroup): void {
  const states = [...group.targets.values()].map(({ state }) => state);
  if (states.every((state) => state === "draining")) return;
  group.samples.push({ healthy: states.filter((state) => state === "healthy").length, unhealthy: states.filter((state) => state === "unhealthy").length });
}
