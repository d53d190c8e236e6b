import type { BucketSpec, SecretSpec, StateObjectSpec } from "@steward/core/topology/state-spec";
import type { Api } from "./api.ts";
import { type Named, nameOf } from "./named.ts";

/** Buckets with everything that guards them, then the documents in the state bucket. */
export async function deployBuckets(api: Api, buckets: BucketSpec[], named: Named): Promise<void> {
  for (const bucket of buckets) await deployBucket(api, bucket, named);
}

async function deployBucket(api: Api, { name: Bucket, versioned, encryption, policy, lifecycle, events }: BucketSpec, named: Named): Promise<void> {
  const kms = encryption.algorithm === "aws:kms" ? { KMSMasterKeyID: nameOf(named, `key:${encryption.key}`) } : {};
  const rule = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: encryption.algorithm, ...kms }, BucketKeyEnabled: encryption.algorithm === "aws:kms" };
  await api("s3", "CreateBucket", { Bucket });
  await api("s3", "PutPublicAccessBlock", {
    Bucket,
    PublicAccessBlockConfiguration: { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true },
  });
  await api("s3", "PutBucketEncryption", { Bucket, ServerSideEncryptionConfiguration: { Rules: [rule] } });
  if (versioned) await api("s3", "PutBucketVersioning", { Bucket, VersioningConfiguration: { Status: "Enabled" } });
  await api("s3", "PutBucketPolicy", { Bucket, Policy: JSON.stringify(policy) });
  await api("s3", "PutBucketLifecycleConfiguration", { Bucket, LifecycleConfiguration: { Rules: lifecycle.map(lifecycleRule) } });
  if (events) await api("s3", "PutBucketNotificationConfiguration", { Bucket, NotificationConfiguration: { EventBridgeConfiguration: {} } });
}

const lifecycleRule = ({ id, abortUploadsDays, expireDays }: BucketSpec["lifecycle"][number]) => ({
  ID: id,
  Status: "Enabled" as const,
  Filter: { Prefix: "" },
  AbortIncompleteMultipartUpload: { DaysAfterInitiation: abortUploadsDays },
  ...(expireDays !== null && { Expiration: { Days: expireDays } }),
});

export async function deployObjects(api: Api, bucket: string, objects: StateObjectSpec[]): Promise<void> {
  for (const { key, content } of objects)
    await api("s3", "PutObject", { Bucket: bucket, Key: key, Body: new TextEncoder().encode(content), ContentType: "application/json" });
}

/** Empty places: what is in a secret never passes through a deploy. */
export async function deploySecrets(api: Api, secrets: SecretSpec[], named: Named): Promise<void> {
  for (const { name, description, key } of secrets)
    await api("secretsmanager", "CreateSecret", { Name: name, Description: description, KmsKeyId: nameOf(named, `key:${key}`) });
}
