import type { ResourcePolicy } from "@steward/core/topology/policy";
import { ACCOUNT_ID, type Account, type ServiceSource } from "../../account/account.ts";
import { AwsError, type Right } from "../../account/operation.ts";
import { serviceItself } from "../../account/principal.ts";
import { MalformedPolicy, parseResourcePolicy } from "../../iam/parse-policy.ts";
import { type Queue, queueArn, queueName } from "./state.ts";

const TRANSPORT = { "aws:SecureTransport": "true" };

/** The right to act on the queue of a URL, with the queue's policy where there is one. */
export const onQueue =
  (queues: ReadonlyMap<string, Queue>, action: string) =>
  ({ QueueUrl }: { QueueUrl?: string | undefined }): Right[] => {
    const name = queueName(QueueUrl);
    const policy = queues.get(name)?.policy;
    return [{ action, resources: [queueArn(name)], context: TRANSPORT, ...(policy && { policy }) }];
  };

/** Refuses a service of AWS that the queue's policy does not let in (developer guide, "Basic examples of Amazon SQS policies"). */
export function admitService(account: Account, { arn, policy }: Queue, source: ServiceSource): void {
  const context = { "aws:SourceArn": source.arn, "aws:SourceAccount": ACCOUNT_ID, ...TRANSPORT };
  account.check(serviceItself(source.principal), { action: "sqs:SendMessage", resources: [arn], context, ...(policy && { policy }) });
}

/** Reads a queue's policy; an empty text takes the policy away. */
export function readQueuePolicy(text: string): ResourcePolicy | undefined {
  if (text === "") return undefined;
  try {
    return parseResourcePolicy(text);
  } catch (cause) {
    if (!(cause instanceof MalformedPolicy)) throw cause;
    throw Object.assign(new AwsError("InvalidAttributeValue", "Invalid value for the parameter Policy."), { cause });
  }
}
