import type { Statistic } from "@aws-sdk/client-cloudwatch";

/** What CloudWatch keeps of the values of one second or one minute. */
interface Bucket {
  at: number;
  sum: number;
  count: number;
  min: number;
  max: number;
}

export interface Series {
  namespace: string;
  name: string;
  dimensions: Record<string, string>;
  /** Seconds that one bucket covers: 60, or 1 for high resolution. */
  resolution: 1 | 60;
  buckets: Bucket[];
}

/** One value, or a set of values already summed up. */
export interface Datum {
  sum: number;
  count: number;
  min: number;
  max: number;
}

export const single = (value: number): Datum => ({ sum: value, count: 1, min: value, max: value });

const DAY_MS = 86_400_000;

/** The metrics of the account. Data older than a day is dropped, or than the longest alarm needs; AWS keeps them for months. */
export class MetricStore {
  readonly series = new Map<string, Series>();
  keepMs = DAY_MS;

  find(namespace: string, name: string, dimensions: Record<string, string>): Series | undefined {
    return this.series.get(seriesId(namespace, name, dimensions));
  }

  record(metric: { namespace: string; name: string; dimensions: Record<string, string> }, datum: Datum, at: number, resolution: 1 | 60 = 60): void {
    const id = seriesId(metric.namespace, metric.name, metric.dimensions);
    const series = this.series.get(id) ?? { ...metric, resolution, buckets: [] };
    this.series.set(id, series);
    merge(bucketAt(series, at - (at % (series.resolution * 1000))), datum);
    this.prune(series);
  }

  /** Drops old data in strides, so that recording stays cheap. */
  private prune({ buckets, resolution }: Series): void {
    const limit = Math.ceil(this.keepMs / (resolution * 1000));
    if (buckets.length > limit * 1.5) buckets.splice(0, buckets.length - limit);
  }
}

/** A metric is its namespace, name and dimensions, whatever their order. */
export function seriesId(namespace: string, name: string, dimensions: Record<string, string>): string {
  const sorted = Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([namespace, name, sorted]);
}

/** The bucket that starts at a time, made where there is none; data mostly comes in order. */
function bucketAt({ buckets }: Series, at: number): Bucket {
  let i = buckets.length;
  while (i > 0 && (buckets[i - 1]?.at ?? 0) > at) i--;
  const found = buckets[i - 1];
  if (found?.at === at) return found;
  const made: Bucket = { at, sum: 0, count: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY };
  buckets.splice(i, 0, made);
  return made;
}

function merge(bucket: Bucket, datum: Datum): void {
  bucket.sum += datum.sum;
  bucket.count += datum.count;
  bucket.min = Math.min(bucket.min, datum.min);
  bucket.max = Math.max(bucket.max, datum.max);
}

/** One statistic over [from, to); undefined where no data came. Recent windows are cheap: the search begins at the newest data. */
export function statistic({ buckets }: Series, name: Statistic, from: number, to: number): number | undefined {
  let first: Bucket | undefined;
  let all: Bucket | undefined;
  for (let i = buckets.length - 1; i >= 0; i--) {
    const bucket = buckets[i];
    if (!bucket || bucket.at < from) break;
    if (bucket.at >= to) continue;
    if (first) {
      all ??= { ...first };
      merge(all, bucket);
    }
    first ??= bucket;
  }
  const found = all ?? first;
  return found && found.count > 0 ? STATISTICS[name]?.(found) : undefined;
}

const STATISTICS: Record<string, (bucket: Bucket) => number> = {
  Average: ({ sum, count }) => sum / count,
  Sum: ({ sum }) => sum,
  Minimum: ({ min }) => min,
  Maximum: ({ max }) => max,
  SampleCount: ({ count }) => count,
};

export const isStatistic = (name: string | undefined): name is Statistic => name !== undefined && name in STATISTICS;
