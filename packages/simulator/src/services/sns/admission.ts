import type { ResourcePolicy } from "@steward/core/topology/policy";
import { ACCOUNT_ID, type Account, type ServiceSource } from "../../account/account.ts";
import { AwsError, type Right } from "../../account/operation.ts";
import { type Principal, serviceItself } from "../../account/principal.ts";
import { MalformedPolicy, parseResourcePolicy } from "../../iam/parse-policy.ts";
import { invalid, type Topic } from "./state.ts";

const CLOUDWATCH = "cloudwatch.amazonaws.com";

/** The text that a topic shows when nobody gave it a policy (developer guide, "Example cases for Amazon SNS access control"). */
export const defaultPolicyText = (topicArn: string): string =>
  JSON.stringify({
    Version: "2008-10-17",
    Id: "__default_policy_ID",
    Statement: [
      {
        Sid: "__default_statement_ID",
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: [
          "GetTopicAttributes",
          "SetTopicAttributes",
          "AddPermission",
          "RemovePermission",
          "DeleteTopic",
          "Subscribe",
          "ListSubscriptionsByTopic",
          "Publish",
        ].map((name) => `SNS:${name}`),
        Resource: topicArn,
        Condition: { StringEquals: { "AWS:SourceOwner": ACCOUNT_ID } },
      },
    ],
  });

/** What the default policy comes to: of those that publish, only CloudWatch says whose alarm it is (`AWS:SourceOwner`); EventBridge and the account's roles don't. */
export const defaultPolicy = (topicArn: string): ResourcePolicy => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: [CLOUDWATCH] }, Action: ["sns:Publish"], Resource: [topicArn] }],
});

/** Reads a topic's policy; worded as SNS refuses one. */
export function readTopicPolicy(text: string): ResourcePolicy {
  try {
    return parseResourcePolicy(text);
  } catch (cause) {
    if (!(cause instanceof MalformedPolicy)) throw cause;
    throw Object.assign(invalid(`Policy Error: ${cause.message}`), { cause });
  }
}

/** The right of a caller to publish; a topic that is not there has no policy to look at. */
export const publishRight = (topicArn: string, topic: Topic | undefined): Right => ({
  action: "sns:Publish",
  resources: [topicArn],
  context: { "aws:SecureTransport": "true" },
  ...(topic && { policy: topic.policy }),
});

/** Lets a service of AWS publish, where topic and key admit it; refuses in the words that an alarm's history shows. */
export function admitService(account: Account, topic: Topic, source: ServiceSource): void {
  const context = sourceKeys(source);
  const by = serviceItself(source.principal);
  if (!account.authorize(by, { ...publishRight(topic.arn, topic), context: { ...context, "aws:SecureTransport": "true" } }).allowed)
    throw new AwsError("AccessDenied", `Resource: ${source.arn} is not authorized to perform: SNS:Publish on resource: ${topic.arn}`, 403);
  useTopicKey(account, topic, { by, context });
}

const sourceKeys = ({ arn }: ServiceSource) => ({ "aws:SourceArn": arn, "aws:SourceAccount": ACCOUNT_ID });

/** KMS's codes as Publish answers them (API reference, Publish, Errors). */
const KMS_CODES: Record<string, string> = {
  AccessDenied: "KMSAccessDenied",
  NotFoundException: "KMSNotFound",
  DisabledException: "KMSDisabled",
  KMSInvalidStateException: "KMSInvalidState",
};

/**
 * Uses an encrypted topic's key for its publisher: a data key, and its decryption (developer guide, "Configuring AWS KMS
 * permissions"). SNS keeps a data key for up to five minutes; here each message asks anew.
 */
export function useTopicKey(account: Account, topic: Topic, { by, context = {} }: { by: Principal; context?: Right["context"] }): void {
  const key = topic.attributes.KmsMasterKeyId;
  if (!key) return;
  const via = by.arn.startsWith("arn:") ? { via: "sns" } : {};
  const encryptionContext = { "aws:sns:topicArn": topic.arn };
  try {
    for (const action of ["kms:GenerateDataKey", "kms:Decrypt"]) account.links.useKey({ key, action, by, ...via, encryptionContext, context });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw Object.assign(new AwsError(KMS_CODES[error.code] ?? error.code, `${error.message} (Service: Kms)`), { cause: error });
  }
}
