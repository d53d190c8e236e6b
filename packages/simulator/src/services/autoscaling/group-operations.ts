import type * as sdk from "@aws-sdk/client-auto-scaling";
import { ACCOUNT_ID } from "../../account/account.ts";
import { AwsError, type Operations } from "../../account/operation.ts";
import { toCreateTagged } from "../../iam/tagging.ts";
import { type Group, groupArn } from "./group.ts";
import { keepReconciling, wake } from "./reconcile.ts";
import { onGroup, toLaunch } from "./rights.ts";
import { groupNamed, type Scaling, stamp, validationError } from "./scaling.ts";
import { checkBounds, healthCheckTypeOf, hookOf, maintenanceOf, newBounds, subnetsOf, templateReference } from "./settings.ts";

/** Creating and changing groups. */
export const groupOperations = (scaling: Scaling): Operations<typeof sdk> => ({
  CreateAutoScalingGroup: {
    rights: (input) => [
      ...toCreateTagged({
        create: "autoscaling:CreateAutoScalingGroup",
        tag: "autoscaling:CreateOrUpdateTags",
        resources: onGroup(scaling, "CreateAutoScalingGroup", input.AutoScalingGroupName).flatMap((right) => right.resources),
        tags: input.Tags,
      }),
      ...toLaunch(scaling, templateReference(input.LaunchTemplate), subnetsOf(input.VPCZoneIdentifier)),
    ],
    run: (input) => {
      const group = newGroup(scaling, input);
      scaling.groups.set(group.name, group);
      wake(scaling, group);
      keepReconciling(scaling, group);
      return {};
    },
  },
  UpdateAutoScalingGroup: {
    rights: (input) => [
      ...onGroup(scaling, "UpdateAutoScalingGroup", input.AutoScalingGroupName),
      ...toLaunch(scaling, templateReference(input.LaunchTemplate), subnetsAfter(scaling, input)),
    ],
    run: (input) => {
      update(scaling, groupNamed(scaling, input.AutoScalingGroupName), input);
      return {};
    },
  },
  SuspendProcesses: {
    rights: (input) => onGroup(scaling, "SuspendProcesses", input.AutoScalingGroupName),
    run: (input) => {
      const group = groupNamed(scaling, input.AutoScalingGroupName);
      for (const process of processes(input.ScalingProcesses)) group.suspended.set(process, `User suspended at ${stamp()}`);
      return {};
    },
  },
  ResumeProcesses: {
    rights: (input) => onGroup(scaling, "ResumeProcesses", input.AutoScalingGroupName),
    run: (input) => {
      const group = groupNamed(scaling, input.AutoScalingGroupName);
      for (const process of processes(input.ScalingProcesses)) group.suspended.delete(process);
      wake(scaling, group);
      return {};
    },
  },
});

const subnetsAfter = (scaling: Scaling, { AutoScalingGroupName: name = "", VPCZoneIdentifier: zones }: sdk.UpdateAutoScalingGroupType): string[] =>
  zones === undefined ? (scaling.groups.get(name)?.subnets ?? []) : subnetsOf(zones);

/** Source: Auto Scaling user guide, "Suspend and resume processes". */
const PROCESSES = [
  "Launch",
  "Terminate",
  "AddToLoadBalancer",
  "AlarmNotification",
  "AZRebalance",
  "HealthCheck",
  "InstanceRefresh",
  "ReplaceUnhealthy",
  "ScheduledActions",
];

function processes(given: string[] | undefined): string[] {
  const unknown = (given ?? []).filter((process) => !PROCESSES.includes(process));
  if (unknown.length > 0) throw validationError(`The following processes are invalid: ${unknown.join(", ")}`);
  return given?.length ? given : PROCESSES;
}

