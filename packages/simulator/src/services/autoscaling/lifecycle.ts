import { AwsError } from "../../account/operation.ts";
import { between } from "../../world/chance.ts";
import { insufficientCapacity } from "../ec2/instance-errors.ts";
import { announceOutcome, begin, end, placeOf, proceed } from "./activities.ts";
import { type Activity, type Group, isLeaving, type Member, runs } from "./group.ts";
import { abandonAll, hooksFor, waitInHooks } from "./hooks.ts";
import { pause, type Scaling, stamp, until } from "./scaling.ts";

/** How often the service looks whether EC2 or the balancer is done with an instance; assumed. */
const POLL_MS = 2_000;

/** Why a group launches, and what follows from it. */
export interface LaunchReason {
  cause: string;
  replaces?: string | undefined;
  balances?: boolean;
}

/** Launches one instance and brings it into service, through the launch hooks. */
export async function launch(scaling: Scaling, group: Group, why: LaunchReason): Promise<void> {
  const subnet = leastUsed(group);
  const ticket = { replaces: why.replaces, balances: why.balances ?? false, subnet };
  group.starting.add(ticket);
  const activity = begin(group, {
    description: "Launching a new EC2 instance",
    cause: why.cause,
    status: "PreInService",
    zone: scaling.account.links.zoneOf(subnet),
    subnet,
  });
  await pause(between(1_000, 4_000));
  group.starting.delete(ticket);
  const member = startInstance(scaling, group, { activity, ...ticket });
  if (member) await bringIn(scaling, group, member, activity);
}

function startInstance(
  scaling: Scaling,
  group: Group,
  made: { activity: Activity; subnet: string; replaces: string | undefined; balances: boolean },
): Member | undefined {
  const { activity, subnet, replaces, balances } = made;
  try {
    const template = scaling.account.links.resolveLaunchTemplate(group.template);
    const zone = scaling.account.links.zoneOf(subnet);
    if (scaling.isOutOfCapacity) throw insufficientCapacity(template.instanceType, zone);
    const instanceId = scaling.account.links.launchInstance({
      template: { idOrName: template.id, version: template.version },
      subnetId: subnet,
      groupName: group.name,
      serviceRole: group.serviceRole,
      tags: { ...propagated(group), ...templateTags(template) },
    });
    const { id, name, version, instanceType } = template;
    const member: Member = {
      instanceId,
      instanceType,
      zone,
      subnet,
      launchedAt: Date.now(),
      state: "Pending",
      isHealthy: true,
      template: { id, name, version },
      replaces,
      balances,
      actions: [],
    };
    group.members.set(instanceId, member);
    activity.description = `Launching a new EC2 instance: ${instanceId}`;
    proceed(activity, "InProgress", 30);
    return member;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    failToStart(scaling, group, activity, error);
    return undefined;
  }
}

/** The group tries again by itself, ever more slowly (assumed: 30 s, doubling up to 10 minutes). */
function retryLater(group: Group): void {
  group.failedLaunches += 1;
  group.retryAt = Date.now() + Math.min(30_000 * 2 ** (group.failedLaunches - 1), 600_000);
}

function failToStart(scaling: Scaling, group: Group, activity: Activity, error: AwsError): void {
  retryLater(group);
  end(activity, "Failed", `${error.message} Launching EC2 instance failed.`);
  announceOutcome(scaling, group, { type: "EC2 Instance Launch Unsuccessful", activity, instanceId: "" });
}

async function bringIn(scaling: Scaling, group: Group, member: Member, activity: Activity): Promise<void> {
  await until(() => ec2State(scaling, member) !== "pending", POLL_MS);
  if (!isLeaving(member) && ec2State(scaling, member) !== "running") return failToRun(scaling, group, member, activity);
  const abandoned = await passLaunchHooks(scaling, group, member, activity);
  if (abandoned) return giveUp(scaling, group, member, { activity, reason: abandoned });
  if (isLeaving(member)) return end(activity, "Cancelled", "Instance was terminated before it came into service.");
  enterService(scaling, group, member);
  end(activity, "Successful");
  announceOutcome(scaling, group, { type: "EC2 Instance Launch Successful", activity, instanceId: member.instanceId });
}

/** Returns why the launch was abandoned, or nothing when it goes on. A dead instance waits too, until somebody completes its action. */
async function passLaunchHooks(scaling: Scaling, group: Group, member: Member, activity: Activity): Promise<string | undefined> {
  const hooks = hooksFor(group, "autoscaling:EC2_INSTANCE_LAUNCHING");
  if (isLeaving(member) || hooks.length === 0) return undefined;
  member.state = "Pending:Wait";
  proceed(activity, "MidLifecycleAction", 60);
  const { result, because, token } = await waitInHooks(scaling, group, member, hooks);
  if (result === "ABANDON") return `Lifecycle Action with token ${token} was abandoned: ${because}`;
  member.state = "Pending:Proceed";
  proceed(activity, "InProgress", 75);
  await pause(between(1_000, 3_000));
  return undefined;
}

async function failToRun(scaling: Scaling, group: Group, member: Member, activity: Activity): Promise<void> {
  retryLater(group);
  const reason = scaling.account.links.instanceState(member.instanceId)?.reason ?? "Client.UserInitiatedShutdown: User initiated shutdown";
  end(activity, "Failed", `Instance became unhealthy while waiting for instance to be in InService state. Termination Reason: ${reason}`);
  announceOutcome(scaling, group, { type: "EC2 Instance Launch Unsuccessful", activity, instanceId: member.instanceId });
  await terminate(scaling, group, member, { cause: `At ${stamp()} an instance was taken out of service in response to a launch failure.` });
}

