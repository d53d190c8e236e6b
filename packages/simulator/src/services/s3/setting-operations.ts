import type * as module from "@aws-sdk/client-s3";
import { AwsError, type Operations } from "../../account/operation.ts";
import { readBucketPolicy } from "./bucket-policy.ts";
import { onBucket } from "./on-bucket.ts";
import type { Bucket, Buckets } from "./state.ts";

/** "It takes around five minutes for the changes to take effect" (user guide, "Enabling Amazon EventBridge"). */
const EVENTS_AFTER_MS = 300_000;

/** What is set on a bucket, each with its own pair of rights. */
export const settingOperations = (buckets: Buckets): Operations<typeof module> => ({ ...guardOperations(buckets), ...upkeepOperations(buckets) });

function guardOperations(buckets: Buckets): Operations<typeof module> {
  const on = onBucket(buckets);
  return {
    PutBucketVersioning: on("PutBucketVersioning", (bucket, { VersioningConfiguration }: module.PutBucketVersioningRequest) => {
      const status = VersioningConfiguration?.Status;
      if (status !== "Enabled" && status !== "Suspended") throw malformedXml();
      bucket.versioning = status;
      return {};
    }),
    GetBucketVersioning: on("GetBucketVersioning", ({ versioning }) => (versioning ? { Status: versioning } : {})),
    PutBucketPolicy: on("PutBucketPolicy", (bucket, { Policy = "" }: module.PutBucketPolicyRequest) => {
      bucket.policy = { text: Policy, document: readBucketPolicy(bucket, Policy) };
      return {};
    }),
    GetBucketPolicy: on("GetBucketPolicy", ({ policy }) => ({ Policy: present(policy, "NoSuchBucketPolicy", "The bucket policy does not exist").text })),
    PutPublicAccessBlock: on("PutBucketPublicAccessBlock", (bucket, { PublicAccessBlockConfiguration }: module.PutPublicAccessBlockRequest) => {
      bucket.publicAccess = {
        BlockPublicAcls: false,
        IgnorePublicAcls: false,
        BlockPublicPolicy: false,
        RestrictPublicBuckets: false,
        ...PublicAccessBlockConfiguration,
      };
      return {};
    }),
    GetPublicAccessBlock: on("GetBucketPublicAccessBlock", ({ publicAccess }) => ({
      PublicAccessBlockConfiguration: present(publicAccess, "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"),
    })),
    PutBucketEncryption: on("PutEncryptionConfiguration", (bucket, { ServerSideEncryptionConfiguration }: module.PutBucketEncryptionRequest) => {
      const [rule, ...more] = ServerSideEncryptionConfiguration?.Rules ?? [];
      if (!rule?.ApplyServerSideEncryptionByDefault || more.length > 0) throw malformedXml();
      bucket.encryption = { BucketKeyEnabled: false, ...rule };
      return {};
    }),
    GetBucketEncryption: on("GetEncryptionConfiguration", ({ encryption }) => ({ ServerSideEncryptionConfiguration: { Rules: [encryption] } })),
  };
}

function upkeepOperations(buckets: Buckets): Operations<typeof module> {
  const on = onBucket(buckets);
  return {
    PutBucketLifecycleConfiguration: on("PutLifecycleConfiguration", (bucket, { LifecycleConfiguration }: module.PutBucketLifecycleConfigurationRequest) => {
      bucket.lifecycle = lifecycleRules(LifecycleConfiguration?.Rules ?? []);
      return {};
    }),
    GetBucketLifecycleConfiguration: on("GetLifecycleConfiguration", ({ lifecycle }) => ({
      Rules: present(lifecycle, "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"),
    })),
    PutBucketNotificationConfiguration: on(
      "PutBucketNotification",
      (bucket, { NotificationConfiguration }: module.PutBucketNotificationConfigurationRequest) => {
        setNotification(bucket, NotificationConfiguration ?? {});
        return {};
      },
    ),
    GetBucketNotificationConfiguration: on("GetBucketNotification", ({ eventsFrom }) => (eventsFrom ? { EventBridgeConfiguration: {} } : {})),
  };
}

const malformedXml = () => new AwsError("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema");

function present<Value>(value: Value | undefined, code: string, message: string): Value {
  if (value === undefined) throw new AwsError(code, message, 404);
  return value;
}

/** Rules are kept and shown; nothing here is ever moved or expired by them. */
function lifecycleRules(rules: module.LifecycleRule[]): module.LifecycleRule[] {
  if (rules.length === 0 || rules.some(({ Status, Filter, Prefix }) => !Status || (Filter === undefined && Prefix === undefined))) throw malformedXml();
  const ids = rules.flatMap(({ ID }) => ID ?? []);
  if (new Set(ids).size < ids.length) throw new AwsError("InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule");
  return rules.map((rule, index) => ({ ID: `rule-${index + 1}`, ...rule }));
}

function setNotification(bucket: Bucket, { EventBridgeConfiguration, ...others }: module.NotificationConfiguration): void {
  const unmodelled = Object.entries(others).find(([, list]) => Array.isArray(list) && list.length > 0);
  if (unmodelled) throw new AwsError("NotImplemented", `the simulated account does not model ${unmodelled[0]} of a bucket`, 501);
  if (!EventBridgeConfiguration) delete bucket.eventsFrom;
  else bucket.eventsFrom ??= new Date(Date.now() + EVENTS_AFTER_MS);
}
