import type * as module from "@aws-sdk/client-sqs";
import { AwsError, type Operations } from "../../account/operation.ts";
import { hex } from "../../world/chance.ts";
import { onQueue } from "./admission.ts";
import { expire, push, type Queue, type QueueMessage, seconds } from "./state.ts";

/** Finds the queue that a call names by URL, and notes that it was used. */
export type Find = (url: string | undefined) => Queue;

/** Messages: send, receive, delete, purge. */
export function messageOperations(queues: ReadonlyMap<string, Queue>, find: Find): Operations<typeof module> {
  return {
    SendMessage: { rights: onQueue(queues, "sqs:SendMessage"), run: (input) => send(find(input.QueueUrl), input) },
    ReceiveMessage: { rights: onQueue(queues, "sqs:ReceiveMessage"), run: (input) => receive(find, input) },
    DeleteMessage: { rights: onQueue(queues, "sqs:DeleteMessage"), run: ({ QueueUrl, ReceiptHandle }) => remove(find(QueueUrl), ReceiptHandle ?? "") },
    PurgeQueue: { rights: onQueue(queues, "sqs:PurgeQueue"), run: ({ QueueUrl }) => purge(find(QueueUrl)) },
  };
}

function send(queue: Queue, { MessageBody = "", MessageAttributes = {}, DelaySeconds }: module.SendMessageRequest): module.SendMessageResult {
  const attributes = Object.fromEntries(Object.entries(MessageAttributes).map(([name, { StringValue = "" }]) => [name, StringValue]));
  const size = Object.entries(attributes).reduce((sum, [name, value]) => sum + Buffer.byteLength(name + value), Buffer.byteLength(MessageBody));
  const limit = seconds(queue, "MaximumMessageSize");
  if (MessageBody === "") throw new AwsError("MissingParameter", "The request must contain the parameter MessageBody.");
  if (size > limit) throw new AwsError("InvalidParameterValue", `One or more parameters are invalid. Reason: Message must be shorter than ${limit} bytes.`);
  if ((DelaySeconds ?? 0) > 900)
    throw new AwsError("InvalidParameterValue", `Value ${DelaySeconds} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.`);
  const { id, md5 } = push(queue, { body: MessageBody, attributes, ...(DelaySeconds !== undefined && { delaySeconds: DelaySeconds }) });
  return { MessageId: id, MD5OfMessageBody: md5 };
}

/** How often a waiting receive looks again. */
const LOOK_MS = 200;

/** Returns what is visible, at most ten; with a wait time, as soon as there is anything. */
async function receive(find: Find, input: module.ReceiveMessageRequest): Promise<module.ReceiveMessageResult> {
  const queue = find(input.QueueUrl);
  const { MaxNumberOfMessages = 1, WaitTimeSeconds = seconds(queue, "ReceiveMessageWaitTimeSeconds") } = input;
  if (MaxNumberOfMessages < 1 || MaxNumberOfMessages > 10) throw outOfRange("MaxNumberOfMessages", MaxNumberOfMessages, "1 and 10");
  if (WaitTimeSeconds < 0 || WaitTimeSeconds > 20) throw outOfRange("WaitTimeSeconds", WaitTimeSeconds, "0 and 20");
  const until = Date.now() + WaitTimeSeconds * 1000;
  for (;;) {
    const found = take(queue, MaxNumberOfMessages, input.VisibilityTimeout ?? seconds(queue, "VisibilityTimeout"));
    if (found.length > 0 || Date.now() >= until) return found.length > 0 ? { Messages: found.map(shown) } : {};
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

const outOfRange = (name: string, value: number, range: string) =>
  new AwsError("InvalidParameterValue", `Value ${value} for parameter ${name} is invalid. Reason: Must be between ${range}, if provided.`);

function take(queue: Queue, max: number, visibilitySeconds: number): QueueMessage[] {
  expire(queue);
  const now = Date.now();
  const found = queue.messages.filter(({ visibleAt }) => visibleAt <= now).slice(0, max);
  for (const message of found) {
    message.visibleAt = now + visibilitySeconds * 1000;
    message.receives += 1;
    message.firstReceivedAt ??= now;
    message.receipt = `AQEB${Buffer.from(hex(48)).toString("base64")}`;
  }
  return found;
}

function shown(message: QueueMessage): module.Message {
  const attributes = Object.entries(message.attributes);
  return {
    MessageId: message.id,
    ReceiptHandle: message.receipt,
    Body: message.body,
    MD5OfBody: message.md5,
    Attributes: {
      SentTimestamp: String(message.sentAt),
      ApproximateReceiveCount: String(message.receives),
      ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    },
    ...(attributes.length > 0 && {
      MessageAttributes: Object.fromEntries(attributes.map(([name, StringValue]) => [name, { DataType: "String", StringValue }])),
    }),
  };
}

/** A handle of an earlier receive succeeds but may not delete (API reference, DeleteMessage). */
function remove(queue: Queue, receipt: string): Record<string, never> {
  if (!receipt.startsWith("AQEB")) throw new AwsError("ReceiptHandleIsInvalid", `The input receipt handle "${receipt}" is not a valid receipt handle.`, 404);
  queue.messages = queue.messages.filter((message) => message.receipt !== receipt);
  return {};
}

/** "The message deletion process takes up to 60 seconds"; one purge a minute. */
const PURGE_MS = 60_000;

function purge(queue: Queue): Record<string, never> {
  const now = Date.now();
  if (queue.purgedAt !== undefined && now - queue.purgedAt < PURGE_MS)
    throw new AwsError("PurgeQueueInProgress", `Only one PurgeQueue operation on ${queue.name} is allowed every 60 seconds.`, 403);
  queue.purgedAt = now;
  setTimeout(() => {
    queue.messages = queue.messages.filter(({ sentAt }) => sentAt > now);
  }, PURGE_MS / 2);
  return {};
}
