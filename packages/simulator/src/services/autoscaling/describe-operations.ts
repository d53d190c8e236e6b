import type * as sdk from "@aws-sdk/client-auto-scaling";
import { AwsError, type Operations } from "../../account/operation.ts";
import { page } from "../ec2/page.ts";
import type { Activity, Group, Member } from "./group.ts";
import { groupNamed, type Scaling, validationError } from "./scaling.ts";

/** The read-only side of Auto Scaling. None of these has resource-level permissions. */
export const describeOperations = (scaling: Scaling): Operations<typeof sdk> => ({
  DescribeAutoScalingGroups: {
    run: (input) => {
      const names = input.AutoScalingGroupNames;
      const found = [...scaling.groups.values()].filter(
        (group) => (!names?.length || names.includes(group.name)) && (input.Filters ?? []).every((filter) => tagMatches(group, filter)),
      );
      const { items, nextToken } = page(found, { keyOf: ({ name }) => name, limit: limitOf(input.MaxRecords, 50, 100), token: input.NextToken, invalidToken });
      return { AutoScalingGroups: items.map((group) => groupShape(scaling, group)), NextToken: nextToken };
    },
  },
  DescribeAutoScalingInstances: {
    run: (input) => {
      const all = [...scaling.groups.values()].flatMap((group) =>
        [...group.members.values()].map((member) => ({ ...memberShape(member), AutoScalingGroupName: group.name })),
      );
      const found = all.filter(({ InstanceId }) => !input.InstanceIds?.length || input.InstanceIds.includes(InstanceId));
      const { items, nextToken } = page(found, {
        keyOf: ({ InstanceId }) => InstanceId,
        limit: limitOf(input.MaxRecords, 50, 50),
        token: input.NextToken,
        invalidToken,
      });
      return { AutoScalingInstances: items.map((item) => ({ ...item, HealthStatus: item.HealthStatus.toUpperCase() })), NextToken: nextToken };
    },
  },
  DescribeScalingActivities: {
    run: (input) => {
      const groups = input.AutoScalingGroupName === undefined ? [...scaling.groups.values()] : [groupNamed(scaling, input.AutoScalingGroupName)];
      const newestFirst = groups
        .flatMap(({ activities }) => activities)
        .toSorted((a, b) => a.startedAt.getTime() - b.startedAt.getTime())
        .reverse();
      const found = newestFirst.filter(({ id }) => !input.ActivityIds?.length || input.ActivityIds.includes(id));
      const { items, nextToken } = page(found, { keyOf: ({ id }) => id, limit: limitOf(input.MaxRecords, 100, 100), token: input.NextToken, invalidToken });
      return { Activities: items.map(activityShape), NextToken: nextToken };
    },
  },
});

const invalidToken = (token: string): AwsError => new AwsError("InvalidNextToken", `The token '${token}' is invalid.`);

function limitOf(asked: number | undefined, byDefault: number, most: number): number {
  if (asked !== undefined && (asked < 1 || asked > most))
    throw validationError(
      `1 validation error detected: Value '${asked}' at 'maxRecords' failed to satisfy constraint: Member must have value between 1 and ${most}`,
    );
  return asked ?? byDefault;
}

function tagMatches(group: Group, { Name = "", Values = [] }: sdk.Filter): boolean {
  const values =
    Name === "tag-key"
      ? [...group.tags.keys()]
      : Name === "tag-value"
        ? [...group.tags.values()].map(({ value }) => value)
        : [group.tags.get(Name.replace(/^tag:/, ""))?.value ?? []].flat();
  return Values.some((wanted) => values.includes(wanted));
}

const groupShape = (scaling: Scaling, group: Group): sdk.AutoScalingGroup => ({
  AutoScalingGroupName: group.name,
  AutoScalingGroupARN: group.arn,
  CreatedTime: group.createdAt,
  MinSize: group.min,
  MaxSize: group.max,
  DesiredCapacity: group.desired,
  DefaultCooldown: group.cooldownSeconds,
  AvailabilityZones: [...new Set(group.subnets.map((subnet) => scaling.account.links.zoneOf(subnet)))],
  VPCZoneIdentifier: group.subnets.join(","),
  LaunchTemplate: {
    ...(group.template.idOrName.startsWith("lt-") ? { LaunchTemplateId: group.template.idOrName } : { LaunchTemplateName: group.template.idOrName }),
    Version: group.template.version,
  },
  TargetGroupARNs: group.targetGroups,
  LoadBalancerNames: [],
  HealthCheckType: group.healthCheckType,
  HealthCheckGracePeriod: group.graceSeconds,
  ServiceLinkedRoleARN: group.serviceRole,
  EnabledMetrics: [...group.metrics].map((Metric) => ({ Metric, Granularity: "1Minute" })),
  InstanceMaintenancePolicy: group.maintenance && {
    MinHealthyPercentage: group.maintenance.minHealthyPercent,
    MaxHealthyPercentage: group.maintenance.maxHealthyPercent,
  },
  Instances: [...group.members.values()].map(memberShape),
  SuspendedProcesses: [...group.suspended].map(([ProcessName, SuspensionReason]) => ({ ProcessName, SuspensionReason })),
  Tags: [...group.tags].map(([Key, { value, isPropagated }]) => ({
    Key,
    Value: value,
    PropagateAtLaunch: isPropagated,
    ResourceId: group.name,
    ResourceType: "auto-scaling-group",
  })),
  TerminationPolicies: ["Default"],
  NewInstancesProtectedFromScaleIn: false,
});

const memberShape = (member: Member) => ({
  InstanceId: member.instanceId,
  InstanceType: member.instanceType,
  AvailabilityZone: member.zone,
  LifecycleState: member.state,
  HealthStatus: member.isHealthy ? "Healthy" : "Unhealthy",
  LaunchTemplate: { LaunchTemplateId: member.template.id, LaunchTemplateName: member.template.name, Version: member.template.version },
  ProtectedFromScaleIn: false,
});

/** An activity as the API answers it. */
export const activityShape = (activity: Activity): sdk.Activity => ({
  ActivityId: activity.id,
  AutoScalingGroupName: activity.group,
  Description: activity.description,
  Cause: activity.cause,
  StartTime: activity.startedAt,
  EndTime: activity.endedAt,
  StatusCode: activity.status,
  StatusMessage: activity.message,
  Progress: activity.progress,
  Details: activity.details,
});
