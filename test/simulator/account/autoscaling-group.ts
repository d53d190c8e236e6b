import { advance } from "@steward/simulator/world/drive";
import { createWorld, type TestWorld } from "./autoscaling-world.ts";

export const GROUP = "fleet";
export const LAUNCH_HOOK = {
  LifecycleHookName: "admit",
  LifecycleTransition: "autoscaling:EC2_INSTANCE_LAUNCHING",
  HeartbeatTimeout: 600,
  DefaultResult: "ABANDON",
};
export const TERMINATE_HOOK = {
  LifecycleHookName: "retire",
  LifecycleTransition: "autoscaling:EC2_INSTANCE_TERMINATING",
  HeartbeatTimeout: 300,
  DefaultResult: "CONTINUE",
};
export const MINUTE = 60_000;

export async function createGroup(world: TestWorld, extra: Record<string, unknown> = {}): Promise<void> {
  await world.call("ec2", "CreateLaunchTemplate", {
    LaunchTemplateName: "node",
    LaunchTemplateData: { ImageId: "ami-1", InstanceType: "c5.4xlarge", IamInstanceProfile: { Name: "node" } },
  });
  await world.call("autoscaling", "CreateAutoScalingGroup", {
    AutoScalingGroupName: GROUP,
    MinSize: 1,
    MaxSize: 3,
    DesiredCapacity: 2,
    VPCZoneIdentifier: "subnet-a",
    LaunchTemplate: { LaunchTemplateName: "node", Version: "1" },
    Tags: [{ Key: "steward:stage", Value: "demo", PropagateAtLaunch: true }],
    ...extra,
  });
}

export const group = async (world: TestWorld) =>
  (await world.call("autoscaling", "DescribeAutoScalingGroups", { AutoScalingGroupNames: [GROUP] })).AutoScalingGroups?.[0];
export const instances = async (world: TestWorld) => (await group(world))?.Instances ?? [];
export const states = async (world: TestWorld) => (await instances(world)).map(({ LifecycleState }) => LifecycleState);
export const inState = async (world: TestWorld, state: string) =>
  (await instances(world)).filter(({ LifecycleState }) => LifecycleState === state).map(({ InstanceId = "" }) => InstanceId);
export const activities = async (world: TestWorld) =>
  (await world.call("autoscaling", "DescribeScalingActivities", { AutoScalingGroupName: GROUP })).Activities ?? [];
export const complete = (world: TestWorld, id: string, result = "CONTINUE", hook = "admit") =>
  world.call("autoscaling", "CompleteLifecycleAction", { AutoScalingGroupName: GROUP, LifecycleHookName: hook, InstanceId: id, LifecycleActionResult: result });

/** A group whose two instances serve. */
export async function serving(extra: Record<string, unknown> = {}, seed = 1): Promise<{ world: TestWorld; first: string; second: string }> {
  const world = createWorld(seed);
  await createGroup(world, extra);
  await advance(2 * MINUTE);
  const [first = "", second = ""] = await inState(world, "InService");
  return { world, first, second };
}
