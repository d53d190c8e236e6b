import type { Right } from "../account/operation.ts";

/** Tags as the services take them: a list of pairs, or keys with values. */
type Tags = readonly { Key?: string | undefined; Value?: string | undefined }[] | Record<string, string> | undefined;

const entriesOf = (tags: Tags): [string, string][] =>
  Array.isArray(tags) ? tags.map(({ Key = "", Value = "" }) => [Key, Value]) : Object.entries((tags as Record<string, string> | undefined) ?? {});

/** The condition keys that the tags of a request fill. Source: IAM user guide, "AWS global condition context keys". */
export function requestTagKeys(tags: Tags): Record<string, string | string[]> {
  const entries = entriesOf(tags);
  if (entries.length === 0) return {};
  return { ...Object.fromEntries(entries.map(([key, value]) => [`aws:RequestTag/${key}`, value])), "aws:TagKeys": entries.map(([key]) => key) };
}

/** Making something; where tags are given, tagging it is a right of its own. `create` and `tag` are whole action names. */
export function toCreateTagged({ create, tag, resources, tags, context = {} }: Creation): Right[] {
  const keys = requestTagKeys(tags);
  const made: Right = { action: create, resources, context: { ...context, ...keys } };
  return entriesOf(tags).length === 0 ? [made] : [made, { action: tag, resources, context: keys }];
}

interface Creation {
  create: string;
  tag: string;
  resources: string[];
  tags: Tags;
  /** Further condition keys of the creation itself. */
  context?: Record<string, string | string[]>;
}

/** Handing a role to a service is a right on that role; nothing where no role is given. Source: IAM user guide, "Granting a user permissions to pass a role". */
export const toPass = (role: string | undefined, service: string): Right[] =>
  role ? [{ action: "iam:PassRole", resources: [role], context: { "iam:PassedToService": service } }] : [];
