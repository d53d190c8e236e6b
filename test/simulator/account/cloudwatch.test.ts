import { Account, arn } from "@steward/simulator/account/account";
import { AwsError } from "@steward/simulator/account/operation";
import type { Principal } from "@steward/simulator/account/principal";
import { addCloudWatch, type CloudWatch } from "@steward/simulator/services/cloudwatch/cloudwatch";
import { addEvents } from "@steward/simulator/services/events/events";
import { addSns, type Sns } from "@steward/simulator/services/sns/sns";
import { advance, drive } from "@steward/simulator/world/drive";
import { machineTime, resetWorld } from "@steward/simulator/world/install";
import { beforeEach, describe, expect, test } from "vitest";

const operator: Principal = {
  arn: "arn:aws:iam::123456789012:user/operator",
  accessKeyId: "AKIA",
  secretAccessKey: "s",
  policy: { Version: "2012-10-17", Statement: [] },
};
const MINUTE = 60_000;
const TOPIC = arn("sns", "people");

interface Heard {
  at: number;
  "detail-type": string;
  resources: string[];
  detail: Record<string, unknown> & { state: { value: string; reason: string; reasonData?: string } };
}

let account: Account;
let cloudwatch: CloudWatch;
let sns: Sns;
let heard: Heard[];
let asked: { action: string; resources: string[]; context?: Record<string, unknown> }[];

beforeEach(() => {
  resetWorld(9);
  account = new Account();
  asked = [];
  account.authorize = (_principal, right) => {
    asked.push(right);
    return { allowed: true };
  };
  cloudwatch = addCloudWatch(account);
  sns = addSns(account);
  heard = [];
  addEvents(account).watch((event) => void heard.push({ at: Date.now(), ...(event as unknown as Omit<Heard, "at">) }));
});

const call = <Output = Record<string, unknown>>(
  operation: string,
  input: Record<string, unknown> = {},
  service: "cloudwatch" | "sns" = "cloudwatch",
): Promise<Output> => drive(() => account.call(operator, service, operation, input)) as Promise<Output>;
const failure = async (operation: string, input: Record<string, unknown> = {}): Promise<AwsError> => {
  const error: unknown = await call(operation, input).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof AwsError ? error : expect.fail(`${operation} succeeded`);
};
const definition = {
  AlarmName: "unhealthy",
  Namespace: "AWS/ApplicationELB",
  MetricName: "UnHealthyHostCount",
  Dimensions: [
    { Name: "TargetGroup", Value: "t" },
    { Name: "LoadBalancer", Value: "l" },
  ],
  Statistic: "Maximum",
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 1,
  ComparisonOperator: "GreaterThanOrEqualToThreshold",
  TreatMissingData: "notBreaching",
};
const put = (over: Record<string, unknown> = {}) => call("PutMetricAlarm", { ...definition, ...over });
const report = (value: number) => account.links.metric("AWS/ApplicationELB", "UnHealthyHostCount", { LoadBalancer: "l", TargetGroup: "t" }, value);
/** Reports a value a minute, in the middle of each minute. */
const minutes = async (...values: (number | undefined)[]) => {
  for (const value of values) {
    await advance(MINUTE / 2 - (Date.now() % MINUTE) + (Date.now() % MINUTE > MINUTE / 2 ? MINUTE : 0));
    if (value !== undefined) report(value);
    await advance(MINUTE / 2 + 6_000);
  }
};
const state = (name = "unhealthy") => cloudwatch.alarms.get(name)?.state.value;
const changes = () => heard.filter((event) => event["detail-type"] === "CloudWatch Alarm State Change");