function newGroup(scaling: Scaling, input: sdk.CreateAutoScalingGroupType): Group {
  const name = input.AutoScalingGroupName ?? "";
  if (scaling.groups.has(name))
    throw new AwsError("AlreadyExists", `AutoScalingGroup by this name already exists - A group with the name ${name} already exists`);
  const template = templateReference(input.LaunchTemplate);
  if (!template)
    throw validationError("Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.");
  requireTemplate(scaling, template);
  const bounds = { min: input.MinSize ?? 0, max: input.MaxSize ?? 0, desired: input.DesiredCapacity ?? input.MinSize ?? 0 };
  checkBounds(bounds);
  return {
    ...bounds,
    ...emptyGroup(name),
    template,
    subnets: knownSubnets(scaling, input.VPCZoneIdentifier),
    targetGroups: input.TargetGroupARNs ?? [],
    tags: new Map((input.Tags ?? []).map((tag) => [tag.Key ?? "", { value: tag.Value ?? "", isPropagated: tag.PropagateAtLaunch ?? false }])),
    hooks: new Map((input.LifecycleHookSpecificationList ?? []).map((hook) => [hook.LifecycleHookName ?? "", hookOf(hook)])),
    maintenance: maintenanceOf(input.InstanceMaintenancePolicy),
    healthCheckType: healthCheckTypeOf(input.HealthCheckType),
    graceSeconds: input.HealthCheckGracePeriod ?? 0,
    serviceRole: input.ServiceLinkedRoleARN ?? SERVICE_LINKED_ROLE,
    cooldownSeconds: input.DefaultCooldown ?? 300,
    request: `At ${stamp()} a user request created an AutoScalingGroup changing the desired capacity from 0 to ${bounds.desired}.`,
  };
}

/** Auto Scaling's own role, unless the group names another with a suffix. Source: Auto Scaling user guide, "Service-linked roles for Amazon EC2 Auto Scaling". */
const SERVICE_LINKED_ROLE = `arn:aws:iam::${ACCOUNT_ID}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`;

const emptyGroup = (
  name: string,
): Pick<Group, "name" | "arn" | "createdAt" | "metrics" | "suspended" | "members" | "activities" | "starting" | "failedLaunches" | "retryAt" | "wakeAt"> => ({
  name,
  arn: groupArn(name),
  createdAt: new Date(),
  metrics: new Set(),
  suspended: new Map(),
  members: new Map(),
  activities: [],
  starting: new Set(),
  failedLaunches: 0,
  retryAt: 0,
  wakeAt: 0,
});

/** A group names a template that exists; EC2's error comes back inside Auto Scaling's. */
function requireTemplate(scaling: Scaling, template: { idOrName: string; version: string }): void {
  try {
    scaling.account.links.resolveLaunchTemplate(template);
  } catch (cause) {
    if (!(cause instanceof AwsError)) throw cause;
    throw validationError(`You must use a valid fully-formed launch template. ${cause.message}`);
  }
}

/** A group stands in subnets that EC2 knows. */
function knownSubnets({ account }: Scaling, identifier: string | undefined): string[] {
  const subnets = subnetsOf(identifier);
  try {
    for (const subnet of subnets) account.links.zoneOf(subnet);
  } catch (cause) {
    throw cause instanceof AwsError ? validationError(cause.message) : cause;
  }
  return subnets;
}

function update(scaling: Scaling, group: Group, input: sdk.UpdateAutoScalingGroupType): void {
  const template = templateReference(input.LaunchTemplate);
  if (template) requireTemplate(scaling, template);
  const bounds = newBounds(group, input);
  checkBounds(bounds);
  const healthCheckType = healthCheckTypeOf(input.HealthCheckType);
  const subnets = input.VPCZoneIdentifier === undefined ? group.subnets : knownSubnets(scaling, input.VPCZoneIdentifier);
  const maintenance = input.InstanceMaintenancePolicy ? maintenanceOf(input.InstanceMaintenancePolicy) : group.maintenance;
  const request = `At ${stamp()} a user request update of AutoScalingGroup constraints to min: ${bounds.min}, max: ${bounds.max}, desired: ${bounds.desired} changing the desired capacity from ${group.desired} to ${bounds.desired}.`;
  if (bounds.desired !== group.desired) group.request = request;
  Object.assign(group, bounds, { maintenance, healthCheckType });
  if (template) group.template = template;
  group.subnets = subnets;
  group.graceSeconds = input.HealthCheckGracePeriod ?? group.graceSeconds;
  group.cooldownSeconds = input.DefaultCooldown ?? group.cooldownSeconds;
  wake(scaling, group);
}
