import type { BucketSpec, StateObjectSpec } from "@steward/core/topology/state-spec";
import type { Topology } from "@steward/core/topology/topology";
import type { Keys } from "./keys.ts";
import { optionsOf } from "./options.ts";

type Name = $util.Output<string>;

/**
 * Buckets with everything that guards them, and the documents that a deploy declares; answers what to wait for before writing to a bucket or pointing to a document.
 * Plain resources: SST's Bucket cannot abort unfinished uploads, writes its own policy, and empties itself when it is deleted.
 */
export function deployStorage({ buckets, objects }: Topology, keys: Keys): $util.Resource[] {
  const made = buckets.map((spec) => ({ id: spec.id, ...deployBucket(spec, keys) }));
  const documents = made.filter(({ id }) => id === "state").flatMap(({ name, guards }) => objects.map((object) => deployObject(object, name, guards)));
  return [...made.flatMap(({ guards }) => guards), ...documents];
}

function deployBucket(spec: BucketSpec, keys: Keys): { name: Name; guards: $util.Resource[] } {
  const own = optionsOf("bucket");
  const bucket = new aws.s3.Bucket(`Bucket-${spec.id}`, { bucket: spec.name, forceDestroy: false }, own).bucket;
  const closed = { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true };
  const access = new aws.s3.BucketPublicAccessBlock(`PublicAccessBlock-${spec.id}`, { bucket, ...closed }, own);
  const guards: $util.Resource[] = [
    access,
    new aws.s3.BucketServerSideEncryptionConfiguration(`Encryption-${spec.id}`, { bucket, rules: [encryption(spec, keys)] }, own),
    new aws.s3.BucketPolicy(`BucketPolicy-${spec.id}`, { bucket, policy: JSON.stringify(spec.policy) }, { ...own, dependsOn: access }),
    new aws.s3.BucketLifecycleConfiguration(`Lifecycle-${spec.id}`, { bucket, rules: lifecycle(spec) }, own),
  ];
  if (spec.versioned) guards.push(new aws.s3.BucketVersioning(`Versioning-${spec.id}`, { bucket, versioningConfiguration: { status: "Enabled" } }, own));
  if (spec.events) guards.push(new aws.s3.BucketNotification(`Notification-${spec.id}`, { bucket, eventbridge: true }, own));
  return { name: bucket, guards };
}

const encryption = ({ encryption: chosen }: BucketSpec, keys: Keys) =>
  chosen.algorithm === "AES256"
    ? { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }
    : { applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: keys.arn(chosen.key) }, bucketKeyEnabled: true };

const lifecycle = (spec: BucketSpec) =>
  spec.lifecycle.map(({ id, abortUploadsDays, expireDays }) => ({
    id,
    status: "Enabled",
    filter: { prefix: "" },
    abortIncompleteMultipartUpload: { daysAfterInitiation: abortUploadsDays },
    ...(expireDays === null ? {} : { expiration: { days: expireDays } }),
  }));

/** Named by its content, so another content is another object; the old one stays. */
function deployObject({ key, content }: StateObjectSpec, bucket: Name, guards: $util.Resource[]): $util.Resource {
  const settings = { bucket, key, content, contentType: "application/json" };
  return new aws.s3.BucketObjectv2(`Object-${key}`, settings, { ...optionsOf("state-object"), dependsOn: guards });
}
