import type { Alarm } from "./alarm.ts";
import { breaches, type Judgement } from "./evaluate.ts";

/** A datapoint with the start of its period. */
export interface Datapoint {
  at: Date;
  value: number;
}

/** The sentence that CloudWatch gives with a state; worded like its documented events. */
export function reasonOf({ criterion }: Alarm, { value, filled }: Judgement, points: Datapoint[]): string {
  if (value === "INSUFFICIENT_DATA") return `Insufficient Data: ${plural(filled, "datapoint")} ${filled === 1 ? "was" : "were"} unknown.`;
  if (points.length === 0)
    return `Threshold Crossed: no datapoints were received for ${plural(criterion.evaluationPeriods, "period")} and ${plural(filled, "missing datapoint")} ${filled === 1 ? "was" : "were"} treated as [${filledAs(criterion.missingData)}].`;
  const wanted = points.filter((point) => breaches(criterion, point.value) === (value === "ALARM"));
  const shown = (wanted.length > 0 ? wanted : points).toReversed().map(({ at, value: v }) => `${decimal(v)} (${stamp(at)})`);
  const verb = `${shown.length === 1 ? "was" : "were"}${value === "ALARM" ? "" : " not"}`;
  return `Threshold Crossed: ${shown.length} out of the last ${points.length} datapoints [${shown.join(", ")}] ${verb} ${words(criterion.comparison)} the threshold (${decimal(criterion.threshold)}) (${minimum(criterion, value)}).`;
}

/** The machine-readable twin of the reason: a JSON text inside the event. */
export function reasonData(alarm: Alarm, points: Datapoint[], now: Date): string {
  return JSON.stringify({
    version: "1.0",
    queryDate: amazonTime(now),
    ...(points[0] && { startDate: amazonTime(points[0].at) }),
    statistic: alarm.statistic,
    period: alarm.periodSeconds,
    recentDatapoints: points.map(({ value }) => value),
    threshold: alarm.criterion.threshold,
  });
}

/** `2019-10-02T17:04:40.985+0000`, as CloudWatch writes times inside its events. */
export const amazonTime = (date: Date): string => date.toISOString().replace("Z", "+0000");

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
const filledAs = (missingData: string): string => (missingData === "breaching" ? "Breaching" : "NonBreaching");
const decimal = (value: number): string => (Number.isInteger(value) ? value.toFixed(1) : String(value));

/** `02/10/19 16:59:00`: day first. */
function stamp(date: Date): string {
  const [year = "", month, day] = date.toISOString().slice(0, 10).split("-");
  return `${day}/${month}/${year.slice(2)} ${date.toISOString().slice(11, 19)}`;
}

/** `GreaterThanOrEqualToThreshold` as "greater than or equal to". */
const words = (comparison: string): string =>
  comparison
    .replace(/(To)?Threshold$/, "$1")
    .replace(/(?!^)[A-Z]/g, " $&")
    .toLowerCase();

/** How many datapoints turn the alarm: M into ALARM, N - M + 1 out of it. */
function minimum({ evaluationPeriods, datapointsToAlarm }: Alarm["criterion"], value: string): string {
  const [count, transition] = value === "ALARM" ? [datapointsToAlarm, "OK -> ALARM"] : [evaluationPeriods - datapointsToAlarm + 1, "ALARM -> OK"];
  return `minimum ${plural(count, "datapoint")} for ${transition} transition`;
}
