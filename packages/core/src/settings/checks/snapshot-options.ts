import { dueDateOf } from "../../snapshots/due-date.ts";
import { type Check, each, type Finding, when } from "../check.ts";
import type { SnapshotPolicy, StageSettings } from "../schema.ts";

const ofSnapshots =
  (of: (policy: SnapshotPolicy) => Finding[]) =>
  (settings: StageSettings): Finding[] =>
    settings.topology === "single" ? of(settings.snapshots) : [];

const DAY_MS = 86_400_000;
/** Months are as long as the calendar says from here on, a month of 31 days and a leap year behind it. */
const SOME_SLOT = new Date("2024-03-01T00:00:00.000Z");

/** Days for which a schedule keeps one of its snapshots at the most, if all that are due are made. */
function keptFor({ id }: SnapshotPolicy["schedules"][number], policy: SnapshotPolicy): number {
  const until = dueDateOf(SOME_SLOT, [id], policy) ?? SOME_SLOT;
  return (until.getTime() - SOME_SLOT.getTime()) / DAY_MS;
}

/** Each snapshot is among the newest once, and locked from then on. */
function lockOutlasts(policy: SnapshotPolicy): Finding[] {
  const { lock, schedules } = policy;
  if (lock === null) return [];
  const short = schedules.filter((schedule) => keptFor(schedule, policy) < lock.days);
  const least = Math.floor(Math.min(...short.map((schedule) => keptFor(schedule, policy))));
  const names = short.map(({ id }) => id).join(", ");
  return when(
    short.length > 0,
    "snapshots.lock.days",
    `is ${lock.days}: each snapshot of ${names} stays that long, although the schedule lets go of it sooner`,
    {
      allowed: least < 1 ? "more kept of that schedule" : `at most ${least}, or more kept of that schedule`,
      reads: ["snapshots.schedules"],
    },
  );
}

export const snapshotOptionChecks: readonly Check[] = [
  {
    id: "lock-outlasts",
    level: "warn",
    words: "A lock lasts no longer than the schedules keep what is locked.",
    of: each(ofSnapshots(lockOutlasts)),
  },
];
