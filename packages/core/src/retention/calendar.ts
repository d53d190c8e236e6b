import { after } from "../apply/duration.ts";
import { slotOf } from "../snapshots/slots.ts";

/** One kind of period in UTC: when the one that has a moment begins, and when the one after it does. */
export interface Period {
  start(at: Date): Date;
  end(at: Date): Date;
}

/** The first slot of a schedule that lies after a moment. */
export const nextSlot = (everyHours: number, at: Date): Date => after(slotOf(everyHours, at), { hours: everyHours });

const ofHours = (hours: number): Period => ({ start: (at) => slotOf(hours, at), end: (at) => nextSlot(hours, at) });

const ofMonths = (months: number): Period => {
  const begin = (at: Date, more: number) => new Date(Date.UTC(at.getUTCFullYear(), Math.floor(at.getUTCMonth() / months) * months + more, 1));
  return { start: (at) => begin(at, 0), end: (at) => begin(at, months) };
};

/** A moment alone: where slots are counted and not periods. */
export const MOMENT: Period = { start: (at) => at, end: (at) => new Date(at.getTime() + 1) };
export const HOURS = ofHours(1);
export const DAYS = ofHours(24);
/** From Monday, as ISO 8601 has them. */
export const WEEKS = ofHours(168);
export const MONTHS = ofMonths(1);
export const YEARS = ofMonths(12);
