import { z } from "zod";
import { DatabaseReport } from "../../fleet/database-report.ts";
import { DatabaseDrillRecord } from "./record.ts";

/** Whatever carries the drills' tag, of whichever drill; null where somebody has taken the drill's own name away. */
const Made = { id: z.string(), drillId: z.string().nullable(), status: z.string(), madeAt: z.coerce.date().nullable() };

const DatabaseCopy = z.object({ ...Made, host: z.string().nullable(), port: z.int().nullable() });
export type DatabaseCopy = z.infer<typeof DatabaseCopy>;

const KeptSnapshot = z.object(Made);
export type KeptSnapshot = z.infer<typeof KeptSnapshot>;

/** What became of the newest command that asked for a report. */
const DatabaseAnswer = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("report"), report: DatabaseReport }),
  z.object({ kind: z.literal("running") }),
  z.object({ kind: z.literal("unknown"), because: z.string() }),
  z.object({ kind: z.literal("not-asked") }),
]);
export type DatabaseAnswer = z.infer<typeof DatabaseAnswer>;

/** A snapshot that RDS could restore now. */
const DatabaseSnapshot = z.object({ id: z.string(), at: z.coerce.date() });
export type DatabaseSnapshot = z.infer<typeof DatabaseSnapshot>;

/** Everything about a pair's drills on which a decision may rest, read at the same time as the fleet. */
export const DatabaseDrillFacts = z.object({
  record: DatabaseDrillRecord.nullable(),
  copies: z.array(DatabaseCopy),
  kept: z.array(KeptSnapshot),
  /** Available snapshots of the fleet's database, newest first; those that Steward keeps are not among them. */
  snapshots: z.array(DatabaseSnapshot),
  /** When the fleet's database was made: nothing of it could have been proven before. */
  since: z.coerce.date().nullable(),
  answer: DatabaseAnswer,
});
export type DatabaseDrillFacts = z.infer<typeof DatabaseDrillFacts>;
