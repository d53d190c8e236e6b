import { Account, arn } from "@steward/simulator/account/account";
import { AwsError } from "@steward/simulator/account/operation";
import type { Principal } from "@steward/simulator/account/principal";
import { addSns, type Sns } from "@steward/simulator/services/sns/sns";
import { addSqs, type Sqs } from "@steward/simulator/services/sqs/sqs";
import { advance, drive } from "@steward/simulator/world/drive";
import { resetWorld } from "@steward/simulator/world/install";
import { beforeEach, describe, expect, test } from "vitest";

const operator: Principal = {
  arn: "arn:aws:iam::123456789012:user/operator",
  accessKeyId: "AKIA",
  secretAccessKey: "s",
  policy: { Version: "2012-10-17", Statement: [] },
};
const TopicArn = arn("sns", "people");
const MAIL = "ops@example.com";

let account: Account;
let sns: Sns;
let sqs: Sqs;
let asked: { action: string; resources: string[]; context?: Record<string, unknown> }[];

beforeEach(async () => {
  resetWorld(5);
  account = new Account();
  asked = [];
  account.authorize = (_principal, right) => {
    asked.push(right);
    return { allowed: true };
  };
  sns = addSns(account);
  sqs = addSqs(account);
  account.links.metric = () => {};
  await call("CreateTopic", { Name: "people" });
});

const call = <Output = Record<string, unknown>>(operation: string, input: Record<string, unknown> = {}): Promise<Output> =>
  drive(() => account.call(operator, "sns", operation, { TopicArn, ...input })) as Promise<Output>;
const failure = async (operation: string, input: Record<string, unknown> = {}): Promise<AwsError> => {
  const error: unknown = await call(operation, input).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof AwsError ? error : expect.fail(`${operation} succeeded`);
};
const publish = async (input: Record<string, unknown>) => {
  const answer = await call<{ MessageId: string }>("Publish", input);
  await advance(1_000);
  return answer;
};
const confirmedMail = async (extra: Record<string, unknown> = {}) => {
  await call("Subscribe", { Protocol: "email", Endpoint: MAIL, ...extra });
  sns.confirm(TopicArn, MAIL);
};
const mails = () => sns.delivered(TopicArn, MAIL).map(({ message }) => message);
const queue = async (Attributes: Record<string, string> = {}) => {
  await drive(() => account.call(operator, "sqs", "CreateQueue", { QueueName: "q" }));
  return call("Subscribe", { Protocol: "sqs", Endpoint: arn("sqs", "q"), Attributes });
};
const queued = () => sqs.queues.get("q")?.messages ?? [];

describe("subscriptions", () => {
  test("by mail get nothing until somebody confirms", async () => {
    expect(await call("Subscribe", { Protocol: "email", Endpoint: MAIL })).toEqual({ SubscriptionArn: "pending confirmation" });
    await publish({ Message: "early" });
    expect(mails()).toEqual([]);
    expect(await call("ListSubscriptionsByTopic")).toMatchObject({
      Subscriptions: [{ SubscriptionArn: "PendingConfirmation", Protocol: "email", Endpoint: MAIL }],
    });
    sns.confirm(TopicArn, MAIL);
    await publish({ Message: "now", Subject: "s" });
    expect(sns.delivered(TopicArn, MAIL)).toEqual([expect.objectContaining({ message: "now", subject: "s" })]);
    expect(await call("GetTopicAttributes")).toMatchObject({ Attributes: { SubscriptionsConfirmed: "1", SubscriptionsPending: "0" } });
  });

  test("of a queue are confirmed at once and get the message in its envelope", async () => {
    expect(await queue()).toEqual({ SubscriptionArn: expect.stringMatching(/^arn:aws:sns:us-east-1:123456789012:people:[0-9a-f-]{36}$/) });
    const { MessageId } = await publish({ Message: "hi", Subject: "s" });
    expect(queued().map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      expect.objectContaining({ Type: "Notification", MessageId, TopicArn, Subject: "s", Message: "hi" }),
    ]);
  });

  test("of a queue can have it raw", async () => {
    await queue({ RawMessageDelivery: "true" });
    await publish({ Message: "hi", MessageAttributes: { severity: { DataType: "String", StringValue: "page" } } });
    expect(queued()).toMatchObject([{ body: "hi", attributes: { severity: "page" } }]);
  });

  test("of a function invoke it with a record", async () => {
    const payloads: unknown[] = [];
    account.links.invokeAsync = (_arn, payload) => void payloads.push(payload);
    await call("Subscribe", { Protocol: "lambda", Endpoint: arn("lambda", "function:f") });
    await publish({ Message: "hi" });
    expect(payloads).toEqual([{ Records: [expect.objectContaining({ EventSource: "aws:sns", Sns: expect.objectContaining({ Message: "hi" }) })] }]);
  });

  test("name protocol and endpoint as condition keys", async () => {
    await call("Subscribe", { Protocol: "email", Endpoint: MAIL });
    expect(asked.at(-1)).toEqual({ action: "sns:Subscribe", resources: [TopicArn], context: { "sns:Protocol": "email", "sns:Endpoint": MAIL } });
  });

  test.each([
    [{ Protocol: "email", Endpoint: "nobody" }, "InvalidParameter"],
    [{ Protocol: "https", Endpoint: "http://x" }, "InvalidParameter"],
    [{ Protocol: "pigeon", Endpoint: "x" }, "InvalidParameter"],
    [{ Protocol: "sms", Endpoint: "+1" }, "UnknownOperationException"],
  ])("are refused: %j", async (input, code) => {
    expect(await failure("Subscribe", input)).toMatchObject({ code });
  });

  test("are listed a hundred a page", async () => {
    for (let i = 0; i < 101; i++) await call("Subscribe", { Protocol: "email", Endpoint: `m${i}@example.com` });
    const first = await call<{ Subscriptions: unknown[]; NextToken: string }>("ListSubscriptions");
    const second = await call<{ Subscriptions: unknown[] }>("ListSubscriptions", { NextToken: first.NextToken });
    expect([first.Subscriptions.length, second.Subscriptions.length]).toEqual([100, 1]);
    expect(second).not.toHaveProperty("NextToken");
  });
});

