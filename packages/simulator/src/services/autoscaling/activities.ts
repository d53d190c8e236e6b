import { arn, requestId } from "../../account/account.ts";
import { hex } from "../../world/chance.ts";
import type { Activity, Group, Member } from "./group.ts";
import type { Scaling } from "./scaling.ts";

interface Start {
  description: string;
  cause: string;
  status: Activity["status"];
  zone: string;
  subnet: string;
}

/** Notes that the group has begun something. */
export function begin(group: Group, { description, cause, status, zone, subnet }: Start): Activity {
  const activity: Activity = {
    id: `${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}`,
    group: group.name,
    description,
    cause,
    startedAt: new Date(),
    status,
    progress: 0,
    details: JSON.stringify({ "Subnet ID": subnet, "Availability Zone": zone }),
  };
  group.activities.push(activity);
  return activity;
}

export function proceed(activity: Activity, status: Activity["status"], progress: number): void {
  activity.status = status;
  activity.progress = progress;
}

/** Ends an activity; a reason becomes part of its description, as describe calls show it. */
export function end(activity: Activity, status: "Successful" | "Failed" | "Cancelled", message?: string): void {
  proceed(activity, status, 100);
  activity.endedAt = new Date();
  if (message === undefined) return;
  activity.message = message;
  activity.description = `${activity.description}.  Status Reason: ${message}`;
}

type Outcome =
  | "EC2 Instance Launch Successful"
  | "EC2 Instance Launch Unsuccessful"
  | "EC2 Instance Terminate Successful"
  | "EC2 Instance Terminate Unsuccessful";

/** Tells the default bus how a launch or a termination ended. Source: Auto Scaling user guide, "Event reference". */
export function announceOutcome(scaling: Scaling, group: Group, outcome: { type: Outcome; activity: Activity; instanceId: string }): void {
  const { type, activity, instanceId } = outcome;
  const isLaunch = type.includes("Launch");
  scaling.account.links.emit({
    source: "aws.autoscaling",
    "detail-type": type,
    resources: [group.arn, ...(instanceId ? [arn("ec2", `instance/${instanceId}`)] : [])],
    detail: {
      // The event reference shows `InProgress` for successes.
      StatusCode: type.endsWith("Unsuccessful") ? "Failed" : "InProgress",
      Description: activity.description,
      AutoScalingGroupName: group.name,
      ActivityId: activity.id,
      Details: JSON.parse(activity.details) as unknown,
      RequestId: requestId(),
      StatusMessage: activity.message ?? "",
      StartTime: activity.startedAt.toISOString(),
      EndTime: (activity.endedAt ?? new Date()).toISOString(),
      EC2InstanceId: instanceId,
      Cause: activity.cause,
      Origin: isLaunch ? "EC2" : "AutoScalingGroup",
      Destination: isLaunch ? "AutoScalingGroup" : "EC2",
    },
  });
}

/** The zone and subnet of an instance, as an activity names them. */
export const placeOf = ({ zone, subnet }: Member): { zone: string; subnet: string } => ({ zone, subnet });
