import { Account, arn } from "@steward/simulator/account/account";
import { AwsError } from "@steward/simulator/account/operation";
import type { Principal } from "@steward/simulator/account/principal";
import { addEvents, type Events } from "@steward/simulator/services/events/events";
import { addSns } from "@steward/simulator/services/sns/sns";
import { addSqs, type Sqs } from "@steward/simulator/services/sqs/sqs";
import { advance, drive } from "@steward/simulator/world/drive";
import { EPOCH, resetWorld } from "@steward/simulator/world/install";
import { beforeEach, describe, expect, test } from "vitest";

const operator: Principal = {
  arn: "arn:aws:iam::123456789012:user/operator",
  accessKeyId: "AKIA",
  secretAccessKey: "s",
  policy: { Version: "2012-10-17", Statement: [] },
};
const FUNCTION = arn("lambda", "function:observe");
const MINUTE = 60_000;

let account: Account;
let events: Events;
let sqs: Sqs;
let invoked: { at: number; payload: Record<string, unknown> }[];
let asked: string[];

beforeEach(() => {
  resetWorld(7);
  account = new Account();
  asked = [];
  account.authorize = (_principal, right) => {
    asked.push(`${right.action} ${right.resources.join()}`);
    return { allowed: true };
  };
  events = addEvents(account);
  sqs = addSqs(account);
  addSns(account);
  account.links.metric = () => {};
  invoked = [];
  account.links.invokeAsync = (_arn, payload) => void invoked.push({ at: Date.now(), payload: payload as Record<string, unknown> });
});

const call = <Output = Record<string, unknown>>(operation: string, input: unknown, service: "events" | "sqs" = "events"): Promise<Output> =>
  drive(() => account.call(operator, service, operation, input)) as Promise<Output>;
const failure = async (operation: string, input: unknown): Promise<AwsError> => {
  const error: unknown = await call(operation, input).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof AwsError ? error : expect.fail(`${operation} succeeded`);
};
const rule = (pattern: unknown, extra: Record<string, unknown> = {}) => call("PutRule", { Name: "r", EventPattern: JSON.stringify(pattern), ...extra });
const target = (extra: Record<string, unknown> = {}, name = "r") => call("PutTargets", { Rule: name, Targets: [{ Id: "1", Arn: FUNCTION, ...extra }] });
const emit = (detail: unknown = { n: 1 }) => account.links.emit({ source: "aws.test", "detail-type": "Test", resources: ["arn:x"], detail });
const bodies = (name: string) => (sqs.queues.get(name)?.messages ?? []).map(({ body }) => JSON.parse(body) as unknown);

describe("delivery", () => {
  test("takes a matching event to the target within a second, in AWS's envelope", async () => {
    await rule({ source: ["aws.test"], detail: { n: [{ numeric: [">", 0] }] } });
    await target();
    const start = Date.now();
    emit({ n: 1, when: new Date(0) });
    emit({ n: 0 });
    await advance(290);
    expect(invoked).toHaveLength(0);
    await advance(800);
    expect(invoked).toHaveLength(1);
    expect(invoked[0]?.at).toBeLessThan(start + 1_001);
    expect(invoked[0]?.payload).toEqual({
      version: "0",
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      "detail-type": "Test",
      source: "aws.test",
      account: "123456789012",
      time: expect.stringMatching(/^2026-01-05T09:00:\d\dZ$/),
      region: "us-east-1",
      resources: ["arn:x"],
      detail: { n: 1, when: "1970-01-01T00:00:00.000Z" },
    });
  });

  test("reaches every target of every matching rule, and none of a disabled one", async () => {
    await rule({ source: ["aws.test"] });
    await call("PutTargets", {
      Rule: "r",
      Targets: [
        { Id: "1", Arn: FUNCTION },
        { Id: "2", Arn: FUNCTION },
      ],
    });
    await rule({ source: ["aws.test"] }, { Name: "off", State: "DISABLED" });
    await target({}, "off");
    emit();
    await advance(2_000);
    expect(invoked).toHaveLength(2);
  });

  test("loses, doubles and delays as a fault says, and can reorder", async () => {
    await rule({ source: ["aws.test"] });
    await target();
    events.delivery.intercept = ({ event }) => (event.detail as { verdict: "lose" | "double" | { delayMs: number } }).verdict;
    emit({ verdict: "lose" });
    emit({ verdict: { delayMs: 5_000 } });
    emit({ verdict: "double" });
    await advance(10_000);
    const verdicts = invoked.map(({ payload }) => (payload.detail as { verdict: unknown }).verdict);
    expect(verdicts).toEqual(["double", "double", { delayMs: 5_000 }]);
    expect(invoked[0]?.payload.id).toBe(invoked[1]?.payload.id);
  });

  test("gives the target constant, partial or transformed input", async () => {
    await rule({ source: ["aws.test"] });
    await call("PutTargets", {
      Rule: "r",
      Targets: [
        { Id: "1", Arn: FUNCTION, Input: '{"fixed":true}' },
        { Id: "2", Arn: FUNCTION, InputPath: "$.detail.list[1]" },
        {
          Id: "3",
          Arn: FUNCTION,
          InputTransformer: {
            InputPathsMap: { who: "$.detail.who", n: "$.detail.n" },
            InputTemplate: '{"text":"<who> by <aws.events.rule-name>","n":<n>,"who":<who>}',
          },
        },
      ],
    });
    emit({ who: 'a "b"', n: 5, list: ["x", { y: 1 }] });
    await advance(2_000);
    const payloads = invoked.map(({ payload }) => payload);
    expect(payloads).toEqual(expect.arrayContaining([{ fixed: true }, { y: 1 }, { text: 'a "b" by r', n: 5, who: 'a "b"' }]));
  });

  test("delivers to queues", async () => {
    await call("CreateQueue", { QueueName: "q" }, "sqs");
    await rule({ source: ["aws.test"] });
    await target({ Arn: arn("sqs", "q") });
    emit({ n: 5 });
    await advance(2_000);
    expect(bodies("q")).toEqual([expect.objectContaining({ detail: { n: 5 } })]);
  });
});

