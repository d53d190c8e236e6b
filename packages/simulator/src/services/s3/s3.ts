import * as module from "@aws-sdk/client-s3";
import type { Account } from "../../account/account.ts";
import type { Operations } from "../../account/operation.ts";
import { bucketOperations } from "./bucket-operations.ts";
import { objectOperations } from "./object-operations.ts";
import { settingOperations } from "./setting-operations.ts";
import { type Buckets, current, findBucket } from "./state.ts";

/** S3 of the account: buckets and their objects. */
export interface S3 {
  buckets: Buckets;
  /** Text of an object as a plain read sees it. */
  text: (bucket: string, key: string) => string | undefined;
}

/** Adds S3; reads see every write at once, as S3 promises. */
export function addS3(account: Account): S3 {
  const buckets: Buckets = new Map();
  const operations: Operations<typeof module> = { ...bucketOperations(buckets), ...settingOperations(buckets), ...objectOperations(account, buckets) };
  account.add({ id: "s3", iamPrefix: "s3", module, protocol: "restXml", namespace: "http://s3.amazonaws.com/doc/2006-03-01/", operations });
  const text = (bucket: string, key: string): string | undefined => {
    const version = current(findBucket(buckets, bucket), key);
    return version && Buffer.from(version.body).toString();
  };
  return { buckets, text };
}
