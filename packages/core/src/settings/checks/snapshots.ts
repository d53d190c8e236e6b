import { BY_HAND } from "../../retention/marks.ts";
import { type Check, each, type Finding, when } from "../check.ts";
import type { SingleSettings, StageSettings } from "../schema.ts";

type Schedule = SingleSettings["snapshots"]["schedules"][number];

const schedules =
  (of: (schedule: Schedule, at: string, before: Schedule[]) => Finding[]) =>
  (settings: StageSettings): Finding[] =>
    settings.topology === "single"
      ? settings.snapshots.schedules.flatMap((schedule, index, all) => of(schedule, `snapshots.schedules[${index}]`, all.slice(0, index)))
      : [];

/** What is kept whatever its age: the newest ones, one by one or one of each period. */
const numbers = ({ keep: { count = 0, hourly = 0, daily = 0, weekly = 0, monthly = 0, yearly = 0 } }: Schedule): number =>
  count + hourly + daily + weekly + monthly + yearly;

const keepsSomething = (schedule: Schedule, at: string): Finding[] =>
  when(numbers(schedule) + (schedule.keep.days ?? 0) === 0, `${at}.keep`, `keeps nothing of ${schedule.id}`, {
    allowed: "a count, days, or a number of hourly to yearly ones, at least one of them above 0",
  });

/** With days alone, what is older than they are goes, and the next is made only `everyHours` later. */
function keepsOneBetween(schedule: Schedule, at: string): Finding[] {
  const { id, everyHours, keep } = schedule;
  const { days = 0 } = keep;
  const none = numbers(schedule) === 0 && days > 0 && days * 24 < everyHours;
  return when(none, `${at}.keep.days`, `is ${days}: of ${id}, every ${everyHours} hours, none is left before the next`, {
    allowed: `${Math.ceil(everyHours / 24)} or more, or a count or a number of hourly to yearly ones`,
    reads: [`${at}.everyHours`],
  });
}

/** Hours of each period, at the least. */
const PERIODS = { hourly: 1, daily: 24, weekly: 168, monthly: 672 } as const;

/** A period that is shorter than the time from one snapshot to the next has one at most: then its number is a count. */
const finerThanMade = ({ id, everyHours, keep }: Schedule, at: string): Finding[] =>
  Object.entries(PERIODS).flatMap(([period, hours]) => {
    const kept = keep[period as keyof typeof PERIODS] ?? 0;
    return when(kept > 0 && hours < everyHours, `${at}.keep.${period}`, `is ${kept}: of ${id}, every ${everyHours} hours, that is a count of ${kept}`, {
      allowed: `a count of ${kept}, or a longer period`,
      reads: [`${at}.everyHours`],
    });
  });

const reservedId = ({ id }: Schedule, at: string): Finding[] =>
  when(id === BY_HAND, `${at}.id`, `is ${JSON.stringify(id)}, by which snapshots are known that a person asked for`, { allowed: "another name" });

const ownId = ({ id }: Schedule, at: string, before: Schedule[]): Finding[] =>
  when(
    before.some((other) => other.id === id),
    `${at}.id`,
    `is ${JSON.stringify(id)}, the name of another schedule`,
    { allowed: "a name of its own for each schedule" },
  );

export const snapshotChecks: readonly Check[] = [
  {
    id: "keeps-something",
    level: "refuse",
    words: "Each schedule keeps something: a count, days, or a number of hourly to yearly ones.",
    of: each(schedules(keepsSomething)),
  },
  { id: "keeps-one-between", level: "refuse", words: "The days of a schedule reach from one snapshot to the next.", of: each(schedules(keepsOneBetween)) },
  { id: "reserved-schedule-name", level: "refuse", words: "No schedule is called by-hand.", of: each(schedules(reservedId)) },
  {
    id: "finer-than-made",
    level: "warn",
    words: "A period of a schedule's rules is at least as long as the time between two of its snapshots.",
    of: each(schedules(finerThanMade)),
  },
  { id: "own-schedule-name", level: "refuse", words: "No two schedules of a stage have the same name.", of: each(schedules(ownId)) },
];
