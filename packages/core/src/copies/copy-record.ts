import { z } from "zod";

/** One snapshot that is to be copied, on the ledger. `asking`: EC2 was asked, and its answer may be lost; `made`: the copy has an id; `failed`: another attempt may begin. */
export const CopyRecord = z.object({
  /** The snapshot in the stage's own region; names the record. */
  sourceId: z.string(),
  state: z.enum(["asking", "made", "failed"]),
  /** Key of the step that has it. */
  key: z.string(),
  /** Attempts so far, from 1. */
  attempt: z.int().positive(),
  /** When the first attempt began. */
  since: z.coerce.date(),
  /** When it was last changed. */
  at: z.coerce.date(),
  copyId: z.string().nullable(),
  /** Why the last attempt came to nothing. */
  because: z.string().nullable(),
  revision: z.int().positive(),
});
export type CopyRecord = z.infer<typeof CopyRecord>;
