import { Account, arn } from "@steward/simulator/account/account";
import { AwsError } from "@steward/simulator/account/operation";
import type { Principal } from "@steward/simulator/account/principal";
import { addSqs } from "@steward/simulator/services/sqs/sqs";
import { advance, drive } from "@steward/simulator/world/drive";
import { resetWorld } from "@steward/simulator/world/install";
import { beforeEach, describe, expect, test } from "vitest";

const operator: Principal = {
  arn: "arn:aws:iam::123456789012:user/operator",
  accessKeyId: "AKIA",
  secretAccessKey: "s",
  policy: { Version: "2012-10-17", Statement: [] },
};
const QueueUrl = "https://sqs.us-east-1.amazonaws.com/123456789012/q";
const MINUTE = 60_000;

interface Message {
  MessageId: string;
  ReceiptHandle: string;
  Body: string;
  Attributes: Record<string, string>;
}

let account: Account;
let asked: string[];
let reported: { at: number; name: string; value: number }[];

beforeEach(async () => {
  resetWorld(3);
  account = new Account();
  asked = [];
  reported = [];
  account.authorize = (_principal, right) => {
    asked.push(`${right.action} ${right.resources.join()}`);
    return { allowed: true };
  };
  addSqs(account);
  account.links.metric = (_namespace, name, _dimensions, value) => void reported.push({ at: Date.now(), name, value });
  await call("CreateQueue", { QueueName: "q" });
});

const call = <Output = Record<string, unknown>>(operation: string, input: Record<string, unknown> = {}): Promise<Output> =>
  drive(() => account.call(operator, "sqs", operation, { QueueUrl, ...input })) as Promise<Output>;
const receive = async (input: Record<string, unknown> = {}) => (await call<{ Messages?: Message[] }>("ReceiveMessage", input)).Messages ?? [];
const failure = async (operation: string, input: Record<string, unknown> = {}): Promise<AwsError> => {
  const error: unknown = await call(operation, input).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof AwsError ? error : expect.fail(`${operation} succeeded`);
};
const visible = () => reported.filter(({ name }) => name === "ApproximateNumberOfMessagesVisible");

describe("messages", () => {
  test("come back with the digest that the SDK checks", async () => {
    expect(await call("SendMessage", { MessageBody: "hello" })).toEqual({
      MessageId: expect.any(String),
      MD5OfMessageBody: "5d41402abc4b2a76b9719d911017c592",
    });
    expect(await receive()).toEqual([expect.objectContaining({ Body: "hello", MD5OfBody: "5d41402abc4b2a76b9719d911017c592" })]);
    expect(asked).toContain(`sqs:SendMessage ${arn("sqs", "q")}`);
  });

  test("are hidden for the visibility timeout, then come again", async () => {
    await call("SendMessage", { MessageBody: "once" });
    const [first] = await receive();
    expect(await receive()).toEqual([]);
    await advance(30_000);
    const [again] = await receive();
    expect(again?.Attributes.ApproximateReceiveCount).toBe("2");
    expect(again?.ReceiptHandle).not.toBe(first?.ReceiptHandle);
  });

  test("are gone once deleted; an outdated handle deletes nothing", async () => {
    await call("SendMessage", { MessageBody: "x" });
    const [first] = await receive({ VisibilityTimeout: 1 });
    await advance(1_500);
    const [second] = await receive({ VisibilityTimeout: 1 });
    await call("DeleteMessage", { ReceiptHandle: first?.ReceiptHandle });
    await advance(1_500);
    expect(await receive({ VisibilityTimeout: 0 })).toHaveLength(1);
    const [third] = await receive({ VisibilityTimeout: 1 });
    expect(second).toBeDefined();
    await call("DeleteMessage", { ReceiptHandle: third?.ReceiptHandle });
    await advance(1_500);
    expect(await receive()).toEqual([]);
  });

  test("come ten at a time at most", async () => {
    for (let i = 0; i < 12; i++) await call("SendMessage", { MessageBody: String(i) });
    expect(await receive({ MaxNumberOfMessages: 10 })).toHaveLength(10);
    expect(await failure("ReceiveMessage", { MaxNumberOfMessages: 11 })).toMatchObject({ code: "InvalidParameterValue" });
  });

  test("can be waited for", async () => {
    setTimeout(() => account.links.enqueue(arn("sqs", "q"), { late: true }), 5_000);
    const start = Date.now();
    expect(await receive({ WaitTimeSeconds: 20 })).toHaveLength(1);
    expect(Date.now() - start).toBeLessThan(6_000);
    expect(await receive({ WaitTimeSeconds: 2 })).toEqual([]);
  });

  test("are delayed when asked and forgotten after four days", async () => {
    await call("SendMessage", { MessageBody: "later", DelaySeconds: 60 });
    expect(await receive()).toEqual([]);
    await advance(MINUTE);
    expect(await receive({ VisibilityTimeout: 0 })).toHaveLength(1);
    await advance(4 * 24 * 60 * MINUTE);
    expect(await receive()).toEqual([]);
  });

  test("may be a megabyte and no more", async () => {
    await call("SendMessage", { MessageBody: "x".repeat(1_048_576) });
    expect(await failure("SendMessage", { MessageBody: "x".repeat(1_048_577) })).toMatchObject({
      code: "InvalidParameterValue",
      message: expect.stringContaining("1048576 bytes"),
    });
  });

  test("are purged within a minute, and only once a minute", async () => {
    await call("SendMessage", { MessageBody: "x" });
    await call("PurgeQueue");
    expect(await failure("PurgeQueue")).toMatchObject({ code: "PurgeQueueInProgress" });
    await advance(MINUTE);
    expect(await receive()).toEqual([]);
  });
});

