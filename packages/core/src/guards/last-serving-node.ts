import { findNode, isServing, servingBesides } from "../fleet/standing.ts";
import type { Guard } from "./guard.ts";

/** Protects a node that serves; one that serves nobody may always be revived, or a small fault becomes an outage. */
export const lastServingNode: Guard = (facts, intent) => {
  const node = findNode(facts, intent.instanceId);
  if (!intent.disrupts || !node || !isServing(node) || servingBesides(facts, intent.instanceId) > 0) return undefined;
  // A planned replacement brings its stand-in up first, and takes this node out only when that one serves.
  if (intent.runbook === "replace-node") return undefined;
  return { verdict: "refuse", guard: "last-serving-node", because: `${intent.instanceId} is the last node that serves: I leave it alone` };
};
