import type * as sdk from "@aws-sdk/client-auto-scaling";
import { AwsError, type Operations } from "../../account/operation.ts";
import { begin, placeOf } from "./activities.ts";
import { activityShape } from "./describe-operations.ts";
import { type Activity, type Group, isLeaving, type Member } from "./group.ts";
import { isInGrace } from "./health.ts";
import { beginTermination, enterStandby, exitStandby, terminate } from "./lifecycle.ts";
import { wake } from "./reconcile.ts";
import { onGroup, onGroupOf } from "./rights.ts";
import { groupNamed, memberOf, type Scaling, stamp, validationError } from "./scaling.ts";

/** How many instances there are, and which of them serve. */
export const capacityOperations = (scaling: Scaling): Operations<typeof sdk> => ({
  SetDesiredCapacity: {
    rights: (input) => onGroup(scaling, "SetDesiredCapacity", input.AutoScalingGroupName),
    run: (input) => {
      setDesired(scaling, groupNamed(scaling, input.AutoScalingGroupName), input);
      return {};
    },
  },
  TerminateInstanceInAutoScalingGroup: {
    rights: (input) => onGroupOf(scaling, "TerminateInstanceInAutoScalingGroup", input.InstanceId),
    run: (input) => ({ Activity: activityShape(terminateNamed(scaling, input.InstanceId, input.ShouldDecrementDesiredCapacity === true)) }),
  },
  EnterStandby: {
    rights: (input) => onGroup(scaling, "EnterStandby", input.AutoScalingGroupName),
    run: (input) => ({
      Activities: toStandby(
        scaling,
        groupNamed(scaling, input.AutoScalingGroupName),
        input.InstanceIds ?? [],
        input.ShouldDecrementDesiredCapacity === true,
      ).map(activityShape),
    }),
  },
  ExitStandby: {
    rights: (input) => onGroup(scaling, "ExitStandby", input.AutoScalingGroupName),
    run: (input) => ({ Activities: fromStandby(scaling, groupNamed(scaling, input.AutoScalingGroupName), input.InstanceIds ?? []).map(activityShape) }),
  },
  SetInstanceHealth: {
    rights: (input) => onGroupOf(scaling, "SetInstanceHealth", input.InstanceId),
    run: (input) => {
      const { group, member } = memberOf(scaling, input.InstanceId);
      if (input.ShouldRespectGracePeriod !== false && isInGrace(group, member)) return {};
      member.isHealthy = input.HealthStatus === "Healthy";
      wake(scaling, group);
      return {};
    },
  },
});

function setDesired(scaling: Scaling, group: Group, input: sdk.SetDesiredCapacityType): void {
  const wanted = input.DesiredCapacity ?? 0;
  if (wanted > group.max) throw validationError(`New SetDesiredCapacity value ${wanted} is above max value ${group.max} for the AutoScalingGroup.`);
  if (wanted < group.min) throw validationError(`New SetDesiredCapacity value ${wanted} is below min value ${group.min} for the AutoScalingGroup.`);
  if (input.HonorCooldown) refuseDuringCooldown(group);
  group.request = `At ${stamp()} a user request explicitly set group desired capacity changing the desired capacity from ${group.desired} to ${wanted}.`;
  group.desired = wanted;
  wake(scaling, group);
}

function refuseDuringCooldown(group: Group): void {
  const blocking = group.activities.findLast(({ endedAt }) => endedAt === undefined || Date.now() - endedAt.getTime() < group.cooldownSeconds * 1_000);
  if (blocking) throw inProgress(blocking.id);
}

const inProgress = (activityId: string): AwsError =>
  new AwsError("ScalingActivityInProgress", `Scaling activity ${activityId} is in progress and blocks this action`);

function terminateNamed(scaling: Scaling, instanceId: string | undefined, decrements: boolean): Activity {
  const { group, member } = memberOf(scaling, instanceId);
  if (isLeaving(member)) throw inProgress(group.activities.findLast(({ description }) => description.includes(member.instanceId))?.id ?? "");
  if (decrements && group.desired <= group.min)
    throw validationError(
      `Currently, desiredSize equals minSize (${group.min}). Terminating instance without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.`,
    );
  const before = group.desired;
  if (decrements) group.desired -= 1;
  const change = decrements ? `, shrinking the capacity from ${before} to ${group.desired}` : "";
  const activity = beginTermination(
    group,
    member,
    `At ${stamp()} instance ${member.instanceId} was taken out of service in response to a user request${change}.`,
  );
  void terminate(scaling, group, member, { cause: activity.cause, activity }).then(() => wake(scaling, group));
  wake(scaling, group);
  return { ...activity };
}

function toStandby(scaling: Scaling, group: Group, ids: string[], decrements: boolean): Activity[] {
  const members = membersIn(group, ids, "InService");
  if (decrements && group.desired - ids.length < group.min) throw tooSmall(group, `place into standby ${ids.length} instance${ids.length === 1 ? "" : "s"}`);
  return members.map((member) => {
    const before = group.desired;
    if (decrements) group.desired -= 1;
    const change = decrements ? `, shrinking the capacity from ${before} to ${group.desired}` : "";
    const cause = `At ${stamp()} instance ${member.instanceId} was moved to standby in response to a user request${change}.`;
    const activity = begin(group, { description: `Moving EC2 instance to Standby: ${member.instanceId}`, cause, status: "InProgress", ...placeOf(member) });
    activity.progress = 50;
    const answer = { ...activity };
    void enterStandby(scaling, group, member, activity).then(() => wake(scaling, group));
    wake(scaling, group);
    return answer;
  });
}

/** The desired capacity grows with what returns. Source: API reference, ExitStandby. */
function fromStandby(scaling: Scaling, group: Group, ids: string[]): Activity[] {
  const members = membersIn(group, ids, "Standby");
  if (group.desired + ids.length > group.max) throw tooSmall(group, `exit standby ${ids.length} instance${ids.length === 1 ? "" : "s"}`);
  return members.map((member) => {
    group.desired += 1;
    const cause = `At ${stamp()} instance ${member.instanceId} was moved out of standby in response to a user request, increasing the capacity from ${group.desired - 1} to ${group.desired}.`;
    const activity = begin(group, {
      description: `Moving EC2 instance out of Standby: ${member.instanceId}`,
      cause,
      status: "PreInService",
      ...placeOf(member),
    });
    activity.progress = 30;
    const answer = { ...activity };
    void exitStandby(scaling, group, member, activity).then(() => wake(scaling, group));
    return answer;
  });
}

const tooSmall = (group: Group, wish: string): AwsError =>
  validationError(
    `AutoScalingGroup ${group.name} has min-size=${group.min}, max-size=${group.max}, and desired-size=${group.desired}. To ${wish}, please update the AutoScalingGroup sizes appropriately.`,
  );

function membersIn(group: Group, ids: string[], state: Member["state"]): Member[] {
  return ids.map((id) => {
    const member = group.members.get(id);
    if (!member) throw validationError(`The instance ${id} is not part of Auto Scaling group ${group.name}.`);
    if (member.state !== state) throw validationError(`The instance ${id} is not in ${state}.`);
    return member;
  });
}
