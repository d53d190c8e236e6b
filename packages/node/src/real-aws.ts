import { AutoScalingClient, CompleteLifecycleActionCommand } from "@aws-sdk/client-auto-scaling";
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetParameterCommand, SSMClient, type SSMClientConfig } from "@aws-sdk/client-ssm";
import { fromInstanceMetadata } from "@smithy/credential-provider-imds";
import { HEARTBEAT, SWEEP } from "@steward/core/fleet/heartbeat";
import type { NodeSettings } from "@steward/core/fleet/node-settings";
import type { Aws } from "./host.ts";
import { metadata } from "./real-metadata.ts";

/** How the node reaches AWS and its own instance metadata. */
export interface Transport {
  credentials: SSMClientConfig["credentials"];
  requestHandler: SSMClientConfig["requestHandler"];
  /** One item of instance metadata, or undefined where EC2 has none. */
  metadata: (item: string) => Promise<string | undefined>;
}

/** From an instance: credentials come from instance metadata and from nowhere else. */
const onInstance = (): Transport => ({
  credentials: fromInstanceMetadata({ timeout: 1_000, maxRetries: 2 }),
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 4_000, throwOnRequestTimeout: true },
  metadata,
});

/** Milliseconds for one question, the SDK's repetitions included. */
const PATIENCE_MS = 10_000;

/** Said here, so that no client looks for it in files of the machine. */
const SETTLED = {
  maxAttempts: 3,
  retryMode: "standard",
  defaultsMode: "standard",
  useDualstackEndpoint: false,
  useFipsEndpoint: false,
  userAgentAppId: "steward-node",
} as const;

/** AWS as this node's own role may use it; the one file of the node program that speaks to the SDK. */
export function realAws(settings: NodeSettings, { metadata, ...transport } = onInstance()): Aws {
  const config = { ...SETTLED, region: settings.region, ...transport };

  return {
    desired: () =>
      inTime(async (limit) => {
        const { Parameter } = await new SSMClient(config).send(new GetParameterCommand({ Name: settings.desired }), limit);
        return Parameter?.Value ?? "";
      }),

    document: ({ bucket, key }) =>
      inTime(async (limit) => {
        const { Body } = await new S3Client(config).send(new GetObjectCommand({ Bucket: bucket, Key: key }), limit);
        return (await Body?.transformToString()) ?? "";
      }),

    secret: (id) =>
      inTime(async (limit) => {
        const { SecretString } = await new SecretsManagerClient(config).send(new GetSecretValueCommand({ SecretId: id }), limit);
        return SecretString ?? noText();
      }),

    keepEvidence: (bucket, key, text) =>
      inTime(async (limit) => {
        const command = new PutObjectCommand({ Bucket: bucket, Key: key, Body: text, ContentType: "application/json" });
        await new S3Client(config).send(command, limit);
      }),

    lastSweep: () =>
      inTime(async (limit) => {
        const Key = { pk: { S: HEARTBEAT }, sk: { S: SWEEP } };
        const command = new GetItemCommand({ TableName: settings.table, Key, ConsistentRead: true });
        const { Item } = await new DynamoDBClient(config).send(command, limit);
        return Item && dateOf(Item.at?.S);
      }),

    lifecycleTarget: () => metadata("autoscaling/target-lifecycle-state"),

    letIn: (instanceId) =>
      inTime((limit) => {
        const command = new CompleteLifecycleActionCommand({
          AutoScalingGroupName: settings.group,
          LifecycleHookName: settings.launchHook,
          InstanceId: instanceId,
          LifecycleActionResult: "CONTINUE",
        });
        return new AutoScalingClient(config).send(command, limit).then(() => "let-in" as const, unlessOver);
      }),
  };
}

/** Gives up a question in time, its answer's body included: a timer of the process, so that it keeps to the clock that the process has. */
async function inTime<T>(ask: (limit: { abortSignal: AbortSignal }) => Promise<T>): Promise<T> {
  const giveUp = new AbortController();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    giveUp.abort();
    late.reject(Object.assign(new Error("AWS did not answer in time"), { name: "TimeoutError" }));
  }, PATIENCE_MS);
  return Promise.race([ask({ abortSignal: giveUp.signal }), late.promise]).finally(() => clearTimeout(timer));
}

/** Secrets of ours are texts; one that holds bytes was put there by something else. */
function noText(): never {
  throw Object.assign(new Error("the secret holds no text"), { name: "SecretUnreadable" });
}

/** An item that is there but holds no time is an error, never "no sweep yet". */
function dateOf(text: string | undefined): Date {
  const at = new Date(text ?? "");
  if (Number.isNaN(at.getTime())) throw Object.assign(new Error("the heartbeat holds no time"), { name: "HeartbeatUnreadable" });
  return at;
}

/** Auto Scaling's words for a hook that was completed or has timed out before. */
const unlessOver = (error: unknown): "not-waiting" => {
  if (error instanceof Error && error.name === "ValidationError" && /No active Lifecycle Action/i.test(error.message)) return "not-waiting";
  throw error;
};
