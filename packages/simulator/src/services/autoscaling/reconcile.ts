import { between } from "../../world/chance.ts";
import { type Group, isCounted, isLeaving, type Member, runs } from "./group.ts";
import { AILMENT_CAUSES, ailmentOf, judgeHealth } from "./health.ts";
import { type LaunchReason, launch, terminate } from "./lifecycle.ts";
import { isUnbalanced, unbalancedCause } from "./rebalance.ts";
import { type Scaling, stamp } from "./scaling.ts";
import { nextVictim } from "./termination-policy.ts";

/** How often a group looks at itself without being asked; assumed ("periodically" is all that AWS says). */
const EVERY_MS = 30_000;

/** Starts the group's own loop. */
export function keepReconciling(scaling: Scaling, group: Group): void {
  setTimeout(() => {
    reconcile(scaling, group);
    keepReconciling(scaling, group);
  }, EVERY_MS);
}

/** Lets the group look at itself within seconds, as after any change. */
export function wake(scaling: Scaling, group: Group): void {
  const at = Date.now() + between(1_000, 5_000);
  if (group.wakeAt > Date.now() && group.wakeAt <= at) return;
  group.wakeAt = at;
  setTimeout(() => reconcile(scaling, group), at - Date.now());
}

/** One look: judge health, replace what is unhealthy, then match the desired capacity. */
function reconcile(scaling: Scaling, group: Group): void {
  judgeHealth(scaling, group);
  const lost = replaces(group) ? unhealthy(group).filter((member) => replace(scaling, group, member)).length : 0;
  matchDesired(scaling, group, lost);
  if (isUnbalanced(group) && mayLaunch(group)) bring(scaling, group, { cause: unbalancedCause(group), balances: true });
}

/** Without the right to end instances nothing is replaced. Source: Auto Scaling user guide, "How suspended processes affect other processes". */
const replaces = (group: Group): boolean => runs(group, "ReplaceUnhealthy") && runs(group, "Terminate");

const counted = (group: Group): Member[] => [...group.members.values()].filter(isCounted);

const unhealthy = (group: Group): Member[] => [...group.members.values()].filter((member) => member.state === "InService" && !member.isHealthy);

/**
 * Terminates first, unless the maintenance policy keeps 100 %: then a stand-in comes first. Where Launch is suspended it
 * "continues to terminate" (same page), which is taken to hold for either policy. What EC2 has ended already
 * serves nobody, so it goes at once either way (assumed). Returns whether the instance left without a stand-in.
 */
function replace(scaling: Scaling, group: Group, member: Member): boolean {
  const ailment = ailmentOf(scaling, member);
  const standIn = counted(group).find(({ replaces }) => replaces === member.instanceId);
  const launchesFirst = ailment !== "ended" && runs(group, "Launch") && (group.maintenance?.minHealthyPercent ?? 0) >= 100;
  if (!launchesFirst || standIn?.state === "InService") {
    leave(scaling, group, member, `At ${stamp()} ${AILMENT_CAUSES[ailment]}`);
    return isLeaving(member) && standIn === undefined;
  }
  const isUnderWay = standIn !== undefined || [...group.starting].some(({ replaces }) => replaces === member.instanceId);
  if (isUnderWay || !mayLaunch(group) || total(group) >= ceiling(group)) return false;
  bring(scaling, group, { cause: replacementCause(), replaces: member.instanceId });
  return false;
}

const total = (group: Group): number => counted(group).length + group.starting.size;

/** Source: Auto Scaling user guide, "Instance maintenance policies": the maximum healthy percentage bounds the group meanwhile. */
const ceiling = (group: Group): number => Math.max(group.desired + 1, Math.ceil((group.desired * (group.maintenance?.maxHealthyPercent ?? 100)) / 100));

const mayLaunch = (group: Group): boolean => runs(group, "Launch") && Date.now() >= group.retryAt;

const replacementCause = (): string => `At ${stamp()} an instance was launched in response to an unhealthy instance needing to be replaced.`;

function matchDesired(scaling: Scaling, group: Group, lost: number): void {
  const have = capacity(group);
  const missing = group.desired - have;
  for (let i = 0; i < missing && mayLaunch(group); i++) bring(scaling, group, { cause: i < lost ? replacementCause() : launchCause(group, have, i + 1) });
  for (let i = 0; i < -missing && runs(group, "Terminate"); i++) {
    const victim = nextVictim(counted(group));
    if (victim) leave(scaling, group, victim, shrinkCause(group, have, i + 1));
  }
  group.request = undefined;
}

/** Instances that count, without the stand-ins of instances that still are there and those that fill a zone and do not serve yet. */
function capacity(group: Group): number {
  const standsIn = ({ replaces }: { replaces?: string | undefined }): boolean =>
    replaces !== undefined && unhealthy(group).some(({ instanceId }) => instanceId === replaces);
  const serves = (one: object): boolean => "state" in one && one.state === "InService";
  return [...counted(group), ...group.starting].filter((one) => !standsIn(one) && (!one.balances || serves(one))).length;
}

function launchCause(group: Group, have: number, nth: number): string {
  const started = `At ${stamp()} an instance was started in response to a difference between desired and actual capacity, increasing the capacity from ${have} to ${have + nth}.`;
  return group.request === undefined ? started : `${group.request}  ${started}`;
}

function shrinkCause(group: Group, have: number, nth: number): string {
  const ended = `At ${stamp()} an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity from ${have} to ${have - nth}.`;
  return group.request === undefined ? ended : `${group.request}  ${ended}`;
}

function leave(scaling: Scaling, group: Group, member: Member, cause: string): void {
  if (isLeaving(member) || !runs(group, "Terminate")) return;
  void terminate(scaling, group, member, { cause }).then(() => wake(scaling, group));
}

function bring(scaling: Scaling, group: Group, why: LaunchReason): void {
  void launch(scaling, group, why).then(() => wake(scaling, group));
}
