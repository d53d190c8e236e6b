import type { AlarmHistoryItem, StateValue } from "@aws-sdk/client-cloudwatch";
import type { Account } from "../../account/account.ts";
import { type Alarm, type AnyAlarm, isComposite } from "./alarm.ts";
import { evaluationRange, judge } from "./evaluate.ts";
import { type MetricStore, statistic } from "./metrics.ts";
import { emitStateChange, runActions } from "./notify.ts";
import { type Datapoint, reasonData, reasonOf } from "./reason.ts";

/** Alarms with a period of a minute or more are evaluated every minute, shorter ones every 10 seconds (user guide, "Alarm evaluation"). */
const MINUTE_MS = 60_000;
const SHORT_MS = 10_000;
/** AWS's own example events lag the minute by 4 to 48 seconds. */
const LAG_MS = 5_000;

/** Evaluates the alarms of the account while there are any, and tells of every change. */
export class Evaluator {
  readonly alarms = new Map<string, Alarm>();
  readonly history: AlarmHistoryItem[] = [];
  /** Set by whoever watches alarms: told of every new state, with the alarms that led to it. */
  onTransition: (alarm: AnyAlarm, path: string[]) => void = () => {};
  private timer: NodeJS.Timeout | undefined;
  private readonly account: Account;
  private readonly metrics: MetricStore;

  constructor(account: Account, metrics: MetricStore) {
    this.account = account;
    this.metrics = metrics;
  }

  /** Starts the clock, or restarts it when a shorter period came in. */
  start(): void {
    clearTimeout(this.timer);
    if (this.alarms.size === 0) return;
    const step = [...this.alarms.values()].some(({ periodSeconds }) => periodSeconds < 60) ? SHORT_MS : MINUTE_MS;
    const boundary = (Math.floor((Date.now() - LAG_MS) / step) + 1) * step;
    this.timer = setTimeout(() => this.tick(boundary), boundary + LAG_MS - Date.now());
  }

  private tick(boundary: number): void {
    for (const alarm of this.alarms.values()) {
      if (alarm.periodSeconds < 60 || boundary % MINUTE_MS === 0) this.evaluate(alarm, boundary);
    }
    this.start();
  }

  /** Windows slide: the last one ends at the boundary, whatever the period (user guide: "at the end of minute 6, based on the data from minutes 2 to 6"). */
  private evaluate(alarm: Alarm, boundary: number): void {
    const starts = this.starts(alarm, boundary);
    const range = this.range(alarm, starts);
    const judgement = judge(alarm.criterion, range, alarm.state.value);
    if (judgement.value === alarm.state.value) return;
    const points = judgement.judged.map((i): Datapoint => ({ at: new Date(starts[i] ?? 0), value: range[i] ?? 0 }));
    this.set(alarm, { value: judgement.value, reason: reasonOf(alarm, judgement, points), reasonData: reasonData(alarm, points, new Date()) });
  }

  private starts({ criterion, periodSeconds }: Alarm, boundary: number): number[] {
    const length = evaluationRange(criterion.evaluationPeriods);
    return Array.from({ length }, (_, i) => boundary - (length - i) * periodSeconds * 1000);
  }

  private range(alarm: Alarm, starts: number[]): (number | undefined)[] {
    const series = this.metrics.series.get(alarm.seriesId);
    return starts.map((from) => series && statistic(series, alarm.statistic, from, from + alarm.periodSeconds * 1000));
  }

  /** Sets a state; where its value is new: the event, the actions, the history. */
  set(alarm: AnyAlarm, next: { value: StateValue; reason: string; reasonData?: string }, path: string[] = []): void {
    const previous = alarm.state;
    const now = new Date();
    const changed = next.value !== previous.value;
    alarm.state = { ...next, updated: now, transitioned: changed ? now : previous.transitioned };
    if (!changed) return;
    this.note(alarm, "StateUpdate", `Alarm updated from ${previous.value} to ${next.value}`);
    emitStateChange(this.account, alarm, previous);
    for (const outcome of runActions(this.account, alarm, previous.value)) this.note(alarm, "Action", outcome);
    this.onTransition(alarm, [...path, alarm.name]);
  }

  /** Keeps a line of history for two weeks. */
  note(alarm: AnyAlarm, type: NonNullable<AlarmHistoryItem["HistoryItemType"]>, summary: string): void {
    const now = Date.now();
    const AlarmType = isComposite(alarm) ? "CompositeAlarm" : "MetricAlarm";
    this.history.push({ AlarmName: alarm.name, AlarmType, Timestamp: new Date(now), HistoryItemType: type, HistorySummary: summary });
    while ((this.history[0]?.Timestamp?.getTime() ?? now) < now - 14 * 86_400_000) this.history.shift();
  }
}
