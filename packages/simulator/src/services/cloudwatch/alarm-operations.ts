import type * as module from "@aws-sdk/client-cloudwatch";
import type { Account } from "../../account/account.ts";
import { AwsError, type Operations, type Right } from "../../account/operation.ts";
import { page } from "../events/page.ts";
import { type Alarm, alarmArn, readAlarm, validation } from "./alarm.ts";
import { evaluationRange } from "./evaluate.ts";
import type { Evaluator } from "./evaluator.ts";
import type { MetricStore } from "./metrics.ts";
import { emitConfigurationChange } from "./notify.ts";

/** Alarms: put, describe, set by hand, switch actions, delete, history. */
export function alarmOperations(account: Account, evaluator: Evaluator, metrics: MetricStore): Operations<typeof module> {
  const { alarms } = evaluator;
  return {
    PutMetricAlarm: { rights: putRights, run: (input) => putAlarm({ account, evaluator, metrics }, input) },
    DescribeAlarms: { rights: describeRights, run: (input) => describe([...alarms.values()], input) },
    DeleteAlarms: { rights: onAlarms("cloudwatch:DeleteAlarms"), run: ({ AlarmNames = [] }) => deleteAlarms(account, evaluator, AlarmNames) },
    EnableAlarmActions: { rights: onAlarms("cloudwatch:EnableAlarmActions"), run: ({ AlarmNames = [] }) => enableActions(alarms, AlarmNames, true) },
    DisableAlarmActions: { rights: onAlarms("cloudwatch:DisableAlarmActions"), run: ({ AlarmNames = [] }) => enableActions(alarms, AlarmNames, false) },
    SetAlarmState: {
      rights: ({ AlarmName = "" }) => [{ action: "cloudwatch:SetAlarmState", resources: [alarmArn(AlarmName)] }],
      run: (input) => setState(evaluator, input),
    },
    DescribeAlarmHistory: {
      rights: ({ AlarmName = "*" }) => [{ action: "cloudwatch:DescribeAlarmHistory", resources: [alarmArn(AlarmName)] }],
      run: (input) => history(evaluator, input),
    },
  };
}

const onAlarms =
  (action: string) =>
  ({ AlarmNames = [] }: { AlarmNames?: string[] | undefined }): Right[] => [{ action, resources: AlarmNames.map(alarmArn) }];

function putRights({ AlarmName = "", AlarmActions = [], OKActions = [], InsufficientDataActions = [] }: module.PutMetricAlarmInput): Right[] {
  const actions = [...AlarmActions, ...OKActions, ...InsufficientDataActions];
  return [{ action: "cloudwatch:PutMetricAlarm", resources: [alarmArn(AlarmName)], context: { "cloudwatch:AlarmActions": actions } }];
}

/**
 * Named alarms are checked each; any other listing is checked against `alarm:*` as a whole, which a policy on a name prefix does not
 * cover: AWS then answers "not authorized to perform: cloudwatch:DescribeAlarms on resource: …:alarm:*" (aws-samples/amazon-cloudwatch-auto-alarms, issue 1).
 */
function describeRights({ AlarmNames = [] }: module.DescribeAlarmsInput): Right[] {
  return [{ action: "cloudwatch:DescribeAlarms", resources: AlarmNames.length > 0 ? AlarmNames.map(alarmArn) : [alarmArn("*")] }];
}

/** "When you update an existing alarm, its state is left unchanged, but the update completely overwrites the previous configuration." */
function putAlarm(
  { account, evaluator, metrics }: { account: Account; evaluator: Evaluator; metrics: MetricStore },
  input: module.PutMetricAlarmInput,
): Record<string, never> {
  const configuration = readAlarm(input);
  const old = evaluator.alarms.get(configuration.name);
  const now = new Date();
  const initial = { value: "INSUFFICIENT_DATA" as const, reason: "Unchecked: Initial alarm creation", updated: now, transitioned: now };
  const alarm: Alarm = { ...configuration, state: old?.state ?? initial, metricId: old?.metricId ?? crypto.randomUUID() };
  evaluator.alarms.set(alarm.name, alarm);
  metrics.keepMs = Math.max(metrics.keepMs, evaluationRange(alarm.criterion.evaluationPeriods) * alarm.periodSeconds * 1000);
  evaluator.note(alarm, "ConfigurationUpdate", `Alarm "${alarm.name}" ${old ? "updated" : "created"}`);
  emitConfigurationChange(account, alarm, old ? "update" : "create", old);
  evaluator.start();
  return {};
}

const wrongToken = () => new AwsError("InvalidNextToken", "The next token specified is invalid.");

