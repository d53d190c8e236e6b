import type { PolicyDocument } from "@steward/core/topology/policy";
import { ACCOUNT_ID, type Account } from "../account/account.ts";
import type { Principal } from "../account/principal.ts";
import { hex } from "../world/chance.ts";

/** Of every session that instance metadata hands out. */
export const sessionArn = (role: string, instanceId: string): string => `arn:aws:sts::${ACCOUNT_ID}:assumed-role/${role}/${instanceId}`;

/** The role of an instance profile, which bears its name; undefined for none, and for one that nobody gave a role. */
export function roleOf(account: Account, profile: string | undefined): { name: string; policy: PolicyDocument } | undefined {
  const name = profile?.split("/").at(-1);
  const policy = name === undefined ? undefined : account.roles.get(name);
  return name === undefined || policy === undefined ? undefined : { name, policy };
}

/**
 * What instance metadata hands to the programs of an instance: a session of its profile's role, named after the instance.
 * Undefined where it has no profile, or one that nobody gave a role. Source: EC2 user guide, "IAM roles for Amazon EC2".
 */
export function nodeSession(account: Account, instanceId: string, profile: string | undefined): Principal | undefined {
  const role = roleOf(account, profile);
  if (!role) return undefined;
  const arn = sessionArn(role.name, instanceId);
  const known = [...account.principals.values()].find((principal) => principal.arn === arn);
  if (known) return known;
  const session: Principal = { arn, accessKeyId: `ASIA${hex(16).toUpperCase()}`, secretAccessKey: hex(40), policy: role.policy };
  account.principals.set(session.accessKeyId, session);
  return session;
}
