import { z } from "zod";

/** What one pruning is to do. */
export const PruneOrder = z.object({
  /** Only what was due at this moment goes, whatever happens meanwhile. */
  asOf: z.coerce.date(),
  /** Deletions that a person has seen in the plan and wants although they are more than the settings allow; null leaves it to the settings. */
  confirmed: z.int().positive().nullable(),
});
export type PruneOrder = z.infer<typeof PruneOrder>;

/** One that could not be deleted, and why. */
const Failed = z.object({ snapshotId: z.string(), because: z.string() });

/** One pruning on the ledger, from its first batch to its end; the cursor by which the next invocation goes on. */
export const PruneRecord = z.object({
  /** Of the copies in the other region; left out, of the snapshots at home. */
  copies: z.literal(true).optional(),
  /** Key of the step that does it. */
  key: z.string(),
  startedAt: z.coerce.date(),
  at: z.coerce.date(),
  endedAt: z.coerce.date().nullable(),
  /** `partial`: at an end, and some could not be deleted; `refused`: a guard held it back, and nothing was deleted. */
  status: z.enum(["under-way", "done", "partial", "refused"]),
  /** Due when it began. */
  due: z.int(),
  deleted: z.int(),
  /** Kept, and on their way into the archive since. */
  archived: z.int().default(0),
  /** Kept by their rules when it began, or found wanted after all right before they would have gone. */
  kept: z.int(),
  /** Every one is counted in `failures`; the first hundred are named, and at some thousands the pruning ends. */
  failed: z.array(Failed),
  failures: z.int(),
  /** Left for the next invocation, or for the next pruning. */
  deferred: z.int(),
  /** Why it was refused; the guard's sentence. */
  because: z.string().nullable(),
  /** Deletions that may be made at once, and when that was counted: what the pace has saved up. */
  tokens: z.object({ left: z.number(), at: z.coerce.date() }),
});
export type PruneRecord = z.infer<typeof PruneRecord>;
