import { after, lastFirst } from "../apply/duration.ts";
import type { SnapshotPolicy } from "../settings/schema.ts";
import { coveredUntil, isMade, type Outlook, uncovered } from "./due.ts";

type Schedule = SnapshotPolicy["schedules"][number];

/** A snapshot may come so late before people are told: one that EC2 failed to finish is made again in its slot, or in the next hour, and that comes first. */
const LATE = { minutes: 75 };

/** Subjects of the runs that take snapshots begin with this. */
export const TAKE_DUTY = "duty-take-";

/** Schedules that have been waiting for a snapshot for long, and since when; `mayTake` where nothing keeps Steward from making it. */
export const missing = (outlook: Outlook, policy: SnapshotPolicy, mayTake: boolean, now: Date): { schedule: Schedule; since: Date }[] =>
  uncovered(outlook, policy, now).flatMap((schedule) => {
    const since = missedSince(schedule, outlook, mayTake, now);
    return since && after(since, LATE) < now ? [{ schedule, since }] : [];
  });

/**
 * What could not have been made yet, or only just, is not missing: a schedule may be new, its hours may have changed, or Steward may have
 * been away. So where it may make one, the time runs from the first run that came to nothing.
 */
function missedSince({ id, everyHours }: Schedule, outlook: Outlook, mayTake: boolean, now: Date): Date | undefined {
  const until = coveredUntil(id, outlook, now);
  const first = until && after(until, { hours: everyHours });
  return mayTake ? inVainSince(outlook, first) : first;
}

/** The earliest run since the last success, from this slot on, if any. */
function inVainSince(outlook: Outlook, first: Date | undefined): Date | undefined {
  const { slots, runs } = outlook.fleet;
  const made = slots.filter((record) => isMade(record, outlook)).map(({ at }) => at.getTime());
  const last = Math.max(first?.getTime() ?? 0, ...made);
  const begun = runs.filter(({ subject, startedAt }) => subject.startsWith(TAKE_DUTY) && startedAt.getTime() >= last);
  return begun
    .map(({ startedAt }) => startedAt)
    .toSorted(lastFirst)
    .at(-1);
}
