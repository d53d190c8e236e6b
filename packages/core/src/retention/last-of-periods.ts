import { latest } from "../apply/duration.ts";
import type { Period } from "./calendar.ts";

/** Keep the last of each of the newest `keep` periods that have one. */
export interface Numbered {
  keep: number;
  period: Period;
  /** When the next one will be made after a moment. */
  next: (after: Date) => Date;
}

/** The place of one that is kept, 1 being the newest, and when newer ones will have taken it if all of them are made. */
export interface Place {
  nth: number;
  until: Date;
}

/** Which of these slots are kept, by their time in milliseconds; they are given newest first. */
export function lastOfPeriods(slots: readonly Date[], rule: Numbered, now: Date): Map<number, Place> {
  const lasts = lastsOf(slots, rule);
  const places = new Map<number, Place>();
  const [newest] = lasts;
  if (newest === undefined) return places;
  const coming = rule.next(latest(newest, now));
  const replacesNewest = isSame(rule.period, coming, newest);
  let until = replacesNewest ? firstAfter(coming, rule) : coming;
  for (let free = rule.keep - lasts.length; free > 0; free--) until = firstAfter(until, rule);
  for (const [index, slot] of [...lasts.entries()].toReversed()) {
    places.set(slot.getTime(), { nth: index + 1, until });
    until = firstAfter(until, rule);
  }
  if (replacesNewest) places.set(newest.getTime(), { nth: 1, until: coming });
  return places;
}

/** Of each period the newest slot, which overwrites the older ones. */
const lastsOf = (slots: readonly Date[], { keep, period }: Numbered): Date[] =>
  [...new Map(slots.toReversed().map((slot) => [period.start(slot).getTime(), slot])).values()].toReversed().slice(0, keep);

const isSame = ({ start }: Period, a: Date, b: Date): boolean => start(a).getTime() === start(b).getTime();

/** The first slot of the next period that will have one. */
const firstAfter = (slot: Date, { period, next }: Numbered): Date => next(new Date(period.end(slot).getTime() - 1));
