import type { DrillRecord, VolumeStanding } from "./drill-record.ts";
import { lastProven } from "./view.ts";

/** What a drill is begun with. */
type Begun = Pick<DrillRecord, "id" | "key" | "snapshotId" | "slot" | "volumeId" | "startedAt" | "rpoSeconds">;

/** Volumes beside the drill's own of which is remembered what came of their drills. */
const REMEMBERED = 5;

/** A drill that has made nothing yet. What is known of volumes and snapshots from the last one goes on to be known. */
export function newDrill(of: Begun, last?: DrillRecord): DrillRecord {
  const known = last ? [ownStanding(last), ...last.others] : [];
  const own = known.find(({ volumeId }) => volumeId === of.volumeId);
  return {
    ...of,
    state: "under-way",
    because: null,
    decidedAt: null,
    verdicts: [],
    counted: null,
    fleet: null,
    copyId: null,
    document: null,
    instanceId: null,
    launchedAt: null,
    look: null,
    servedAt: null,
    loadedAt: null,
    asked: null,
    scope: null,
    markedAt: null,
    endedAt: null,
    provenAt: own?.provenAt ?? null,
    lastProven: last?.volumeId === of.volumeId ? lastProven(last) : null,
    unproven: own?.unproven ?? null,
    others: known.filter((one) => one !== own).slice(0, REMEMBERED),
    evidence: last?.evidence ?? [],
    revision: (last?.revision ?? 0) + 1,
  };
}

const ownStanding = ({ volumeId, provenAt, unproven }: DrillRecord): VolumeStanding => ({ volumeId, provenAt, unproven });

/** What is known of a volume from its drills, whichever volume the newest one was of. */
export const standingOf = (record: DrillRecord | null | undefined, volumeId: string | null): VolumeStanding | undefined =>
  record ? [ownStanding(record), ...record.others].find((one) => one.volumeId === volumeId) : undefined;
