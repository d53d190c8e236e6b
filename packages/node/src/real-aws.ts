import { AutoScalingClient, CompleteLifecycleActionCommand } from "@aws-sdk/client-auto-scaling";
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
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

/** Gives up a question in time: a timer of the process, so that it keeps to the clock that the process has. */
async function inTime<T>(ask: (limit: { abortSignal: AbortSignal }) => Promise<T>): Promise<T> {
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), PATIENCE_MS);
  return ask({ abortSignal: giveUp.signal }).finally(() => clearTimeout(timer));
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
