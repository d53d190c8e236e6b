import type { FleetFacts, NodeFacts } from "../fleet/facts.ts";

/** A node launched while a replacement is under way stands in for the node that is being replaced: one change at a time. */
export function ancestorOf(node: NodeFacts, facts: Pick<FleetFacts, "attempts">): string | null {
  const replacing = facts.attempts.findLast(
    (attempt) => attempt.runbook === "replace-node" && attempt.outcome === "running" && attempt.startedAt <= node.launchedAt,
  );
  return replacing && replacing.resource !== node.instanceId ? replacing.resource : null;
}
