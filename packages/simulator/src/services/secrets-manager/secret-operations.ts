import type * as module from "@aws-sdk/client-secrets-manager";
import type { Account } from "../../account/account.ts";
import { AwsError, type Operations } from "../../account/operation.ts";
import type { Principal } from "../../account/principal.ts";
import { tryKey, useSecretKey } from "./key.ts";
import { requireUnowned } from "./owned.ts";
import { createRights, findSecret, newArn, type Secret, type Secrets, secretRight } from "./state.ts";
import { addVersion, CURRENT, givenValue, versionId } from "./versions.ts";

const DAY_MS = 86_400_000;

/** Secrets themselves: create, describe, delete, restore. */
export function secretOperations(account: Account, secrets: Secrets): Operations<typeof module> {
  return {
    CreateSecret: {
      rights: ({ Name = "", Tags = [] }) => createRights(Name, Tags),
      run: (input, { principal }) => createSecret(account, secrets, { input, by: principal }),
    },
    DescribeSecret: {
      rights: ({ SecretId }) => secretRight(secrets, "DescribeSecret", { given: SecretId }),
      run: ({ SecretId }) => described(findSecret(secrets, SecretId)),
    },
    DeleteSecret: {
      rights: ({ SecretId }) => secretRight(secrets, "DeleteSecret", { given: SecretId }),
      run: (input) => deleteSecret(secrets, requireUnowned(findSecret(secrets, input.SecretId)), input),
    },
    RestoreSecret: {
      rights: ({ SecretId }) => secretRight(secrets, "RestoreSecret", { given: SecretId }),
      run: ({ SecretId }) => {
        const secret = findSecret(secrets, SecretId);
        delete secret.deletionAt;
        return { ARN: secret.arn, Name: secret.name };
      },
    },
  };
}

/** A secret may be made without a value; its name stays taken while a deleted one can still be restored. */
function createSecret(account: Account, secrets: Secrets, { input, by }: { input: module.CreateSecretRequest; by: Principal }): module.CreateSecretResponse {
  const { Name: name = "", Description, KmsKeyId, Tags = [], ClientRequestToken } = input;
  if (!/^[\w/+=.@-]{1,512}$/.test(name))
    throw new AwsError("ValidationException", "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!");
  const value = givenValue(input);
  const id = versionId(ClientRequestToken);
  const existing = secrets.get(name);
  if (existing && isThere(secrets, existing)) return repeated(existing, { id, value });
  tryKey({ account, by }, KmsKeyId);
  const now = new Date();
  const secret: Secret = {
    name,
    arn: newArn(name),
    tags: Object.fromEntries(Tags.map(({ Key = "", Value = "" }) => [Key, Value])),
    created: now,
    changed: now,
    versions: [],
    ...(Description !== undefined && { description: Description }),
    ...(KmsKeyId !== undefined && { kmsKeyId: KmsKeyId }),
  };
  if (value) {
    useSecretKey({ account, by }, secret, { action: "kms:GenerateDataKey", versionId: id });
    addVersion(secret, { id, value, stages: [CURRENT] });
  }
  secrets.set(name, secret);
  return { ARN: secret.arn, Name: name, ...(value && { VersionId: id }) };
}

function isThere(secrets: Secrets, { name, deletionAt }: Secret): boolean {
  if (!deletionAt) return true;
  if (deletionAt > new Date())
    throw new AwsError("InvalidRequestException", "You can't create this secret because a secret with this name is already scheduled for deletion.");
  secrets.delete(name);
  return false;
}

/** Only the same request once more is answered as before. */
function repeated(secret: Secret, { id, value }: { id: string; value: ReturnType<typeof givenValue> }): module.CreateSecretResponse {
  if (!value || !secret.versions.some((version) => version.id === id))
    throw new AwsError("ResourceExistsException", `The operation failed because the secret ${secret.name} already exists.`);
  addVersion(secret, { id, value, stages: [CURRENT] });
  return { ARN: secret.arn, Name: secret.name, VersionId: id };
}

function deleteSecret(secrets: Secrets, secret: Secret, input: module.DeleteSecretRequest): module.DeleteSecretResponse {
  const { RecoveryWindowInDays, ForceDeleteWithoutRecovery = false } = input;
  if (ForceDeleteWithoutRecovery && RecoveryWindowInDays !== undefined)
    throw new AwsError("InvalidParameterException", "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.");
  const days = RecoveryWindowInDays ?? 30;
  if (days < 7 || days > 30) throw new AwsError("InvalidParameterException", "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).");
  if (secret.deletionAt && !ForceDeleteWithoutRecovery)
    throw new AwsError("InvalidRequestException", "You tried to perform the operation on a secret that's currently marked deleted.");
  secret.deletionAt = new Date(Date.now() + (ForceDeleteWithoutRecovery ? 0 : days * DAY_MS));
  if (ForceDeleteWithoutRecovery) secrets.delete(secret.name);
  return { ARN: secret.arn, Name: secret.name, DeletionDate: secret.deletionAt };
}

/** The owner rotates it by itself, every seven days unless told otherwise. Source: RDS user guide, "Password management with Amazon RDS and AWS Secrets Manager". */
const OWNERS_ROTATION = { AutomaticallyAfterDays: 7 };

/** Says everything but the value; the key only where it is a customer's. */
const described = ({ arn, name, owner, description, kmsKeyId, tags, created, changed, deletionAt, versions }: Secret): module.DescribeSecretResponse => ({
  ARN: arn,
  Name: name,
  CreatedDate: created,
  LastChangedDate: changed,
  Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  ...(owner !== undefined && { OwningService: owner, RotationEnabled: true, RotationRules: OWNERS_ROTATION }),
  ...(description !== undefined && { Description: description }),
  ...(kmsKeyId !== undefined && { KmsKeyId: kmsKeyId }),
  ...(deletionAt && { DeletedDate: deletionAt }),
  ...(versions.length > 0 && {
    VersionIdsToStages: Object.fromEntries(versions.filter(({ stages }) => stages.length > 0).map(({ id, stages }) => [id, [...stages]])),
  }),
});
