import type { SnapshotPolicy } from "../settings/schema.ts";
import type { RetentionLine } from "./plan.ts";

/** Why this is too much to delete at once, for the pager; undefined when it is within the settings, or within what a person has confirmed. */
export function blastRadius(lines: readonly RetentionLine[], { pruning }: SnapshotPolicy, confirmed: number | null): string | undefined {
  const ours = lines.filter(({ rule }) => rule !== "not-ours").length;
  const due = lines.filter(({ verdict }) => verdict === "delete").length;
  if (due <= (confirmed ?? 0)) return undefined;
  const limit = exceeded(due, ours, pruning);
  return (
    limit && `${due} of ${ours} snapshots are due at once: more than ${limit}${confirmed === null ? "" : `, and than the ${confirmed} that were confirmed`}`
  );
}

function exceeded(due: number, ours: number, { atMost, atMostPercent }: SnapshotPolicy["pruning"]): string | undefined {
  if (due > atMost) return `${atMost} (snapshots.pruning.atMost)`;
  return due * 100 > ours * atMostPercent ? `${atMostPercent} % (snapshots.pruning.atMostPercent)` : undefined;
}
