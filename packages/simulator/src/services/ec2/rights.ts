import type { ResourceType } from "@aws-sdk/client-ec2";
import { ACCOUNT_ID, arn, REGION } from "../../account/account.ts";
import type { Right } from "../../account/operation.ts";
import { requestTagKeys } from "../../iam/tagging.ts";
import { tagContext } from "./collection.ts";
import type { Instances } from "./instances.ts";
import { arnOf } from "./resource-arns.ts";

/** What a launch is made of, as far as rights go. */
export interface LaunchParts {
  imageId?: string | undefined;
  /** Public parameter that the image id is to be read from. */
  imageParameter?: string | undefined;
  instanceType?: string | undefined;
  subnets: string[];
  securityGroups?: string[];
  instanceProfile?: string | undefined;
  launchTemplateId?: string | undefined;
  /** Those that the launch's own block device mappings name; an image's are not asked about. */
  snapshots?: string[];
  /** Tags that a resource of the account has, by its id. */
  tagsOf: (id: string) => Record<string, string>;
  /** Tags by the type of resource that the launch gives them to. */
  tags?: Partial<Record<"instance" | "volume" | "network-interface", Record<string, string>>>;
}

/**
 * Everything a launch needs to be allowed: each resource type of `RunInstances` with the condition keys that it has,
 * passing the instance's role, tagging at launch, reading the image's parameter. Source: service authorization
 * reference, Amazon EC2. An instance profile's role is taken to bear its name.
 */
export function launchRights(parts: LaunchParts): Right[] {
  const template = parts.launchTemplateId === undefined ? undefined : arn("ec2", `launch-template/${parts.launchTemplateId}`);
  const shared = { "ec2:Region": REGION, ...(template && { "ec2:LaunchTemplate": template }) };
  const on = (resources: string[], context: Record<string, string | string[]> = {}): Right[] =>
    resources.length === 0 ? [] : [{ action: "ec2:RunInstances", resources, context: { ...shared, ...context } }];
  const instance = {
    ...(parts.instanceType && { "ec2:InstanceType": parts.instanceType }),
    ...(parts.instanceProfile && { "ec2:InstanceProfile": profileArn(parts.instanceProfile) }),
    ...requestTagKeys(parts.tags?.instance),
  };
  const groups = parts.securityGroups?.length ? parts.securityGroups : ["*"];
  return [
    ...on([arn("ec2", "instance/*")], instance),
    ...on([arn("ec2", "network-interface/*")], requestTagKeys(parts.tags?.["network-interface"])),
    ...on([arn("ec2", "volume/*")], requestTagKeys(parts.tags?.volume)),
    ...groups.flatMap((group) => on([arn("ec2", `security-group/${group}`)], tagContext(parts.tagsOf(group)))),
    ...(parts.imageId ? on([arnOf("image", parts.imageId)], tagContext(parts.tagsOf(parts.imageId))) : []),
    ...(parts.snapshots ?? []).flatMap((id) => on([arnOf("snapshot", id)], tagContext(parts.tagsOf(id)))),
    ...parts.subnets.flatMap((subnet) => on([arn("ec2", `subnet/${subnet}`)], tagContext(parts.tagsOf(subnet)))),
    ...(template ? on([template], tagContext(parts.tagsOf(parts.launchTemplateId ?? ""))) : []),
    ...passRole(parts.instanceProfile),
    ...Object.entries(parts.tags ?? {}).flatMap(([type, tags]) => tagAtCreation("RunInstances", type as ResourceType, tags)),
    ...readParameter(parts.imageParameter),
  ];
}

const profileArn = (profile: string): string => (profile.startsWith("arn:") ? profile : `arn:aws:iam::${ACCOUNT_ID}:instance-profile/${profile}`);

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

/** Public parameters belong to no account. Source: EC2 user guide, "Use a Systems Manager parameter instead of an AMI ID". */
const readParameter = (name: string | undefined): Right[] =>
  name === undefined ? [] : [{ action: "ssm:GetParameters", resources: [`arn:aws:ssm:${REGION}::parameter${name}`] }];

/** Tagging on creation, a right of its own; nothing where no tags are given. */
export const tagAtCreation = (action: string, type: ResourceType, tags: Record<string, string> = {}): Right[] =>
  Object.keys(tags).length > 0
    ? [
        {
          action: "ec2:CreateTags",
          resources: [arnOf(type, "*")],
          context: { "ec2:CreateAction": action, "ec2:Region": REGION, ...requestTagKeys(tags) },
        },
      ]
    : [];

interface Creation {
  tags: Record<string, string>;
  /** Further condition keys of the new resource. */
  context?: Record<string, string>;
  /** ARN endings of what the new resource is made in or of, for example `vpc/vpc-1`. */
  within?: (string | undefined)[];
}

/** Making something, in something, and tagging it on the way, which is a right of its own. */
export function toCreate(action: string, type: ResourceType, { tags, context = {}, within = [] }: Creation): Right[] {
  const around = within.flatMap((part) => (part === undefined ? [] : [arn("ec2", part)]));
  return [
    { action: `ec2:${action}`, resources: [arnOf(type, "*")], context: { "ec2:Region": REGION, ...context, ...requestTagKeys(tags) } },
    ...around.map((resource) => ({ action: `ec2:${action}`, resources: [resource], context: { "ec2:Region": REGION } })),
    ...tagAtCreation(action, type, tags),
  ];
}

/** One action on each named instance, with that instance's tags. */
export const onInstances = (instances: Instances, action: string, ids: string[] | undefined): Right[] =>
  (ids ?? []).map((id) => ({ action, resources: [arn("ec2", `instance/${id}`)], context: tagContext(instances.all.get(id)?.tags ?? {}) }));
