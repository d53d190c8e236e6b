import { z } from "zod";
import { InstanceId } from "../fleet/instance-id.ts";

/** How a snapshot was made: `application` with the database at rest, `crash` as after a power cut, `unproven` while nobody has said which. */
export const CONSISTENCIES = ["application", "crash", "unproven"] as const;
export type Consistency = (typeof CONSISTENCIES)[number];

/** One moment that wants a set of snapshots, as the runbook orders it: plain data, the same after every replay. */
export const SnapshotOrder = z.object({
  /** The moment for which the set is made; names it. */
  slot: z.coerce.date(),
  /** Schedules that share it; `by-hand` for a person's. */
  schedules: z.array(z.string()).min(1),
  volumeId: z.string(),
  /** The server that has the volume; null when nobody has it, so that nothing has to be brought to rest. */
  instanceId: InstanceId.nullable(),
  /** When the last of its schedules lets go of it; null for never. */
  dueAt: z.coerce.date().nullable(),
  unfrozen: z.enum(["take", "skip"]),
  /** The attempt at this slot whose set EC2 gave up on afterwards; absent where none was made. */
  instead: z.int().positive().optional(),
  /** Fingerprint of the policy by which it was made. */
  policy: z.string(),
});
export type SnapshotOrder = z.infer<typeof SnapshotOrder>;

/**
 * One slot on the ledger. `claimed`: somebody is at it; `creating`: EC2 was asked, and its answer may be lost; `made`: the set is
 * there; `failed`: this attempt came to nothing, another may begin.
 */
export const SlotRecord = z.object({
  slot: z.coerce.date(),
  volumeId: z.string(),
  schedules: z.array(z.string()),
  state: z.enum(["claimed", "creating", "made", "failed"]),
  /** Key of the step that has it. */
  key: z.string(),
  /** Attempts so far, from 1. */
  attempt: z.int().positive(),
  /** When it was last changed. */
  at: z.coerce.date(),
  /** When EC2 was last asked to make the set; null before. */
  askedAt: z.coerce.date().nullable(),
  snapshotIds: z.array(z.string()),
  consistency: z.enum(CONSISTENCIES).nullable(),
  /** Why it is not application-consistent, or failed. */
  because: z.string().nullable(),
  revision: z.int().positive(),
});
export type SlotRecord = z.infer<typeof SlotRecord>;
