import type { SnapshotPolicy } from "../settings/schema.ts";
import { isAtHand } from "./archive.ts";
import { floorsOf, type Ranking, rankingsOf } from "./numbers.ts";
import { CLASSES, newestFirst, type Ours } from "./standing.ts";

/** Steward's snapshots of one volume, as the rules see them; they count by class, so what is not completed counts nowhere. */
export interface Shelf {
  volumeId: string;
  /** It is the fleet's, and there will be more snapshots of it; of any other there never will. */
  isPresent: boolean;
  /** Those of one slot, by its time in milliseconds, the best first. */
  bySlot: ReadonlyMap<number, readonly Ours[]>;
  /** Newest of those that were restored and have served. */
  newestProven: Ours | undefined;
  newestFailed: Ours | undefined;
  schedules: readonly { schedule: SnapshotPolicy["schedules"][number]; rankings: readonly Ranking[] }[];
  /** Of all, and of those apart that can be restored at once: what is in the archive takes nobody's place. */
  floors: readonly Ranking[];
}

/** Lays out the snapshots of one volume, once for all of them. */
export function shelfOf(
  ours: readonly Ours[],
  { volumeId, isPresent, policy, now }: { volumeId: string; isPresent: boolean; policy: SnapshotPolicy; now: Date },
): Shelf {
  const newest = ours.toSorted(newestFirst);
  return {
    volumeId,
    isPresent,
    bySlot: Map.groupBy(newest, ({ marks }) => marks.slot.getTime()),
    newestProven: newest.find((one) => CLASSES.good(one) && one.marks.provenAt !== null),
    newestFailed: ours.filter(({ snapshot }) => snapshot.state === "error").toSorted(lastStarted)[0],
    schedules: policy.schedules.map((schedule) => ({ schedule, rankings: rankingsOf(schedule, newest, now) })),
    floors: [newest, newest.filter(({ snapshot }) => isAtHand(snapshot))].flatMap((among) => floorsOf(policy, among, now)),
  };
}

const lastStarted = (a: Ours, b: Ours): number => b.snapshot.startedAt.getTime() - a.snapshot.startedAt.getTime() || (a.snapshot.id < b.snapshot.id ? -1 : 1);
