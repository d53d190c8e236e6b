import type * as sdk from "@aws-sdk/client-auto-scaling";
import { AwsError } from "../../account/operation.ts";
import type { Group, Hook, TemplateReference } from "./group.ts";
import { validationError } from "./scaling.ts";

/** The template that a request names. */
export function templateReference(given: sdk.LaunchTemplateSpecification | undefined): TemplateReference | undefined {
  const idOrName = given?.LaunchTemplateId ?? given?.LaunchTemplateName;
  return idOrName === undefined ? undefined : { idOrName, version: given?.Version ?? "$Default" };
}

export function hookOf(given: sdk.LifecycleHookSpecification): Hook {
  if (given.LifecycleTransition === undefined) throw validationError("LifecycleTransition is required when creating a new lifecycle hook");
  const heartbeatSeconds = given.HeartbeatTimeout ?? 3_600;
  if (heartbeatSeconds < 30 || heartbeatSeconds > 7_200) throw validationError("Heartbeat timeout must be between 30 and 7200 seconds inclusive.");
  const transition = given.LifecycleTransition as Hook["transition"];
  return {
    name: given.LifecycleHookName ?? "",
    transition,
    heartbeatSeconds,
    defaultResult: given.DefaultResult === "CONTINUE" ? "CONTINUE" : "ABANDON",
    metadata: given.NotificationMetadata,
  };
}

/** EC2's own checks are the only ones modelled; a group that also heeds its balancer would replace more than this one does. */
export function healthCheckTypeOf(given: string | undefined): "EC2" {
  if (given !== undefined && given !== "EC2")
    throw new AwsError("UnknownOperationException", `the simulated account does not model the health check type ${given} of a group`, 501);
  return "EC2";
}

interface Bounds {
  min: number;
  max: number;
  desired: number;
}

/** Refuses bounds that contradict each other, as create and update do. */
export function checkBounds({ min, max, desired }: Bounds): void {
  if (max < min) throw validationError(`Max bound, ${max}, must be greater than or equal to min bound, ${min}`);
  if (desired < min || desired > max) throw validationError(`Desired capacity:${desired} must be between the specified min size:${min} and max size:${max}`);
}

/** A new minimum or maximum moves a desired capacity that it excludes. Source: API reference, UpdateAutoScalingGroup. */
export function newBounds(group: Group, input: { MinSize?: number | undefined; MaxSize?: number | undefined; DesiredCapacity?: number | undefined }): Bounds {
  const min = input.MinSize ?? group.min;
  const max = input.MaxSize ?? group.max;
  return { min, max, desired: input.DesiredCapacity ?? Math.min(Math.max(group.desired, min), max) };
}

export const subnetsOf = (identifier: string | undefined): string[] =>
  (identifier ?? "")
    .split(",")
    .map((subnet) => subnet.trim())
    .filter(Boolean);

/** A policy of -1 and -1 means none. Source: API reference, InstanceMaintenancePolicy. */
export function maintenanceOf(given: sdk.InstanceMaintenancePolicy | undefined): Group["maintenance"] {
  const { MinHealthyPercentage: min, MaxHealthyPercentage: max } = given ?? {};
  if (min === undefined || max === undefined || min < 0) return undefined;
  if (max < 100 || max > 200 || max - min > 100)
    throw validationError("InstanceMaintenancePolicy percentages are out of range: the maximum must be 100 to 200, and at most 100 above the minimum.");
  return { minHealthyPercent: min, maxHealthyPercent: max };
}
