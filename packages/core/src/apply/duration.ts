import type { Duration } from "./run.ts";

export const milliseconds = ({ days = 0, hours = 0, minutes = 0, seconds = 0 }: Duration): number =>
  (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
export const after = (date: Date, duration: Duration): Date => new Date(date.getTime() + milliseconds(duration));
export const before = (date: Date, duration: Duration): Date => new Date(date.getTime() - milliseconds(duration));
/** The last of these moments. */
export const latest = (...[first, ...others]: [Date, ...Date[]]): Date => others.reduce((last, moment) => (moment > last ? moment : last), first);
/** Sorts the last moment to the front. */
export const lastFirst = (a: Date, b: Date): number => b.getTime() - a.getTime();
/** Whole seconds from one moment to a later one, at least 1: a sleep of nothing is no sleep. */
export const secondsUntil = (from: Date, to: Date): number => Math.max(1, Math.ceil((to.getTime() - from.getTime()) / 1000));
