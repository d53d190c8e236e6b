import { CONSISTENCIES, type Consistency, type SnapshotOrder } from "../snapshots/slot-record.ts";
import type { Marks, Snapshot } from "./snapshot.ts";

/** Tags of a snapshot. An operator may set the two holds on any; with `hold` not even Steward's rights allow to delete it. */
export const MARK = {
  stage: "steward:stage",
  volume: "steward:volume",
  schedules: "steward:schedules",
  slot: "steward:slot",
  consistency: "steward:consistency",
  due: "steward:due",
  policy: "steward:policy",
  /** Any value: kept until the tag is gone. */
  hold: "steward:hold",
  /** A date: kept until then; anything else holds for ever. */
  holdUntil: "steward:hold-until",
  /** When, and `data-only` behind it where Package Manager was not started. */
  proven: "steward:proven",
  proofFailed: "steward:proof-failed",
  /** Of a copy that Steward made in the other region: the snapshot that it is of. */
  copyOf: "steward:copy-of",
} as const;

/** What stands for the data volume of a single server, in tags. */
export const DATA_VOLUME = "data";

/** Schedule of what a person asked for. */
export const BY_HAND = "by-hand";

/** Tags with which a set is made; it counts as unproven until somebody says how it was made. EC2 allows no more than 256 characters in a value. */
export const tagsOf = (stage: string, { slot, schedules, dueAt, policy }: SnapshotOrder): Record<string, string> => ({
  Name: `steward-${stage}-${DATA_VOLUME}`,
  [MARK.stage]: stage,
  [MARK.volume]: DATA_VOLUME,
  [MARK.schedules]: schedules.join(" "),
  [MARK.slot]: slot.toISOString(),
  [MARK.consistency]: "unproven" satisfies Consistency,
  [MARK.due]: dueAt?.toISOString() ?? "never",
  [MARK.policy]: policy,
});

/** What EC2 says in place of the volume of a copy: nobody can tell of what it is. Source: EC2 API reference, CopySnapshot. */
const OF_A_COPY = "vol-ffffffff";

/** What the tags of a snapshot say; undefined where they are not Steward's, or somebody has changed them beyond understanding. A copy has them too, and is its maker's. */
export function marksOf({ tags, volumeId }: Pick<Snapshot, "tags"> & Partial<Snapshot>, stage: string): Marks | undefined {
  const slot = dateOf(tags[MARK.slot]);
  const schedules = (tags[MARK.schedules] ?? "").split(" ").filter((id) => id !== "");
  if (volumeId === OF_A_COPY || tags[MARK.stage] !== stage || tags[MARK.volume] !== DATA_VOLUME || !slot || schedules.length === 0) return undefined;
  return {
    schedules,
    slot,
    consistency: CONSISTENCIES.find((known) => known === tags[MARK.consistency]) ?? "unproven",
    dueAt: dateOf(tags[MARK.due]) ?? null,
    ...provenIn(tags[MARK.proven]),
    proofFailed: tags[MARK.proofFailed] ?? null,
  };
}

/** The value of the tag of a snapshot that was proven. */
export const provenTag = ({ provenAt, dataOnly }: { provenAt: Date; dataOnly: boolean }): string =>
  `${provenAt.toISOString()}${dataOnly ? ` ${DATA_ONLY}` : ""}`;

const DATA_ONLY = "data-only";

function provenIn(text = ""): Pick<Marks, "provenAt" | "provenScope"> {
  const [time, scope] = text.split(" ");
  const provenAt = dateOf(time);
  return provenAt ? { provenAt, provenScope: scope === DATA_ONLY ? "data-only" : "served" } : { provenAt: null, provenScope: null };
}

const ISO = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{3})?)?Z)?$/;

/** A date or a moment in UTC; undefined for everything else, a 30th of February among it. */
export function dateOf(text = ""): Date | undefined {
  if (!ISO.test(text)) return undefined;
  const date = new Date(text);
  const isReal = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text.slice(0, "yyyy-mm-dd".length));
  return isReal ? date : undefined;
}
