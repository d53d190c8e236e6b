import type { RetentionLine } from "@steward/core/retention/plan";
import type { SnapshotsReport } from "@steward/core/retention/report";

const VOLUME = "vol-0a1b2c3d4e5f60718";

/** One that the plan keeps, unless told otherwise. */
export const aLine = (more: Partial<RetentionLine> = {}): RetentionLine => ({
  snapshotId: "snap-00000000000000001",
  volumeId: VOLUME,
  at: new Date("2026-11-02T14:00:00Z"),
  verdict: "keep",
  rule: "schedule",
  because: "daily keeps 14, this is the 3rd",
  dueAt: new Date("2026-11-16T00:00:00Z"),
  ...more,
});

/** One that is due. */
export const aDueLine = (more: Partial<RetentionLine> = {}): RetentionLine =>
  aLine({
    snapshotId: "snap-00000000000000002",
    at: new Date("2026-10-01T00:00:00Z"),
    verdict: "delete",
    rule: "due",
    because: "due since 2026-10-15: no rule keeps it",
    dueAt: new Date("2026-10-15T00:00:00Z"),
    ...more,
  });

/** A report of these lines, counted. */
export const aReport = (lines: RetentionLine[], more: Partial<SnapshotsReport> = {}): SnapshotsReport => {
  const of = (verdict: RetentionLine["verdict"]) => lines.filter((line) => line.verdict === verdict).length;
  const counts = { keep: of("keep"), archive: of("archive"), delete: of("delete") };
  return { stage: "demo", at: new Date("2026-11-02T14:03:12Z"), volumeId: VOLUME, lines, counts, because: null, proof: null, ...more };
};
