import { createHash } from "node:crypto";
import type { ResourcePolicy } from "@steward/core/topology/policy";
import { ACCOUNT_ID, arn, REGION } from "../../account/account.ts";
import { AwsError } from "../../account/operation.ts";

export interface QueueMessage {
  id: string;
  body: string;
  md5: string;
  attributes: Record<string, string>;
  sentAt: number;
  /** Not received before this time: delay, or the visibility timeout of a receive. */
  visibleAt: number;
  receives: number;
  firstReceivedAt?: number;
  /** Handle of the latest receive; an older one no longer deletes reliably. */
  receipt?: string;
}

export interface Queue {
  name: string;
  url: string;
  arn: string;
  created: Date;
  attributes: Record<string, string>;
  policy?: ResourcePolicy;
  messages: QueueMessage[];
  /** Last time that an action touched it; metrics flow for six hours after. */
  usedAt: number;
  /** When metrics begin to flow after the queue woke up; 0 for a queue that never did. */
  metricsFrom: number;
  purgedAt?: number;
}

/** Defaults of the attributes of a queue (API reference, CreateQueue). */
const DEFAULTS = {
  VisibilityTimeout: "30",
  MaximumMessageSize: "1048576",
  MessageRetentionPeriod: "345600",
  DelaySeconds: "0",
  ReceiveMessageWaitTimeSeconds: "0",
};

export const queueArn = (name: string): string => arn("sqs", name);
export const queueUrl = (name: string): string => `https://sqs.${REGION}.amazonaws.com/${ACCOUNT_ID}/${name}`;
/** Queues are named by URL in calls. */
export const queueName = (url: string | undefined): string => url?.split("/").at(-1) ?? "";

export function newQueue(name: string, attributes: Record<string, string>): Queue {
  const now = Date.now();
  return {
    name,
    url: queueUrl(name),
    arn: queueArn(name),
    created: new Date(),
    attributes: { ...DEFAULTS, ...attributes },
    messages: [],
    usedAt: now,
    metricsFrom: 0,
  };
}

export const missingQueue = () => new AwsError("QueueDoesNotExist", "The specified queue does not exist.");
export const seconds = (queue: Queue, attribute: string): number => Number(queue.attributes[attribute] ?? 0);

/** Puts a message on a queue, delayed as asked. */
export function push(queue: Queue, message: { body: string; attributes?: Record<string, string>; delaySeconds?: number }): QueueMessage {
  const now = Date.now();
  const delay = (message.delaySeconds ?? seconds(queue, "DelaySeconds")) * 1000;
  const added = {
    id: crypto.randomUUID(),
    body: message.body,
    md5: md5(message.body),
    attributes: message.attributes ?? {},
    sentAt: now,
    visibleAt: now + delay,
    receives: 0,
  };
  queue.messages.push(added);
  return added;
}

/** The SDK checks this digest of every body that it sends or receives. */
export const md5 = (text: string): string => createHash("md5").update(text).digest("hex");

/** Forgets what is older than the retention period (four days by default). */
export function expire(queue: Queue): void {
  const oldest = Date.now() - seconds(queue, "MessageRetentionPeriod") * 1000;
  if (queue.messages.some(({ sentAt }) => sentAt < oldest)) queue.messages = queue.messages.filter(({ sentAt }) => sentAt >= oldest);
}

/** The three counts that SQS calls approximate; here they are exact. */
export function counts(queue: Queue): { visible: number; inFlight: number; delayed: number } {
  expire(queue);
  const now = Date.now();
  const hidden = queue.messages.filter(({ visibleAt }) => visibleAt > now);
  const inFlight = hidden.filter(({ receives }) => receives > 0).length;
  return { visible: queue.messages.length - hidden.length, inFlight, delayed: hidden.length - inFlight };
}