describe("failed delivery", () => {
  const failing = (code: string) => {
    const attempts: number[] = [];
    account.links.invokeAsync = () => {
      attempts.push(Date.now());
      throw new AwsError(code, "no", 429);
    };
    return attempts;
  };
  const withDeadLetter = async (RetryPolicy?: unknown) => {
    await call("CreateQueue", { QueueName: "dead" }, "sqs");
    await rule({ source: ["aws.test"] });
    await target({ DeadLetterConfig: { Arn: arn("sqs", "dead") }, ...(RetryPolicy ? { RetryPolicy } : {}) });
    emit();
  };
  const buried = () => sqs.queues.get("dead")?.messages[0]?.attributes;

  test("is retried with growing pauses until it succeeds", async () => {
    let left = 3;
    account.links.invokeAsync = (_arn, payload) => {
      if (left-- > 0) throw new AwsError("TooManyRequestsException", "slow down", 429);
      invoked.push({ at: Date.now(), payload: payload as Record<string, unknown> });
    };
    await withDeadLetter();
    await advance(MINUTE);
    expect(invoked).toHaveLength(1);
    expect(buried()).toBeUndefined();
  });

  test("ends in the dead-letter queue when the attempts are used up", async () => {
    const attempts = failing("TooManyRequestsException");
    await withDeadLetter({ MaximumRetryAttempts: 2 });
    await advance(10 * MINUTE);
    expect(attempts).toHaveLength(3);
    expect(buried()).toEqual({
      RULE_ARN: arn("events", "rule/r"),
      TARGET_ARN: FUNCTION,
      ERROR_CODE: "THROTTLING",
      ERROR_MESSAGE: "no",
      RETRY_ATTEMPTS: "2",
      EXHAUSTED_RETRY_CONDITION: "MaximumRetryAttempts",
    });
  });

  test("ends in the dead-letter queue when the event is too old", async () => {
    failing("TooManyRequestsException");
    await withDeadLetter({ MaximumEventAgeInSeconds: 60 });
    await advance(10 * MINUTE);
    expect(buried()).toMatchObject({ EXHAUSTED_RETRY_CONDITION: "MaximumEventAgeInSeconds" });
  });

  test("is not retried when the target is gone", async () => {
    const attempts = failing("ResourceNotFoundException");
    await withDeadLetter();
    await advance(MINUTE);
    expect(attempts).toHaveLength(1);
    expect(buried()).toMatchObject({ ERROR_CODE: "NO_RESOURCE", RETRY_ATTEMPTS: "0" });
    expect(bodies("dead")).toEqual([expect.objectContaining({ source: "aws.test" })]);
  });
});

