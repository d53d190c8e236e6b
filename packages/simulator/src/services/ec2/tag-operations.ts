import type * as sdk from "@aws-sdk/client-ec2";
import { AwsError, type Operations, type Right } from "../../account/operation.ts";
import { requestTagKeys } from "../../iam/tagging.ts";
import { tagContext } from "./collection.ts";
import { wildcard } from "./filters.ts";
import { findAll, isVisible } from "./lookup.ts";
import { arnOf } from "./resource-arns.ts";
import type { Ec2State } from "./state.ts";

/** Source: EC2 user guide, "Tag restrictions": 50 user tags per resource. */
const MOST_TAGS = 50;

/** A resource of any kind, as far as tags go. */
interface Tagged {
  id: string;
  type: sdk.ResourceType;
  tags: Record<string, string>;
}

/** Tags of everything that EC2 knows. */
export const tagOperations = (state: Ec2State): Operations<typeof sdk> => ({
  CreateTags: {
    rights: (input) => tagRights(state, "CreateTags", { ids: input.Resources ?? [], context: requestTagKeys(record(input.Tags)) }),
    run: (input) => {
      for (const { Key = "" } of input.Tags ?? [])
        if (Key.startsWith("aws:")) throw new AwsError("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use");
      const found = (input.Resources ?? []).map((id) => the(state, id));
      for (const item of found) requireRoom({ ...item.tags, ...record(input.Tags) });
      for (const item of found) Object.assign(item.tags, record(input.Tags));
      return {};
    },
  },
  DeleteTags: {
    rights: (input) =>
      tagRights(state, "DeleteTags", {
        ids: input.Resources ?? [],
        context: input.Tags?.length ? { "aws:TagKeys": input.Tags.map(({ Key = "" }) => Key) } : {},
      }),
    run: (input) => {
      for (const item of (input.Resources ?? []).map((id) => the(state, id))) deleteTags(item.tags, input.Tags);
      return {};
    },
  },
  DescribeTags: { run: (input) => ({ Tags: listed(state).filter((tag) => (input.Filters ?? []).every((filter) => tagMatches(tag, filter))) }) },
});

const record = (tags: sdk.Tag[] | undefined): Record<string, string> => Object.fromEntries((tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));

function tagRights(state: Ec2State, action: string, { ids, context }: { ids: string[]; context: Record<string, string | string[]> }): Right[] {
  return ids.map((id) => {
    const found = all(state).find((item) => item.id === id) ?? hidden(state, id);
    return { action: `ec2:${action}`, resources: [arnOf(found?.type ?? "*", id)], context: { ...tagContext(found?.tags ?? {}), ...context } };
  });
}

/** Rights look at what is there, although describe calls may not know it yet. */
const hidden = ({ snapshots }: Ec2State, id: string): Tagged | undefined => {
  const found = snapshots.items.get(id);
  return found && { ...found, type: snapshots.type };
};

/** The resource of an id; an instance that is not visible yet, or any unknown id, is refused. */
function the(state: Ec2State, id: string): Tagged {
  if (id.startsWith("i-")) findAll(state.instances, [id]);
  if (id.startsWith("snap-")) state.snapshots.the(id);
  const found = all(state).find((item) => item.id === id);
  if (!found) throw new AwsError("InvalidID", `The ID '${id}' is not valid`);
  return found;
}

function all({ instances, templates, volumes, snapshots, addresses, images, network }: Ec2State): Tagged[] {
  const { vpcs, subnets, gateways, routeTables, natGateways, endpoints, securityGroups } = network;
  const collections = [volumes, addresses, images, snapshots, vpcs, subnets, gateways, routeTables, natGateways, endpoints, securityGroups];
  return [
    ...[...instances.all.values()].filter(isVisible).map((item) => ({ id: item.instanceId, type: "instance" as const, tags: item.tags })),
    ...[...templates.all.values()].map((item) => ({ id: item.id, type: "launch-template" as const, tags: item.tags })),
    ...collections.flatMap((collection) => collection.all().map(({ id, tags }) => ({ id, type: collection.type, tags }))),
  ];
}

function requireRoom(tags: Record<string, string>): void {
  if (Object.keys(tags).filter((key) => !key.startsWith("aws:")).length > MOST_TAGS)
    throw new AwsError("TagLimitExceeded", "The maximum number of tags has been reached.");
}

/** A value narrows the deletion to tags that have it; without any tag all of the user's go. Source: EC2 API reference, DeleteTags. */
function deleteTags(tags: Record<string, string>, wanted: sdk.Tag[] | undefined): void {
  for (const [key, value] of Object.entries(tags)) {
    const named = wanted?.length ? wanted.some((tag) => tag.Key === key && (tag.Value === undefined || tag.Value === value)) : true;
    if (named && !key.startsWith("aws:")) delete tags[key];
  }
}

const listed = (state: Ec2State): sdk.TagDescription[] =>
  all(state).flatMap(({ id, type, tags }) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value, ResourceId: id, ResourceType: type })));

function tagMatches(tag: sdk.TagDescription, { Name = "", Values = [] }: sdk.Filter): boolean {
  const value = { key: tag.Key, value: tag.Value, "resource-id": tag.ResourceId, "resource-type": tag.ResourceType }[Name];
  if (value === undefined) throw new AwsError("InvalidParameterValue", `The filter '${Name}' is invalid`);
  return Values.some((wanted) => wildcard(wanted).test(value));
}
