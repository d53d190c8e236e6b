import { before } from "../apply/duration.ts";
import type { FleetFacts } from "../fleet/facts.ts";
import { lineageRoot } from "../fleet/standing.ts";
import type { Guard, Intent } from "./guard.ts";

/** What failed on a node counts against its replacement too: the same cure over and over is no cure. */
export const retryBudget: Guard = (facts, intent, policy, now) => {
  if (intent.resumes) return undefined;
  const spent = spentOn(facts, intent, now);
  const budget = policy.budget[intent.runbook];
  if (spent < budget) return undefined;
  return {
    verdict: "refuse",
    guard: "retry-budget",
    because: `${intent.runbook} ran ${spent} times within 24 h on ${intent.instanceId} and its ancestors, ${budget} are allowed: it does not help, a human has to look`,
  };
};

/** Runs of this runbook within 24 h on this node, its ancestors and its successors. */
export function spentOn(facts: FleetFacts, intent: Pick<Intent, "runbook" | "instanceId">, now: Date): number {
  const root = lineageRoot(facts, intent.instanceId);
  const since = before(now, { hours: 24 });
  return facts.attempts.filter(
    (attempt) =>
      attempt.runbook === intent.runbook && attempt.outcome !== "refused" && attempt.startedAt > since && lineageRoot(facts, attempt.resource) === root,
  ).length;
}
