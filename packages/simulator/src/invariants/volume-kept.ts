import { dataVolumeOf } from "./data-volume.ts";
import type { Invariant, Moment } from "./invariant.ts";

export const volumeKept: Invariant = {
  id: "volume-kept",
  sentence: "No data volume is ever deleted, and no server writes to one that EC2 does not have on it alone.",
  watch: () => {
    let known: string | undefined;
    return (moment) => {
      known ??= dataVolumeOf(moment.world, moment.deployed)?.id;
      return known === undefined ? [] : [...deleted(moment, known), ...elsewhere(moment, known)];
    };
  },
};

function deleted({ world }: Moment, id: string): string[] {
  const state = world.ec2.volumes.get(id)?.state ?? "deleted";
  return state.startsWith("delet") ? [`the data volume ${id} is ${state}`] : [];
}

function elsewhere({ world }: Moment, id: string): string[] {
  const holder = world.ec2.volumes.get(id)?.attachment?.instanceId;
  const writers = world.machines.all().filter((machine) => machine.holdsVolume(id) && machine.instanceId !== holder);
  return writers.map(({ instanceId }) => `${instanceId} writes to the data volume ${id}, which is ${holder ? `with ${holder}` : "free"}`);
}
