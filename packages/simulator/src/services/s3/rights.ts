import { ACCOUNT_ID } from "../../account/account.ts";
import type { Right } from "../../account/operation.ts";
import type { Bucket } from "./state.ts";

/** Every client here speaks TLS, and every bucket belongs to the account; policies like to deny those where it is otherwise. */
const GLOBAL = { "aws:SecureTransport": "true", "aws:ResourceAccount": ACCOUNT_ID };

type Context = Record<string, string | undefined>;

/** A right on the bucket itself, with its policy. */
export const bucketRight = (bucket: Bucket, action: string, context: Context = {}): Right => right(bucket, action, { resource: bucket.arn, context });

/** A right on an object, with the bucket's policy; headers that were not sent leave their condition keys out. */
export const objectRight = (bucket: Bucket, key: string, { action, context = {} }: { action: string; context?: Context }): Right =>
  right(bucket, action, { resource: `${bucket.arn}/${key}`, context });

const right = ({ policy }: Bucket, action: string, { resource, context }: { resource: string; context: Context }): Right => ({
  action: `s3:${action}`,
  resources: [resource],
  context: { ...GLOBAL, ...sent(context) },
  ...(policy && { policy: policy.document }),
});

const sent = (context: Context): Record<string, string> =>
  Object.fromEntries(Object.entries(context).filter((entry): entry is [string, string] => entry[1] !== undefined));
