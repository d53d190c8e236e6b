import { marksOf } from "../retention/marks.ts";
import type { SnapshotFacts } from "../retention/snapshot.ts";
import { isGood } from "../retention/standing.ts";

/** Seconds since the newest slot until now of which the fleet's data volume has a good snapshot, never negative; undefined before there is one. */
export function snapshotAge({ snapshots, stage, volumeId }: SnapshotFacts, now: Date): number | undefined {
  const slots = snapshots.flatMap((snapshot) => {
    const marks = snapshot.volumeId === volumeId ? marksOf(snapshot, stage) : undefined;
    return marks && isGood(snapshot, marks) && marks.slot <= now ? [marks.slot.getTime()] : [];
  });
  return slots.length > 0 ? Math.round((now.getTime() - Math.max(...slots)) / 1_000) : undefined;
}
