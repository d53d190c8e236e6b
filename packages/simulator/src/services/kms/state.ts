import type { GrantConstraints, GrantOperation } from "@aws-sdk/client-kms";
import type { ResourcePolicy } from "@steward/core/topology/policy";
import { arn } from "../../account/account.ts";
import { AwsError } from "../../account/operation.ts";
import { hex } from "../../world/chance.ts";

/** What somebody lets somebody else do with a key, beside its policy. */
export interface Grant {
  id: string;
  token: string;
  name?: string;
  grantee: string;
  retiring?: string;
  operations: GrantOperation[];
  constraints?: GrantConstraints;
  issuer: string;
  created: Date;
  /** Until then only callers that show the token can use it. */
  effectiveAt: Date;
}

/** A symmetric key for encryption; its material never leaves the account. */
export interface Key {
  id: string;
  arn: string;
  manager: "CUSTOMER" | "AWS";
  description: string;
  tags: Record<string, string>;
  state: "Enabled" | "Disabled" | "PendingDeletion";
  policyText: string;
  policy: ResourcePolicy;
  created: Date;
  /** Days between rotations of the material; none without rotation. */
  rotationDays?: number;
  deletionAt?: Date;
  grants: Grant[];
}

export interface KmsState {
  keys: Map<string, Key>;
  /** Key id by alias name, `alias/…`. */
  aliases: Map<string, string>;
}

export const keyArn = (id: string): string => arn("kms", `key/${id}`);
export const aliasArn = (name: string): string => arn("kms", name);

export function newKey(fields: Pick<Key, "manager" | "description" | "tags" | "policyText" | "policy">): Key {
  const id = `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`;
  return { id, arn: keyArn(id), state: "Enabled", created: new Date(), grants: [], ...fields };
}

/** The key behind an id, ARN or alias; a key past its deletion date is gone. Worded as KMS answers. */
export function findKey(state: KmsState, given = ""): Key {
  const [, kind = "", name = ""] = /^(?:arn:aws:kms:[\w-]+:\d{12}:)?(?:(alias|key)\/)?(.+)$/.exec(given) ?? [];
  const id = kind === "alias" ? state.aliases.get(`alias/${name}`) : name;
  if (kind === "alias" && id === undefined) throw new AwsError("NotFoundException", `Alias ${aliasArn(`alias/${name}`)} is not found.`);
  const key = state.keys.get(id ?? "");
  if (!key || (key.deletionAt && key.deletionAt <= new Date())) throw new AwsError("NotFoundException", `Key '${keyArn(id ?? "")}' does not exist`);
  return key;
}

/** Refuses cryptographic work with a key that is off, as the key state table of the developer guide says. */
export function requireEnabled(key: Key): void {
  if (key.state === "Disabled") throw new AwsError("DisabledException", `${key.arn} is disabled.`);
  requireNotPending(key);
}

/** Refuses changes to a key that is about to be deleted (same table). */
export function requireNotPending(key: Key): void {
  if (key.state === "PendingDeletion") throw new AwsError("KMSInvalidStateException", `${key.arn} is pending deletion.`);
}

export const invalid = (value: unknown, member: string, constraint: string) =>
  new AwsError("ValidationException", `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: ${constraint}`);