describe("schedules", () => {
  test("rate fires from the creation of the rule on", async () => {
    await advance(90_000);
    await call("PutRule", { Name: "sweep", ScheduleExpression: "rate(5 minutes)" });
    const created = Date.now();
    await target({}, "sweep");
    await advance(11 * MINUTE);
    const due = invoked.map(({ payload }) => payload.time);
    expect(due).toEqual([5, 10].map((n) => `${new Date(created + n * MINUTE).toISOString().slice(0, 19)}Z`));
    expect(invoked[0]?.payload).toMatchObject({ source: "aws.events", "detail-type": "Scheduled Event", resources: [arn("events", "rule/sweep")], detail: {} });
  });

  test("stops when disabled and goes on when enabled", async () => {
    await call("PutRule", { Name: "sweep", ScheduleExpression: "rate(1 minute)" });
    await target({}, "sweep");
    await call("DisableRule", { Name: "sweep" });
    await advance(5 * MINUTE);
    expect(invoked).toHaveLength(0);
    await call("EnableRule", { Name: "sweep" });
    await advance(2 * MINUTE + 2_000);
    expect(invoked).toHaveLength(2);
  });

  test.each([
    ["cron(0/15 * * * ? *)", "2026-01-05T09:15:00Z"],
    ["cron(30 8 * * ? *)", "2026-01-06T08:30:00Z"],
    ["cron(0 12 ? * FRI *)", "2026-01-09T12:00:00Z"],
    ["cron(0 0 L * ? *)", "2026-01-31T00:00:00Z"],
    ["cron(0 0 ? JAN 5#3 *)", "2026-01-15T00:00:00Z"],
  ])("%s is due first at %s", async (ScheduleExpression, first) => {
    expect(new Date()).toEqual(EPOCH);
    await call("PutRule", { Name: "c", ScheduleExpression });
    await target({}, "c");
    for (let week = 0; week < 4; week++) await advance(7 * 24 * 60 * MINUTE);
    expect(invoked[0]?.payload.time).toBe(first);
  });

  test.each(["rate(5 minute)", "rate(1 minutes)", "rate(0 minutes)", "every 5 minutes", "cron(0 12 * * * *)", "cron(61 * * * ? *)"])(
    "refuses %s",
    async (ScheduleExpression) => {
      expect(await failure("PutRule", { Name: "r", ScheduleExpression })).toMatchObject({
        code: "ValidationException",
        message: "Parameter ScheduleExpression is not valid.",
      });
    },
  );
});

describe("PutEvents", () => {
  const entry = { Source: "steward", DetailType: "Incident opened", Detail: '{"id":"1"}', EventBusName: "own" };

  test("puts on a bus of one's own, where only that bus's rules look", async () => {
    await call("CreateEventBus", { Name: "own" });
    await rule({ source: ["steward"], "detail-type": [{ prefix: "Incident " }] }, { EventBusName: "own" });
    await call("PutTargets", { Rule: "r", EventBusName: "own", Targets: [{ Id: "1", Arn: FUNCTION }] });
    await rule({ source: ["steward"] }, { Name: "on-default" });
    await target({}, "on-default");
    const answer = await call("PutEvents", { Entries: [entry] });
    expect(answer).toEqual({ FailedEntryCount: 0, Entries: [{ EventId: expect.any(String) }] });
    await advance(2_000);
    expect(invoked.map(({ payload }) => payload.detail)).toEqual([{ id: "1" }]);
    expect(asked).toContain(`events:PutEvents ${arn("events", "event-bus/own")}`);
  });

  test("fails bad entries alone, in their places", async () => {
    const { Entries, FailedEntryCount } = await call<{ FailedEntryCount: number; Entries: { EventId?: string; ErrorCode?: string }[] }>("PutEvents", {
      Entries: [{ ...entry, Detail: "not json" }, entry, { ...entry, Source: "" }, { ...entry, Source: "aws.ec2" }],
    });
    expect(FailedEntryCount).toBe(3);
    expect(Entries.map(({ ErrorCode }) => ErrorCode)).toEqual(["MalformedDetail", undefined, "InvalidArgument", "NotAuthorizedForSourceException"]);
  });

  test("refuses more than ten entries and a megabyte in all", async () => {
    expect(await failure("PutEvents", { Entries: Array.from({ length: 11 }, () => entry) })).toMatchObject({ code: "ValidationException" });
    expect(await failure("PutEvents", { Entries: [{ ...entry, Detail: JSON.stringify({ x: "y".repeat(1024 * 1024) }) }] })).toMatchObject({
      code: "ValidationException",
    });
  });
});

