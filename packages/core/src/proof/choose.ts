import { isAtHand } from "../retention/archive.ts";
import { marksOf } from "../retention/marks.ts";
import type { SnapshotFacts } from "../retention/snapshot.ts";
import { CLASSES, isCompleted, newestFirst, type Ours } from "../retention/standing.ts";

/**
 * The snapshot to be proven: the one that is asked for, else the newest that was made with the database at rest and that no proof has
 * failed with. A sentence where there is none. One that is archived can't be restored in time.
 */
export function chooseSnapshot(seen: SnapshotFacts, asked: string | null): Ours | string {
  return asked === null ? newest(seen) : one(seen, asked);
}

function newest(seen: SnapshotFacts): Ours | string {
  if (seen.volumeId === null) return "there is no data volume";
  const all = oursIn(seen).filter((ours) => ours.snapshot.volumeId === seen.volumeId && CLASSES["application-consistent"](ours) && isAtHand(ours.snapshot));
  return all.toSorted(newestFirst).at(0) ?? `${seen.volumeId} has no application-consistent snapshot that could be restored`;
}

function one(seen: SnapshotFacts, asked: string): Ours | string {
  const found = oursIn(seen).find(({ snapshot }) => snapshot.id === asked);
  if (!found) return `${asked} is no snapshot that Steward made for ${seen.stage}`;
  if (!isCompleted(found.snapshot)) return `${asked} is ${found.snapshot.state}`;
  return isAtHand(found.snapshot) ? found : `${asked} is in the archive: it has to be restored from there first`;
}

/** Those that Steward made, with what their tags say. */
export const oursIn = ({ snapshots, stage }: SnapshotFacts): Ours[] =>
  snapshots.flatMap((snapshot) => {
    const marks = marksOf(snapshot, stage);
    return marks ? [{ snapshot, marks }] : [];
  });
