import { groupOf } from "./fleet.ts";
import type { CallSeen, Invariant } from "./invariant.ts";

/** Calls by which somebody may mean a member to go. */
const ASKS = new Set(["TerminateInstanceInAutoScalingGroup", "SetDesiredCapacity", "UpdateAutoScalingGroup", "DetachInstances", "EnterStandby"]);
/** How long after a call what the group does is its doing; the group acts within seconds. */
const FIVE_MINUTES = 5 * 60_000;

export const serverUnreplaced: Invariant = {
  id: "server-unreplaced",
  sentence: "No group takes a single server out of service unless somebody asks for it, whatever becomes of its instance.",
  watch: () => {
    let inService: string[] = [];
    let asked = Number.NEGATIVE_INFINITY;
    return (moment) => {
      if (moment.deployed.topology.kind !== "single") return [];
      if (asks(moment.call)) asked = moment.now.getTime();
      const members = [...(groupOf(moment)?.members.values() ?? [])];
      const now = members.filter(({ state }) => state === "InService").map(({ instanceId }) => instanceId);
      const taken = inService.filter((instanceId) => !now.includes(instanceId));
      inService = now;
      if (moment.now.getTime() - asked < FIVE_MINUTES) return [];
      return taken.map((instanceId) => `the group took ${instanceId} out of service by itself`);
    };
  },
};

const asks = (call: CallSeen | undefined): boolean => call !== undefined && call.error === undefined && ASKS.has(call.operation);
