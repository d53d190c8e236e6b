import type { GroupSpec, LaunchTemplateSpec } from "@steward/core/topology/fleet-spec";
import type { Topology } from "@steward/core/topology/topology";
import type { Api } from "./api.ts";
import { type Named, nameOf, tagList } from "./named.ts";
import { given } from "./wait.ts";

/** The base template and the empty group with its hooks, which must exist before the first instance does. */
export async function deployGroup(api: Api, { group, launchTemplate }: Topology, named: Named, targetGroupArn?: string): Promise<{ groupArn: string }> {
  await api("ec2", "CreateLaunchTemplate", { LaunchTemplateName: launchTemplate.name, LaunchTemplateData: templateData(launchTemplate, named) });
  await api("autoscaling", "CreateAutoScalingGroup", {
    ...sizes(group),
    AutoScalingGroupName: group.name,
    VPCZoneIdentifier: group.subnets.map((id) => nameOf(named, `subnet:${id}`)).join(","),
    LaunchTemplate: { LaunchTemplateName: group.launchTemplate, Version: "1" },
    TargetGroupARNs: targetGroupArn ? [targetGroupArn] : [],
    HealthCheckType: group.healthCheckType,
    HealthCheckGracePeriod: group.healthCheckGraceSeconds,
    InstanceMaintenancePolicy: { MinHealthyPercentage: group.maintenance.minHealthyPercent, MaxHealthyPercentage: group.maintenance.maxHealthyPercent },
    ServiceLinkedRoleARN: group.serviceRole,
    LifecycleHookSpecificationList: group.hooks.map(({ name, transition, heartbeatSeconds, defaultResult }) => ({
      LifecycleHookName: name,
      LifecycleTransition: transition,
      HeartbeatTimeout: heartbeatSeconds,
      DefaultResult: defaultResult,
    })),
    Tags: tagList(group.tags).map((tag) => ({ ...tag, PropagateAtLaunch: true })),
  });
  const AutoScalingGroupName = group.name;
  // Without a name AWS would suspend every process.
  if (group.suspended.length > 0) await api("autoscaling", "SuspendProcesses", { AutoScalingGroupName, ScalingProcesses: group.suspended });
  await api("autoscaling", "EnableMetricsCollection", { AutoScalingGroupName, Granularity: "1Minute", Metrics: group.metrics });
  const { AutoScalingGroups } = await api("autoscaling", "DescribeAutoScalingGroups", { AutoScalingGroupNames: [group.name] });
  return { groupArn: given(AutoScalingGroups?.[0]?.AutoScalingGroupARN, "the group's ARN") };
}

const sizes = ({ initial: { min, max, desired } }: GroupSpec) => ({ MinSize: min, MaxSize: max, DesiredCapacity: desired });

function templateData(spec: LaunchTemplateSpec, named: Named) {
  const { rootVolume: root, metadata } = spec;
  const Groups = [nameOf(named, `securityGroup:${spec.securityGroup}`)];
  return {
    ImageId: spec.imageId,
    InstanceType: spec.instanceType as never,
    IamInstanceProfile: { Name: spec.instanceProfile },
    NetworkInterfaces: [{ DeviceIndex: 0, AssociatePublicIpAddress: spec.publicAddress, Groups }],
    BlockDeviceMappings: [
      {
        DeviceName: root.device,
        Ebs: {
          VolumeSize: root.gib,
          VolumeType: root.type,
          Iops: root.iops,
          Throughput: root.throughput,
          Encrypted: true,
          KmsKeyId: nameOf(named, `key:${root.key}`),
        },
      },
    ],
    MetadataOptions: {
      HttpTokens: metadata.httpTokens,
      HttpPutResponseHopLimit: metadata.hopLimit,
      InstanceMetadataTags: metadata.instanceTags ? ("enabled" as const) : ("disabled" as const),
    },
    UserData: Buffer.from(spec.userData).toString("base64"),
    TagSpecifications: spec.tagged.map((ResourceType) => ({ ResourceType, Tags: tagList(spec.tags) })),
  };
}
