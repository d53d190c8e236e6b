import { after, lastFirst } from "../apply/duration.ts";
import type { SnapshotPolicy } from "../settings/schema.ts";

type Schedule = SnapshotPolicy["schedules"][number];
type Rule = keyof Schedule["keep"];

/** When each rule lets go of a snapshot of this slot, if every later one is made in time; years and months have the calendar's length. */
const LETS_GO: Record<Rule, (slot: Date, n: number, everyHours: number) => Date> = {
  count: (slot, n, everyHours) => after(slot, { hours: n * everyHours }),
  days: (slot, n) => after(slot, { days: n }),
  hourly: (slot, n) => after(slot, { hours: n }),
  daily: (slot, n) => after(slot, { days: n }),
  weekly: (slot, n) => after(slot, { days: n * 7 }),
  monthly: (slot, n) => monthsAfter(slot, n),
  yearly: (slot, n) => monthsAfter(slot, n * 12),
};

function monthsAfter(slot: Date, months: number): Date {
  const date = new Date(slot);
  date.setUTCMonth(date.getUTCMonth() + months);
  return date;
}

/** When the last of these schedules lets go of a snapshot of this slot; null where none of them is in the settings. */
export function dueDateOf(slot: Date, schedules: readonly string[], policy: SnapshotPolicy): Date | null {
  const dates = policy.schedules
    .filter(({ id }) => schedules.includes(id))
    .flatMap(({ keep, everyHours }) => [slot, ...Object.entries(keep).map(([rule, n]) => LETS_GO[rule as Rule](slot, n, everyHours))]);
  return dates.toSorted(lastFirst)[0] ?? null;
}
