import { arn } from "../../account/account.ts";
import type { Right } from "../../account/operation.ts";
import { requestTagKeys } from "../../iam/tagging.ts";
import type { Balancing } from "./balancing.ts";

/** One action on a target group or balancer, with its tags. Source: service authorization reference, Elastic Load Balancing V2. */
export function onResource(balancing: Balancing, action: string, resourceArn: string | undefined): Right[] {
  const tags = Object.entries((balancing.targetGroups.get(resourceArn ?? "") ?? balancing.balancers.get(resourceArn ?? ""))?.tags ?? {});
  const context = Object.fromEntries(
    tags.flatMap(([key, value]) => [
      [`aws:ResourceTag/${key}`, value],
      [`elasticloadbalancing:ResourceTag/${key}`, value],
    ]),
  );
  return [{ action: `elasticloadbalancing:${action}`, resources: [resourceArn ?? "*"], context }];
}

/** Making something named; tagging it on the way is a right of its own. */
export function toCreate(action: string, resource: string, tags: Record<string, string>): Right[] {
  const resources = [arn("elasticloadbalancing", resource)];
  const create = { action: `elasticloadbalancing:${action}`, resources, context: requestTagKeys(tags) };
  return Object.keys(tags).length === 0
    ? [create]
    : [create, { action: "elasticloadbalancing:AddTags", resources, context: { ...requestTagKeys(tags), "elasticloadbalancing:CreateAction": action } }];
}
