import type * as module from "@aws-sdk/client-cloudwatch";
import { AwsError, type Operations } from "../../account/operation.ts";
import { type Datum, isStatistic, type MetricStore, type Series, single, statistic } from "./metrics.ts";

/** API reference: up to 1000 metrics a call; times from two weeks ago to two hours ahead; 1440 datapoints an answer. */
const MAX_DATA = 1000;
const OLDEST_MS = 14 * 86_400_000;
const NEWEST_MS = 2 * 3_600_000;
const MAX_POINTS = 1440;

/** Metrics: put, and read back as statistics. */
export function metricOperations(store: MetricStore): Operations<typeof module> {
  return {
    PutMetricData: {
      rights: ({ Namespace = "" }) => [{ action: "cloudwatch:PutMetricData", resources: ["*"], context: { "cloudwatch:namespace": Namespace } }],
      run: (input) => putData(store, input),
    },
    GetMetricStatistics: { run: (input) => getStatistics(store, input) },
    GetMetricData: { run: (input) => getData(store, input) },
  };
}

const invalidValue = (message: string) => new AwsError("InvalidParameterValueException", message);
const named = (dimensions: module.Dimension[] = []) => Object.fromEntries(dimensions.map(({ Name = "", Value = "" }) => [Name, Value]));

function putData(store: MetricStore, { Namespace = "", MetricData = [] }: module.PutMetricDataInput): Record<string, never> {
  if (MetricData.length > MAX_DATA) throw invalidValue(`The collection MetricData must not have a size greater than ${MAX_DATA}.`);
  if (Namespace.startsWith("AWS/")) throw invalidValue("The value AWS/ for parameter Namespace is invalid.");
  const now = Date.now();
  for (const [i, item] of MetricData.entries()) checkTime(item, i, now);
  for (const item of MetricData) {
    const metric = { namespace: Namespace, name: item.MetricName ?? "", dimensions: named(item.Dimensions) };
    for (const datum of dataOf(item)) store.record(metric, datum, item.Timestamp?.getTime() ?? now, item.StorageResolution === 1 ? 1 : 60);
  }
  return {};
}

function checkTime({ Timestamp }: module.MetricDatum, i: number, now: number): void {
  const at = Timestamp?.getTime() ?? now;
  const range = "Timestamp must specify a time within the past two weeks, and up to two hours in the future";
  if (at < now - OLDEST_MS || at > now + NEWEST_MS) throw invalidValue(`The parameter MetricData.member.${i + 1}.Timestamp ${range}.`);
}

/** A datum has one value, a statistic set, or values with counts. */
function dataOf({ Value, StatisticValues: set, Values = [], Counts = [] }: module.MetricDatum): Datum[] {
  if (set) return [{ sum: set.Sum ?? 0, count: set.SampleCount ?? 0, min: set.Minimum ?? 0, max: set.Maximum ?? 0 }];
  if (Value !== undefined) return [single(Value)];
  return Values.map((value, i) => ({ sum: value * (Counts[i] ?? 1), count: Counts[i] ?? 1, min: value, max: value }));
}

function getStatistics(store: MetricStore, input: module.GetMetricStatisticsInput): module.GetMetricStatisticsOutput {
  const { Namespace = "", MetricName = "", StartTime = new Date(0), EndTime = new Date(), Period = 60, Statistics = [] } = input;
  if (input.ExtendedStatistics) throw new AwsError("UnknownOperationException", "the simulated account does not model percentile statistics", 501);
  if (StartTime >= EndTime) throw invalidValue("The parameter StartTime must be less than the parameter EndTime.");
  const starts = periods(StartTime, EndTime, Period);
  if (starts.length > MAX_POINTS)
    throw new AwsError(
      "InvalidParameterCombinationException",
      `You have requested up to ${starts.length} datapoints, which exceeds the limit of ${MAX_POINTS}.`,
    );
  const series = store.find(Namespace, MetricName, named(input.Dimensions));
  return { Label: MetricName, Datapoints: series ? starts.flatMap((start) => datapoint(series, start, { Period, Statistics })) : [] };
}

function datapoint(series: Series, start: number, { Period, Statistics }: { Period: number; Statistics: module.Statistic[] }): module.Datapoint[] {
  const values = Statistics.map((name) => [name, statistic(series, name, start, start + Period * 1000)] as const);
  if (values.every(([, value]) => value === undefined)) return [];
  return [{ Timestamp: new Date(start), ...Object.fromEntries(values), Unit: "None" }];
}

/** Starts of the periods in [start, end), aligned to the period. */
function periods(start: Date, end: Date, period: number): number[] {
  const step = period * 1000;
  const first = Math.floor(start.getTime() / step) * step;
  return Array.from({ length: Math.max(0, Math.ceil((end.getTime() - first) / step)) }, (_, i) => first + i * step);
}

function getData(
  store: MetricStore,
  { MetricDataQueries = [], StartTime = new Date(0), EndTime = new Date(), ScanBy }: module.GetMetricDataInput,
): module.GetMetricDataOutput {
  const results = MetricDataQueries.map((query) => resultOf(store, query, { start: StartTime, end: EndTime, newestFirst: ScanBy !== "TimestampAscending" }));
  return { MetricDataResults: results, Messages: [] };
}

function resultOf(
  store: MetricStore,
  { Id, Label, Expression, MetricStat }: module.MetricDataQuery,
  when: { start: Date; end: Date; newestFirst: boolean },
): module.MetricDataResult {
  if (Expression !== undefined || !MetricStat || !isStatistic(MetricStat.Stat))
    throw new AwsError("UnknownOperationException", "the simulated account models metric queries of one plain statistic only", 501);
  const { Metric = {}, Period = 60, Stat } = MetricStat;
  const series = store.find(Metric.Namespace ?? "", Metric.MetricName ?? "", named(Metric.Dimensions));
  const points = series ? periods(when.start, when.end, Period).flatMap((start) => pointOf(series, Stat, { start, period: Period })) : [];
  const ordered = when.newestFirst ? points.toReversed() : points;
  return { Id, Label: Label ?? Metric.MetricName, Timestamps: ordered.map(({ at }) => at), Values: ordered.map(({ value }) => value), StatusCode: "Complete" };
}

function pointOf(series: Series, stat: module.Statistic, { start, period }: { start: number; period: number }): { at: Date; value: number }[] {
  const value = statistic(series, stat, start, start + period * 1000);
  return value === undefined ? [] : [{ at: new Date(start), value }];
}
