import type * as module from "@aws-sdk/client-cloudwatch";
import type { Account } from "../../account/account.ts";
import { AwsError, type Operations, type Right } from "../../account/operation.ts";
import { toCreateTagged } from "../../iam/tagging.ts";
import { page } from "../events/page.ts";
import { type Alarm, alarmArn, readAlarm } from "./alarm.ts";
import type { Composites } from "./composites.ts";
import { describeAlarms, describeRights } from "./describe-alarms.ts";
import { validation, wrongToken } from "./errors.ts";
import { evaluationRange } from "./evaluate.ts";
import type { Evaluator } from "./evaluator.ts";
import type { MetricStore } from "./metrics.ts";
import { emitConfigurationChange } from "./notify.ts";

/** The alarms of the account, and what they rest on. */
export interface Watch {
  account: Account;
  evaluator: Evaluator;
  composites: Composites;
  metrics: MetricStore;
}

/** Alarms: put, describe, set by hand, switch actions, delete, history. */
export function alarmOperations(watch: Watch): Operations<typeof module> {
  const { evaluator, composites } = watch;
  return {
    PutMetricAlarm: { rights: putRights, run: (input) => putAlarm(watch, input) },
    DescribeAlarms: { rights: describeRights, run: (input) => describeAlarms([...evaluator.alarms.values(), ...composites.all.values()], input) },
    DeleteAlarms: { rights: onAlarms("cloudwatch:DeleteAlarms"), run: ({ AlarmNames = [] }) => deleteAlarms(watch, AlarmNames) },
    EnableAlarmActions: { rights: onAlarms("cloudwatch:EnableAlarmActions"), run: ({ AlarmNames = [] }) => enableActions(composites, AlarmNames, true) },
    DisableAlarmActions: { rights: onAlarms("cloudwatch:DisableAlarmActions"), run: ({ AlarmNames = [] }) => enableActions(composites, AlarmNames, false) },
    SetAlarmState: {
      rights: ({ AlarmName = "" }) => [{ action: "cloudwatch:SetAlarmState", resources: [alarmArn(AlarmName)] }],
      run: (input) => setState(watch, input),
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

function putRights({ AlarmName = "", AlarmActions = [], OKActions = [], InsufficientDataActions = [], Tags }: module.PutMetricAlarmInput): Right[] {
  const actions = [...AlarmActions, ...OKActions, ...InsufficientDataActions];
  const context = { "cloudwatch:AlarmActions": actions };
  return toCreateTagged({ create: "cloudwatch:PutMetricAlarm", tag: "cloudwatch:TagResource", resources: [alarmArn(AlarmName)], tags: Tags, context });
}

/** "When you update an existing alarm, its state is left unchanged, but the update completely overwrites the previous configuration." */
function putAlarm({ account, evaluator, composites, metrics }: Watch, input: module.PutMetricAlarmInput): Record<string, never> {
  const configuration = readAlarm(input);
  if (composites.all.has(configuration.name)) throw validation(`A composite alarm with the name ${configuration.name} exists already.`);
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

/**
 * Names that do not exist are passed over; the others are deleted all the same, one composite alarm in a call at most, and
 * none that a composite alarm names (API reference, DeleteAlarms).
 */
function deleteAlarms({ account, evaluator, composites }: Watch, names: string[]): Record<string, never> {
  if (names.filter((name) => composites.all.has(name)).length > 1) throw validation("You can't delete more than one composite alarm in a call");
  for (const name of names) {
    const parents = composites.parentsOf(name);
    if (parents.length > 0) throw validation(`Cannot delete ${name} as there are composite alarm(s) depending on it: [${parents.join(", ")}]`);
  }
  for (const alarm of names.flatMap((name) => composites.alarm(name) ?? [])) {
    evaluator.alarms.delete(alarm.name);
    composites.all.delete(alarm.name);
    evaluator.note(alarm, "ConfigurationUpdate", `Alarm "${alarm.name}" deleted`);
    emitConfigurationChange(account, alarm, "delete");
  }
  evaluator.start();
  return {};
}

function enableActions(composites: Composites, names: string[], enabled: boolean): Record<string, never> {
  for (const alarm of names.flatMap((name) => composites.alarm(name) ?? [])) alarm.actionsEnabled = enabled;
  return {};
}

/** "Temporarily sets the state": the next evaluation judges by the data again. */
function setState(
  { evaluator, composites }: Watch,
  { AlarmName = "", StateValue = "OK", StateReason = "", StateReasonData }: module.SetAlarmStateInput,
): Record<string, never> {
  const alarm = composites.alarm(AlarmName);
  if (!alarm) throw new AwsError("ResourceNotFound", `Unknown alarm ${AlarmName}`, 404);
  evaluator.set(alarm, { value: StateValue, reason: StateReason, ...(StateReasonData !== undefined && { reasonData: StateReasonData }) });
  return {};
}

/** Newest first unless asked otherwise. */
function history(evaluator: Evaluator, input: module.DescribeAlarmHistoryInput): module.DescribeAlarmHistoryOutput {
  const { AlarmName, AlarmTypes = ["MetricAlarm"], HistoryItemType, StartDate, EndDate, MaxRecords = 100, ScanBy, NextToken } = input;
  const found = evaluator.history
    .filter(({ AlarmType = "MetricAlarm" }) => AlarmTypes.includes(AlarmType))
    .filter((item) => (AlarmName === undefined || item.AlarmName === AlarmName) && (HistoryItemType === undefined || item.HistoryItemType === HistoryItemType))
    .filter(({ Timestamp = new Date(0) }) => (StartDate === undefined || Timestamp >= StartDate) && (EndDate === undefined || Timestamp <= EndDate));
  const { items, next } = page(ScanBy === "TimestampAscending" ? found : found.toReversed(), { token: NextToken, limit: MaxRecords, wrongToken });
  return { AlarmHistoryItems: items, ...(next && { NextToken: next }) };
}
