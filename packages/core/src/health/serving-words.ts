import type { FleetFacts } from "../fleet/facts.ts";
import type { Policy } from "../fleet/policy.ts";
import { servingNodes } from "../fleet/standing.ts";

/** Who serves, for people: so many of a pair; of a single server whether it does, or that it can't be asked. */
export function servingInWords(facts: FleetFacts, { topology, capacity }: Pick<Policy, "topology" | "capacity">): string {
  const serving = servingNodes(facts).length;
  if (topology === "ha") return `${serving} of ${capacity} nodes serve`;
  if (serving > 0) return "the server serves";
  const inService = facts.nodes.filter(({ lifecycle }) => lifecycle === "InService");
  const mute = inService.find(({ target }) => target?.state === "unavailable");
  if (mute) return `${mute.instanceId} can't be asked whether it serves (${mute.target?.reason})`;
  return inService.length > 0 ? "the server serves nobody" : "no server is in service";
}
