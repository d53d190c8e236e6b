import { ACCOUNT_ID, type Account } from "../account/account.ts";
import type { Principal } from "../account/principal.ts";
import { hex } from "../world/chance.ts";

const sessionArn = (role: string, instanceId: string): string => `arn:aws:sts::${ACCOUNT_ID}:assumed-role/${role}/${instanceId}`;

/**
 * What instance metadata hands to the programs of an instance: a session of its profile's role, named after the instance.
 * Undefined where it has no profile, or one that nobody gave a role. Source: EC2 user guide, "IAM roles for Amazon EC2".
 */
export function nodeSession(account: Account, instanceId: string, profile: string | undefined): Principal | undefined {
  const role = profile?.split("/").at(-1);
  const policy = role === undefined ? undefined : account.roles.get(role);
  if (role === undefined || policy === undefined) return undefined;
  const arn = sessionArn(role, instanceId);
  const known = [...account.principals.values()].find((principal) => principal.arn === arn);
  if (known) return known;
  const session: Principal = { arn, accessKeyId: `ASIA${hex(16).toUpperCase()}`, secretAccessKey: hex(40), policy };
  account.principals.set(session.accessKeyId, session);
  return session;
}