describe("rules", () => {
  test("are listed by prefix, page by page", async () => {
    for (const name of ["b-2", "b-1", "a", "b-3"]) await rule({ source: ["x"] }, { Name: name });
    const first = await call<{ Rules: { Name: string }[]; NextToken?: string }>("ListRules", { NamePrefix: "b-", Limit: 2 });
    const second = await call<{ Rules: { Name: string }[]; NextToken?: string }>("ListRules", { NamePrefix: "b-", Limit: 2, NextToken: first.NextToken });
    expect([...first.Rules, ...second.Rules].map(({ Name }) => Name)).toEqual(["b-1", "b-2", "b-3"]);
    expect(second.NextToken).toBeUndefined();
  });

  test("are refused with an invalid pattern", async () => {
    expect(await failure("PutRule", { Name: "r", EventPattern: "{" })).toMatchObject({
      code: "InvalidEventPatternException",
      message: "Event pattern is not valid. Reason: Invalid JSON",
    });
    expect(await failure("PutRule", { Name: "r", EventPattern: '{"source":"x"}' })).toMatchObject({ code: "InvalidEventPatternException" });
    expect(await failure("PutRule", { Name: "r" })).toMatchObject({ code: "ValidationException" });
  });

  test("cannot be deleted while they have targets", async () => {
    await rule({ source: ["x"] });
    await target();
    expect(await failure("DeleteRule", { Name: "r" })).toMatchObject({ code: "ValidationException", message: "Rule can't be deleted since it has targets." });
    await call("RemoveTargets", { Rule: "r", Ids: ["1"] });
    await call("DeleteRule", { Name: "r" });
    expect(await failure("DescribeRule", { Name: "r" })).toMatchObject({
      code: "ResourceNotFoundException",
      message: "Rule r does not exist on EventBus default.",
    });
  });

  test("keep their targets when put again", async () => {
    await rule({ source: ["x"] });
    await target();
    await rule({ source: ["y"] });
    expect(await call("ListTargetsByRule", { Rule: "r" })).toEqual({ Targets: [{ Id: "1", Arn: FUNCTION }] });
    expect(await call("DescribeRule", { Name: "r" })).toMatchObject({ EventPattern: '{"source":["y"]}', State: "ENABLED" });
  });

  test("take five targets and no sixth, and none that is not modelled", async () => {
    await rule({ source: ["x"] });
    for (let i = 0; i < 5; i++) await target({ Id: String(i) });
    expect(await failure("PutTargets", { Rule: "r", Targets: [{ Id: "6", Arn: FUNCTION }] })).toMatchObject({ code: "LimitExceededException" });
    expect(await failure("PutTargets", { Rule: "r", Targets: [{ Id: "1", Arn: arn("kinesis", "stream/x") }] })).toMatchObject({ status: 501 });
  });

  test("need a bus that exists", async () => {
    expect(await failure("PutRule", { Name: "r", EventBusName: "none", EventPattern: '{"source":["x"]}' })).toMatchObject({
      code: "ResourceNotFoundException",
      message: "Event bus none does not exist.",
    });
  });
});

test("tests a pattern against an event", async () => {
  const event = { id: "1", account: "1", source: "s", time: "2026-01-05T09:00:00Z", region: "r", resources: [], "detail-type": "t", detail: { n: 1 } };
  expect(await call("TestEventPattern", { EventPattern: '{"detail":{"n":[1]}}', Event: JSON.stringify(event) })).toEqual({ Result: true });
  expect(await call("TestEventPattern", { EventPattern: '{"detail":{"n":[2]}}', Event: JSON.stringify(event) })).toEqual({ Result: false });
  expect(await failure("TestEventPattern", { EventPattern: "{}", Event: JSON.stringify(event) })).toMatchObject({ code: "InvalidEventPatternException" });
});

test("same seed, same bytes", async () => {
  const run = async () => {
    resetWorld(11);
    invoked = [];
    await rule({ source: ["aws.test"] });
    await target();
    for (let i = 0; i < 5; i++) emit({ i });
    await advance(2_000);
    return JSON.stringify(invoked);
  };
  expect(await run()).toBe(await run());
});
