import type { Tag } from "@aws-sdk/client-secrets-manager";
import { arn } from "../../account/account.ts";
import { AwsError, type Right } from "../../account/operation.ts";
import { toCreateTagged } from "../../iam/tagging.ts";
import { chance } from "../../world/chance.ts";

/** One version of a value; what it holds is sealed, so that whoever prints the account prints no secret. */
export interface SecretVersion {
  id: string;
  created: Date;
  stages: string[];
  kind: "SecretString" | "SecretBinary";
  sealed: Uint8Array;
}

export interface Secret {
  name: string;
  arn: string;
  description?: string;
  /** The service of AWS that made it and alone may change it. */
  owner?: string;
  /** As the caller named it; none for the key of Secrets Manager itself. */
  kmsKeyId?: string;
  tags: Record<string, string>;
  created: Date;
  changed: Date;
  /** End of the recovery window of a deleted secret. */
  deletionAt?: Date;
  /** Oldest first. */
  versions: SecretVersion[];
}

export type Secrets = Map<string, Secret>;

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** "Secrets Manager automatically adds a hyphen and six random characters after the secret name" (API reference, CreateSecret). */
export const newArn = (name: string): string =>
  arn("secretsmanager", `secret:${name}-${Array.from({ length: 6 }, () => ALPHABET[Math.floor(chance() * ALPHABET.length)]).join("")}`);

/** ARN that policies see where the random characters are not known: for a secret that is not there yet, or not at all. */
const unknownArn = (name: string): string => arn("secretsmanager", `secret:${name}-??????`);

/** A secret by name, ARN, or ARN without its random characters; one past its recovery window is gone. */
function lookup(secrets: Secrets, given: string): Secret | undefined {
  const name = given.startsWith("arn:") ? given.split(":").slice(6).join(":") : given;
  const found = [...secrets.values()].find((secret) => secret.arn === given || secret.name === name);
  if (!found?.deletionAt || found.deletionAt > new Date()) return found;
  secrets.delete(found.name);
  return undefined;
}

/** The secret of a call; errors are worded as Secrets Manager answers. */
export function findSecret(secrets: Secrets, given = ""): Secret {
  const secret = lookup(secrets, given);
  if (!secret) throw new AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
  return secret;
}

/** The secret of a call that a deleted one refuses. */
export function findLive(secrets: Secrets, given: string | undefined): Secret {
  const secret = findSecret(secrets, given);
  if (secret.deletionAt) throw new AwsError("InvalidRequestException", "You can't perform this operation on the secret because it was marked for deletion.");
  return secret;
}

/** Who may not use a secret does not learn whether it is there. */
export function secretRight(
  secrets: Secrets,
  action: string,
  { given = "", context = {} }: { given: string | undefined; context?: Right["context"] },
): Right[] {
  const secret = lookup(secrets, given);
  const resource = secret?.arn ?? (given.startsWith("arn:") ? given : unknownArn(given));
  const tags = Object.entries(secret?.tags ?? {}).flatMap(([key, value]) => [
    [`aws:ResourceTag/${key}`, value],
    [`secretsmanager:ResourceTag/${key}`, value],
  ]);
  return [
    { action: `secretsmanager:${action}`, resources: [resource], context: { "secretsmanager:SecretId": resource, ...Object.fromEntries(tags), ...context } },
  ];
}

/** Creating names the secret before it has an ARN. */
export const createRights = (name: string, tags: Tag[]): Right[] =>
  toCreateTagged({
    create: "secretsmanager:CreateSecret",
    tag: "secretsmanager:TagResource",
    resources: [unknownArn(name)],
    tags,
    context: { "secretsmanager:Name": name },
  });
