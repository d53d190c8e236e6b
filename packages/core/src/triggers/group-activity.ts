import { z } from "zod";
import { InstanceId } from "../fleet/instance-id.ts";
import { TOPOLOGIES } from "../topology/topology.ts";
import { envelope, trigger } from "./trigger.ts";

const ACTIVITY = [
  "EC2 Instance Launch Successful",
  "EC2 Instance Launch Unsuccessful",
  "EC2 Instance Terminate Successful",
  "EC2 Instance Terminate Unsuccessful",
] as const;

/** The group launched or ended a node, or failed to. */
export const groupActivity = trigger({
  id: "group-activity",
  words: "The group launched or terminated a node, or could not",
  target: "observe",
  topologies: TOPOLOGIES,
  pattern: (names) => ({ source: ["aws.autoscaling"], "detail-type": [...ACTIVITY], detail: { AutoScalingGroupName: [names.group] } }),
  schema: envelope(
    "aws.autoscaling",
    [...ACTIVITY],
    z.object({ AutoScalingGroupName: z.string(), EC2InstanceId: z.union([InstanceId, z.literal("")]).optional() }),
  ),
  hint: (event) => ({ kind: "group", group: event.detail.AutoScalingGroupName }),
});
