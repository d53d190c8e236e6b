import { z } from "zod";
import { InstanceId } from "../fleet/instance-id.ts";
import { TOPOLOGIES } from "../topology/topology.ts";
import { envelope, trigger } from "./trigger.ts";

/** A node waits in a launch or terminate hook of the group. */
export const lifecycleAction = trigger({
  id: "lifecycle-action",
  words: "A node waits in a launch or terminate hook",
  target: "observe",
  topologies: TOPOLOGIES,
  pattern: (names) => ({
    source: ["aws.autoscaling"],
    "detail-type": ["EC2 Instance-launch Lifecycle Action", "EC2 Instance-terminate Lifecycle Action"],
    detail: { AutoScalingGroupName: [names.group] },
  }),
  schema: envelope(
    "aws.autoscaling",
    ["EC2 Instance-launch Lifecycle Action", "EC2 Instance-terminate Lifecycle Action"],
    z.object({ AutoScalingGroupName: z.string(), EC2InstanceId: InstanceId, LifecycleHookName: z.string(), LifecycleTransition: z.string() }),
  ),
  hint: (event) => ({ kind: "instance", instanceId: event.detail.EC2InstanceId, group: event.detail.AutoScalingGroupName }),
});
