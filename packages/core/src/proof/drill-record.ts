import { z } from "zod";
import { DocumentPointer } from "../desired/documents.ts";
import { InstanceId } from "../fleet/instance-id.ts";

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
  copyId: z.string().nullable(),
  document: CopyDocument.nullable(),
  instanceId: InstanceId.nullable(),
  launchedAt: z.coerce.date().nullable(),
  /** When the copy's server was first seen to answer, and when the whole volume had been read; null where that did not come about. */
  servedAt: z.coerce.date().nullable(),
  loadedAt: z.coerce.date().nullable(),
  /** The newest of the commands that asked for a proof. */
  asked: z.object({ number: z.int().positive(), at: z.coerce.date(), commandId: z.string() }).nullable(),
  endedAt: z.coerce.date().nullable(),
  /** When a drill of this stage, this or an earlier one, last proved a snapshot. */
  provenAt: z.coerce.date().nullable(),
  /** That of an earlier drill of the same volume. */
  lastProven: Proven.nullable().default(null),
  /** The first that failed since then; an undecided one does not make up for it. */
  unproven: z.object({ since: z.coerce.date(), snapshotId: z.string(), because: z.string() }).nullable(),
  revision: z.int().positive(),
});
export type DrillRecord = z.infer<typeof DrillRecord>;

/** What is noted on the way, once each. */
export type DrillNote = { servedAt: Date } | { loadedAt: Date } | { endedAt: Date };

/** How a drill came out. */
export interface DrillVerdict {
  state: "proven" | "failed" | "undecided";
  because: string;
  verdicts: string[];
}
