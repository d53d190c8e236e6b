import { Retryable } from "../errors.ts";
import { isBeingArchived } from "../retention/archive.ts";
import type { RetentionLine } from "../retention/plan.ts";
import type { SnapshotFacts } from "../retention/snapshot.ts";
import type { Archival, SnapshotWorld } from "./ports.ts";
import type { PruneRecord } from "./prune-record.ts";

/** Under way at once; EC2 takes 25 of a whole account. Source: EBS user guide, "Archive Amazon EBS snapshots", quotas. */
const AT_ONCE = 20;

/** What archiving uses of a pruning. */
interface Archiving {
  world: Pick<SnapshotWorld, "store">;
  plan: (facts: SnapshotFacts) => RetentionLine[];
  /** The facts with these as they are right now. */
  readAgain: (facts: SnapshotFacts, ids: readonly string[]) => Promise<SnapshotFacts>;
}

/**
 * Puts into the archive what belongs there, oldest first and each read again before, when everything that is due is gone. What there is no
 * room for is for the next pruning: nothing is lost by waiting.
 */
export async function archiveDue({ world, plan, readAgain }: Archiving, facts: SnapshotFacts, record: PruneRecord): Promise<PruneRecord> {
  const before = new Set(record.failed.map(({ snapshotId }) => snapshotId));
  const room = Math.max(0, AT_ONCE - facts.snapshots.filter(isBeingArchived).length);
  const wanted = queueOf(plan(facts)).filter((id) => !before.has(id));
  const ids = wanted.slice(0, room);
  if (ids.length === 0) return record;
  const still = new Set(queueOf(plan(await readAgain(facts, ids))));
  let tally = record;
  for (const id of ids.filter((id) => still.has(id))) {
    const result = await attempt(world, id);
    if (result.kind === "busy") break;
    if (result.kind === "archiving") tally = { ...tally, archived: tally.archived + 1 };
    if (result.kind === "failed") tally = { ...tally, failures: tally.failures + 1, failed: [...tally.failed, { snapshotId: id, because: result.because }] };
  }
  return tally;
}

const queueOf = (lines: readonly RetentionLine[]): string[] =>
  lines
    .filter(({ verdict }) => verdict === "archive")
    .toSorted((a, b) => a.at.getTime() - b.at.getTime())
    .map(({ snapshotId }) => snapshotId);

const attempt = ({ store }: Pick<SnapshotWorld, "store">, id: string): Promise<Archival | { kind: "busy" }> =>
  store.archive(id).catch((error: unknown) => (error instanceof Retryable ? { kind: "busy" } : { kind: "failed", because: String((error as Error).message) }));
