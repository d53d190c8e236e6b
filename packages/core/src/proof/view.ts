import { z } from "zod";
import { type DrillRecord, Proven } from "./drill-record.ts";

/** What a person sees who asks whether a restore was ever proven. */
export const ProofView = z.object({
  /** The last restore that was proven of the volume that the newest drill is about; null where there is none. */
  last: Proven.nullable(),
  /** Why the newest drill proved nothing, or why there is none; null where nothing is wrong with it. */
  because: z.string().nullable(),
  /** The drill that is under way, up to its verdict. */
  underWay: z.object({ id: z.string(), snapshotId: z.string(), startedAt: z.coerce.date() }).nullable(),
});
export type ProofView = z.infer<typeof ProofView>;

/** What the ledger knows of proofs; `everyDays` is null where people see to drills themselves. */
export function proofView(record: DrillRecord | null, everyDays: number | null): ProofView {
  const isOpen = record?.state === "under-way";
  const underWay = isOpen ? { id: record.id, snapshotId: record.snapshotId, startedAt: record.startedAt } : null;
  return { last: record && lastProven(record), because: whyNot(record, everyDays), underWay };
}

/** The last proof that this drill or an earlier one came to, in numbers. */
export function lastProven({ state, decidedAt, snapshotId, startedAt, rpoSeconds, servedAt, loadedAt, lastProven: earlier }: DrillRecord): Proven | null {
  if (state !== "proven" || decidedAt === null) return earlier;
  const since = (at: Date | null): number | null => at && Math.max(0, Math.round((at.getTime() - startedAt.getTime()) / 1000));
  return { at: decidedAt, snapshotId, rpoSeconds, servedAfterSeconds: since(servedAt), loadedAfterSeconds: since(loadedAt) };
}

function whyNot(record: DrillRecord | null, everyDays: number | null): string | null {
  if (record === null) return everyDays === null ? "drills are switched off, and nobody has asked for one" : "no drill has begun yet";
  if (record.unproven) return `${record.unproven.snapshotId} did not pass at ${record.unproven.since.toISOString()}: ${record.unproven.because}`;
  if (record.state === "undecided") return `the drill of ${record.startedAt.toISOString()} came to no verdict: ${record.because ?? "nobody knows why"}`;
  return null;
}

/** The last proof as one line for people, with what a restore would cost them in data and in time. */
export function proofWords({ last, because, underWay }: ProofView): string {
  if (!last) return `no restore was ever proven${because ? `: ${because}` : ""}${underWay ? `; a drill of ${underWay.snapshotId} is under way` : ""}`;
  const { at, snapshotId, rpoSeconds, servedAfterSeconds, loadedAfterSeconds } = last;
  const served = servedAfterSeconds === null ? "nothing was started on it" : `it served after ${spanOf(servedAfterSeconds)}`;
  const loaded = loadedAfterSeconds === null ? "" : `, as fast as before after ${spanOf(loadedAfterSeconds)}`;
  return `last proven ${at.toISOString()} with ${snapshotId}: what was written in the ${spanOf(rpoSeconds)} before would have been lost (RPO); ${served}${loaded} (RTO)`;
}

const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
  ["s", 1],
] as const;

/** The two largest units of so many seconds: `2 h 5 min`. */
function spanOf(seconds: number): string {
  let rest = seconds;
  const words = UNITS.flatMap(([unit, length]) => {
    const whole = Math.floor(rest / length);
    rest -= whole * length;
    return whole > 0 ? [`${whole} ${unit}`] : [];
  });
  return words.slice(0, 2).join(" ") || "0 s";
}
