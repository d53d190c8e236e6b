import { type Arns, arns } from "./arns.ts";
import { type ResourcePolicy, type ResourceStatement, resourcePolicy } from "./policy.ts";
import type { KeyId } from "./state-spec.ts";
import type { Place } from "./topology.ts";

/** No statement of ours lets anybody in over plain HTTP. */
const refusePlain = (Action: string[], Resource: string[]): ResourceStatement => ({
  Sid: "RefusePlainHttp",
  Effect: "Deny",
  Principal: "*",
  Action,
  Resource,
  Condition: { Bool: { "aws:SecureTransport": "false" } },
});

export const tlsOnly = (bucket: string): ResourcePolicy => resourcePolicy(refusePlain(["s3:*"], [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`]));

/** Source: Elastic Load Balancing user guide, "Access logs for your Application Load Balancer". */
export const accessLogPolicy = (bucket: string, { account, stage }: { account: string; stage: string }): ResourcePolicy =>
  resourcePolicy(
    {
      Sid: "LoadBalancerLogs",
      Effect: "Allow",
      Principal: { Service: ["logdelivery.elasticloadbalancing.amazonaws.com"] },
      Action: ["s3:PutObject"],
      Resource: [`arn:aws:s3:::${bucket}/${stage}/AWSLogs/${account}/*`],
    },
    ...tlsOnly(bucket).Statement,
  );

/** Everything that can be done with a key; without it for the account nobody could ever change the key again. */
const KEY_ACTIONS = [
  "CancelKeyDeletion",
  "CreateAlias",
  "CreateGrant",
  "Decrypt",
  "DeleteAlias",
  "DescribeKey",
  "DisableKey",
  "DisableKeyRotation",
  "EnableKey",
  "EnableKeyRotation",
  "Encrypt",
  "GenerateDataKey",
  "GenerateDataKeyWithoutPlaintext",
  "GetKeyPolicy",
  "GetKeyRotationStatus",
  "ListAliases",
  "ListGrants",
  "ListKeyPolicies",
  "ListResourceTags",
  "PutKeyPolicy",
  "ReEncryptFrom",
  "ReEncryptTo",
  "RetireGrant",
  "RevokeGrant",
  "ScheduleKeyDeletion",
  "TagResource",
  "UntagResource",
  "UpdateAlias",
  "UpdateKeyDescription",
].map((name) => `kms:${name}`);

const USE = [
  "kms:Decrypt",
  "kms:DescribeKey",
  "kms:Encrypt",
  "kms:GenerateDataKey",
  "kms:GenerateDataKeyWithoutPlaintext",
  "kms:ReEncryptFrom",
  "kms:ReEncryptTo",
];

/** Leaves it to the account's own IAM policies who may use and manage the key. Source: KMS developer guide, "Default key policy". */
const byAccount = (a: Arns): ResourceStatement => ({ Sid: "ByAccount", Effect: "Allow", Principal: { AWS: [a.root] }, Action: KEY_ACTIONS, Resource: ["*"] });

/** Source: Auto Scaling user guide, "Required AWS KMS key policy for use with encrypted volumes". */
const forScaling = (a: Arns): ResourceStatement[] => [
  { Sid: "LaunchWithEncryptedVolumes", Effect: "Allow", Principal: { AWS: [a.scalingRole] }, Action: USE, Resource: ["*"] },
  {
    Sid: "GrantToVolumes",
    Effect: "Allow",
    Principal: { AWS: [a.scalingRole] },
    Action: ["kms:CreateGrant"],
    Resource: ["*"],
    Condition: { Bool: { "kms:GrantIsForAWSResource": "true" } },
  },
];

/**
 * CloudWatch writes alarms to encrypted topics. EventBridge writes to functions, and to a queue with SQS's own key, so it needs none.
 * Source: SNS developer guide, "Enable compatibility between event sources from AWS services and encrypted topics".
 */
const forAlarms = (account: string): ResourceStatement => ({
  Sid: "DeliverToTopics",
  Effect: "Allow",
  Principal: { Service: ["cloudwatch.amazonaws.com"] },
  Action: ["kms:Decrypt", "kms:GenerateDataKey"],
  Resource: ["*"],
  Condition: { StringEquals: { "aws:SourceAccount": account } },
});

export function keyPolicy(id: KeyId, stage: string, place: Place): ResourcePolicy {
  const a = arns(stage, place);
  const more: Record<KeyId, ResourceStatement[]> = { data: forScaling(a), vault: [], messages: [forAlarms(place.account)] };
  return resourcePolicy(byAccount(a), ...more[id]);
}

/** CloudWatch tells people of its own accord; our functions come by their own rights. */
export const topicPolicy = (topicArn: string, { account }: Place, a: Arns): ResourcePolicy =>
  resourcePolicy(
    {
      Sid: "AlarmsOfThisStage",
      Effect: "Allow",
      Principal: { Service: ["cloudwatch.amazonaws.com"] },
      Action: ["sns:Publish"],
      Resource: [topicArn],
      Condition: { StringEquals: { "aws:SourceAccount": account }, ArnLike: { "aws:SourceArn": a.ownAlarms } },
    },
    refusePlain(["sns:Publish"], [topicArn]),
  );

/** EventBridge leaves here what it could not deliver. Source: EventBridge user guide, "Using dead-letter queues to process undelivered events". */
export const deadLetterPolicy = (a: Arns): ResourcePolicy =>
  resourcePolicy(
    {
      Sid: "UndeliveredEvents",
      Effect: "Allow",
      Principal: { Service: ["events.amazonaws.com"] },
      Action: ["sqs:SendMessage"],
      Resource: [a.deadLetter],
      Condition: { ArnLike: { "aws:SourceArn": [a.rules, a.busRules] } },
    },
    refusePlain(["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage"], [a.deadLetter]),
  );
