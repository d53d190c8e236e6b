import { arn, type Links } from "../../account/account.ts";
import { AwsError, type Right } from "../../account/operation.ts";
import { launchRights } from "../ec2/rights.ts";
import type { TemplateReference } from "./group.ts";
import type { Scaling } from "./scaling.ts";

/** One action on a group, with its tags as condition keys. Source: service authorization reference, Amazon EC2 Auto Scaling. */
export function onGroup(scaling: Scaling, action: string, name: string | undefined): Right[] {
  const group = scaling.groups.get(name ?? "");
  const tags = [...(group?.tags ?? [])];
  const context = Object.fromEntries(
    tags.flatMap(([key, { value }]) => [
      [`aws:ResourceTag/${key}`, value],
      [`autoscaling:ResourceTag/${key}`, value],
    ]),
  );
  return [{ action: `autoscaling:${action}`, resources: [group?.arn ?? arn("autoscaling", `autoScalingGroup:*:autoScalingGroupName/${name}`)], context }];
}

/** The same for requests that name an instance only; without a managed instance the right is needed on every group. */
export function onGroupOf(scaling: Scaling, action: string, instanceId: string | undefined): Right[] {
  const owner = [...scaling.groups.values()].find((group) => group.members.has(instanceId ?? ""));
  return owner ? onGroup(scaling, action, owner.name) : onGroup(scaling, action, "*");
}

/**
 * What a group may launch, its owner must be allowed to launch: naming a launch template checks `ec2:RunInstances` and
 * `iam:PassRole`. Source: Auto Scaling user guide, "Launch template support: required permissions".
 */
export function toLaunch(scaling: Scaling, reference: TemplateReference | undefined, subnets: string[]): Right[] {
  const template = reference && resolved(scaling, reference);
  return template ? launchRights({ ...template, subnets, launchTemplateId: template.id, tagsOf: scaling.account.links.resourceTags }) : [];
}

/** A template that does not exist is for the operation itself to refuse. */
function resolved(scaling: Scaling, reference: TemplateReference): ReturnType<Links["resolveLaunchTemplate"]> | undefined {
  try {
    return scaling.account.links.resolveLaunchTemplate(reference);
  } catch (error) {
    if (error instanceof AwsError) return undefined;
    throw error;
  }
}
