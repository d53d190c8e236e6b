import type * as module from "@aws-sdk/client-cloudwatch";
import type { Right } from "../../account/operation.ts";
import { page } from "../events/page.ts";
import { type Alarm, type AnyAlarm, alarmArn, type CompositeAlarm, isComposite } from "./alarm.ts";
import { notModelled, validation, wrongToken } from "./errors.ts";

/**
 * Named alarms are checked each; any other listing is checked against `alarm:*` as a whole, which a policy on a name prefix does not
 * cover: AWS then answers "not authorized to perform: cloudwatch:DescribeAlarms on resource: …:alarm:*" (aws-samples/amazon-cloudwatch-auto-alarms, issue 1).
 * Composite alarms are told only to a permission "that is scoped to `*`" (API reference, DescribeAlarms).
 */
export function describeRights({ AlarmNames = [], AlarmTypes = [] }: module.DescribeAlarmsInput): Right[] {
  const named = AlarmNames.length > 0 ? AlarmNames.map(alarmArn) : [alarmArn("*")];
  return [{ action: "cloudwatch:DescribeAlarms", resources: AlarmTypes.includes("CompositeAlarm") ? ["*"] : named }];
}

/** Without asking for composite alarms one gets the metric alarms only. */
export function describeAlarms(all: AnyAlarm[], input: module.DescribeAlarmsInput): module.DescribeAlarmsOutput {
  const { AlarmTypes = ["MetricAlarm"], MaxRecords = 50, NextToken } = input;
  checkListing(input);
  const found = all
    .filter((alarm) => AlarmTypes.includes(isComposite(alarm) ? "CompositeAlarm" : "MetricAlarm") && isWanted(alarm, input))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const { items, next } = page(found, { token: NextToken, limit: MaxRecords, wrongToken });
  const composites = items.filter(isComposite);
  const metrics = items.filter((alarm): alarm is Alarm => !isComposite(alarm));
  return { MetricAlarms: metrics.map(shown), CompositeAlarms: composites.map(shownComposite), ...(next && { NextToken: next }) };
}

function checkListing({ AlarmNames = [], AlarmNamePrefix, MaxRecords = 50, ChildrenOfAlarmName, ParentsOfAlarmName }: module.DescribeAlarmsInput): void {
  if (ChildrenOfAlarmName !== undefined || ParentsOfAlarmName !== undefined) throw notModelled("listing the parents or children of an alarm");
  if (AlarmNames.length > 0 && AlarmNamePrefix !== undefined) throw validation("AlarmNames and AlarmNamePrefix can't be specified together");
  if (MaxRecords < 1 || MaxRecords > 100)
    throw validation(
      `1 validation error detected: Value '${MaxRecords}' at 'maxRecords' failed to satisfy constraint: Member must have value less than or equal to 100`,
    );
}

function isWanted(
  { name, state, actions }: AnyAlarm,
  { AlarmNames = [], AlarmNamePrefix = "", StateValue, ActionPrefix }: module.DescribeAlarmsInput,
): boolean {
  const acts = Object.values(actions).flat();
  return (
    (AlarmNames.length === 0 || AlarmNames.includes(name)) &&
    name.startsWith(AlarmNamePrefix) &&
    (StateValue === undefined || state.value === StateValue) &&
    (ActionPrefix === undefined || acts.some((action) => action.startsWith(ActionPrefix)))
  );
}

const common = ({ name, arn, description, configured, actionsEnabled, actions, state }: AnyAlarm) => ({
  AlarmName: name,
  AlarmArn: arn,
  ...(description !== undefined && { AlarmDescription: description }),
  AlarmConfigurationUpdatedTimestamp: configured,
  ActionsEnabled: actionsEnabled,
  OKActions: actions.OK,
  AlarmActions: actions.ALARM,
  InsufficientDataActions: actions.INSUFFICIENT_DATA,
  StateValue: state.value,
  StateReason: state.reason,
  ...(state.reasonData !== undefined && { StateReasonData: state.reasonData }),
  StateUpdatedTimestamp: state.updated,
  StateTransitionedTimestamp: state.transitioned,
});

const shownComposite = (alarm: CompositeAlarm): module.CompositeAlarm => ({ ...common(alarm), AlarmRule: alarm.ruleText });

const shown = (alarm: Alarm): module.MetricAlarm => ({
  ...common(alarm),
  MetricName: alarm.metric,
  Namespace: alarm.namespace,
  Statistic: alarm.statistic,
  Dimensions: Object.entries(alarm.dimensions).map(([Name, Value]) => ({ Name, Value })),
  Period: alarm.periodSeconds,
  EvaluationPeriods: alarm.criterion.evaluationPeriods,
  DatapointsToAlarm: alarm.criterion.datapointsToAlarm,
  Threshold: alarm.criterion.threshold,
  ComparisonOperator: alarm.criterion.comparison,
  TreatMissingData: alarm.criterion.missingData,
});
