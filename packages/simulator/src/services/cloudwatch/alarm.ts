import type { PutMetricAlarmInput, StateValue, Statistic } from "@aws-sdk/client-cloudwatch";
import { arn } from "../../account/account.ts";
import type { AlarmRule } from "./alarm-rule.ts";
import { notModelled, validation } from "./errors.ts";
import { type Criterion, isModelled, type MissingData } from "./evaluate.ts";
import { isStatistic, seriesId } from "./metrics.ts";

export interface AlarmStateRecord {
  value: StateValue;
  reason: string;
  reasonData?: string;
  updated: Date;
  /** When the value last changed, which an update of the reason alone does not move. */
  transitioned: Date;
}

/** What every alarm has, whatever it watches. */
interface AlarmBase {
  name: string;
  arn: string;
  description?: string;
  actionsEnabled: boolean;
  actions: Record<StateValue, string[]>;
  configured: Date;
  state: AlarmStateRecord;
}

/** An alarm on the states of other alarms. */
export interface CompositeAlarm extends AlarmBase {
  rule: AlarmRule;
  /** The rule as it was given. */
  ruleText: string;
}

/** An alarm of either kind. */
export type AnyAlarm = Alarm | CompositeAlarm;

/** Whether an alarm watches other alarms. */
export const isComposite = (alarm: AnyAlarm): alarm is CompositeAlarm => "rule" in alarm;

/** A metric alarm on one metric. */
export interface Alarm extends AlarmBase {
  namespace: string;
  metric: string;
  dimensions: Record<string, string>;
  /** Where the metric's data lies in the store. */
  seriesId: string;
  statistic: Statistic;
  periodSeconds: number;
  criterion: Criterion;
  /** Id of the metric in the alarm's events. */
  metricId: string;
}

export const alarmArn = (name: string): string => arn("cloudwatch", `alarm:${name}`);

/** Reads an alarm's configuration; refuses what CloudWatch refuses, and by name what is not modelled. */
export function readAlarm(input: PutMetricAlarmInput): Omit<Alarm, "state" | "metricId"> {
  refuseUnmodelled(input);
  const { AlarmName = "", Namespace, MetricName, Statistic, Period = 60, AlarmDescription } = input;
  if (!Namespace || !MetricName || !isStatistic(Statistic))
    throw validation("Namespace, MetricName and Statistic are required for an alarm on a single metric");
  const criterion = readCriterion(input);
  checkPeriod(Period, criterion);
  const dimensions = Object.fromEntries((input.Dimensions ?? []).map(({ Name = "", Value = "" }) => [Name, Value]));
  return {
    name: AlarmName,
    arn: alarmArn(AlarmName),
    ...(AlarmDescription !== undefined && { description: AlarmDescription }),
    namespace: Namespace,
    metric: MetricName,
    dimensions,
    seriesId: seriesId(Namespace, MetricName, dimensions),
    statistic: Statistic,
    periodSeconds: Period,
    criterion,
    actionsEnabled: input.ActionsEnabled ?? true,
    actions: actionsOf(input),
    configured: new Date(),
  };
}

function refuseUnmodelled(input: PutMetricAlarmInput): void {
  if (input.Metrics) throw notModelled("alarms on metric math");
  if (input.ExtendedStatistic) throw notModelled("percentile statistics");
  if (!isModelled(input.ComparisonOperator ?? "")) throw notModelled(`the comparison ${input.ComparisonOperator}`);
}

type ActionLists = Pick<PutMetricAlarmInput, "OKActions" | "AlarmActions" | "InsufficientDataActions">;

/** What each state sets off; topics are the only actions that are modelled, five for a state at most. */
export function actionsOf({ OKActions = [], AlarmActions = [], InsufficientDataActions = [] }: ActionLists): AlarmBase["actions"] {
  const other = [...OKActions, ...AlarmActions, ...InsufficientDataActions].find((action) => !/^arn:aws[\w-]*:sns:/.test(action));
  if (other) throw notModelled(`the alarm action ${other}`);
  for (const list of [OKActions, AlarmActions, InsufficientDataActions])
    if (list.length > 5) throw validation("1 validation error detected: Member must have length less than or equal to 5");
  return { OK: OKActions, ALARM: AlarmActions, INSUFFICIENT_DATA: InsufficientDataActions };
}

const MISSING = ["missing", "ignore", "breaching", "notBreaching"];

function readCriterion(input: PutMetricAlarmInput): Criterion {
  const { EvaluationPeriods = 0, Threshold, TreatMissingData = "missing" } = input;
  const datapointsToAlarm = input.DatapointsToAlarm ?? EvaluationPeriods;
  if (EvaluationPeriods < 1)
    throw validation(
      "1 validation error detected: Value at 'evaluationPeriods' failed to satisfy constraint: Member must have value greater than or equal to 1",
    );
  if (datapointsToAlarm < 1 || datapointsToAlarm > EvaluationPeriods) throw validation("DatapointsToAlarm must be between 1 and EvaluationPeriods");
  if (Threshold === undefined) throw validation("Threshold is required for an alarm on a single metric");
  if (!MISSING.includes(TreatMissingData))
    throw validation(
      `Option ${TreatMissingData} is not supported for TreatMissingData parameter. Supported options are [breaching, notBreaching, ignore, missing].`,
    );
  return {
    threshold: Threshold,
    comparison: input.ComparisonOperator ?? "GreaterThanThreshold",
    evaluationPeriods: EvaluationPeriods,
    datapointsToAlarm,
    missingData: TreatMissingData as MissingData,
  };
}

/** "Valid values are 10, 20, 30, and any multiple of 60"; the window is at most a day, or seven with periods of an hour or more. */
function checkPeriod(period: number, { evaluationPeriods }: Criterion): void {
  if (![10, 20, 30].includes(period) && (period < 60 || period % 60 !== 0)) throw validation("Period must be 10, 20, 30 or a multiple of 60");
  const limit = period >= 3600 ? 604_800 : 86_400;
  if (period * evaluationPeriods > limit)
    throw validation(
      `Metrics cannot be checked across more than ${limit === 86_400 ? "a day" : "seven days"} (EvaluationPeriods * Period must be <= ${limit}).`,
    );
}