describe("evaluation", () => {
  test("begins without enough data and judges at the next full minute, a little late", async () => {
    await put({ TreatMissingData: "missing" });
    expect(state()).toBe("INSUFFICIENT_DATA");
    report(1);
    const start = Date.now();
    await advance(MINUTE - (start % MINUTE));
    expect(state()).toBe("INSUFFICIENT_DATA");
    await advance(10_000);
    expect(state()).toBe("ALARM");
    expect((changes()[0]?.at ?? 0) % MINUTE).toBe(5_000);
  });

  test("goes to alarm and back, with an event each time and none in between", async () => {
    await put();
    await minutes(0, 0, 1, 1, 0, 0);
    expect(changes().map(({ detail }) => detail.state.value)).toEqual(["OK", "ALARM", "OK"]);
  });

  test("wants M of N datapoints", async () => {
    await put({ EvaluationPeriods: 5, DatapointsToAlarm: 3, Statistic: "Sum" });
    await minutes(1, 0, 1, 0);
    expect(state()).toBe("OK");
    await minutes(1);
    expect(state()).toBe("ALARM");
  });

  test("takes silence as breaching where told so, not at the first gap", async () => {
    await put({ TreatMissingData: "breaching", ComparisonOperator: "LessThanThreshold", Threshold: 2, EvaluationPeriods: 3 });
    await minutes(2, 2, 2, 2, 2);
    expect(state()).toBe("OK");
    await minutes(undefined, undefined);
    expect(state()).toBe("OK");
    await minutes(undefined, undefined, undefined);
    expect(state()).toBe("ALARM");
    expect(cloudwatch.alarms.get("unhealthy")?.state.reason).toBe(
      "Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as [Breaching].",
    );
  });

  test("says insufficient data when all of it is missing", async () => {
    await put({ TreatMissingData: "missing" });
    await minutes(0);
    expect(state()).toBe("OK");
    await minutes(undefined, undefined, undefined);
    expect(state()).toBe("INSUFFICIENT_DATA");
  });

  test.each([
    ["Average", 1, [0, 2]],
    ["Sum", 2, [0, 2]],
    ["Minimum", 0, [0, 2]],
    ["Maximum", 2, [0, 2]],
    ["SampleCount", 2, [0, 2]],
  ])("sums a minute up as %s = %d", async (Statistic, expected, values) => {
    await put({ Statistic, Threshold: expected, ComparisonOperator: "GreaterThanOrEqualToThreshold" });
    for (const value of values) report(value);
    await minutes(undefined);
    expect(JSON.parse(cloudwatch.alarms.get("unhealthy")?.state.reasonData ?? "{}")).toMatchObject({ recentDatapoints: [expected], threshold: expected });
    expect(state()).toBe("ALARM");
  });

  test("slides windows longer than a minute", async () => {
    await put({ Period: 300, Statistic: "Sum", Threshold: 3 });
    await minutes(1, 1);
    expect(state()).toBe("OK");
    await minutes(1);
    expect(state()).toBe("ALARM");
    await minutes(0, 0, 0, 0);
    expect(state()).toBe("OK");
  });

  test("judges high-resolution alarms every ten seconds", async () => {
    await put({ Namespace: "Own", MetricName: "m", Dimensions: [], Period: 10 });
    await call("PutMetricData", { Namespace: "Own", MetricData: [{ MetricName: "m", Value: 3, StorageResolution: 1 }] });
    await advance(16_000);
    expect(state()).toBe("ALARM");
  });

  test("keeps data from before the alarm in view", async () => {
    report(1);
    await advance(MINUTE / 2);
    await put();
    await advance(MINUTE);
    expect(state()).toBe("ALARM");
  });

  test("does not mix metrics of other dimensions", async () => {
    await put();
    account.links.metric("AWS/ApplicationELB", "UnHealthyHostCount", { LoadBalancer: "l", TargetGroup: "other" }, 5);
    await minutes(0);
    expect(state()).toBe("OK");
  });

  test("costs little over a day", async () => {
    for (const AlarmName of ["a", "b", "c", "d"]) await put({ AlarmName, EvaluationPeriods: 5, DatapointsToAlarm: 3 });
    const evaluator = Array.from({ length: 1440 }, (_, i) => Date.now() + i * MINUTE);
    for (const at of evaluator)
      cloudwatch.metrics.record(
        { namespace: definition.Namespace, name: definition.MetricName, dimensions: { LoadBalancer: "l", TargetGroup: "t" } },
        { sum: 0, count: 1, min: 0, max: 0 },
        at,
      );
    const start = machineTime();
    await advance(24 * 60 * MINUTE);
    // Most of it is the clock's own turns, and the machine is shared: the limit is generous.
    expect(machineTime() - start).toBeLessThan(1_000);
    expect(cloudwatch.alarms.get("a")?.state.value).toBe("OK");
  });

  test("drops what is older than needed", async () => {
    for (let i = 0; i < 3 * 1440; i++)
      cloudwatch.metrics.record({ namespace: "n", name: "m", dimensions: {} }, { sum: 1, count: 1, min: 1, max: 1 }, Date.now() + i * MINUTE);
    expect(cloudwatch.metrics.find("n", "m", {})?.buckets.length).toBeLessThanOrEqual(1440 * 1.5);
  });
});

