import type * as module from "@aws-sdk/client-s3";
import type { ResourcePolicy } from "@steward/core/topology/policy";
import { AwsError } from "../../account/operation.ts";
import { hex } from "../../world/chance.ts";

/** How an object lies encrypted; a key's ARN where it is one of KMS. */
export interface Encryption {
  algorithm: "AES256" | "aws:kms";
  keyArn?: string;
  bucketKey: boolean;
}

/** One version of an object, or a delete marker. */
export interface ObjectVersion {
  key: string;
  /** `null` for what was written without versioning. */
  id: string;
  modified: Date;
  isMarker: boolean;
  body: Uint8Array;
  /** With its quotes; the MD5 of the body only without KMS. */
  etag: string;
  encryption?: Encryption;
  contentType?: string;
  contentEncoding?: string;
  metadata: Record<string, string>;
  checksums: Partial<Record<"ChecksumCRC32" | "ChecksumCRC32C" | "ChecksumCRC64NVME" | "ChecksumSHA1" | "ChecksumSHA256", string>>;
}

export interface Bucket {
  name: string;
  arn: string;
  created: Date;
  versioning?: "Enabled" | "Suspended";
  policy?: { text: string; document: ResourcePolicy };
  publicAccess?: module.PublicAccessBlockConfiguration;
  encryption: module.ServerSideEncryptionRule;
  lifecycle?: module.LifecycleRule[];
  /** Events go to EventBridge from then on. */
  eventsFrom?: Date;
  /** Events so far. */
  sequence: number;
  /** Versions of each key, oldest first. */
  versions: Map<string, ObjectVersion[]>;
}

export type Buckets = Map<string, Bucket>;

const blocked = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true };

/** New buckets block public access and encrypt with S3's own keys (user guide, "Default settings for new S3 buckets"). */
export const newBucket = (name: string): Bucket => ({
  name,
  arn: bucketArn(name),
  created: new Date(),
  publicAccess: blocked,
  encryption: { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" }, BucketKeyEnabled: false },
  sequence: 0,
  versions: new Map(),
});

export const bucketArn = (name: string): string => `arn:aws:s3:::${name}`;

/** The bucket of a call, or S3's error. */
export function findBucket(buckets: Buckets, name = ""): Bucket {
  const bucket = buckets.get(name);
  if (!bucket) throw new AwsError("NoSuchBucket", "The specified bucket does not exist", 404, { BucketName: name });
  return bucket;
}

/** What a plain read of a key sees; undefined where there is nothing or a delete marker. */
export function current(bucket: Bucket, key: string): ObjectVersion | undefined {
  const newest = bucket.versions.get(key)?.at(-1);
  return newest?.isMarker ? undefined : newest;
}

export const versionOf = (bucket: Bucket, key: string, id: string): ObjectVersion | undefined => bucket.versions.get(key)?.find((version) => version.id === id);

/** Adds a version on top; without versioning, or with it suspended, it takes the place of the `null` version. */
export function add(bucket: Bucket, version: Omit<ObjectVersion, "id" | "modified">): ObjectVersion {
  const id = bucket.versioning === "Enabled" ? hex(32) : "null";
  const added = { ...version, id, modified: new Date(Math.floor(Date.now() / 1000) * 1000) };
  const others = (bucket.versions.get(version.key) ?? []).filter((other) => other.id !== id);
  bucket.versions.set(version.key, [...others, added]);
  return added;
}

/** Takes a version away for good. */
export function remove(bucket: Bucket, { key, id }: ObjectVersion): void {
  const left = (bucket.versions.get(key) ?? []).filter((version) => version.id !== id);
  if (left.length > 0) bucket.versions.set(key, left);
  else bucket.versions.delete(key);
}

/** Buckets that never had versioning show no version ids. */
export const shownId = (bucket: Bucket, version: ObjectVersion): string | undefined => (bucket.versioning ? version.id : undefined);
