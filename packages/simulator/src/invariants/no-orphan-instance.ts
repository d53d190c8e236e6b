import { groupOf } from "./fleet.ts";
import type { Invariant } from "./invariant.ts";
import { lasting } from "./lasting.ts";

const FIFTEEN_MINUTES = 15 * 60_000;

export const noOrphanInstance: Invariant = {
  id: "no-orphan-instance",
  sentence: "No instance with the fleet's tags runs for more than 15 minutes without belonging to the group.",
  watch: () => {
    const tooLong = lasting(FIFTEEN_MINUTES);
    return (moment) => {
      const tags = Object.entries(moment.deployed.topology.group.tags);
      const running = [...moment.world.ec2.instances.values()].filter(({ state }) => state === "running");
      const ours = running.filter((instance) => tags.every(([key, value]) => instance.tags[key] === value));
      const orphans = ours.filter(({ instanceId }) => !groupOf(moment)?.members.has(instanceId)).map(({ instanceId }) => instanceId);
      return tooLong(orphans, moment.now).map((instanceId) => `${instanceId} runs, carries the fleet's tags, and belongs to no group`);
    };
  },
};
