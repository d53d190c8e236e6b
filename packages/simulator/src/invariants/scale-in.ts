import { groupOf, servingNodes } from "./fleet.ts";
import type { CallSeen, Invariant, Moment } from "./invariant.ts";

/** How long after a call a scale-in is still its doing; the group acts within seconds. */
const FIVE_MINUTES = 5 * 60_000;

export const scaleIn: Invariant = {
  id: "scale-in",
  sentence: "No function ever lowers the desired capacity so that the group, which chooses its own victim, ends the last serving node.",
  watch: () => {
    let serving: string[] = [];
    let lowered: { by: string; to: number; at: Date } | undefined;
    return (moment) => {
      lowered = loweredBy(moment.call, moment.now) ?? lowered;
      const before = serving;
      serving = servingNodes(moment.world, moment.deployed);
      if (!lowered || serving.length > 0 || moment.now.getTime() - lowered.at.getTime() > FIVE_MINUTES) return [];
      const { by, to } = lowered;
      return before
        .filter((node) => isEndedAlive(moment, node))
        .map((node) => `the group ended ${node}, the last serving node, after ${by} had set the desired capacity to ${to}`);
    };
  },
};

function loweredBy(call: CallSeen | undefined, at: Date): { by: string; to: number; at: Date } | undefined {
  if (call?.operation !== "SetDesiredCapacity" || call.error !== undefined || call.principal.functionName === undefined) return undefined;
  return { by: call.principal.functionName, to: (call.input as { DesiredCapacity: number }).DesiredCapacity, at };
}

/** The group ends it although nothing is wrong with it. */
function isEndedAlive(moment: Moment, node: string): boolean {
  const answer = moment.world.machines.get(node)?.http(moment.deployed.topology.service.healthPath);
  return answer?.kind === "answer" && answer.status === 200 && (groupOf(moment)?.members.get(node)?.state.startsWith("Terminating") ?? false);
}
