import { chooseSnapshot, oursIn } from "../proof/choose.ts";
import type { SnapshotFacts } from "../retention/snapshot.ts";
import { CLASSES, newestFirst, type Ours } from "../retention/standing.ts";

/**
 * The snapshot to be restored: the one that is asked for, else the newest that was proven to restore, else the newest that was made with
 * the database at rest. A sentence where there is none. Without a data volume the snapshots of every former one count.
 */
export function chooseSource(seen: SnapshotFacts, asked: string | null): Ours | string {
  if (asked !== null) return chooseSnapshot(seen, asked);
  const usable = oursIn(seen)
    .filter(({ snapshot }) => snapshot.tier === "standard" && (seen.volumeId === null || snapshot.volumeId === seen.volumeId))
    .toSorted(newestFirst);
  const proven = usable.find((one) => CLASSES.good(one) && one.marks.provenAt !== null);
  return proven ?? usable.find(CLASSES["application-consistent"]) ?? "no snapshot was proven, or made with the database at rest: name the one that is meant";
}
