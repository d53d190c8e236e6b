import type { ComparisonOperator, StateValue } from "@aws-sdk/client-cloudwatch";

/** How an alarm judges its datapoints. */
export interface Criterion {
  threshold: number;
  comparison: ComparisonOperator;
  /** N: how many datapoints are judged. */
  evaluationPeriods: number;
  /** M: how many of them must breach. */
  datapointsToAlarm: number;
  missingData: MissingData;
}
export type MissingData = "missing" | "ignore" | "breaching" | "notBreaching";

/** A state and what it rests on. */
export interface Judgement {
  value: StateValue;
  /** Positions in the evaluation range of the real datapoints that were judged, oldest first. */
  judged: number[];
  /** How many datapoints were filled in as the alarm treats missing ones. */
  filled: number;
}

/**
 * CloudWatch looks at more datapoints than it judges, so that gaps can be bridged; the user guide shows 5 for an alarm that judges 3
 * and says no more than that it depends on the period, so two more than judged stands for all.
 */
export const evaluationRange = (evaluationPeriods: number): number => evaluationPeriods + 2;

/**
 * The state for an evaluation range, oldest datapoint first, undefined where there is none.
 * Source: CloudWatch user guide, "How alarm state is evaluated when data is missing" and "Avoiding premature transitions to alarm state".
 */
export function judge(criterion: Criterion, range: (number | undefined)[], current: StateValue): Judgement {
  const { evaluationPeriods, datapointsToAlarm, missingData } = criterion;
  const judged = range.flatMap((value, i) => (value === undefined ? [] : [i])).slice(-evaluationPeriods);
  const filled = evaluationPeriods - judged.length;
  const real = judged.filter((i) => breaches(criterion, range[i] ?? 0)).length;
  const breaching = real + (missingData === "breaching" ? filled : 0);
  const decided = (value: StateValue): Judgement => ({ value, judged, filled });
  if (breaching >= datapointsToAlarm) return decided("ALARM");
  const nothingGood = filled > 0 && real === judged.length;
  if (!nothingGood || missingData === "breaching" || missingData === "notBreaching") return decided("OK");
  if (missingData === "ignore") return decided(current);
  return decided(oldEnough(judged, range.length, datapointsToAlarm) ? "ALARM" : "INSUFFICIENT_DATA");
}

/** Only breaching or missing data: an alarm when the oldest breaching datapoint is at least M periods old. */
const oldEnough = (judged: number[], length: number, datapointsToAlarm: number): boolean => judged[0] !== undefined && length - judged[0] >= datapointsToAlarm;

const COMPARE: Record<string, (value: number, threshold: number) => boolean> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

/** Whether one datapoint violates the threshold. */
export const breaches = ({ comparison, threshold }: Criterion, value: number): boolean => COMPARE[comparison]?.(value, threshold) ?? false;

/** The operators that this account models; the others belong to anomaly detection. */
export const isModelled = (comparison: string): boolean => comparison in COMPARE;
