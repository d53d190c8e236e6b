import type { Account } from "../../account/account.ts";
import { AwsError } from "../../account/operation.ts";
import type { Principal } from "../../account/principal.ts";
import type { Secret } from "./state.ts";

const DEFAULT_KEY = "alias/aws/secretsmanager";

/** What Secrets Manager puts into the context when it only tries whether a key will do (user guide, "Secret encryption and decryption"). */
const TRIAL = "RequestToValidateKeyAccess";

interface Asked {
  account: Account;
  by: Principal;
}

/** Uses the secret's key for its caller: a data key to write a version, decryption to read one. */
export function useSecretKey(
  { account, by }: Asked,
  secret: Secret,
  { action, versionId }: { action: "kms:GenerateDataKey" | "kms:Decrypt"; versionId: string },
): void {
  ask({ account, by }, secret.kmsKeyId, { action, encryptionContext: { SecretARN: secret.arn, SecretVersionId: versionId } });
}

/** A new secret's key must let its creator seal and open. */
export function tryKey(asked: Asked, kmsKeyId: string | undefined): void {
  for (const action of ["kms:GenerateDataKey", "kms:Decrypt"] as const)
    ask(asked, kmsKeyId, { action, encryptionContext: { SecretARN: TRIAL, SecretVersionId: TRIAL } });
}

function ask(
  { account, by }: Asked,
  kmsKeyId = DEFAULT_KEY,
  use: { action: "kms:GenerateDataKey" | "kms:Decrypt"; encryptionContext: Record<string, string> },
): void {
  try {
    account.links.useKey({ key: kmsKeyId, by, via: "secretsmanager", ...use });
  } catch (error) {
    throw error instanceof AwsError ? Object.assign(failure(error.code, use.action), { cause: error }) : error;
  }
}

function failure(code: string, action: string): AwsError {
  if (code === "AccessDenied") return new AwsError("AccessDenied", "Access to KMS is not allowed", 403);
  if (action === "kms:Decrypt") return new AwsError("DecryptionFailure", "Secrets Manager can't decrypt the protected secret text using the provided KMS key.");
  return new AwsError(
    "EncryptionFailure",
    "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that the KMS key is available, enabled, and not in an invalid state.",
  );
}
