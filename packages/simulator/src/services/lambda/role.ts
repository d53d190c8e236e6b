import type { Account } from "../../account/account.ts";
import { AwsError } from "../../account/operation.ts";
import type { Principal } from "../../account/principal.ts";

/**
 * The session Lambda runs a function with: the principal `…:assumed-role/<role>/<function>`, or else any session of that role.
 * Whoever boots the account adds these principals first, as IAM roles exist before the functions that use them.
 */
export function sessionOf(account: Account, roleArn: string, functionName: string): Principal {
  const role = roleArn
    .slice(roleArn.indexOf(":role/") + ":role/".length)
    .split("/")
    .at(-1);
  const sessions = [...account.principals.values()].filter((principal) => principal.arn.includes(`:assumed-role/${role}/`));
  const session = sessions.find((principal) => principal.arn.endsWith(`/${functionName}`)) ?? sessions[0];
  if (!session) throw new AwsError("InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda.", 400, { Type: "User" });
  return session;
}
