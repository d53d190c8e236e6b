import { SWEEP } from "../fleet/heartbeat.ts";
import { METRICS } from "../topology/grants.ts";

/** The duty of making snapshots when they are due, and of taking away those, and the images, that are not wanted any more. */
export const KEEPING = "keep-snapshots";

/** The duty of proving now and then that a snapshot can be restored; it succeeds when one is proven. */
export const PROVING = "prove-restore";

/** What Steward does over and over, and people are told of when it has not succeeded for too long. */
export const DUTIES = [SWEEP, KEEPING, PROVING] as const;
export type DutyName = (typeof DUTIES)[number];

/** Where the age of each duty is published, in seconds since it last succeeded; alarms read it by stage and duty. */
export const DUTY_AGE = { namespace: METRICS, metric: "DutyAge" } as const;

/** Seconds since each duty last succeeded, never negative; one that never did has no age, and missing data is the alarm then. */
export function dutyAges(successes: ReadonlyMap<string, Date>, now: Date): { duty: DutyName; seconds: number }[] {
  return DUTIES.flatMap((duty) => {
    const last = successes.get(duty);
    return last ? [{ duty, seconds: Math.max(0, Math.round((now.getTime() - last.getTime()) / 1000)) }] : [];
  });
}
