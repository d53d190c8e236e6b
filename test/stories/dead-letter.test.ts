import { readFileSync } from "node:fs";
import { Stage } from "@steward/cli/simulation/stage";
import { drive } from "@steward/simulator/world/drive";
import { beforeEach, expect, test } from "vitest";

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
