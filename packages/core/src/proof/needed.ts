import { after } from "../apply/duration.ts";
import type { Needed } from "../retention/snapshot.ts";
import { inWords } from "../retention/words.ts";
import type { DrillRecord } from "./drill-record.ts";
import { EVIDENCE } from "./effects.ts";

/** Snapshots that drills need: the one that is being proven, and for a while those that did not pass. */
export function neededByDrills(record: DrillRecord | undefined, now: Date): Needed[] {
  if (!record) return [];
  const underWay = record.endedAt === null ? [{ snapshotId: record.snapshotId, by: `the drill ${record.id}, which is under way` }] : [];
  const evidence = record.evidence.flatMap(({ snapshotId, failedAt }) => {
    const until = after(failedAt, EVIDENCE);
    return until > now ? [{ snapshotId, by: `people who look why its proof failed, until ${inWords(until)}` }] : [];
  });
  return [...underWay, ...evidence];
}