describe("what an alarm tells", () => {
  test("is the documented event on the default bus", async () => {
    await put({ AlarmDescription: "one node of two" });
    await minutes(0, 1);
    const event = changes().at(-1);
    expect(event).toMatchObject({ source: "aws.cloudwatch", resources: [arn("cloudwatch", "alarm:unhealthy")], region: "us-east-1" });
    expect(event?.detail).toEqual({
      alarmName: "unhealthy",
      configuration: {
        description: "one node of two",
        metrics: [
          {
            id: expect.stringMatching(/^[0-9a-f-]{36}$/),
            metricStat: {
              metric: { dimensions: { TargetGroup: "t", LoadBalancer: "l" }, name: "UnHealthyHostCount", namespace: "AWS/ApplicationELB" },
              period: 60,
              stat: "Maximum",
            },
            returnData: true,
          },
        ],
      },
      previousState: {
        value: "OK",
        reason: expect.any(String),
        reasonData: expect.any(String),
        timestamp: expect.stringMatching(/^2026-01-05T09:\d\d:05\.000\+0000$/),
      },
      state: {
        value: "ALARM",
        reason:
          "Threshold Crossed: 1 out of the last 1 datapoints [1.0 (05/01/26 09:01:00)] was greater than or equal to the threshold (1.0) (minimum 1 datapoint for OK -> ALARM transition).",
        reasonData: expect.any(String),
        timestamp: "2026-01-05T09:02:05.000+0000",
      },
    });
    expect(JSON.parse(event?.detail.state.reasonData ?? "{}")).toEqual({
      version: "1.0",
      queryDate: "2026-01-05T09:02:05.000+0000",
      startDate: "2026-01-05T09:01:00.000+0000",
      statistic: "Maximum",
      period: 60,
      recentDatapoints: [1],
      threshold: 1,
    });
  });

  test("reaches the topics of its new state, unless actions are off", async () => {
    await call("CreateTopic", { Name: "people" }, "sns");
    await call("Subscribe", { TopicArn: TOPIC, Protocol: "email", Endpoint: "a@example.com" }, "sns");
    sns.confirm(TOPIC, "a@example.com");
    await put({ AlarmActions: [TOPIC] });
    await minutes(0, 1);
    const [mail, ...more] = sns.delivered(TOPIC, "a@example.com");
    expect(more).toEqual([]);
    expect(mail?.subject).toBe('ALARM: "unhealthy" in US East (N. Virginia)');
    expect(JSON.parse(mail?.message ?? "{}")).toMatchObject({
      AlarmName: "unhealthy",
      OldStateValue: "OK",
      NewStateValue: "ALARM",
      Trigger: { Namespace: "AWS/ApplicationELB" },
    });
    await call("DisableAlarmActions", { AlarmNames: ["unhealthy"] });
    await minutes(0, 1);
    expect(state()).toBe("ALARM");
    expect(sns.delivered(TOPIC, "a@example.com")).toHaveLength(1);
  });

  test("is not stopped by a topic that is gone", async () => {
    await put({ AlarmActions: [arn("sns", "gone")] });
    await minutes(1);
    expect(state()).toBe("ALARM");
    const { AlarmHistoryItems } = await call<{ AlarmHistoryItems: { HistorySummary: string }[] }>("DescribeAlarmHistory", {
      AlarmName: "unhealthy",
      HistoryItemType: "Action",
    });
    expect(AlarmHistoryItems[0]?.HistorySummary).toContain("Failed to execute action");
  });

  test("includes its own creation, update and deletion", async () => {
    await put();
    await put({ Threshold: 2 });
    await call("DeleteAlarms", { AlarmNames: ["unhealthy", "never-was"] });
    const told = heard.filter((event) => event["detail-type"] === "CloudWatch Alarm Configuration Change");
    expect(told.map(({ detail }) => detail.operation)).toEqual(["create", "update", "delete"]);
    expect(told[1]?.detail).toMatchObject({ configuration: { threshold: 2 }, previousConfiguration: { threshold: 1 } });
  });
});