function describe(all: Alarm[], input: module.DescribeAlarmsInput): module.DescribeAlarmsOutput {
  const { AlarmNames = [], AlarmNamePrefix, AlarmTypes = ["MetricAlarm"], StateValue, ActionPrefix, MaxRecords = 50, NextToken } = input;
  if (AlarmNames.length > 0 && AlarmNamePrefix !== undefined) throw validation("AlarmNames and AlarmNamePrefix can't be specified together");
  if (MaxRecords < 1 || MaxRecords > 100)
    throw validation(
      `1 validation error detected: Value '${MaxRecords}' at 'maxRecords' failed to satisfy constraint: Member must have value less than or equal to 100`,
    );
  const found = all
    .filter(({ name }) => (AlarmNames.length === 0 || AlarmNames.includes(name)) && name.startsWith(AlarmNamePrefix ?? ""))
    .filter(({ state }) => StateValue === undefined || state.value === StateValue)
    .filter(
      ({ actions }) =>
        ActionPrefix === undefined ||
        Object.values(actions)
          .flat()
          .some((action) => action.startsWith(ActionPrefix)),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const { items, next } = page(AlarmTypes.includes("MetricAlarm") ? found : [], { token: NextToken, limit: MaxRecords, wrongToken });
  return { MetricAlarms: items.map(shown), CompositeAlarms: [], ...(next && { NextToken: next }) };
}

function shown(alarm: Alarm): module.MetricAlarm {
  const { criterion, state, actions } = alarm;
  return {
    AlarmName: alarm.name,
    AlarmArn: alarm.arn,
    ...(alarm.description !== undefined && { AlarmDescription: alarm.description }),
    AlarmConfigurationUpdatedTimestamp: alarm.configured,
    ActionsEnabled: alarm.actionsEnabled,
    OKActions: actions.OK,
    AlarmActions: actions.ALARM,
    InsufficientDataActions: actions.INSUFFICIENT_DATA,
    StateValue: state.value,
    StateReason: state.reason,
    ...(state.reasonData !== undefined && { StateReasonData: state.reasonData }),
    StateUpdatedTimestamp: state.updated,
    StateTransitionedTimestamp: state.transitioned,
    MetricName: alarm.metric,
    Namespace: alarm.namespace,
    Statistic: alarm.statistic,
    Dimensions: Object.entries(alarm.dimensions).map(([Name, Value]) => ({ Name, Value })),
    Period: alarm.periodSeconds,
    EvaluationPeriods: criterion.evaluationPeriods,
    DatapointsToAlarm: criterion.datapointsToAlarm,
    Threshold: criterion.threshold,
    ComparisonOperator: criterion.comparison,
    TreatMissingData: criterion.missingData,
  };
}

/** Names that do not exist are passed over; the others are deleted all the same (API reference, DeleteAlarms). */
function deleteAlarms(account: Account, evaluator: Evaluator, names: string[]): Record<string, never> {
  for (const alarm of names.flatMap((name) => evaluator.alarms.get(name) ?? [])) {
    evaluator.alarms.delete(alarm.name);
    evaluator.note(alarm, "ConfigurationUpdate", `Alarm "${alarm.name}" deleted`);
    emitConfigurationChange(account, alarm, "delete");
  }
  evaluator.start();
  return {};
}

function enableActions(alarms: Map<string, Alarm>, names: string[], enabled: boolean): Record<string, never> {
  for (const alarm of names.flatMap((name) => alarms.get(name) ?? [])) alarm.actionsEnabled = enabled;
  return {};
}

/** "Temporarily sets the state": the next evaluation judges by the data again. */
function setState(
  evaluator: Evaluator,
  { AlarmName = "", StateValue = "OK", StateReason = "", StateReasonData }: module.SetAlarmStateInput,
): Record<string, never> {
  const alarm = evaluator.alarms.get(AlarmName);
  if (!alarm) throw new AwsError("ResourceNotFound", `Unknown alarm ${AlarmName}`, 404);
  evaluator.set(alarm, { value: StateValue, reason: StateReason, ...(StateReasonData !== undefined && { reasonData: StateReasonData }) });
  return {};
}

/** Newest first unless asked otherwise. */
function history(evaluator: Evaluator, input: module.DescribeAlarmHistoryInput): module.DescribeAlarmHistoryOutput {
  const { AlarmName, HistoryItemType, StartDate, EndDate, MaxRecords = 100, ScanBy, NextToken } = input;
  const found = evaluator.history
    .filter((item) => (AlarmName === undefined || item.AlarmName === AlarmName) && (HistoryItemType === undefined || item.HistoryItemType === HistoryItemType))
    .filter(({ Timestamp = new Date(0) }) => (StartDate === undefined || Timestamp >= StartDate) && (EndDate === undefined || Timestamp <= EndDate));
  const { items, next } = page(ScanBy === "TimestampAscending" ? found : found.toReversed(), { token: NextToken, limit: MaxRecords, wrongToken });
  return { AlarmHistoryItems: items, ...(next && { NextToken: next }) };
}