/** An abandoned launch ends as `Cancelled`. Source: Auto Scaling user guide, "Verify a scaling activity". */
async function giveUp(scaling: Scaling, group: Group, member: Member, { activity, reason }: { activity: Activity; reason: string }): Promise<void> {
  end(activity, "Cancelled", `Instance failed to complete user's Lifecycle Action: ${reason}`);
  announceOutcome(scaling, group, { type: "EC2 Instance Launch Unsuccessful", activity, instanceId: member.instanceId });
  if (isLeaving(member)) return;
  const cause = `At ${stamp()} an instance was taken out of service in response to a launch failure.`;
  await terminate(scaling, group, member, { cause, skipHooks: !scaling.abandonedLaunchRunsTerminateHook });
}

function enterService(scaling: Scaling, group: Group, member: Member): void {
  if (runs(group, "AddToLoadBalancer")) for (const target of group.targetGroups) scaling.account.links.registerTarget(target, member.instanceId);
  member.state = "InService";
  member.inServiceAt = Date.now();
  group.failedLaunches = 0;
}

/** Takes one instance out of the balancer, through the terminate hooks, and ends it. */
export async function terminate(
  scaling: Scaling,
  group: Group,
  member: Member,
  why: { cause: string; skipHooks?: boolean; activity?: Activity },
): Promise<void> {
  const activity = why.activity ?? beginTermination(group, member, why.cause);
  member.state = "Terminating";
  abandonAll(member, "Instance was terminated");
  await leaveBalancer(scaling, group, member, activity);
  await passTerminateHooks(scaling, group, member, { activity, skipHooks: why.skipHooks ?? false });
  scaling.account.links.terminateInstance(member.instanceId);
  await until(() => isEnded(scaling, member), POLL_MS);
  member.state = "Terminated";
  group.members.delete(member.instanceId);
  end(activity, "Successful");
  announceOutcome(scaling, group, { type: "EC2 Instance Terminate Successful", activity, instanceId: member.instanceId });
}

export const beginTermination = (group: Group, member: Member, cause: string): Activity =>
  begin(group, { description: `Terminating EC2 instance: ${member.instanceId}`, cause, status: "InProgress", ...placeOf(member) });

async function passTerminateHooks(
  scaling: Scaling,
  group: Group,
  member: Member,
  { activity, skipHooks }: { activity: Activity; skipHooks: boolean },
): Promise<void> {
  const hooks = skipHooks ? [] : hooksFor(group, "autoscaling:EC2_INSTANCE_TERMINATING");
  if (hooks.length === 0) return;
  member.state = "Terminating:Wait";
  proceed(activity, "MidLifecycleAction", 60);
  await waitInHooks(scaling, group, member, hooks);
  member.state = "Terminating:Proceed";
  proceed(activity, "InProgress", 75);
  await pause(between(1_000, 3_000));
}

/** Deregisters and waits until draining is over: the hooks come after. Source: Auto Scaling user guide, "How lifecycle hooks work". */
async function leaveBalancer(scaling: Scaling, group: Group, member: Member, activity: Activity): Promise<void> {
  const { links } = scaling.account;
  const registered = group.targetGroups.filter((target) => links.targetState(target, member.instanceId) !== undefined);
  if (registered.length === 0) return pause(between(1_000, 3_000));
  for (const target of registered) links.deregisterTarget(target, member.instanceId);
  proceed(activity, "WaitingForELBConnectionDraining", 50);
  await until(() => registered.every((target) => links.targetState(target, member.instanceId) !== "draining"), POLL_MS);
}

/** Moves an instance to Standby: out of the balancer, no longer health-checked, no longer counted. */
export async function enterStandby(scaling: Scaling, group: Group, member: Member, activity: Activity): Promise<void> {
  member.state = "EnteringStandby";
  await leaveBalancer(scaling, group, member, activity);
  if (isLeaving(member)) return end(activity, "Cancelled");
  member.state = "Standby";
  end(activity, "Successful");
}

/** Brings an instance back from Standby. Assumed: the launch hooks are for launches and do not run again. */
export async function exitStandby(scaling: Scaling, group: Group, member: Member, activity: Activity): Promise<void> {
  member.state = "Pending";
  await pause(between(2_000, 6_000));
  if (isLeaving(member)) return end(activity, "Cancelled");
  enterService(scaling, group, member);
  end(activity, "Successful");
}

const ec2State = (scaling: Scaling, member: Member): string => scaling.account.links.instanceState(member.instanceId)?.state ?? "terminated";

const isEnded = (scaling: Scaling, member: Member): boolean => ec2State(scaling, member) === "terminated";

const propagated = (group: Group): Record<string, string> =>
  Object.fromEntries([...group.tags].filter(([, tag]) => tag.isPropagated).map(([key, tag]) => [key, tag.value]));

const templateTags = ({ id, version }: { id: string; version: string }): Record<string, string> => ({
  "aws:ec2launchtemplate:id": id,
  "aws:ec2launchtemplate:version": version,
});

/** Zones are filled evenly: the subnet with the fewest instances is next. */
function leastUsed(group: Group): string {
  const all = [...[...group.members.values()].filter((member) => !isLeaving(member)), ...group.starting];
  const used = (subnet: string): number => all.filter((one) => one.subnet === subnet).length;
  return group.subnets.toSorted((a, b) => used(a) - used(b))[0] ?? "";
}
