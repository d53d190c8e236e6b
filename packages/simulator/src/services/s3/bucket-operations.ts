import type * as module from "@aws-sdk/client-s3";
import { AwsError, type Operations } from "../../account/operation.ts";
import { listObjects, listVersions } from "./listing.ts";
import { onBucket } from "./on-bucket.ts";
import { bucketRight } from "./rights.ts";
import { type Buckets, bucketArn, findBucket, newBucket } from "./state.ts";

/** Buckets: create, look at, list, delete. */
export function bucketOperations(buckets: Buckets): Operations<typeof module> {
  const on = onBucket(buckets);
  return {
    CreateBucket: {
      rights: ({ Bucket = "" }) => [{ action: "s3:CreateBucket", resources: [bucketArn(Bucket)] }],
      run: (input) => createBucket(buckets, input),
    },
    ListBuckets: {
      rights: () => [{ action: "s3:ListAllMyBuckets", resources: ["*"] }],
      run: () => ({ Buckets: [...buckets.values()].map(({ name, created }) => ({ Name: name, CreationDate: created })) }),
    },
    HeadBucket: on("ListBucket", () => ({ BucketRegion: "us-east-1" })),
    DeleteBucket: on("DeleteBucket", (bucket) => {
      if (bucket.versions.size > 0)
        throw new AwsError(
          "BucketNotEmpty",
          `The bucket you tried to delete is not empty${bucket.versioning ? ". You must delete all versions in the bucket." : ""}`,
          409,
        );
      buckets.delete(bucket.name);
      return {};
    }),
    ListObjectsV2: {
      rights: ({ Bucket, Prefix, Delimiter, MaxKeys }) => [
        bucketRight(findBucket(buckets, Bucket), "ListBucket", {
          "s3:prefix": Prefix,
          "s3:delimiter": Delimiter,
          "s3:max-keys": MaxKeys === undefined ? undefined : String(MaxKeys),
        }),
      ],
      run: (input) => listObjects(findBucket(buckets, input.Bucket), input),
    },
    ListObjectVersions: {
      rights: ({ Bucket, Prefix }) => [bucketRight(findBucket(buckets, Bucket), "ListBucketVersions", { "s3:prefix": Prefix })],
      run: (input) => listVersions(findBucket(buckets, input.Bucket), input),
    },
  };
}

/** In this region, creating one's own bucket again succeeds and changes nothing (API reference, CreateBucket, "BucketAlreadyOwnedByYou"). */
function createBucket(buckets: Buckets, { Bucket = "", CreateBucketConfiguration, ObjectLockEnabledForBucket }: module.CreateBucketRequest) {
  if (ObjectLockEnabledForBucket) throw new AwsError("NotImplemented", "the simulated account does not model object lock", 501);
  if (CreateBucketConfiguration?.LocationConstraint) throw new AwsError("InvalidLocationConstraint", "The specified location-constraint is not valid", 400);
  if (!/^(?!xn--|sthree-)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(Bucket) || /^\d+\.\d+\.\d+\.\d+$/.test(Bucket))
    throw new AwsError("InvalidBucketName", "The specified bucket is not valid.", 400, { BucketName: Bucket });
  buckets.set(Bucket, buckets.get(Bucket) ?? newBucket(Bucket));
  return { Location: `/${Bucket}` };
}
