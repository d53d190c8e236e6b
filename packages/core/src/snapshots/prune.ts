import { after } from "../apply/duration.ts";
import { blastRadius } from "../retention/blast-radius.ts";
import { planRetention, type RetentionLine } from "../retention/plan.ts";
import type { Snapshot, SnapshotFacts } from "../retention/snapshot.ts";
import type { StepContext } from "../runbooks/steps.ts";
import type { SnapshotPolicy } from "../settings/schema.ts";
import { archiveDue } from "./archive-due.ts";
import { type Deleted, deletePaced, type Pace } from "./delete-paced.ts";
import { shareOf, takeTurn } from "./pace.ts";
import type { SnapshotWorld } from "./ports.ts";
import type { PruneOrder, PruneRecord } from "./prune-record.ts";

/** How long one invocation deletes: much shorter than the function may run. */
const BATCH = { seconds: 60 };

/** Failures that are named in the record of a pruning that has ended. */
const NAMED = 100;
/** Failures after which a pruning ends: it has to remember each, and an item of DynamoDB's takes 400 KB. Source: DynamoDB developer guide, "Service, account, and table quotas". */
const REMEMBERED = 3_000;
/** Characters of a reason. */
const REASON = 300;

/** One invocation's share of a pruning. */
interface Batch {
  world: SnapshotWorld;
  plan: (facts: SnapshotFacts) => RetentionLine[];
  pace: Pace;
}

/** What the batch has come to. */
interface State {
  facts: SnapshotFacts;
  record: PruneRecord;
  /** Due, and not seen to yet; oldest first. */
  queue: string[];
}

/**
 * Deletes what was due as of a moment, for at most a minute; the record says where the next invocation goes on. Whatever has changed
 * since the plan is read again right before, and more than was due at first is never deleted.
 */
export async function pruneSnapshots(
  world: SnapshotWorld,
  { asOf, confirmed }: PruneOrder,
  context: StepContext & { volumeId: string | null; policy: SnapshotPolicy; copies?: true },
): Promise<void> {
  const { policy, volumeId, key, copies } = context;
  const known = await world.ledger.pruning(key);
  if (known && known.endedAt !== null) return;
  const plan = (facts: SnapshotFacts) => planRetention(facts, policy, asOf);
  const facts = startedBefore(asOf, await world.store.facts(volumeId));
  const lines = plan(facts);
  const refused = known ? undefined : blastRadius(lines, policy, confirmed);
  const record = known ?? { ...opened(key, lines, { now: world.now(), burst: policy.pruning.burst }), ...(copies && { copies }) };
  if (refused !== undefined) return await world.ledger.putPruning({ ...record, status: "refused", because: refused, endedAt: record.at });
  if (!known) await world.ledger.putPruning(record);
  const pace: Pace = { rate: policy.pruning, tokens: record.tokens, until: after(world.now(), BATCH) };
  await deleteDue({ world, plan, pace }, { facts, record, queue: queueOf(lines, record) });
}

/** What was made meanwhile is no part of it: without it no more is due. */
const startedBefore = (asOf: Date, facts: SnapshotFacts): SnapshotFacts => ({
  ...facts,
  snapshots: facts.snapshots.filter(({ startedAt }) => startedAt < asOf),
});

function opened(key: string, lines: readonly RetentionLine[], { now, burst }: { now: Date; burst: number }): PruneRecord {
  const due = lines.filter(isDue).length;
  const none = { deleted: 0, archived: 0, failed: [], failures: 0, deferred: 0, because: null };
  return { key, startedAt: now, at: now, endedAt: null, status: "under-way", due, kept: lines.length - due, ...none, tokens: { left: burst, at: now } };
}

const isDue = ({ verdict }: RetentionLine): boolean => verdict === "delete";

/** Those that failed before are not tried again in this pruning. */
function queueOf(lines: readonly RetentionLine[], { failed, failures, deleted, due }: PruneRecord): string[] {
  const before = new Set(failed.map(({ snapshotId }) => snapshotId));
  const left = lines.filter((line) => isDue(line) && !before.has(line.snapshotId)).toSorted((a, b) => a.at.getTime() - b.at.getTime());
  return left.map(({ snapshotId }) => snapshotId).slice(0, Math.max(0, due - deleted - failures));
}

