import { after } from "../../apply/duration.ts";
import { BY_HAND } from "../marks.ts";
import { isNumbered, standingsOf } from "../numbers.ts";
import type { Shelf } from "../shelf.ts";
import type { Ours } from "../standing.ts";
import { counted, inWords } from "../words.ts";
import { type Circumstances, keptUntil, type Reason, type Rule } from "./rule.ts";

type Scheduled = Shelf["schedules"][number];

/** The newest that was restored and served stays until a newer one has. */
export const proven: Rule = (one, { shelf }) => (one === shelf.newestProven ? { because: PROVEN[one.marks.provenScope ?? "served"], until: null } : undefined);

const PROVEN = {
  served: "newest that was restored and has served",
  "data-only": "newest whose data were restored whole; Package Manager was not started on them",
};

/** Wanted by any number of any of its schedules; the one that lets go of it last is named. */
export const scheduled: Rule = (one, circumstances) =>
  lasting(
    circumstances.shelf.schedules
      .filter(({ schedule }) => one.marks.schedules.includes(schedule.id))
      .flatMap((scheduled) => [byDays(one, scheduled, circumstances) ?? [], byNumbers(one, scheduled, circumstances)].flat()),
  );

function byDays({ marks }: Ours, { schedule: { id, keep } }: Scheduled, { now }: Circumstances): Reason | undefined {
  const { days = 0 } = keep;
  return keptUntil(after(marks.slot, { days }), now, `${id} keeps ${counted(days, "day")}`);
}

/** Of a volume that gets no newer ones a number would keep for ever: there the due date stands in for it. */
function byNumbers(one: Ours, { schedule, rankings }: Scheduled, { shelf, now }: Circumstances): Reason[] {
  if (shelf.isPresent) return standingsOf(one, rankings);
  if (!isNumbered(schedule.keep)) return [];
  return [keptUntil(one.marks.dueAt, now, `${shelf.volumeId} gets no newer ones: its due date counts, ${dueIn(one)}`) ?? []].flat();
}

/** What no schedule of the settings made goes by the date that it was made with; without one it stays. */
export const dueDate: Rule = (one, { policy, now }) => {
  const former = one.marks.schedules.find((id) => policy.schedules.every((schedule) => schedule.id !== id));
  if (former === undefined) return undefined;
  const why = former === BY_HAND ? "made by hand" : `made by ${former}, which is not in the settings any more`;
  return keptUntil(one.marks.dueAt, now, `${why}: its due date counts, ${dueIn(one)}`);
};

const dueIn = ({ marks: { dueAt } }: Ours): string => (dueAt ? inWords(dueAt) : "which is never");

/** Whatever the other rules say: so many are left of each volume. Where newer ones are to come, they take its place. */
export const floor: Rule = (one, { shelf }) => {
  const reason = lasting(standingsOf(one, shelf.floors));
  return reason && { ...reason, until: shelf.isPresent ? reason.until : null };
};

/** The reason that lasts longest; the first of those that last equally long. */
const lasting = (reasons: readonly Reason[]): Reason | undefined => reasons.toSorted((a, b) => endOf(b) - endOf(a))[0];

const endOf = ({ until }: Reason): number => until?.getTime() ?? Number.MAX_VALUE;
