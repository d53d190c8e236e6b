import { drillMachines, drillVolumes } from "./drill.ts";
import type { Invariant } from "./invariant.ts";

const A_DAY = 24 * 3_600_000;

export const drillLeft: Invariant = {
  id: "drill-left",
  sentence: "No machine or volume that a restore drill made is there for longer than a day.",
  watch: () => (moment) => {
    const all = [
      ...drillMachines(moment).map(({ instanceId, launchTime }) => ({ id: instanceId, since: launchTime })),
      ...drillVolumes(moment).map(({ id, createdAt }) => ({ id, since: createdAt })),
    ];
    return all.filter(({ since }) => moment.now.getTime() - since.getTime() > A_DAY).map(({ id }) => `${id} of a restore drill is left`);
  },
};