describe("queues", () => {
  test("that do not exist are refused by every call", async () => {
    const missing = { QueueUrl: `${QueueUrl}-not`, MessageBody: "x" };
    expect(await failure("SendMessage", missing)).toMatchObject({ code: "QueueDoesNotExist", message: "The specified queue does not exist.", status: 400 });
    expect(await failure("GetQueueUrl", { QueueName: "not" })).toMatchObject({ code: "QueueDoesNotExist" });
    expect(() => account.links.enqueue(arn("sqs", "not"), {})).toThrow(AwsError);
  });

  test("may be created again with the same attributes only", async () => {
    expect(await call("CreateQueue", { QueueName: "q" })).toEqual({ QueueUrl });
    expect(await failure("CreateQueue", { QueueName: "q", Attributes: { VisibilityTimeout: "5" } })).toMatchObject({ code: "QueueNameExists" });
    expect(await failure("CreateQueue", { QueueName: "a b" })).toMatchObject({ code: "InvalidParameterValue" });
  });

  test("say how many messages they hold", async () => {
    for (const MessageBody of ["a", "b", "c"]) await call("SendMessage", { MessageBody });
    await receive();
    const { Attributes } = await call<{ Attributes: Record<string, string> }>("GetQueueAttributes", { AttributeNames: ["All"] });
    expect(Attributes).toMatchObject({ QueueArn: arn("sqs", "q"), ApproximateNumberOfMessages: "2", ApproximateNumberOfMessagesNotVisible: "1" });
  });

  test("are listed with a token for those who limit the page", async () => {
    for (const QueueName of ["r", "s"]) await call("CreateQueue", { QueueName });
    const first = await call<{ QueueUrls: string[]; NextToken: string }>("ListQueues", { MaxResults: 2 });
    const second = await call<{ QueueUrls: string[] }>("ListQueues", { MaxResults: 2, NextToken: first.NextToken });
    expect([...first.QueueUrls, ...second.QueueUrls].map((url) => url.at(-1))).toEqual(["q", "r", "s"]);
    expect(second).not.toHaveProperty("NextToken");
  });
});

describe("metrics", () => {
  test("begin within a quarter of an hour after a queue wakes up, then come every minute", async () => {
    account.links.enqueue(arn("sqs", "q"), { failed: true });
    const woke = Date.now();
    await advance(30 * MINUTE);
    const first = visible()[0]?.at ?? 0;
    expect(first - woke).toBeGreaterThan(MINUTE / 2);
    expect(first - woke).toBeLessThanOrEqual(16 * MINUTE);
    expect(visible().every(({ at, value }, i) => value === 1 && at === first + i * MINUTE)).toBe(true);
  });

  test("stop six hours after the last action on an empty queue", async () => {
    await advance(8 * 60 * MINUTE);
    const last = visible().at(-1)?.at ?? 0;
    expect(last).toBeLessThanOrEqual((visible()[0]?.at ?? 0) + 6 * 60 * MINUTE);
    expect(Date.now() - last).toBeGreaterThan(60 * MINUTE);
  });

  test("do not stop while a message lies there", async () => {
    account.links.enqueue(arn("sqs", "q"), {});
    await advance(8 * 60 * MINUTE);
    expect(Date.now() - (visible().at(-1)?.at ?? 0)).toBeLessThanOrEqual(MINUTE);
  });
});