/** Chunk by chunk, each read again, deleted and noted, until the time is over. What EC2 was too busy for all the while is for the next pruning. */
async function deleteDue(batch: Batch, begun: State): Promise<void> {
  const { world, pace } = batch;
  let state = begun;
  let left = 0;
  while (state.queue.length > 0 && hasTurn(pace, world.now()) && state.record.failed.length < REMEMBERED) {
    const next = await deleteChunk(batch, state);
    left += next.left;
    state = next.state;
    await world.ledger.putPruning({ ...state.record, deferred: left + state.queue.length });
  }
  const deferred = left + state.queue.length;
  const isStuck = seenTo(state.record) === seenTo(begun.record);
  if (deferred > 0 && !isStuck) return await world.ledger.putPruning({ ...state.record, deferred });
  const archiving = { world, plan: batch.plan, readAgain: (facts: SnapshotFacts, ids: readonly string[]) => readAgain(world, facts, ids) };
  const record = deferred > 0 ? state.record : await archiveDue(archiving, state.facts, state.record);
  await world.ledger.putPruning(ended({ ...record, deferred }, world.now()));
}

const seenTo = ({ deleted, failures }: PruneRecord): number => deleted + failures;

const hasTurn = ({ tokens, rate, until }: Pace, now: Date): boolean => now.getTime() + takeTurn(tokens, rate, now).waitMs < until.getTime();

const ended = (record: PruneRecord, now: Date): PruneRecord => ({
  ...record,
  at: now,
  endedAt: now,
  status: record.failures > 0 ? "partial" : "done",
  failed: record.failed.slice(0, NAMED),
});

/** As many as go within a few seconds, read again right before. */
async function deleteChunk({ world, plan, pace }: Batch, { facts, record, queue }: State): Promise<{ state: State; left: number }> {
  const chunk = queue.slice(0, shareOf(pace.rate));
  const present = await readAgain(world, facts, chunk);
  const verdicts = new Map(plan(present).map(({ snapshotId, verdict }) => [snapshotId, verdict]));
  const due = chunk.filter((id) => verdicts.get(id) === "delete");
  const wanted = chunk.filter((id) => verdicts.has(id) && verdicts.get(id) !== "delete");
  const results = await deletePaced(world, due, pace);
  const gone = new Set([...results].flatMap(([id, { kind }]) => (HAS_GONE.has(kind) ? [id] : [])));
  return {
    state: {
      facts: { ...present, snapshots: present.snapshots.filter(({ id }) => !gone.has(id)) },
      record: { ...tallied(record, results), kept: record.kept + wanted.length, tokens: pace.tokens, at: world.now() },
      queue: queue.slice(chunk.length),
    },
    left: [...results.values()].filter(({ kind }) => kind === "deferred").length,
  };
}

const HAS_GONE: ReadonlySet<string> = new Set(["deleted", "gone"]);

/** The facts with these as they are right now; what has gone meanwhile is in them no more. */
async function readAgain({ store }: SnapshotWorld, facts: SnapshotFacts, chunk: readonly string[]): Promise<SnapshotFacts> {
  const now = new Map((await store.again([...chunk])).map((snapshot) => [snapshot.id, snapshot]));
  const asked = new Set(chunk);
  const present = ({ id, tiering }: Snapshot): Snapshot[] => {
    const read = now.get(id);
    return read ? [{ ...read, ...(tiering && { tiering }) }] : [];
  };
  return { ...facts, snapshots: facts.snapshots.flatMap((snapshot) => (asked.has(snapshot.id) ? present(snapshot) : [snapshot])) };
}

/** One that somebody else has deleted counts for nobody. Reasons are kept for the first only, so that the record stays small. */
function tallied(record: PruneRecord, results: ReadonlyMap<string, Deleted>): PruneRecord {
  const failed = [...results].flatMap(([snapshotId, result]) => (result.kind === "failed" ? [{ snapshotId, because: result.because.slice(0, REASON) }] : []));
  const all = [...record.failed, ...failed].map((one, index) => (index < NAMED ? one : { ...one, because: "" }));
  const deleted = [...results.values()].filter(({ kind }) => kind === "deleted").length;
  return { ...record, deleted: record.deleted + deleted, failures: record.failures + failed.length, failed: all };
}
