import { after, before } from "../apply/duration.ts";
import { isAtHand } from "../retention/archive.ts";
import { marksOf } from "../retention/marks.ts";
import type { Marks, Snapshot, SnapshotFacts } from "../retention/snapshot.ts";
import { CLASSES, newestFirst, type Ours } from "../retention/standing.ts";
import type { CopyRecord } from "./copy-record.ts";
import { asCopies, COPIES, type CopyPolicy } from "./shelf.ts";

/** For so long an attempt is made again; what is older is copied only as the newest of its schedule. */
export const TRIED_FOR = { hours: 24 };
/** EC2 may show a new copy late, and takes no token against a second one. */
const LOOKED_FOR = { minutes: 5 };
/** One that was made and is not shown, or has failed there, is made again after this. */
const SHOWN_WITHIN = { minutes: 30 };
/** The pause after a failure grows to an hour. */
const LONGEST_PAUSE = 12;

/** What is here, what is there, and what was tried. */
export interface CopyOutlook {
  seen: SnapshotFacts;
  there: SnapshotFacts;
  records: readonly CopyRecord[];
}

/** A snapshot that has no copy, and the schedules for which it is to have one. */
export interface Wanted {
  snapshot: Snapshot;
  marks: Marks;
  schedules: string[];
}

/** Good, finished, at hand, and not still unproven by the run that made it: the best of each slot, newest first. */
function candidates({ snapshots, stage, volumeId }: SnapshotFacts): Ours[] {
  const ours = snapshots.flatMap((snapshot) => {
    const marks = snapshot.volumeId === volumeId ? marksOf(snapshot, stage) : undefined;
    return marks ? [{ snapshot, marks }] : [];
  });
  const good = ours.filter((one) => CLASSES.good(one) && isAtHand(one.snapshot) && one.marks.consistency !== "unproven").toSorted(newestFirst);
  return [...Map.groupBy(good, ({ marks }) => marks.slot.getTime()).values()].flatMap(([best]) => best ?? []);
}

/** Copies of Steward's that exist or are on their way. */
export const copiesIn = ({ snapshots, stage }: SnapshotFacts): Ours[] =>
  asCopies(snapshots).flatMap((snapshot) => {
    const marks = snapshot.volumeId === COPIES && EXISTS.has(snapshot.state) ? marksOf(snapshot, stage) : undefined;
    return marks ? [{ snapshot, marks }] : [];
  });

const EXISTS: ReadonlySet<string> = new Set(["pending", "completed"]);

/** Everything of the last day, and the newest of each copied schedule, that has no copy of its slot; newest first. */
export function wantedCopies({ seen, there }: CopyOutlook, { schedules }: CopyPolicy, now: Date): Wanted[] {
  const copied = new Set(copiesIn(there).map(({ marks }) => marks.slot.getTime()));
  const all = candidates(seen).filter(({ marks }) => marks.schedules.some((id) => schedules.includes(id)));
  const newest = new Set(schedules.map((id) => all.find(({ marks }) => marks.schedules.includes(id))));
  return all
    .filter((one) => newest.has(one) || one.snapshot.startedAt > before(now, TRIED_FOR))
    .filter(({ marks }) => !copied.has(marks.slot.getTime()))
    .map(({ snapshot, marks }) => ({ snapshot, marks, schedules: marks.schedules.filter((id) => schedules.includes(id)) }));
}

/** Those of them whose turn it is, as many as may be on their way at once; the others wait. */
export function dueCopies(outlook: CopyOutlook, policy: CopyPolicy, now: Date): Wanted[] {
  const pending = copiesIn(outlook.there).filter(({ snapshot }) => snapshot.state === "pending").length;
  const recordOf = (id: string) => outlook.records.find(({ sourceId }) => sourceId === id);
  const due = wantedCopies(outlook, policy, now).filter(({ snapshot }) => isTurn(recordOf(snapshot.id), now));
  return due.slice(0, Math.max(0, policy.atOnce - pending));
}

function isTurn(record: CopyRecord | undefined, now: Date): boolean {
  if (!record) return true;
  if (isGivenUp(record, now)) return false;
  const { state, at, attempt } = record;
  if (state === "asking") return after(at, LOOKED_FOR) <= now;
  if (state === "made") return after(at, SHOWN_WITHIN) <= now;
  return after(at, { minutes: 5 * Math.min(attempt, LONGEST_PAUSE) }) <= now;
}

/** Tried for a day in vain. */
export const isGivenUp = ({ since }: CopyRecord, now: Date): boolean => after(since, TRIED_FOR) <= now;
