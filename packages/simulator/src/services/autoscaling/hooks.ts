import { hex } from "../../world/chance.ts";
import type { Group, Hook, HookResult, LifecycleAction, Member, Transition } from "./group.ts";
import { type Scaling, validationError } from "./scaling.ts";

/** Source: Auto Scaling user guide, "Lifecycle hooks": 48 hours or 100 heartbeats, whichever is smaller. */
const LONGEST_WAIT_MS = 48 * 3_600_000;
const MOST_HEARTBEATS = 100;

export const hooksFor = (group: Group, transition: Transition): Hook[] => [...group.hooks.values()].filter((hook) => hook.transition === transition);

/**
 * Holds an instance until every hook of the transition is completed or has timed out; the first ABANDON ends the wait
 * for all. Source: Auto Scaling user guide, "How lifecycle hooks work".
 */
export async function waitInHooks(scaling: Scaling, group: Group, member: Member, hooks: Hook[]): Promise<HookResult & { token: string }> {
  const abandoned = Promise.withResolvers<HookResult & { token: string }>();
  const waits = hooks.map(async (hook) => {
    const ended = await startAction(scaling, group, member, hook);
    if (ended.result === "ABANDON") abandoned.resolve(ended);
    return ended;
  });
  const last = Promise.all(waits).then((all) => all.find(({ result }) => result === "ABANDON") ?? all[0] ?? { ...CONTINUED, token: "" });
  const ended = await Promise.race([abandoned.promise, last]);
  abandonAll(member, ended.because);
  return ended;
}

const CONTINUED: HookResult = { result: "CONTINUE", because: "Lifecycle Action Completed with CONTINUE Result" };

/** Ends all waiting actions of an instance, because another hook or a request has decided. */
export function abandonAll(member: Member, because: string): void {
  for (const action of [...member.actions]) action.settle({ result: "ABANDON", because });
}

function startAction(scaling: Scaling, group: Group, member: Member, hook: Hook): Promise<HookResult & { token: string }> {
  const now = Date.now();
  const heartbeat = hook.heartbeatSeconds * 1_000;
  const token = `${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}`;
  return new Promise((resolve) => {
    const settle = (result: HookResult): void => {
      member.actions = member.actions.filter((other) => other !== action);
      resolve({ ...result, token });
    };
    const action: LifecycleAction = {
      token,
      hook,
      deadline: now + heartbeat,
      lastDeadline: now + Math.min(LONGEST_WAIT_MS, heartbeat * MOST_HEARTBEATS),
      settle,
    };
    member.actions.push(action);
    expire(member, action);
    announceAction(scaling, group, member, action);
  });
}

function expire(member: Member, action: LifecycleAction): void {
  setTimeout(() => {
    if (!member.actions.includes(action)) return;
    if (Date.now() < action.deadline) return expire(member, action);
    action.settle({ result: action.hook.defaultResult, because: "Heartbeat Timeout" });
  }, action.deadline - Date.now());
}

/** Source: Auto Scaling user guide, "Event reference". */
function announceAction(scaling: Scaling, group: Group, member: Member, { token, hook }: LifecycleAction): void {
  const isLaunch = hook.transition === "autoscaling:EC2_INSTANCE_LAUNCHING";
  scaling.account.links.emit({
    source: "aws.autoscaling",
    "detail-type": isLaunch ? "EC2 Instance-launch Lifecycle Action" : "EC2 Instance-terminate Lifecycle Action",
    resources: [group.arn],
    detail: {
      LifecycleActionToken: token,
      AutoScalingGroupName: group.name,
      LifecycleHookName: hook.name,
      EC2InstanceId: member.instanceId,
      LifecycleTransition: hook.transition,
      ...(hook.metadata !== undefined && { NotificationMetadata: hook.metadata }),
      Origin: isLaunch ? "EC2" : "AutoScalingGroup",
      Destination: isLaunch ? "AutoScalingGroup" : "EC2",
    },
  });
}

/** Completes a lifecycle action; anything but CONTINUE means ABANDON. */
export function complete(action: LifecycleAction, result: string): void {
  const verdict = result === "CONTINUE" ? "CONTINUE" : "ABANDON";
  action.settle({ result: verdict, because: `Lifecycle Action Completed with ${verdict} Result` });
}

/** Starts the heartbeat anew, never beyond the longest wait. */
export function heartbeat(action: LifecycleAction): void {
  action.deadline = Math.min(Date.now() + action.hook.heartbeatSeconds * 1_000, action.lastDeadline);
}

/** The waiting action that a request names, by token or by instance id. */
export function activeAction(group: Group, hookName: string | undefined, by: { token?: string | undefined; instanceId?: string | undefined }): LifecycleAction {
  if (!group.hooks.has(hookName ?? "")) throw validationError(`Lifecycle Hook not found: ${hookName} in AutoScalingGroup ${group.name}`);
  const members = by.instanceId === undefined ? [...group.members.values()] : [group.members.get(by.instanceId) ?? []].flat();
  const found = members.flatMap((member) => member.actions).find(({ hook, token }) => hook.name === hookName && (by.token === undefined || token === by.token));
  if (found && (by.token !== undefined || by.instanceId !== undefined)) return found;
  throw validationError(
    by.token === undefined ? `No active Lifecycle Action found with instance ID ${by.instanceId}` : `No active Lifecycle Action found with token ${by.token}`,
  );
}
