import { describe, expect, test } from "vitest";
import { inputsOf, only, topology } from "./examples.ts";
import { graphOf } from "./graph/stages.ts";

const [single, ha] = [() => graphOf("single"), () => graphOf("ha")];
const both = [
  ["single", single],
  ["ha", ha],
] as const;

describe.each(both)("what watches %s", (stage, graph) => {
  test("alarms as the topology says, and tells the topics that it names", () => {
    const tells = (topics: string[]) => topics.map((topic) => `arn:aws:sns:us-east-1:123456789012:steward-${stage}-${topic}`);
    const meant = topology(stage).alarms.map((alarm) => ({
      name: alarm.name,
      alarmDescription: alarm.because,
      namespace: alarm.namespace,
      metricName: alarm.metric,
      statistic: alarm.statistic,
      period: alarm.periodSeconds,
      evaluationPeriods: alarm.evaluationPeriods,
      datapointsToAlarm: alarm.datapointsToAlarm,
      threshold: alarm.threshold,
      comparisonOperator: alarm.comparison,
      treatMissingData: alarm.missingData,
      alarmActions: tells(alarm.tells),
      okActions: tells(alarm.tellsRecovery),
    }));
    const deployed = inputsOf(graph(), "aws:cloudwatch/metricAlarm:MetricAlarm").map(({ dimensions, ...alarm }) => alarm);
    expect(deployed).toEqual(meant.sort((a, b) => (a.name < b.name ? -1 : 1)));
  });

  test("calls things by the names that AWS gave them", () => {
    const dimensions = inputsOf(graph(), "aws:cloudwatch/metricAlarm:MetricAlarm").map((alarm) => alarm.dimensions as Record<string, string>);
    const texts = [...dimensions.flatMap((dimension) => Object.values(dimension)), String(only(graph(), "aws:cloudwatch/dashboard:Dashboard").dashboardBody)];
    expect(texts.filter((text) => /\{[a-zA-Z]+(:[a-z-]+)?\}/.test(text))).toEqual([]);
    if (stage === "ha")
      expect(dimensions).toContainEqual({ LoadBalancer: expect.stringMatching(/^app\/steward-ha\//), TargetGroup: expect.stringMatching(/^targetgroup\//) });
  });

  test("pages by AWS's own word when nobody is served", () => {
    const [composite] = topology(stage).composites;
    expect(only(graph(), "aws:cloudwatch/compositeAlarm:CompositeAlarm")).toMatchObject({ alarmName: composite?.name, alarmRule: composite?.rule });
  });

  test("has a dashboard of valid JSON", () => {
    const { widgets } = JSON.parse(String(only(graph(), "aws:cloudwatch/dashboard:Dashboard").dashboardBody));
    expect(widgets).toHaveLength((topology(stage).dashboard.body as { widgets: unknown[] }).widgets.length);
  });

  test("keeps logs as long as the settings say", () => {
    const groups = inputsOf(graph(), "aws:cloudwatch/logGroup:LogGroup");
    expect(groups).toHaveLength(topology(stage).functions.length + topology(stage).logGroups.length);
    expect(new Set(groups.map(({ retentionInDays }) => retentionInDays))).toEqual(new Set([30]));
  });
});

test.each(both)("the outputs of %s tell an operator where it is and what would stay", (stage, graph) => {
  const { outputs } = graph();
  expect(outputs).toMatchObject({ group: `steward-${stage}`, runbook: `steward-${stage}-runbook`, dashboard: `steward-${stage}` });
  expect(outputs.address).toMatch(stage === "ha" ? /\.elb\.amazonaws\.com$/ : /^\d+\.\d+\.\d+\.\d+$/);
  expect(outputs.staysWhenRemoved).toEqual(expect.arrayContaining([expect.stringContaining("secrets")]));
});
