import {
  DeleteAlarmsCommand,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  GetDashboardCommand,
  PutCompositeAlarmCommand,
  type PutCompositeAlarmCommandInput,
  PutDashboardCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from "@aws-sdk/client-cloudwatch";
import { advance } from "@steward/simulator/world/drive";
import { beforeEach, describe, expect, test } from "vitest";
import { asked, type ComputeWorld, computeWorld, send } from "./compute-world.ts";

let world: ComputeWorld;
let published: { topic: string; body: Record<string, unknown> }[];
const heard: { detail: Record<string, unknown> }[] = [];

beforeEach(async () => {
  world = computeWorld(5);
  published = [];
  heard.length = 0;
  world.account.links.publish = (topic, { body }) => void published.push({ topic, body: JSON.parse(body) as Record<string, unknown> });
  world.events.watch((event) => event["detail-type"] === "CloudWatch Alarm State Change" && heard.push(event as never));
  for (const name of ["a", "b", "c"]) await put(name);
  await advance(2_000);
});

const put = (AlarmName: string) =>
  send(
    world.sdk.cloudwatch,
    new PutMetricAlarmCommand({
      AlarmName,
      Namespace: "Steward",
      MetricName: AlarmName,
      Statistic: "Maximum",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: "GreaterThanOrEqualToThreshold",
      TreatMissingData: "ignore",
    }),
  );
const compose = (AlarmName: string, AlarmRule: string, extra: Partial<PutCompositeAlarmCommandInput> = {}) =>
  send(world.sdk.cloudwatch, new PutCompositeAlarmCommand({ AlarmName, AlarmRule, ...extra }));
async function set(AlarmName: string, StateValue: "OK" | "ALARM" | "INSUFFICIENT_DATA"): Promise<void> {
  await send(world.sdk.cloudwatch, new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: "by hand" }));
  await advance(2_000);
}
const state = (name: string) => world.cloudwatch.composites.get(name)?.state.value;

