import type { Account } from "../../account/account.ts";
import type { EventInvokeConfig } from "./async-config.ts";
import { type DeadLetter, leaveDeadLetter } from "./dead-letter.ts";
import { type Resolved, versionArn } from "./functions.ts";
import type { Outcome } from "./invocation.ts";
import { sessionOf } from "./role.ts";

/** The end of an asynchronous invocation, about to be told to a destination. */
export interface Delivery {
  resolved: Resolved;
  config: EventInvokeConfig | undefined;
  requestId: string;
  payload: unknown;
  invokeCount: number;
  condition: "Success" | "RetriesExhausted" | "EventAgeExceeded";
  outcome?: Outcome;
}

/**
 * Tells the end of an asynchronous invocation: failures go to the function's dead-letter queue and to the destination, whichever is configured
 * (API_PutFunctionEventInvokeConfig: "in addition to or instead of a dead-letter queue").
 */
export async function deliver(account: Account, delivery: Delivery): Promise<void> {
  if (delivery.condition !== "Success") await leaveDeadLetter(account, letterOf(delivery));
  await record(account, delivery);
}

/** An event that was too old before it ever ran was throttled till then. */
function letterOf({ resolved, requestId, payload, outcome }: Delivery): DeadLetter {
  const letter = { version: resolved.version, requestId, payload: JSON.stringify(payload) };
  if (outcome?.kind === "error") return { ...letter, errorCode: 200, errorMessage: outcome.failure.errorMessage };
  return { ...letter, errorCode: 429, errorMessage: "Rate Exceeded." };
}

/**
 * Sends the invocation record to the configured destination with the function's own role, whose policy must allow it
 * (dg/invocation-async-retain-records.html). A destination that refuses counts in `DestinationDeliveryFailures`, nothing more.
 */
async function record(account: Account, delivery: Delivery): Promise<void> {
  const destination = delivery.condition === "Success" ? delivery.config?.onSuccess : delivery.config?.onFailure;
  if (!destination) return;
  try {
    await send(account, destination, delivery);
  } catch {
    account.links.metric("AWS/Lambda", "DestinationDeliveryFailures", { FunctionName: delivery.resolved.function.name }, 1);
  }
}

/** The call a destination takes, by the service in its ARN; also what the role needs to be allowed. */
export const DESTINATION_ACTIONS: Record<string, string> = {
  sqs: "sqs:SendMessage",
  sns: "sns:Publish",
  events: "events:PutEvents",
  lambda: "lambda:InvokeFunction",
};

async function send(account: Account, destination: string, delivery: Delivery): Promise<void> {
  const { version } = delivery.resolved;
  const role = sessionOf(account, version.role, version.functionName);
  const record = recordOf(delivery);
  const [, , service = "", region = "", accountId = "", name = ""] = destination.split(":");
  if (service === "sqs")
    await account.call(role, "sqs", "SendMessage", {
      QueueUrl: `https://sqs.${region}.amazonaws.com/${accountId}/${name}`,
      MessageBody: JSON.stringify(record),
    });
  if (service === "sns") await account.call(role, "sns", "Publish", { TopicArn: destination, Message: JSON.stringify(record) });
  if (service === "lambda")
    await account.call(role, "lambda", "Invoke", { FunctionName: destination, InvocationType: "Event", Payload: Buffer.from(JSON.stringify(record)) });
  if (service === "events") await account.call(role, "events", "PutEvents", { Entries: [busEntry(destination, delivery, record)] });
}

function busEntry(destination: string, { resolved, condition }: Delivery, record: unknown) {
  return {
    Source: "lambda",
    DetailType: `Lambda Function Invocation Result - ${condition === "Success" ? "Success" : "Failure"}`,
    Resources: [destination, versionArn(resolved.version)],
    EventBusName: destination,
    Detail: JSON.stringify(record),
  };
}

/** The documented invocation record, version 1.0. */
function recordOf({ resolved, requestId, condition, invokeCount, payload, outcome }: Delivery) {
  return {
    version: "1.0",
    timestamp: new Date().toISOString(),
    requestContext: { requestId, functionArn: versionArn(resolved.version), condition, approximateInvokeCount: invokeCount },
    requestPayload: payload,
    ...(outcome && {
      responseContext: { statusCode: 200, executedVersion: resolved.version.version, ...(outcome.kind === "error" && { functionError: "Unhandled" }) },
      responsePayload: outcome.kind === "error" ? outcome.failure : JSON.parse(outcome.json),
    }),
  };
}
