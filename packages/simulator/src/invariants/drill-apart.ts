import { dataVolumeOf } from "./data-volume.ts";
import { drillMachines, drillVolumes } from "./drill.ts";
import { groupOf } from "./fleet.ts";
import type { Invariant, Moment } from "./invariant.ts";

export const drillApart: Invariant = {
  id: "drill-apart",
  sentence: "No machine of a restore drill is the fleet's: it has neither its tag nor its group, address, openings or data volume.",
  watch: () => (moment) => [...tagged(moment), ...drillMachines(moment).flatMap(({ instanceId }) => fleets(moment, instanceId))],
};

function tagged(moment: Moment): string[] {
  const all = [...drillMachines(moment).map(({ instanceId, tags }) => ({ id: instanceId, tags })), ...drillVolumes(moment)];
  const fleet = Object.entries(moment.deployed.topology.group.tags);
  return all.filter(({ tags }) => fleet.every(([key, value]) => tags[key] === value)).map(({ id }) => `${id} of a restore drill carries the fleet's tag`);
}

/** What of the fleet's a machine of a drill has. */
function fleets(moment: Moment, instanceId: string): string[] {
  const { world, deployed } = moment;
  const { ec2 } = world;
  const groups = ec2.instances.get(instanceId)?.securityGroups ?? [];
  const has: [string, boolean][] = [
    ["belongs to the group", groupOf(moment)?.members.has(instanceId) ?? false],
    ["has an address of the fleet", [...ec2.addresses.values()].some(({ association }) => association?.instanceId === instanceId)],
    ["lets somebody in", groups.some((id) => ec2.network.securityGroups.items.get(id)?.rules.some(({ isEgress }) => !isEgress) ?? false)],
    ["has the fleet's data volume", dataVolumeOf(world, deployed)?.attachment?.instanceId === instanceId],
  ];
  return has.flatMap(([what, so]) => (so ? [`the machine ${instanceId} of a restore drill ${what}`] : []));
}
