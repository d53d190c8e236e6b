import { z } from "zod";
import { CONSISTENCIES } from "../snapshots/slot-record.ts";

/** One EBS snapshot as EC2 has it. Source: EC2 API reference, "Snapshot" and "LockedSnapshotsInfo". */
export const Snapshot = z.object({
  id: z.string(),
  volumeId: z.string(),
  /** `recoverable` and `recovering` are in the Recycle Bin, or on their way out of it. */
  state: z.enum(["pending", "completed", "error", "recoverable", "recovering"]),
  stateMessage: z.string().nullable(),
  startedAt: z.coerce.date(),
  sizeGib: z.number(),
  tier: z.enum(["standard", "archive"]),
  /** How its last way into or out of the archive went, and since when it is there; left out where nobody has asked. Source: EC2 API reference, "SnapshotTierStatus". */
  tiering: z.object({ status: z.string(), archivedAt: z.coerce.date().nullable() }).optional(),
  /** EC2's own lock; without an end where it never ends by itself. */
  lock: z.object({ mode: z.string(), until: z.coerce.date().nullable() }).nullable(),
  tags: z.record(z.string(), z.string()),
});
export type Snapshot = z.infer<typeof Snapshot>;

/** A snapshot that nobody may delete now; `by` ends the sentence "needed by ...". */
const Needed = z.object({ snapshotId: z.string(), by: z.string() });
export type Needed = z.infer<typeof Needed>;

/** Everything that a plan of what to keep rests on, read at one time; a plan is never made of half a view. */
export const SnapshotFacts = z.object({
  stage: z.string(),
  at: z.coerce.date(),
  /** The fleet's data volume; null where there is none (any more). */
  volumeId: z.string().nullable(),
  /** Those volumes of which there are snapshots that still exist. */
  volumes: z.array(z.string()),
  /** Everything with the stage's tag, and everything of the fleet's data volume, whoever made it. */
  snapshots: z.array(Snapshot),
  /** Images of this account that rest on snapshots, in whatever state: EC2 refuses to delete what a disabled image needs too. */
  images: z.array(z.object({ imageId: z.string(), state: z.string(), snapshotIds: z.array(z.string()) })),
  /** Versions of launch templates that name snapshots. */
  templates: z.array(z.object({ templateId: z.string(), version: z.string(), snapshotIds: z.array(z.string()) })),
  /** Snapshots that Steward itself is at, or wants as evidence, and for what. */
  needed: z.array(Needed),
});
export type SnapshotFacts = z.infer<typeof SnapshotFacts>;

/** What Steward's tags say of a snapshot that it made. */
export const Marks = z.object({
  schedules: z.array(z.string()),
  slot: z.date(),
  consistency: z.enum(CONSISTENCIES),
  dueAt: z.date().nullable(),
  /** When it was last restored, by a proof, and whether it served then or the data alone were looked at. */
  provenAt: z.date().nullable(),
  provenScope: z.enum(["served", "data-only"]).nullable(),
  /** Why its last proof failed. */
  proofFailed: z.string().nullable(),
});
export type Marks = z.infer<typeof Marks>;
