import { z } from "zod";
import { InstanceId } from "../../fleet/instance-id.ts";
import { BucketLook } from "./bucket.ts";

/** How many objects there were at the time of a snapshot, by a look to the end of the bucket; later looks must find no fewer. */
const Baseline = z.object({ at: z.coerce.date(), objects: z.int() });
export type Baseline = z.infer<typeof Baseline>;

/**
 * The newest drill of a pair, on the ledger. `undecided`: something else than the snapshot kept it from a verdict. It is over when
 * nothing is left of what it made but, of a proven one, the snapshot that is kept.
 */
export const DatabaseDrillRecord = z.object({
  /** Names everything that it makes. */
  id: z.string(),
  /** Key of the step that began it, which tells its run. */
  key: z.string(),
  snapshotId: z.string(),
  /** The instant of the data in it. */
  snapshotAt: z.coerce.date(),
  /** The database instance of which it is. */
  databaseId: z.string(),
  startedAt: z.coerce.date(),
  /** Age of the snapshot when the drill began: what would have been lost with it. */
  rpoSeconds: z.int(),
  /** What would have been lost with a restore to the last minute that RDS offers; null where RDS named none. */
  latestSeconds: z.int().nullable(),
  state: z.enum(["under-way", "proven", "failed", "undecided"]),
  because: z.string().nullable(),
  decidedAt: z.coerce.date().nullable(),
  /** One line for each check of the verdict. */
  verdicts: z.array(z.string()),
  copyId: z.string().nullable(),
  /** When its restore was asked for. */
  restoreAt: z.coerce.date().nullable(),
  /** When a query on the copy was first answered. */
  servedAt: z.coerce.date().nullable(),
  bucket: BucketLook.nullable(),
  /** The newest of the commands that asked a node for a report. */
  asked: z.object({ number: z.int().positive(), at: z.coerce.date(), commandId: z.string(), instanceId: InstanceId }).nullable(),
  /** The snapshot of Steward's own that is kept of a proven one. */
  keptId: z.string().nullable(),
  endedAt: z.coerce.date().nullable(),
  /** When a drill of this database, this or an earlier one, last proved a snapshot, and what was counted then. */
  provenAt: z.coerce.date().nullable(),
  baseline: Baseline.nullable(),
  /** The first that failed since then; an undecided one does not make up for it. */
  unproven: z.object({ since: z.coerce.date(), snapshotId: z.string(), snapshotAt: z.coerce.date().optional(), because: z.string() }).nullable(),
  revision: z.int().positive(),
});
export type DatabaseDrillRecord = z.infer<typeof DatabaseDrillRecord>;

/** How a drill came out. */
export interface DatabaseVerdict {
  state: "proven" | "failed" | "undecided";
  because: string;
  verdicts: string[];
}

/** Seconds from the order to restore to the first answered query; null where that did not come about. */
export const rtoSeconds = ({ restoreAt, servedAt }: Pick<DatabaseDrillRecord, "restoreAt" | "servedAt">): number | null =>
  restoreAt && servedAt ? Math.round((servedAt.getTime() - restoreAt.getTime()) / 1000) : null;