describe("alarms", () => {
  test("keep their state when put again", async () => {
    await put();
    await minutes(1);
    await put({ Threshold: 5 });
    expect(state()).toBe("ALARM");
    await minutes(1);
    expect(state()).toBe("OK");
  });

  test("hold a state set by hand until the next evaluation", async () => {
    await put();
    await minutes(0);
    await call("SetAlarmState", { AlarmName: "unhealthy", StateValue: "ALARM", StateReason: "drill" });
    expect(changes().at(-1)?.detail.state).toMatchObject({ value: "ALARM", reason: "drill" });
    await minutes(0);
    expect(state()).toBe("OK");
    expect(await failure("SetAlarmState", { AlarmName: "none", StateValue: "OK", StateReason: "x" })).toMatchObject({ code: "ResourceNotFound", status: 404 });
  });

  test("are described by name, prefix and state, page by page", async () => {
    for (const AlarmName of ["a-3", "a-1", "a-2", "b"]) await put({ AlarmName });
    await call("SetAlarmState", { AlarmName: "a-2", StateValue: "ALARM", StateReason: "x" });
    const names = async (input: Record<string, unknown>) =>
      (await call<{ MetricAlarms: { AlarmName: string }[] }>("DescribeAlarms", input)).MetricAlarms.map(({ AlarmName }) => AlarmName);
    expect(await names({ AlarmNamePrefix: "a-" })).toEqual(["a-1", "a-2", "a-3"]);
    expect(await names({ AlarmNames: ["b", "none"] })).toEqual(["b"]);
    expect(await names({ StateValue: "ALARM" })).toEqual(["a-2"]);
    expect(await names({ AlarmTypes: ["CompositeAlarm"] })).toEqual([]);
    const { NextToken } = await call<{ NextToken: string }>("DescribeAlarms", { MaxRecords: 3 });
    expect(await names({ MaxRecords: 3, NextToken })).toEqual(["b"]);
    expect(await failure("DescribeAlarms", { NextToken: "?" })).toMatchObject({ code: "InvalidNextToken" });
  });

  test("are read with a right on each name, or on all of them where none is named", async () => {
    await call("DescribeAlarms", { AlarmNames: ["a", "b"] });
    expect(asked.at(-1)).toEqual({ action: "cloudwatch:DescribeAlarms", resources: [arn("cloudwatch", "alarm:a"), arn("cloudwatch", "alarm:b")] });
    await call("DescribeAlarms", { AlarmNamePrefix: "a" });
    expect(asked.at(-1)).toEqual({ action: "cloudwatch:DescribeAlarms", resources: [arn("cloudwatch", "alarm:*")] });
  });

  test.each([
    [{ Period: 45 }, "ValidationError"],
    [{ DatapointsToAlarm: 2 }, "ValidationError"],
    [{ Period: 3_540, EvaluationPeriods: 25 }, "ValidationError"],
    [{ TreatMissingData: "maybe" }, "ValidationError"],
    [{ AlarmActions: ["arn:aws:automate:us-east-1:ec2:reboot"] }, "UnknownOperationException"],
    [{ ComparisonOperator: "GreaterThanUpperThreshold" }, "UnknownOperationException"],
  ])("are refused with %j", async (over, code) => {
    expect(await failure("PutMetricAlarm", { ...definition, ...over })).toMatchObject({ code });
  });
});

describe("metrics", () => {
  const own = { Namespace: "Steward", MetricName: "HoursSince" };

  test("are put by namespace and read back", async () => {
    const at = new Date();
    await call("PutMetricData", {
      Namespace: "Steward",
      MetricData: [
        { MetricName: "HoursSince", Timestamp: at, Value: 3 },
        { MetricName: "HoursSince", Timestamp: at, StatisticValues: { Sum: 10, SampleCount: 2, Minimum: 4, Maximum: 6 } },
      ],
    });
    expect(asked.at(-1)).toEqual({ action: "cloudwatch:PutMetricData", resources: ["*"], context: { "cloudwatch:namespace": "Steward" } });
    const window = { StartTime: at, EndTime: new Date(at.getTime() + MINUTE) };
    const { Datapoints } = await call<{ Datapoints: unknown[] }>("GetMetricStatistics", {
      ...own,
      ...window,
      Period: 60,
      Statistics: ["Sum", "Maximum", "SampleCount"],
    });
    expect(Datapoints).toEqual([{ Timestamp: at, Sum: 13, Maximum: 6, SampleCount: 3, Unit: "None" }]);
    const { MetricDataResults } = await call<{ MetricDataResults: unknown[] }>("GetMetricData", {
      ...window,
      MetricDataQueries: [{ Id: "m", MetricStat: { Metric: own, Period: 60, Stat: "Average" } }],
    });
    expect(MetricDataResults).toEqual([{ Id: "m", Label: "HoursSince", Timestamps: [at], Values: [13 / 3], StatusCode: "Complete" }]);
  });

  test("are refused in AWS's namespaces and at impossible times", async () => {
    expect(await failure("PutMetricData", { Namespace: "AWS/EC2", MetricData: [] })).toMatchObject({ code: "InvalidParameterValueException" });
    const late = { MetricName: "m", Value: 1, Timestamp: new Date(Date.now() - 15 * 24 * 60 * MINUTE) };
    expect(await failure("PutMetricData", { Namespace: "Own", MetricData: [late] })).toMatchObject({ code: "InvalidParameterValueException" });
  });

  test("are read in at most 1440 datapoints", async () => {
    const EndTime = new Date(Date.now() + 25 * 60 * MINUTE);
    expect(await failure("GetMetricStatistics", { ...own, StartTime: new Date(), EndTime, Period: 60, Statistics: ["Sum"] })).toMatchObject({
      code: "InvalidParameterCombinationException",
    });
  });
});
