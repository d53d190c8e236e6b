import type { openYear, Weather } from "./snapshot-year.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What is kept: 24 hours, 14 days, 12 months, 8 weeks, and never fewer than three. */
export const SCHEDULES: Parameters<typeof openYear>[1] = {
  schedules: [
    { id: "hourly", everyHours: 1, keep: { count: 24 } },
    { id: "daily", everyHours: 24, keep: { daily: 14, monthly: 12 } },
    { id: "weekly", everyHours: 168, keep: { weekly: 8 } },
  ],
  floor: 3,
};

/** A set that must have been made. */
export interface MadeSet {
  id: string;
  slot: Date;
  schedules: string[];
  state: "completed" | "error";
  consistency: "application" | "crash";
}

/** The weather of hour after hour, by a seed of its own; a calm one is one in which everything can be counted. */
export function forecast(seed: number): (calm: boolean) => Weather {
  let state = (seed * 2_654_435_761) >>> 0;
  const chance = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
  let awayFor = 0;
  return (calm) => {
    const [dice, ice, ...rest] = [chance(), chance(), chance(), chance(), chance()];
    const [leaves = 1, length = 0, jam = 1] = rest;
    if (awayFor > 0) awayFor--;
    else if (leaves < 0.03) awayFor = 1 + Math.floor(length * 30);
    const creation = dice < 0.01 ? "error" : dice < 0.02 ? "lost" : dice < 0.03 ? "refused" : dice < 0.04 ? "throttled" : "works";
    const server = ice < 0.04 ? "moving" : ice < 0.06 ? "moved" : "still";
    return { away: awayFor > 0 && !calm, creation: calm ? "works" : creation, server, busy: jam < 0.05 && !calm };
  };
}

/** Monday is the first of a week, in UTC. */
const mondayOf = (at: Date): number => {
  const midnight = Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate());
  return midnight - ((at.getUTCDay() + 6) % 7) * DAY_MS;
};
const dayOf = (at: Date): string => at.toISOString().slice(0, 10);
const monthOf = (at: Date): string => at.toISOString().slice(0, 7);

/** The set of an hour, by what was made before; none where nobody could make one. */
export function setOf(slot: Date, { away, creation, server }: Weather, before: readonly MadeSet[]): Omit<MadeSet, "id">[] {
  if (away || creation === "refused") return [];
  const good = before.slice(-400).filter(({ state }) => state === "completed");
  const has = (schedule: string, same: (at: Date) => boolean) => good.some(({ schedules, slot: at }) => schedules.includes(schedule) && same(at));
  const schedules = [
    "hourly",
    ...(has("daily", (at) => dayOf(at) === dayOf(slot)) ? [] : ["daily"]),
    ...(has("weekly", (at) => mondayOf(at) === mondayOf(slot)) ? [] : ["weekly"]),
  ];
  const isStill = server === "still" && creation !== "lost";
  return [{ slot, schedules, state: creation === "error" ? "error" : "completed", consistency: isStill ? "application" : "crash" }];
}

/** Ids that the rules of these schedules keep, three at least of those that are application-consistent too, and the last that failed for a week. */
export function expectedKept(sets: readonly MadeSet[], now: Date): Set<string> {
  const good = sets.filter(({ state }) => state === "completed").toReversed();
  const of = (schedule: string) => good.filter(({ schedules }) => schedules.includes(schedule));
  const newest = (all: readonly MadeSet[], n: number) => all.slice(0, n);
  const lastOf = (all: readonly MadeSet[], period: (at: Date) => string | number, n: number): MadeSet[] => {
    const lasts = new Map<string | number, MadeSet>();
    for (const set of all) if (!lasts.has(period(set.slot))) lasts.set(period(set.slot), set);
    return [...lasts.values()].slice(0, n);
  };
  const failed = newest(sets.filter(({ state }) => state === "error").toReversed(), 1).filter(({ slot }) => now.getTime() - slot.getTime() < 7 * DAY_MS);
  const kept = [
    ...newest(of("hourly"), 24),
    ...lastOf(of("daily"), dayOf, 14),
    ...lastOf(of("daily"), monthOf, 12),
    ...lastOf(of("weekly"), mondayOf, 8),
    ...newest(good, 3),
    ...newest(
      good.filter(({ consistency }) => consistency === "application"),
      3,
    ),
    ...failed,
  ];
  return new Set(kept.map(({ id }) => id));
}
