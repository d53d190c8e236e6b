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
  if (state === "running") checkRunning(balancing, group, target);
  else unusable(group, target, state);
}

function checkRunning(balancing: Balancing, group: TargetGroup, target: Target): void {
  if (target.reason === "Target.InvalidState") Object.assign(target, { state: "initial", passed: 0, failed: 0, goneSince: undefined });
  const verdict = ask(balancing.account.links.machine(target.instanceId), group.health);
  // Silence is known only when the time-out is over.
  const afterMs = verdict.reason === "Target.Timeout" ? group.health.timeoutSeconds * 1_000 : 0;
  if (afterMs > 0) setTimeout(() => target.state !== "draining" && judge(group, target, verdict), afterMs);
  else judge(group, target, verdict);
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

function judge(group: TargetGroup, target: Target, verdict: Verdict): void {
  target.passed = verdict.reason ? 0 : target.passed + 1;
  target.failed = verdict.reason ? target.failed + 1 : 0;
  Object.assign(target, verdict.reason ? afterFailure(group, target, verdict) : afterSuccess(group, target));
}

type Standing = Pick<Target, "state" | "reason" | "description">;

/** A new target needs one success, an unhealthy one the threshold. Source: Application Load Balancer guide, "Health checks". */
const afterSuccess = (group: TargetGroup, target: Target): Standing =>
  target.state === "unhealthy" && target.passed < group.health.healthyThreshold ? target : { state: "healthy", reason: undefined, description: undefined };

function afterFailure(group: TargetGroup, target: Target, { reason, description }: Verdict): Standing {
  if (target.state === "unhealthy" || target.failed >= group.health.unhealthyThreshold) return { state: "unhealthy", reason, description };
  return target.state === "initial" ? { state: "initial", reason: "Elb.InitialHealthChecking", description: "Initial health checks in progress" } : target;
}

function sample(group: TargetGroup): void {
  const states = [...group.targets.values()].map(({ state }) => state);
  if (states.every((state) => state === "draining")) return;
  group.samples.push({ healthy: states.filter((state) => state === "healthy").length, unhealthy: states.filter((state) => state === "unhealthy").length });
}
