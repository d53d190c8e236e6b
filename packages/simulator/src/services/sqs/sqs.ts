import * as module from "@aws-sdk/client-sqs";
import type { Account } from "../../account/account.ts";
import { AwsError, type Operations, type Right } from "../../account/operation.ts";
import { toCreateTagged } from "../../iam/tagging.ts";
import { admitService, onQueue, readQueuePolicy } from "./admission.ts";
import { messageOperations } from "./message-operations.ts";
import { QueueMetrics, touch } from "./metrics.ts";
import { counts, missingQueue, newQueue, push, type Queue, queueArn, queueName } from "./state.ts";

/** SQS of the account: standard queues, no FIFO. */
export interface Sqs {
  queues: Map<string, Queue>;
}

/** Adds SQS; services of the account put messages through `links.enqueue`. */
export function addSqs(account: Account): Sqs {
  const queues = new Map<string, Queue>();
  const metrics = new QueueMetrics(account, queues);
  const find = (url: string | undefined): Queue => {
    const queue = queues.get(queueName(url));
    if (!queue) throw missingQueue();
    touch(queue);
    return queue;
  };
  const operations: Operations<typeof module> = { ...queueOperations(queues, find, () => metrics.start()), ...messageOperations(queues, find) };
  account.add({ id: "sqs", iamPrefix: "sqs", module, protocol: "json1_0", operations });
  account.links.enqueue = (arn, body, attributes = {}, source = undefined) => {
    const queue = find(arn.split(":").at(-1));
    if (source) admitService(account, queue, source);
    push(queue, { body: typeof body === "string" ? body : JSON.stringify(body), attributes });
  };
  return { queues };
}

function queueOperations(queues: Map<string, Queue>, find: (url: string | undefined) => Queue, created: () => void): Operations<typeof module> {
  return {
    CreateQueue: {
      rights: ({ QueueName = "", tags }) => toCreateTagged({ create: "sqs:CreateQueue", tag: "sqs:TagQueue", resources: [queueArn(QueueName)], tags }),
      run: (input) => {
        const queue = createQueue(queues, input);
        created();
        return { QueueUrl: queue.url };
      },
    },
    GetQueueUrl: { rights: onName("sqs:GetQueueUrl"), run: ({ QueueName }) => ({ QueueUrl: find(QueueName).url }) },
    GetQueueAttributes: {
      rights: onQueue(queues, "sqs:GetQueueAttributes"),
      run: ({ QueueUrl, AttributeNames }) => ({ Attributes: attributesOf(find(QueueUrl), AttributeNames) }),
    },
    SetQueueAttributes: {
      rights: onQueue(queues, "sqs:SetQueueAttributes"),
      run: ({ QueueUrl, Attributes = {} }) => setAttributes(find(QueueUrl), Attributes),
    },
    ListQueues: { run: (input) => listQueues([...queues.values()], input) },
  };
}

const onName =
  (action: string) =>
  ({ QueueName = "" }: { QueueName?: string | undefined }): Right[] => [{ action, resources: [queueArn(QueueName)] }];

/** Creating a queue that exists succeeds when every given attribute is the same (API reference, CreateQueue). */
function createQueue(queues: Map<string, Queue>, { QueueName = "", Attributes = {} }: module.CreateQueueRequest): Queue {
  if (QueueName.endsWith(".fifo")) throw new AwsError("UnknownOperationException", "the simulated account does not model FIFO queues", 501);
  if (!/^[A-Za-z0-9_-]{1,80}$/.test(QueueName))
    throw new AwsError("InvalidParameterValue", "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
  const existing = queues.get(QueueName);
  if (existing) return unchanged(existing, Attributes);
  const queue = newQueue(QueueName, {});
  setAttributes(queue, Attributes);
  touch(queue);
  queues.set(QueueName, queue);
  return queue;
}

function unchanged(queue: Queue, given: Record<string, string>): Queue {
  const different = Object.keys(given).find((name) => queue.attributes[name] !== given[name]);
  if (different) throw new AwsError("QueueNameExists", `A queue already exists with the same name and a different value for attribute ${different}`);
  return queue;
}

const SETTABLE = [
  "VisibilityTimeout",
  "MaximumMessageSize",
  "MessageRetentionPeriod",
  "DelaySeconds",
  "ReceiveMessageWaitTimeSeconds",
  "Policy",
  "SqsManagedSseEnabled",
  "KmsMasterKeyId",
];

function checkAttributes(attributes: Record<string, string>): void {
  const unknown = Object.keys(attributes).find((name) => !SETTABLE.includes(name));
  if (unknown === "RedrivePolicy" || unknown === "RedriveAllowPolicy")
    throw new AwsError("UnknownOperationException", `the simulated account does not model ${unknown} of a queue`, 501);
  if (unknown) throw new AwsError("InvalidAttributeName", `Unknown Attribute ${unknown}.`);
}

function setAttributes(queue: Queue, attributes: Record<string, string>): Record<string, never> {
  checkAttributes(attributes);
  if (attributes.Policy !== undefined) queue.policy = readQueuePolicy(attributes.Policy);
  Object.assign(queue.attributes, attributes);
  return {};
}

function attributesOf(queue: Queue, names: string[] = []): Record<string, string> {
  const { visible, inFlight, delayed } = counts(queue);
  const all: Record<string, string> = {
    ...queue.attributes,
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    CreatedTimestamp: String(Math.floor(queue.created.getTime() / 1000)),
  };
  if (names.includes("All")) return all;
  return Object.fromEntries(names.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])));
}

/** Answers a token only to callers who set MaxResults, and at most 1000 queues (API reference, ListQueues). */
function listQueues(queues: Queue[], { QueueNamePrefix = "", MaxResults, NextToken }: module.ListQueuesRequest): module.ListQueuesResult {
  const names = queues.filter(({ name }) => name.startsWith(QueueNamePrefix)).sort((a, b) => (a.name < b.name ? -1 : 1));
  const start = NextToken === undefined ? 0 : names.findIndex(({ name }) => name === Buffer.from(NextToken, "base64").toString());
  const found = names.slice(start, start + (MaxResults ?? 1000));
  const next = names[start + found.length];
  if (found.length === 0) return {};
  return { QueueUrls: found.map(({ url }) => url), ...(MaxResults !== undefined && next && { NextToken: Buffer.from(next.name).toString("base64") }) };
}
