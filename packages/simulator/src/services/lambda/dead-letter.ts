import type { DeadLetterConfig } from "@aws-sdk/client-lambda";
import type { Account } from "../../account/account.ts";
import { AwsError } from "../../account/operation.ts";
import type { FunctionVersion } from "./functions.ts";
import { sessionOf } from "./role.ts";

/** An event that was given up, as its dead-letter queue or topic is told. */
export interface DeadLetter {
  version: FunctionVersion;
  requestId: string;
  /** The event exactly as it came in. */
  payload: string;
  errorCode: number;
  errorMessage: string;
}

const CALLS: Record<string, { action: string; words: string }> = {
  sqs: { action: "sqs:SendMessage", words: "SendMessage on SQS" },
  sns: { action: "sns:Publish", words: "Publish on SNS" },
};

/** "The first 1 KB of the error message." */
const MESSAGE_BYTES = 1024;

/** The configured target; refused, as the function is made, where the function's own role may not write to it. */
export function deadLetterTarget(account: Account, config: DeadLetterConfig | undefined, on: { role: string; name: string }): string | undefined {
  const target = config?.TargetArn;
  if (!target) return undefined;
  const call = CALLS[target.split(":")[2] ?? ""];
  // No source tells AWS's own words for a target that is neither a queue nor a topic.
  if (!call) throw refusal(`The provided dead-letter target ${target} is invalid.`);
  if (account.authorize(sessionOf(account, on.role, on.name), { action: call.action, resources: [target] }).allowed) return target;
  throw refusal(`The provided execution role does not have permissions to call ${call.words}`);
}

/**
 * Sends the event as it came, its error in attributes, with the function's own role. What the target refuses is lost and counts in
 * `DeadLetterErrors` (dg/invocation-async-retain-records.html, "Dead-letter queues").
 */
export async function leaveDeadLetter(account: Account, letter: DeadLetter): Promise<void> {
  const { deadLetterArn, functionName } = letter.version;
  if (!deadLetterArn) return;
  try {
    await send(account, deadLetterArn, letter);
  } catch {
    account.links.metric("AWS/Lambda", "DeadLetterErrors", { FunctionName: functionName }, 1);
  }
}

async function send(account: Account, target: string, letter: DeadLetter): Promise<void> {
  const { version, payload } = letter;
  const role = sessionOf(account, version.role, version.functionName);
  const MessageAttributes = attributesOf(letter);
  const [, , service, region, accountId, name] = target.split(":");
  if (service === "sns") await account.call(role, "sns", "Publish", { TopicArn: target, Message: payload, MessageAttributes });
  if (service === "sqs")
    await account.call(role, "sqs", "SendMessage", {
      QueueUrl: `https://sqs.${region}.amazonaws.com/${accountId}/${name}`,
      MessageBody: payload,
      MessageAttributes,
    });
}

const attributesOf = ({ requestId, errorCode, errorMessage }: DeadLetter) => ({
  RequestID: { DataType: "String", StringValue: requestId },
  ErrorCode: { DataType: "Number", StringValue: String(errorCode) },
  ...(errorMessage && { ErrorMessage: { DataType: "String", StringValue: Buffer.from(errorMessage).subarray(0, MESSAGE_BYTES).toString() } }),
});

const refusal = (message: string): AwsError => new AwsError("InvalidParameterValueException", message, 400, { Type: "User" });