describe("filters", () => {
  const attribute = (StringValue: string, DataType = "String") => ({ MessageAttributes: { severity: { DataType, StringValue } } });
  const filter = (FilterPolicy: unknown) => confirmedMail({ Attributes: { FilterPolicy: JSON.stringify(FilterPolicy) } });

  test("let through by message attribute", async () => {
    await filter({ severity: ["page", { prefix: "urgent" }] });
    await publish({ Message: "a", ...attribute("page") });
    await publish({ Message: "b", ...attribute("note") });
    await publish({ Message: "c" });
    await publish({ Message: "d", ...attribute("urgent-2") });
    expect(mails()).toEqual(["a", "d"]);
  });

  test("know numbers and lists", async () => {
    await filter({ severity: [{ numeric: [">=", 3] }, "x"] });
    await publish({ Message: "a", ...attribute("3", "Number") });
    await publish({ Message: "b", ...attribute("2", "Number") });
    await publish({ Message: "c", ...attribute('["x","y"]', "String.Array") });
    expect(mails()).toEqual(["a", "c"]);
  });

  test("can look at the body", async () => {
    await confirmedMail({ Attributes: { FilterPolicyScope: "MessageBody", FilterPolicy: '{"kind":["incident"]}' } });
    await publish({ Message: '{"kind":"incident"}' });
    await publish({ Message: '{"kind":"other"}' });
    await publish({ Message: "text" });
    expect(mails()).toEqual(['{"kind":"incident"}']);
  });

  test("can be set and removed later; bad ones are refused", async () => {
    await confirmedMail();
    const SubscriptionArn = sns.subscriptions(TopicArn)[0]?.arn;
    const set = { SubscriptionArn, AttributeName: "FilterPolicy" };
    await call("SetSubscriptionAttributes", { ...set, AttributeValue: '{"severity":["page"]}' });
    expect(asked.at(-1)).toEqual({ action: "sns:SetSubscriptionAttributes", resources: [TopicArn] });
    await publish({ Message: "a" });
    await call("SetSubscriptionAttributes", { ...set, AttributeValue: "{}" });
    await publish({ Message: "b" });
    expect(mails()).toEqual(["b"]);
    expect(await failure("SetSubscriptionAttributes", { ...set, AttributeValue: '{"severity":"page"}' })).toMatchObject({
      code: "InvalidParameter",
      message: 'Invalid parameter: FilterPolicy: "severity" must be an object or an array',
    });
  });
});

describe("publishing", () => {
  test("needs the right on the topic", async () => {
    await publish({ Message: "x" });
    expect(asked.at(-1)).toMatchObject({ action: "sns:Publish", resources: [TopicArn] });
  });

  test("gives each protocol its own text", async () => {
    await confirmedMail();
    await queue({ RawMessageDelivery: "true" });
    await publish({ MessageStructure: "json", Message: JSON.stringify({ default: "d", email: "for people" }) });
    expect(mails()).toEqual(["for people"]);
    expect(queued().map(({ body }) => body)).toEqual(["d"]);
  });

  test.each([
    ["no text", { Message: "" }, "Invalid parameter: Empty message"],
    ["a text over 256 KiB", { Message: "x".repeat(262_145) }, "Invalid parameter: Message too long"],
    ["a subject over 100 characters", { Message: "x", Subject: "s".repeat(101) }, "Invalid parameter: Subject"],
    ["a subject with a line break", { Message: "x", Subject: "a\nb" }, "Invalid parameter: Subject"],
    ["a subject that is not ASCII", { Message: "x", Subject: "naïve" }, "Invalid parameter: Subject"],
    ["an empty subject", { Message: "x", Subject: "" }, "Invalid parameter: Subject"],
    [
      "a structure without a default",
      { Message: '{"email":"x"}', MessageStructure: "json" },
      "Invalid parameter: Message Structure - No default entry in JSON message body",
    ],
    ["a structure that is no JSON", { Message: "x", MessageStructure: "json" }, "Invalid parameter: Message Structure - JSON message body failed to parse"],
    ["an ARN that is none", { Message: "x", TopicArn: "people" }, "Invalid parameter: TopicArn"],
  ])("refuses %s", async (_what, input, message) => {
    expect(await failure("Publish", input)).toMatchObject({ code: "InvalidParameter", message, status: 400 });
  });

  test("refuses a topic that does not exist", async () => {
    expect(await failure("Publish", { TopicArn: arn("sns", "none"), Message: "x" })).toMatchObject({
      code: "NotFound",
      message: "Topic does not exist",
      status: 404,
    });
  });

  test("takes a subject of exactly 100 characters", async () => {
    await confirmedMail();
    await publish({ Message: "x", Subject: "s".repeat(100) });
    expect(mails()).toEqual(["x"]);
  });
});