describe("a composite alarm", () => {
  test("begins without data and is judged a moment later", async () => {
    await compose("all", "ALARM(a) AND ALARM(b)");
    expect(state("all")).toBe("INSUFFICIENT_DATA");
    await advance(2_000);
    expect(world.cloudwatch.composites.get("all")?.state).toMatchObject({
      value: "OK",
      reason: "arn:aws:cloudwatch:us-east-1:123456789012:alarm:all was created and its alarm rule evaluates to OK",
    });
  });

  test.each([
    ["ALARM(a) AND ALARM(b)", "OK"],
    ["ALARM(a) OR ALARM(b)", "ALARM"],
    ["ALARM(a) AND NOT ALARM(b)", "ALARM"],
    ["NOT (ALARM(a) OR ALARM(b))", "OK"],
    ["ALARM(b) AND ALARM(c) OR ALARM(a)", "ALARM"],
    ["INSUFFICIENT_DATA(c) AND OK(b)", "ALARM"],
    ['ALARM("a") AND TRUE', "ALARM"],
    ["ALARM(arn:aws:cloudwatch:us-east-1:123456789012:alarm:a) AND FALSE", "OK"],
  ])("says %s is %s while a is in ALARM, b is OK and c has no data", async (rule, expected) => {
    await set("a", "ALARM");
    await set("b", "OK");
    await compose("all", rule);
    await advance(2_000);
    expect(state("all")).toBe(expected);
  });

  test("follows its children and tells of it: event, reason, topic", async () => {
    await compose("all", "ALARM(a) OR ALARM(b)", {
      AlarmActions: ["arn:aws:sns:us-east-1:123456789012:pager"],
      OKActions: ["arn:aws:sns:us-east-1:123456789012:people"],
    });
    await advance(2_000);
    published.length = 0;
    await set("b", "ALARM");
    expect(state("all")).toBe("ALARM");
    const { detail } = heard.findLast((event) => event.detail.alarmName === "all") ?? { detail: {} };
    expect(detail).toMatchObject({
      configuration: { alarmRule: "ALARM(a) OR ALARM(b)" },
      previousState: { value: "OK" },
      state: {
        value: "ALARM",
        reason: expect.stringMatching(/^arn:aws:cloudwatch:us-east-1:123456789012:alarm:b transitioned to ALARM at Monday 05 January, 2026 09:\d\d:\d\d UTC$/),
      },
    });
    await set("b", "OK");
    expect(published.map(({ topic, body }) => [topic.split(":").at(-1), body.AlarmName, body.NewStateValue])).toEqual([
      ["pager", "all", "ALARM"],
      ["people", "all", "OK"],
    ]);
  });

  test("can be a child itself, and a cycle comes to rest", async () => {
    await compose("inner", "ALARM(a)");
    await compose("outer", "ALARM(inner)");
    await compose("inner", "ALARM(a) OR ALARM(outer)");
    await set("a", "ALARM");
    await advance(10_000);
    expect([state("inner"), state("outer")]).toEqual(["ALARM", "ALARM"]);
  });

  test.each(["ALARM(a", "ALARM(a) ALARM(b)", "a OR b", "AT_LEAST(1, ALARM, (a, b))", "", "ALARM(missing)"])("is refused with the rule %j", async (rule) => {
    await expect(compose("all", rule)).rejects.toMatchObject({ name: "ValidationException" });
  });

  test("protects its children from deletion, and shares its name with no metric alarm", async () => {
    await compose("all", "ALARM(a)");
    await expect(send(world.sdk.cloudwatch, new DeleteAlarmsCommand({ AlarmNames: ["a"] }))).rejects.toMatchObject({
      message: "Cannot delete a as there are composite alarm(s) depending on it: [all]",
    });
    await expect(put("all")).rejects.toMatchObject({ name: "ValidationException" });
    await expect(compose("b", "ALARM(a)")).rejects.toMatchObject({ name: "ValidationException" });
    await send(world.sdk.cloudwatch, new DeleteAlarmsCommand({ AlarmNames: ["all"] }));
    await send(world.sdk.cloudwatch, new DeleteAlarmsCommand({ AlarmNames: ["a"] }));
    expect(world.cloudwatch.composites.size).toBe(0);
  });

  test("is listed only when asked for, and only with a right on everything", async () => {
    await compose("all", "ALARM(a)");
    const list = (AlarmTypes?: ("MetricAlarm" | "CompositeAlarm")[]) => send(world.sdk.cloudwatch, new DescribeAlarmsCommand({ AlarmTypes }));
    expect(await list()).toMatchObject({ CompositeAlarms: [], MetricAlarms: [{ AlarmName: "a" }, { AlarmName: "b" }, { AlarmName: "c" }] });
    const both = await list(["MetricAlarm", "CompositeAlarm"]);
    expect([both.CompositeAlarms?.map(({ AlarmRule }) => AlarmRule), both.MetricAlarms?.length]).toEqual([["ALARM(a)"], 3]);
    const rights = await asked(world, () => list(["CompositeAlarm"]));
    expect(rights.map(({ resources }) => resources)).toEqual([["*"]]);
    const { AlarmHistoryItems } = await send(world.sdk.cloudwatch, new DescribeAlarmHistoryCommand({ AlarmTypes: ["CompositeAlarm"] }));
    expect(AlarmHistoryItems?.map(({ AlarmName }) => AlarmName)).toContain("all");
  });
});

test("a metric of one's own is put with its namespace as the condition of the right", async () => {
  const data = { Namespace: "Steward", MetricData: [{ MetricName: "a", Value: 2 }] };
  const rights = await asked(world, () => send(world.sdk.cloudwatch, new PutMetricDataCommand(data)));
  expect(rights).toMatchObject([{ action: "cloudwatch:PutMetricData", context: { "cloudwatch:namespace": "Steward" } }]);
  await advance(120_000);
  expect(world.cloudwatch.alarms.get("a")?.state.value).toBe("ALARM");
});

describe("a dashboard", () => {
  const save = (DashboardBody: string) => send(world.sdk.cloudwatch, new PutDashboardCommand({ DashboardName: "steward-demo", DashboardBody }));

  test("is kept as it was given", async () => {
    const body = JSON.stringify({ widgets: [{ type: "text", properties: { markdown: "hello" } }] });
    await save(body);
    expect((await send(world.sdk.cloudwatch, new GetDashboardCommand({ DashboardName: "steward-demo" }))).DashboardBody).toBe(body);
  });

  test.each(["no json", "[]", "{}", '{"widgets":[{"type":"gauge"}]}'])("is refused as %j", async (body) => {
    await expect(save(body)).rejects.toMatchObject({ name: "DashboardInvalidInputError" });
    await expect(send(world.sdk.cloudwatch, new GetDashboardCommand({ DashboardName: "steward-demo" }))).rejects.toMatchObject({
      name: expect.stringContaining("NotFound"),
    });
  });
});
