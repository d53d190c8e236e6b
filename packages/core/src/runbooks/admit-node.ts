import { z } from "zod";
import { before } from "../apply/duration.ts";
import type { FleetFacts } from "../fleet/facts.ts";
import { InstanceId } from "../fleet/instance-id.ts";
import { findNode } from "../fleet/standing.ts";
import { ancestorOf } from "../incidents/ancestor.ts";
import { runbook } from "./runbook.ts";
import type { Step } from "./steps.ts";

/** New nodes within 24 h that came to nothing. */
const sentAway = ({ attempts, at }: FleetFacts): number =>
  new Set(
    attempts
      .filter(({ runbook, outcome, startedAt }) => runbook === "admit-node" && outcome === "failed" && startedAt > before(at, { hours: 24 }))
      .map(({ resource }) => resource),
  ).size;

/**
 * Only a node whose probe equals the desired state and that answers is let in; any other is sent away. The group launches another at
 * once, so after a handful of them the next one stays in its hook, for as long as AWS lets it, and launching stops.
 */
export const admitNode = runbook({
  id: "admit-node",
  summary: "Let a new node into service once its probe equals the desired state; send it away if it does not get there.",
  input: z.strictObject({ instanceId: InstanceId, hook: z.string().min(1) }),
  changes: ["remember-lineage", "converge", "complete-lifecycle"],
  disrupts: false,
  topologies: ["ha"],
  impact: "None: the node has never served.",
  plan: ({ instanceId, hook }, facts, policy) => {
    const node = findNode(facts, instanceId);
    const ancestor = node && ancestorOf(node, facts);
    const lineage: Step[] = ancestor ? [{ do: "remember-lineage", instanceId, ancestor, because: "what was tried on the one counts for the other" }] : [];
    const abandon: Step = { do: "complete-lifecycle", instanceId, hook, result: "ABANDON", because: "it did not become equal to the desired state in time" };
    return {
      steps: [
        ...lineage,
        { do: "converge", instanceId, because: "a node gets traffic only when it equals the desired state" },
        { do: "complete-lifecycle", instanceId, hook, result: "CONTINUE", because: "its probe equals the desired state" },
      ],
      otherwise: sentAway(facts) < policy.budget["admit-node"] ? [abandon] : [],
    };
  },
});
