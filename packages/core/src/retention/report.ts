import { z } from "zod";
import { ProofView } from "../proof/view.ts";
import type { SnapshotPolicy } from "../settings/schema.ts";
import { blastRadius } from "./blast-radius.ts";
import { planRetention, RETENTION_RULES, type RetentionLine, VERDICTS } from "./plan.ts";
import type { SnapshotFacts } from "./snapshot.ts";

/** What would become of each snapshot if they were pruned now. */
export const SnapshotsReport = z.object({
  stage: z.string(),
  at: z.coerce.date(),
  /** The fleet's data volume; null where there is none (any more). */
  volumeId: z.string().nullable(),
  lines: z.array(
    z.object({
      snapshotId: z.string(),
      volumeId: z.string(),
      at: z.coerce.date(),
      verdict: z.enum(VERDICTS),
      rule: z.enum(RETENTION_RULES),
      because: z.string(),
      dueAt: z.coerce.date().nullable(),
    }),
  ),
  counts: z.object({ keep: z.int(), archive: z.int().default(0), delete: z.int() }),
  /** Why nothing would be deleted although it is due; null when nothing stands in the way. */
  because: z.string().nullable(),
  /** When a restore was last proven, and with what numbers. An older function does not tell. */
  proof: ProofView.nullable().default(null),
});
export type SnapshotsReport = z.infer<typeof SnapshotsReport>;

/** The plan of a moment as people and programs read it, but for what the ledger knows of proofs; nothing is confirmed by reading it. */
export function reportOf(facts: SnapshotFacts, policy: SnapshotPolicy, now: Date): Omit<SnapshotsReport, "proof"> {
  const { stage, volumeId } = facts;
  const lines = planRetention(facts, policy, now);
  const of = (verdict: RetentionLine["verdict"]) => lines.filter((line) => line.verdict === verdict).length;
  const counts = { keep: of("keep"), archive: of("archive"), delete: of("delete") };
  return { stage, at: now, volumeId, lines, counts, because: blastRadius(lines, policy, null) ?? null };
}
