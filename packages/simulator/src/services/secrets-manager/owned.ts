import type { Account } from "../../account/account.ts";
import { AwsError } from "../../account/operation.ts";
import type { Principal } from "../../account/principal.ts";
import { tryKey, useSecretKey } from "./key.ts";
import { newArn, type Secret, type Secrets } from "./state.ts";
import { addVersion, CURRENT, givenValue } from "./versions.ts";

/** A secret that another service makes, fills and changes, such as RDS the password of a database's master user. */
export interface OwnedSecret {
  /** For example `rds`; the secret's name begins with it and an exclamation mark. */
  owner: string;
  name: string;
  value: string;
  tags: Record<string, string>;
  /** The key of Secrets Manager itself where none is named. */
  kmsKeyId?: string | undefined;
}

/** Source: Secrets Manager user guide, "Secrets managed by other AWS services", and the tags and fields that `describe-secret` shows of one that RDS made. */
export function makeOwned(account: Account, secrets: Secrets, { secret: given, by }: { secret: OwnedSecret; by: Principal }): string {
  const { owner, name, value, tags, kmsKeyId } = given;
  tryKey({ account, by }, kmsKeyId);
  const now = new Date();
  const secret: Secret = {
    name,
    arn: newArn(name),
    owner,
    tags: { ...tags, "aws:secretsmanager:owningService": owner },
    created: now,
    changed: now,
    versions: [],
    ...(kmsKeyId !== undefined && { kmsKeyId }),
  };
  const id = crypto.randomUUID();
  useSecretKey({ account, by }, secret, { action: "kms:GenerateDataKey", versionId: id });
  const content = givenValue({ SecretString: value });
  if (content) addVersion(secret, { id, value: content, stages: [CURRENT] });
  secrets.set(name, secret);
  return secret.arn;
}

/** "The secret is managed by another service, and you must use that service to update it" (API reference, InvalidRequestException). */
export function requireUnowned(secret: Secret): Secret {
  if (secret.owner !== undefined) throw new AwsError("InvalidRequestException", `Operation is not allowed on secret owned by ${secret.owner}`);
  return secret;
}
