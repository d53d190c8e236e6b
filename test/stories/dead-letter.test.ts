import { readFileSync } from "node:fs";
import { Stage } from "@steward/cli/simulation/stage";
import { drive } from "@steward/simulator/world/drive";
import { beforeEach, describe, expect, test } from "vitest";

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open(1);
});

const sample = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(new URL(`../../events/${name}`, import.meta.url), "utf8")) as Record<string, unknown>;
const alarm = sample("alarm-in-alarm.json") as { detail: { alarmName: string } };
const launch = sample("lifecycle-launch.json") as { detail: { EC2InstanceId: string } };

const BAD: [string, unknown, RegExp][] = [
  ["of a wrong shape", { ...alarm, detail: { alarm: 7 } }, /alarmName/],
  ["that is no event at all", "hello", /not an EventBridge event/],
  ["of an unknown alarm", { ...alarm, detail: { ...alarm.detail, alarmName: "steward-demo-surprise" } }, /unknown alarm steward-demo-surprise/],
  ["about another fleet's instance", { ...launch, detail: { ...launch.detail, EC2InstanceId: "i-0deadbeefdeadbee" } }, /i-0deadbeefdeadbee is another fleet's/],
];

test.each(BAD)("puts an event %s into the dead letter queue with its reason, and changes nothing", async (_what, event, reason) => {
  const { account, operator } = stage.world;
  const before = account.record.length;
  stage.world.account.links.invokeAsync(stage.deployed.functions.observe.arn, event);
  await stage.run({ seconds: 30 });
  const { Messages = [] } = (await drive(() =>
    account.call(operator, "sqs", "ReceiveMessage", { QueueUrl: stage.deployed.queueUrl, MaxNumberOfMessages: 10 }),
  )) as { Messages?: { Body?: string }[] };
  expect(Messages.map(({ Body }) => (JSON.parse(Body ?? "{}") as { because: string }).because)).toEqual([expect.stringMatching(reason)]);
  const changes = account.record
    .slice(before)
    .filter(({ service, operation, functionName }) => functionName && service !== "sqs" && !/^(Describe|Get|List|Query)/.test(operation));
  expect(changes).toEqual([]);
  expect(stage.chronicle.incidents).toEqual([]);
});

test("tells people by CloudWatch itself that something lies in the dead letter queue, however broken our functions are", async () => {
  stage.world.account.links.invokeAsync(stage.deployed.functions.observe.arn, "hello");
  await stage.waitFor(() => stage.messages.length > 0, { minutes: 30 });
  expect(stage.messages.map(({ subject }) => subject)).toEqual([expect.stringContaining('ALARM: "steward-demo-dead-letter"')]);
  expect(stage.announcements).toEqual([]);
});

/** Alarms that CloudWatch has told people of, by id. */
const toldOf = (): (string | undefined)[] => stage.messages.map(({ subject }) => /ALARM: "steward-demo-([a-z-]+)"/.exec(subject ?? "")?.[1]);

test("tells people of a run that dies for good, and keeps the order that it could not carry out", async () => {
  const { account, operator, lambda } = stage.world;
  const order = { name: "demo-incident-1", subject: { kind: "riddle" } };
  await drive(() =>
    account.call(operator, "lambda", "Invoke", {
      FunctionName: stage.deployed.functions.remediate.invokeArn,
      InvocationType: "Event",
      DurableExecutionName: order.name,
      Payload: Buffer.from(JSON.stringify(order)),
    }),
  );
  expect(await stage.waitFor(() => toldOf().length === 2, { minutes: 30 })).toBe(true);
  expect(toldOf().sort()).toEqual(["dead-letter", "remediate-execution-failed"]);
  expect([...lambda.executions.values()].map(({ name, status, invocations }) => ({ name, status, invocations }))).toEqual([
    { name: order.name, status: "FAILED", invocations: 1 },
  ]);
  const letters = stage.world.sqs.queues.get(stage.deployed.topology.deadLetter.name)?.messages ?? [];
  expect(letters.map(({ body, attributes }) => [JSON.parse(body), attributes.ErrorMessage])).toEqual([[order, expect.stringContaining("subject")]]);
});

describe("the alert, called once in a while,", () => {
  /** Kills the first attempts of the alert. */
  const killed = (attempts: number): void => {
    let left = attempts;
    stage.world.lambda.faults.killInvocation = ({ functionName }) => (functionName.endsWith("-alert") && left-- > 0 ? 0 : undefined);
    stage.world.account.links.invokeAsync(stage.deployed.functions.alert.arn, "hello");
  };

  test("that gives one event up tells people by CloudWatch", async () => {
    killed(3);
    await stage.run({ minutes: 15 });
    expect(toldOf().sort()).toEqual(["alert-failing", "dead-letter"]);
  });

  test("that succeeds when it is tried again rings no alarm of its failing", async () => {
    killed(1);
    await stage.run({ minutes: 20 });
    expect(toldOf()).not.toContain("alert-failing");
  });
});
