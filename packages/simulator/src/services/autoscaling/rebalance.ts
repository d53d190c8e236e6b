import { type Group, isCounted, runs } from "./group.ts";
import { stamp } from "./scaling.ts";

/**
 * Whether a group at rest has two instances more in one zone than in another and may move one: it launches first, then
 * has one too many and ends one by its termination policy, and for that may pass its maximum by a tenth or by one.
 * Source: Auto Scaling user guide, "Availability Zone distribution", rebalancing activities.
 */
export function isUnbalanced(group: Group): boolean {
  if (!runs(group, "AZRebalance") || !isAtRest(group)) return false;
  const counts = group.subnets.map((subnet) => inSubnet(group, subnet));
  return Math.max(...counts) - Math.min(...counts) > 1 && group.members.size < group.max + Math.max(1, Math.floor(group.max / 10));
}

/** Every instance that counts serves and is healthy, and there are as many as wanted. */
function isAtRest(group: Group): boolean {
  const members = [...group.members.values()];
  const serving = members.filter(({ state, isHealthy }) => state === "InService" && isHealthy);
  return group.starting.size === 0 && serving.length === group.desired && members.every((member) => serving.includes(member) || member.state === "Standby");
}

const inSubnet = (group: Group, subnet: string): number => [...group.members.values()].filter((member) => isCounted(member) && member.subnet === subnet).length;

/** Source: Auto Scaling user guide, "Verify a scaling activity". */
export function unbalancedCause(group: Group): string {
  const crowded = [...Map.groupBy([...group.members.values()].filter(isCounted), ({ zone }) => zone)].toSorted(([, a], [, b]) => b.length - a.length)[0]?.[0];
  return `At ${stamp()} instances were launched to balance instances in zones other than ${crowded} with it, resulting in more than desired number of instances in the group.`;
}
