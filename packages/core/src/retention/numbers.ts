import type { SnapshotPolicy } from "../settings/schema.ts";
import { DAYS, HOURS, MOMENT, MONTHS, nextSlot, type Period, WEEKS, YEARS } from "./calendar.ts";
import { lastOfPeriods, type Numbered, type Place } from "./last-of-periods.ts";
import { CLASSES, type Class, type Ours } from "./standing.ts";
import { counted, ordinal } from "./words.ts";

type Schedule = SnapshotPolicy["schedules"][number];

/** Everything of a schedule's keeping that newer snapshots use up. */
const NUMBERS: Record<Exclude<keyof Schedule["keep"], "days">, { period: Period; words: (n: number) => string }> = {
  count: { period: MOMENT, words: (n) => `${n}` },
  hourly: { period: HOURS, words: (n) => `the last of ${counted(n, "hour")}` },
  daily: { period: DAYS, words: (n) => `the last of ${counted(n, "day")}` },
  weekly: { period: WEEKS, words: (n) => `the last of ${counted(n, "week")}` },
  monthly: { period: MONTHS, words: (n) => `the last of ${counted(n, "month")}` },
  yearly: { period: YEARS, words: (n) => `the last of ${counted(n, "year")}` },
};
const NUMBERED = Object.keys(NUMBERS) as (keyof typeof NUMBERS)[];

/** One number, and who of a class has a place under it, by slot in milliseconds. */
export interface Ranking {
  words: string;
  among: Class;
  places: ReadonlyMap<number, Place>;
}

/** Whether any of it is a number that newer snapshots use up. */
export const isNumbered = (keep: Schedule["keep"]): boolean => NUMBERED.some((rule) => (keep[rule] ?? 0) > 0);

/** The numbers of one schedule. A proof that failed takes its snapshot's place from nobody, and does not end its time either. */
export function rankingsOf({ id, everyHours, keep: numbers }: Schedule, newest: readonly Ours[], now: Date): Ranking[] {
  const members = newest.filter(({ marks }) => marks.schedules.includes(id));
  return NUMBERED.flatMap((rule) => {
    const keep = numbers[rule] ?? 0;
    if (keep === 0) return [];
    const { period, words } = NUMBERS[rule];
    const places = placesIn(members, { keep, period, next: (after) => nextSlot(everyHours, after) }, now);
    return (["good", "completed"] as const).map((among) => ({ words: `${id} keeps ${words(keep)}`, among, places: places(among) }));
  });
}

/** The floor, in each class apart: of those made with the database at rest there are never fewer either. */
export function floorsOf({ floor: keep, schedules }: SnapshotPolicy, newest: readonly Ours[], now: Date): Ranking[] {
  const next = (after: Date) => new Date(Math.min(...schedules.map(({ everyHours }) => nextSlot(everyHours, after).getTime())));
  const places = placesIn(newest, { keep, period: MOMENT, next }, now);
  return (["application-consistent", "good", "completed"] as const).map((among) => ({
    words: `never fewer than ${keep} that are ${among}`,
    among,
    places: places(among),
  }));
}

/** Members come newest first. */
const placesIn = (members: readonly Ours[], rule: Numbered, now: Date) => (among: Class) => {
  const slots = new Map(members.filter(CLASSES[among]).map(({ marks: { slot } }) => [slot.getTime(), slot]));
  return lastOfPeriods([...slots.values()], rule, now);
};

/** What these numbers say of one snapshot. */
export const standingsOf = (one: Ours, rankings: readonly Ranking[]): { because: string; until: Date }[] =>
  rankings.flatMap(({ words, among, places }) => {
    const place = CLASSES[among](one) ? places.get(one.marks.slot.getTime()) : undefined;
    return place ? [{ because: `${words}, this is the ${ordinal(place.nth)}`, until: place.until }] : [];
  });
