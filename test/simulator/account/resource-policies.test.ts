import { CloudWatchClient, DescribeAlarmHistoryCommand, PutMetricAlarmCommand, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { CreateKeyCommand, DisableKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { CreateTopicCommand, GetTopicAttributesCommand, PublishCommand, SetTopicAttributesCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, SendMessageCommand, SetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { ACCOUNT_ID, Account, arn } from "@steward/simulator/account/account";
import type { Principal } from "@steward/simulator/account/principal";
import { installRights, type Rights } from "@steward/simulator/iam/rights";
import { rightProblems } from "@steward/simulator/iam/validate";
import { addCloudWatch } from "@steward/simulator/services/cloudwatch/cloudwatch";
import { addEvents } from "@steward/simulator/services/events/events";
import { addKms } from "@steward/simulator/services/kms/kms";
import { addSns, type Sns } from "@steward/simulator/services/sns/sns";
import { addSqs, type Sqs } from "@steward/simulator/services/sqs/sqs";
import { advance, drive } from "@steward/simulator/world/drive";
import { resetWorld } from "@steward/simulator/world/install";
import { beforeEach, describe, expect, test } from "vitest";
import { allow, aRole, refusal, roleArn, settingsOf } from "./a-caller.ts";

const TopicArn = arn("sns", "people");
const MAIL = "ops@example.com";
const ROOT = `arn:aws:iam::${ACCOUNT_ID}:root`;
const [ALARMS, EVENTS, SNS] = ["cloudwatch.amazonaws.com", "events.amazonaws.com", "sns.amazonaws.com"];

let account: Account;
let rights: Rights;
let admin: Principal;
let topics: Sns;
let queues: Sqs;

beforeEach(() => {
  resetWorld(14);
  account = new Account();
  rights = installRights(account);
  addCloudWatch(account);
  addEvents(account);
  addKms(account);
  topics = addSns(account);
  queues = addSqs(account);
  account.links.metric = () => {};
  admin = aRole(account, "admin", allow("*"));
});

const client = <Client>(Kind: new (settings: ReturnType<typeof settingsOf>) => Client, by = admin): Client => new Kind(settingsOf(account, by));
const policy = (...Statement: object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const lets = (Service: string, Action: string | string[], Resource = "*", Condition = {}) => ({
  Effect: "Allow",
  Principal: { Service },
  Action,
  Resource,
  Condition,
});

async function topic(Attributes: Record<string, string> = {}): Promise<void> {
  await drive(() => client(SNSClient).send(new CreateTopicCommand({ Name: "people", Attributes })));
  await drive(() => client(SNSClient).send(new SubscribeCommand({ TopicArn, Protocol: "email", Endpoint: MAIL })));
  topics.confirm(TopicArn, MAIL);
}
const mails = () => topics.delivered(TopicArn, MAIL).length;

async function key(...more: object[]): Promise<string> {
  const delegated = { Effect: "Allow", Principal: { AWS: ROOT }, Action: "kms:*", Resource: "*" };
  const { KeyMetadata } = await drive(() => client(KMSClient).send(new CreateKeyCommand({ Policy: policy(delegated, ...more) })));
  return KeyMetadata?.Arn ?? "";
}
const USE = ["kms:GenerateDataKey*", "kms:Decrypt"];

/** An alarm that fires; returns what its history says of its action. */
async function alarm(): Promise<string | undefined> {
  const alarms = client(CloudWatchClient);
  const Metric = { Namespace: "Steward", MetricName: "silence" };
  const rule = { Statistic: "Maximum", Period: 60, EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: "GreaterThanOrEqualToThreshold" } as const;
  await drive(() => alarms.send(new PutMetricAlarmCommand({ AlarmName: "a", ...Metric, ...rule, AlarmActions: [TopicArn] })));
  await drive(() => alarms.send(new PutMetricDataCommand({ Namespace: "Steward", MetricData: [{ MetricName: "silence", Value: 5 }] })));
  await advance(180_000);
  const history = await drive(() => alarms.send(new DescribeAlarmHistoryCommand({ AlarmName: "a", HistoryItemType: "Action" })));
  return history.AlarmHistoryItems?.[0]?.HistorySummary;
}

/** An event for a target; what could not be delivered goes to the queue `dead`. */
async function event(target: string, deadPolicy?: string): Promise<unknown[]> {
  const bus = client(EventBridgeClient);
  const Attributes = deadPolicy ? { Policy: deadPolicy } : {};
  await drive(() => client(SQSClient).send(new CreateQueueCommand({ QueueName: "dead", Attributes })));
  await drive(() => bus.send(new PutRuleCommand({ Name: "r", EventPattern: '{"source":["steward"]}' })));
  await drive(() => bus.send(new PutTargetsCommand({ Rule: "r", Targets: [{ Id: "t", Arn: target, DeadLetterConfig: { Arn: arn("sqs", "dead") } }] })));
  await drive(() => bus.send(new PutEventsCommand({ Entries: [{ Source: "steward", DetailType: "d", Detail: "{}" }] })));
  await advance(5_000);
  return queues.queues.get("dead")?.messages.map(({ attributes }) => attributes) ?? [];
}
const deadLetters = policy(lets(EVENTS, "sqs:SendMessage", arn("sqs", "dead"), { ArnLike: { "aws:SourceArn": arn("events", "rule/*") } }));

describe("a topic without a policy of its own", () => {
  test("lets alarms in, EventBridge not, and callers by their own rights", async () => {
    await topic();
    expect(await alarm()).toBe(`Successfully executed action ${TopicArn}`);
    expect(mails()).toBe(1);
    expect(await event(TopicArn, deadLetters)).toMatchObject([{ ERROR_CODE: "NO_PERMISSIONS" }]);
    const [publisher, stranger] = [aRole(account, "publisher", allow("sns:Publish", TopicArn)), aRole(account, "stranger")];
    await drive(() => client(SNSClient, publisher).send(new PublishCommand({ TopicArn, Message: "x" })));
    expect(await refusal(() => client(SNSClient, stranger).send(new PublishCommand({ TopicArn, Message: "x" })))).toMatchObject({
      name: "AuthorizationErrorException",
    });
    const { Attributes } = await drive(() => client(SNSClient).send(new GetTopicAttributesCommand({ TopicArn })));
    expect(JSON.parse(Attributes?.Policy ?? "")).toMatchObject({ Id: "__default_policy_ID" });
  });
});

describe("a topic's policy", () => {
  test("that forgets CloudWatch fails the action, and only the alarm's history tells", async () => {
    await topic({ Policy: policy({ Effect: "Allow", Principal: { AWS: ROOT }, Action: "sns:Publish", Resource: TopicArn }) });
    expect(await alarm()).toBe(
      `Failed to execute action ${TopicArn}. Received error: "Resource: ${arn("cloudwatch", "alarm:a")} is not authorized to perform: SNS:Publish on resource: ${TopicArn}"`,
    );
    expect(mails()).toBe(0);
  });

  test("can be for some alarms, and be put later", async () => {
    await topic();
    const only = (name: string) =>
      policy(
        lets(ALARMS, "sns:Publish", TopicArn, {
          StringEquals: { "aws:SourceAccount": ACCOUNT_ID },
          ArnLike: { "aws:SourceArn": arn("cloudwatch", `alarm:${name}`) },
        }),
      );
    const put = (AttributeValue: string) =>
      drive(() => client(SNSClient).send(new SetTopicAttributesCommand({ TopicArn, AttributeName: "Policy", AttributeValue })));
    await put(only("steward-*"));
    expect(await alarm()).toContain("Failed to execute action");
    await put(only("a"));
    account.links.publish(TopicArn, { body: "x" }, { principal: ALARMS, arn: arn("cloudwatch", "alarm:a") });
    await advance(1_000);
    expect(mails()).toBe(1);
    expect(
      await refusal(() => client(SNSClient).send(new SetTopicAttributesCommand({ TopicArn, AttributeName: "Policy", AttributeValue: "{" }))),
    ).toMatchObject({
      name: "InvalidParameterException",
      message: expect.stringContaining("Policy Error"),
    });
  });

  test("names callers without a policy of their own, and its deny wins over theirs", async () => {
    const named = { Effect: "Allow", Principal: { AWS: roleArn("named") }, Action: "sns:Publish", Resource: TopicArn };
    await topic({ Policy: policy(named, { ...named, Effect: "Deny", Principal: { AWS: roleArn("mighty") } }) });
    await drive(() => client(SNSClient, aRole(account, "named")).send(new PublishCommand({ TopicArn, Message: "x" })));
    const mighty = aRole(account, "mighty", allow("*"));
    expect(await refusal(() => client(SNSClient, mighty).send(new PublishCommand({ TopicArn, Message: "x" })))).toMatchObject({
      message: expect.stringContaining("explicit deny in a resource-based policy"),
    });
  });
});

describe("a topic's key", () => {
  test("that does not admit CloudWatch fails the action, and only the alarm's history tells", async () => {
    await topic({ KmsMasterKeyId: await key() });
    expect(await alarm()).toBe(
      `Failed to execute action ${TopicArn}. Received error: "CloudWatch Alarms is not authorized to access the SNS topic encryption key."`,
    );
    expect(mails()).toBe(0);
  });

  test("that admits CloudWatch lets its alarms through", async () => {
    await topic({
      KmsMasterKeyId: await key(
        lets(ALARMS, USE, "*", { StringEquals: { "aws:SourceAccount": ACCOUNT_ID, "kms:EncryptionContext:aws:sns:topicArn": TopicArn } }),
      ),
    });
    expect(await alarm()).toBe(`Successfully executed action ${TopicArn}`);
  });

  test("of SNS itself never admits CloudWatch", async () => {
    await topic({ KmsMasterKeyId: "alias/aws/sns" });
    expect(await alarm()).toContain("is not authorized to access the SNS topic encryption key");
    await drive(() => client(SNSClient, aRole(account, "publisher", allow("sns:Publish"))).send(new PublishCommand({ TopicArn, Message: "x" })));
  });

  test("keeps EventBridge out until its policy admits it, and the event goes to the dead-letter queue", async () => {
    const Policy = policy(lets(EVENTS, "sns:Publish", TopicArn));
    await topic({ Policy, KmsMasterKeyId: await key(lets(ALARMS, USE)) });
    expect(await event(TopicArn, deadLetters)).toMatchObject([{ ERROR_CODE: "NO_PERMISSIONS", RETRY_ATTEMPTS: "0" }]);
    const AttributeValue = await key(lets(EVENTS, USE));
    await drive(() => client(SNSClient).send(new SetTopicAttributesCommand({ TopicArn, AttributeName: "KmsMasterKeyId", AttributeValue })));
    expect(await event(TopicArn, deadLetters)).toHaveLength(1);
    expect(mails()).toBe(1);
  });

  test("takes rights of callers too, through SNS, and has to be on", async () => {
    const KmsMasterKeyId = await key();
    await topic({ KmsMasterKeyId });
    const through = { StringEquals: { "kms:ViaService": "sns.us-east-1.amazonaws.com" } };
    const [with_, without] = [
      aRole(account, "with", allow("sns:Publish"), allow(["kms:GenerateDataKey", "kms:Decrypt"], KmsMasterKeyId, through)),
      aRole(account, "without", allow("sns:Publish")),
    ];
    const publish = (by: Principal) => client(SNSClient, by).send(new PublishCommand({ TopicArn, Message: "x" }));
    await drive(() => publish(with_));
    expect(await refusal(() => publish(without))).toMatchObject({ name: "KMSAccessDeniedException", status: 400 });
    await drive(() => client(KMSClient).send(new DisableKeyCommand({ KeyId: KmsMasterKeyId })));
    expect(await refusal(() => publish(with_))).toMatchObject({ name: "KMSDisabledException" });
  });
});

describe("a queue's policy", () => {
  test("has to let EventBridge in, or the dead letter is lost without a word", async () => {
    expect(await event(TopicArn)).toEqual([]);
    await drive(() => client(SQSClient).send(new SetQueueAttributesCommand({ QueueUrl: queues.queues.get("dead")?.url, Attributes: { Policy: deadLetters } })));
    expect(await event(TopicArn, deadLetters)).toHaveLength(1);
  });

  test("has to let SNS in for its topic", async () => {
    await topic();
    const Endpoint = arn("sqs", "inbox");
    await drive(() => client(SQSClient).send(new CreateQueueCommand({ QueueName: "inbox" })));
    await drive(() => client(SNSClient).send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint })));
    const publish = async () => {
      await drive(() => client(SNSClient).send(new PublishCommand({ TopicArn, Message: "x" })));
      await advance(1_000);
      return queues.queues.get("inbox")?.messages.length;
    };
    expect(await publish()).toBe(0);
    const Policy = policy(lets(SNS, "sqs:SendMessage", Endpoint, { ArnEquals: { "aws:SourceArn": TopicArn } }));
    await drive(() => client(SQSClient).send(new SetQueueAttributesCommand({ QueueUrl: queues.queues.get("inbox")?.url, Attributes: { Policy } })));
    expect(await publish()).toBe(1);
  });

  test("judges callers beside their own", async () => {
    const statement = { Effect: "Allow", Principal: { AWS: roleArn("named") }, Action: "sqs:SendMessage", Resource: arn("sqs", "inbox") };
    await drive(() => client(SQSClient).send(new CreateQueueCommand({ QueueName: "inbox", Attributes: { Policy: policy(statement) } })));
    const send = (by: Principal) => client(SQSClient, by).send(new SendMessageCommand({ QueueUrl: queues.queues.get("inbox")?.url, MessageBody: "x" }));
    await drive(() => send(aRole(account, "named")));
    expect(await refusal(() => send(aRole(account, "stranger")))).toMatchObject({ name: "AccessDenied" });
    expect(await refusal(() => client(SQSClient).send(new CreateQueueCommand({ QueueName: "bad", Attributes: { Policy: "no" } })))).toMatchObject({
      name: "InvalidAttributeValue",
    });
  });
});

test("every right that a service of AWS asked for is one that AWS knows", async () => {
  await topic({ Policy: policy(lets(ALARMS, "sns:Publish", TopicArn)), KmsMasterKeyId: await key(lets(ALARMS, USE)) });
  await alarm();
  const asked = rights.decisions.filter(({ principal }) => principal === ALARMS);
  expect(asked.map(({ right, verdict }) => [right.action, verdict.allowed])).toEqual([
    ["sns:Publish", true],
    ["kms:GenerateDataKey", true],
    ["kms:Decrypt", true],
  ]);
  expect(rights.decisions.flatMap(({ right }) => rightProblems(right))).toEqual([]);
});
