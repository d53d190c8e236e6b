import { dataVolumeOf } from "./data-volume.ts";
import type { Invariant, Moment } from "./invariant.ts";

export const volumeKept: Invariant = {
  id: "volume-kept",
  sentence: "No volume that ever was the data volume is deleted, no server writes to one that EC2 does not have on it alone, and no two write at once.",
  watch: () => {
    const known = new Set<string>();
    return (moment) => {
      const id = dataVolumeOf(moment.world, moment.deployed)?.id;
      if (id !== undefined) known.add(id);
      return [...[...known].flatMap((one) => [...deleted(moment, one), ...elsewhere(moment, one)]), ...apart(moment, known)];
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

/** What one writes the other has not got, though they write to different volumes. */
function apart({ world }: Moment, known: ReadonlySet<string>): string[] {
  const writers = world.machines.all().filter((machine) => [...known].some((id) => machine.holdsVolume(id)));
  return writers.length > 1 ? [`${writers.map(({ instanceId }) => instanceId).join(" and ")} write to data volumes at the same time`] : [];
}
