import { type Check, each, type Finding, when } from "../check.ts";
import type { SingleSettings, StageSettings } from "../schema.ts";

type Schedule = SingleSettings["snapshots"]["schedules"][number];

const schedules =
  (of: (schedule: Schedule, at: string, before: Schedule[]) => Finding[]) =>
  (settings: StageSettings): Finding[] =>
    settings.topology === "single"
      ? settings.snapshots.schedules.flatMap((schedule, index, all) => of(schedule, `snapshots.schedules[${index}]`, all.slice(0, index)))
      : [];

const keepsSomething = ({ id, keep: { count = 0, days = 0 } }: Schedule, at: string): Finding[] =>
  when(count === 0 && days === 0, `${at}.keep`, `keeps nothing of ${id}`, { allowed: "a count or days, at least one of them above 0" });

/** With days alone, what is older than they are goes, and the next is made only `everyHours` later. */
const keepsOneBetween = ({ id, everyHours, keep: { count = 0, days = 0 } }: Schedule, at: string): Finding[] =>
  when(count === 0 && days > 0 && days * 24 < everyHours, `${at}.keep.days`, `is ${days}: of ${id}, every ${everyHours} hours, none is left before the next`, {
    allowed: `${Math.ceil(everyHours / 24)} or more, or a count`,
    reads: [`${at}.everyHours`],
  });

const ownId = ({ id }: Schedule, at: string, before: Schedule[]): Finding[] =>
  when(
    before.some((other) => other.id === id),
    `${at}.id`,
    `is ${JSON.stringify(id)}, the name of another schedule`,
    { allowed: "a name of its own for each schedule" },
  );

export const snapshotChecks: readonly Check[] = [
  { id: "keeps-something", level: "refuse", words: "Each schedule keeps a count or days.", of: each(schedules(keepsSomething)) },
  { id: "keeps-one-between", level: "refuse", words: "The days of a schedule reach from one snapshot to the next.", of: each(schedules(keepsOneBetween)) },
  { id: "own-schedule-name", level: "refuse", words: "No two schedules of a stage have the same name.", of: each(schedules(ownId)) },
];
