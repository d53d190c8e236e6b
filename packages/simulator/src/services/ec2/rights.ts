import { ACCOUNT_ID, arn, REGION } from "../../account/account.ts";
import type { Right } from "../../account/operation.ts";
import type { Instances } from "./instances.ts";

/** What a launch is made of, as far as rights go. */
export interface LaunchParts {
  imageId?: string | undefined;
  subnets: string[];
  instanceProfile?: string | undefined;
  launchTemplateId?: string | undefined;
  tags?: Record<string, string> | undefined;
}

/**
 * Everything a launch needs to be allowed: each resource type of `RunInstances`, passing the instance's role, tagging at
 * launch. Source: service authorization reference, Amazon EC2. An instance profile's role is taken to bear its name.
 */
export function launchRights({ imageId, subnets, instanceProfile, launchTemplateId, tags }: LaunchParts): Right[] {
  const anyOf = ["instance/*", "network-interface/*", "security-group/*", "volume/*"].map((resource) => arn("ec2", resource));
  const template = launchTemplateId === undefined ? [] : [arn("ec2", `launch-template/${launchTemplateId}`)];
  const run: Right = {
    action: "ec2:RunInstances",
    resources: [
      ...anyOf,
      ...(imageId ? [`arn:aws:ec2:${REGION}::image/${imageId}`] : []),
      ...subnets.map((subnet) => arn("ec2", `subnet/${subnet}`)),
      ...template,
    ],
    context: { "ec2:Region": REGION, ...(template[0] && { "ec2:LaunchTemplate": template[0] }), ...requestTags(tags) },
  };
  return [run, ...passRole(instanceProfile), ...tagAtLaunch(tags)];
}

function passRole(profile: string | undefined): Right[] {
  if (!profile) return [];
  return [
    {
      action: "iam:PassRole",
      resources: [`arn:aws:iam::${ACCOUNT_ID}:role/${profile.split("/").at(-1)}`],
      context: { "iam:PassedToService": "ec2.amazonaws.com" },
    },
  ];
}

const tagAtLaunch = (tags: Record<string, string> | undefined): Right[] =>
  tags && Object.keys(tags).length > 0
    ? [{ action: "ec2:CreateTags", resources: [arn("ec2", "instance/*")], context: { "ec2:CreateAction": "RunInstances", ...requestTags(tags) } }]
    : [];

/** The condition keys that tags of a request fill. */
export const requestTags = (tags: Record<string, string> = {}): Record<string, string | string[]> => ({
  ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
  ...(Object.keys(tags).length > 0 && { "aws:TagKeys": Object.keys(tags) }),
});

/** One action on each named instance, with that instance's tags. */
export const onInstances = (instances: Instances, action: string, ids: string[] | undefined): Right[] =>
  (ids ?? []).map((id) => ({ action, resources: [arn("ec2", `instance/${id}`)], context: instanceContext(instances, id) }));

function instanceContext(instances: Instances, id: string): Record<string, string> {
  const tags = Object.entries(instances.all.get(id)?.tags ?? {});
  return {
    "ec2:Region": REGION,
    ...Object.fromEntries(
      tags.flatMap(([key, value]) => [
        [`aws:ResourceTag/${key}`, value],
        [`ec2:ResourceTag/${key}`, value],
      ]),
    ),
  };
}
