import { z } from "zod";
import { DocumentPointer } from "../desired/documents.ts";
import { Counts } from "../fleet/count-report.ts";
import { InstanceId } from "../fleet/instance-id.ts";
import { DataLook } from "../fleet/proof-report.ts";

/** Tags of everything that a drill makes. Never the stage's own tag: the fleet is looked for by that one, and this is none of it. */
export const DRILL_TAG = { stage: "steward:drill", id: "steward:drill-id" } as const;

/** What the copy's server is to become, as it was written down for this drill. */
export const CopyDocument = z.object({
  pointer: DocumentPointer,
  version: z.string(),
  configFingerprint: z.string(),
  keyFingerprint: z.string(),
  /** Package Manager is started on the copy; only a licence that is a file allows it. */
  starts: z.boolean(),
});
export type CopyDocument = z.infer<typeof CopyDocument>;

/** A restore that was proven, in numbers: what would have been lost, and how long it took until users would be served. */
export const Proven = z.object({
  at: z.coerce.date(),
  snapshotId: z.string(),
  /** Age of the snapshot when its drill began. */
  rpoSeconds: z.int(),
  /** From the drill's beginning until the copy answered, and until all of it had been read; null where that did not come about. */
  servedAfterSeconds: z.int().nullable(),
  loadedAfterSeconds: z.int().nullable(),
});
export type Proven = z.infer<typeof Proven>;
/** A command whose answer is read later, by its name. */
const Asked = z.object({ number: z.int().positive(), at: z.coerce.date(), commandId: z.string() });

const Unproven = z.object({
  since: z.coerce.date(),
  snapshotId: z.string(),
  /** Whoever is to make up for it may not be older. */
  slot: z.coerce.date().optional(),
  because: z.string(),
});

/** What is known of one volume from all its drills. */
const VolumeStanding = z.object({
  volumeId: z.string(),
  /** When a drill last proved a snapshot of it. */
  provenAt: z.coerce.date().nullable(),
  /** The first that failed since then; an undecided one does not make up for it. */
  unproven: Unproven.nullable(),
});
export type VolumeStanding = z.infer<typeof VolumeStanding>;

/**
 * The newest drill of a stage, on the ledger. `undecided`: something else than the snapshot kept it from a verdict. It is over when
 * nothing is left of what it made.
 */
export const DrillRecord = z.object({
  /** Names everything that it makes. */
  id: z.string(),
  /** Key of the step that began it, which tells its run. */
  key: z.string(),
  snapshotId: z.string(),
  slot: z.coerce.date(),
  /** The volume of which the snapshot is. */
  volumeId: z.string(),
  startedAt: z.coerce.date(),
  /** Age of the snapshot when the drill began: what would have been lost. */
  rpoSeconds: z.int(),
  state: z.enum(["under-way", "proven", "failed", "undecided"]),
  because: z.string().nullable(),
  decidedAt: z.coerce.date().nullable(),
  /** One line for each check of the verdict. */
  verdicts: z.array(z.string()),
  /** The question to the fleet's own server how much it has, and its answer. */
  counted: Asked.extend({ instanceId: InstanceId }).nullable().default(null),
  fleet: Counts.nullable().default(null),
  copyId: z.string().nullable(),
  document: CopyDocument.nullable(),
  instanceId: InstanceId.nullable(),
  launchedAt: z.coerce.date().nullable(),
  /** What was restored, as it was found to be well before Package Manager was started on it. */
  look: DataLook.extend({ at: z.coerce.date() }).nullable().default(null),
  /** When the copy's server was first seen to answer, and when the whole volume had been read; null where that did not come about. */
  servedAt: z.coerce.date().nullable(),
  loadedAt: z.coerce.date().nullable(),
  /** The newest of the commands that asked for a proof. */
  asked: Asked.nullable(),
  /** What was proven: that it serves, or, where Package Manager may not be started on a copy, the data alone. Null where nothing was. */
  scope: z.enum(["served", "data-only"]).nullable().default(null),
  /** When the verdict was put onto the snapshot. */
  markedAt: z.coerce.date().nullable().default(null),
  endedAt: z.coerce.date().nullable(),
  ...VolumeStanding.omit({ volumeId: true }).shape,
  /** The last proof of the volume that an earlier drill came to. */
  lastProven: Proven.nullable().default(null),
  /** The same of other volumes of which snapshots were proven. */
  others: z.array(VolumeStanding).default([]),
  /** Snapshots with which a proof failed lately. */
  evidence: z.array(z.object({ snapshotId: z.string(), failedAt: z.coerce.date() })).default([]),
  revision: z.int().positive(),
});
export type DrillRecord = z.infer<typeof DrillRecord>;

/** Stands on the ledger for a time that has not come. */
export const NOT_SINCE = "not yet";

/** Since when Steward proves restores by itself, as it stands on the ledger. */
export const DrillsSince = z.object({ since: z.union([z.literal(NOT_SINCE).transform(() => null), z.coerce.date()]) });

/** What is noted on the way, once each. */
export type DrillNote = { fleet: Counts } | { look: NonNullable<DrillRecord["look"]> } | { servedAt: Date } | { loadedAt: Date } | { endedAt: Date };

/** How a drill came out. */
export interface DrillVerdict {
  state: "proven" | "failed" | "undecided";
  because: string;
  verdicts: string[];
}
