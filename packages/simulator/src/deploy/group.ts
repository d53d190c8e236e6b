import type { Topology } from "@steward/core/topology/topology";
import type { Api } from "./api.ts";
import { given } from "./wait.ts";

/** The launch template and the group with its hooks, which must exist before the first instance does. */
export async function deployGroup(api: Api, topology: Topology, targetGroupArn: string): Promise<{ groupArn: string }> {
  const { group, launchTemplate } = topology;
  await api("ec2", "CreateLaunchTemplate", {
    LaunchTemplateName: launchTemplate.name,
    LaunchTemplateData: {
      ImageId: launchTemplate.imageId,
      InstanceType: launchTemplate.instanceType as never,
      IamInstanceProfile: { Name: launchTemplate.instanceProfile },
    },
  });
  await api("autoscaling", "CreateAutoScalingGroup", {
    AutoScalingGroupName: group.name,
    MinSize: group.min,
    MaxSize: group.max,
    DesiredCapacity: group.desired,
    VPCZoneIdentifier: group.subnets.join(","),
    LaunchTemplate: { LaunchTemplateName: group.launchTemplate, Version: "1" },
    TargetGroupARNs: [targetGroupArn],
    HealthCheckType: group.healthCheckType,
    HealthCheckGracePeriod: group.healthCheckGraceSeconds,
    InstanceMaintenancePolicy: { MinHealthyPercentage: group.maintenance.minHealthyPercent, MaxHealthyPercentage: group.maintenance.maxHealthyPercent },
    LifecycleHookSpecificationList: group.hooks.map(({ name, transition, heartbeatSeconds, defaultResult }) => ({
      LifecycleHookName: name,
      LifecycleTransition: transition,
      HeartbeatTimeout: heartbeatSeconds,
      DefaultResult: defaultResult,
    })),
    Tags: Object.entries(group.tags).map(([Key, Value]) => ({ Key, Value, PropagateAtLaunch: true })),
  });
  const { AutoScalingGroups } = await api("autoscaling", "DescribeAutoScalingGroups", { AutoScalingGroupNames: [group.name] });
  return { groupArn: given(AutoScalingGroups?.[0]?.AutoScalingGroupARN, "the group's ARN") };
}
