import type * as module from "@aws-sdk/client-s3";
import type { Account } from "../../account/account.ts";
import { AwsError } from "../../account/operation.ts";
import type { Principal } from "../../account/principal.ts";
import type { Bucket, Encryption } from "./state.ts";

/** The key S3 uses where nobody names one. */
const DEFAULT_KEY = "alias/aws/s3";

/** How a new object is to be encrypted: as the request says, else as the bucket does by default. */
export function chosenEncryption(bucket: Bucket, input: module.PutObjectCommandInput): Encryption {
  const byDefault = bucket.encryption.ApplyServerSideEncryptionByDefault;
  const algorithm = input.ServerSideEncryption ?? byDefault?.SSEAlgorithm ?? "AES256";
  if (algorithm !== "AES256" && algorithm !== "aws:kms")
    throw new AwsError("NotImplemented", `the simulated account does not model the encryption ${algorithm}`, 501);
  if (algorithm === "AES256") return { algorithm, bucketKey: false };
  const keyArn = input.SSEKMSKeyId ?? (byDefault?.SSEAlgorithm === "aws:kms" ? byDefault.KMSMasterKeyID : undefined) ?? DEFAULT_KEY;
  return { algorithm, keyArn, bucketKey: input.BucketKeyEnabled ?? bucket.encryption.BucketKeyEnabled ?? false };
}

/**
 * Uses the key for the caller and returns the encryption with the key's ARN: writing takes `kms:GenerateDataKey`, reading
 * `kms:Decrypt` (user guide, "Using server-side encryption with AWS KMS keys"). S3's own encryption takes nothing.
 */
export function useEncryption(
  account: Account,
  encryption: Encryption,
  { action, by, bucket, key }: { action: "kms:GenerateDataKey" | "kms:Decrypt"; by: Principal; bucket: Bucket; key: string },
): Encryption {
  if (encryption.keyArn === undefined) return encryption;
  const encryptionContext = { "aws:s3:arn": encryption.bucketKey ? bucket.arn : `${bucket.arn}/${key}` };
  try {
    return { ...encryption, keyArn: account.links.useKey({ key: encryption.keyArn, action, by, via: "s3", encryptionContext }) };
  } catch (error) {
    if (!(error instanceof AwsError) || error.code === "AccessDenied") throw error;
    throw Object.assign(new AwsError(`KMS.${error.code}`, error.message), { cause: error });
  }
}

/** The headers that tell of an object's encryption. */
export const encryptionHeaders = (
  encryption: Encryption | undefined,
): { ServerSideEncryption?: module.ServerSideEncryption; SSEKMSKeyId?: string; BucketKeyEnabled?: boolean } => ({
  ...(encryption && { ServerSideEncryption: encryption.algorithm }),
  ...(encryption?.keyArn !== undefined && { SSEKMSKeyId: encryption.keyArn }),
  ...(encryption?.bucketKey && { BucketKeyEnabled: true }),
});
