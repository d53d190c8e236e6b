import { after } from "../apply/duration.ts";
import { isFounding } from "../first-deploy/stages.ts";
import type { FleetFacts } from "../fleet/facts.ts";
import type { Finding } from "../health/triage.ts";
import type { Attempt } from "../incidents/attempt.ts";
import type { KeepingKind } from "../incidents/incident.ts";
import { blastRadius } from "../retention/blast-radius.ts";
import { marksOf } from "../retention/marks.ts";
import type { RetentionLine, RetentionRule } from "../retention/plan.ts";
import type { Marks, Snapshot, SnapshotFacts } from "../retention/snapshot.ts";
import type { SnapshotPolicy } from "../settings/schema.ts";
import type { Outlook } from "./due.ts";
import { failedLocks, unlocked } from "./locking.ts";
import { missing } from "./missing.ts";
import type { PruneRecord } from "./prune-record.ts";

/** Everything about the snapshots of a stage on which its findings rest. */
export interface Keep {
  fleet: FleetFacts;
  seen: SnapshotFacts;
  policy: SnapshotPolicy;
  lines: readonly RetentionLine[];
  mayTake: boolean;
  now: Date;
}

/** A snapshot that is pending for longer is stuck. */
const FINISHED_WITHIN = { hours: 6 };
/** Of a long list people are shown this much. */
const SHOWN = 20;

/** Everything that is wrong with what is kept, in words for people. Same facts, same findings. */
export function keepingFindings(keep: Keep): Finding[] {
  const { fleet } = keep;
  const volume = fleet.dataVolume?.id;
  return [
    ...(volume === undefined ? finding("snapshot-missing", fleet.group.name, outOfSight(fleet)) : ofVolume(keep, { fleet, seen: keep.seen, volumeId: volume })),
    ...finding("pruning-stopped", fleet.group.name, blastRadius(keep.lines, keep.policy, null) ?? []),
    ...finding("pruning-partial", fleet.group.name, undeleted(keep)),
    ...finding("snapshots-unlocked", fleet.group.name, failedLocks(fleet, unlocked(keep.seen, keep.policy, keep.now))),
    ...orphans(keep),
  ];
}

/** None where there is nothing to say. */
function finding(kind: KeepingKind, resource: string, evidence: string | string[]): Finding[] {
  const all = [evidence].flat();
  const shown = all.length > SHOWN ? [...all.slice(0, SHOWN - 1), `and ${all.length - SHOWN + 1} more`] : all;
  return all.length === 0 ? [] : [{ kind, resource, cause: kind, evidence: shown }];
}

function ofVolume({ policy, mayTake, now }: Keep, outlook: Outlook): Finding[] {
  const ours = oursOf(outlook.seen, outlook.volumeId);
  const stuck = ours.filter(({ snapshot }) => snapshot.state === "pending" && after(snapshot.startedAt, FINISHED_WITHIN) < now);
  const overdue = missing(outlook, policy, mayTake, now);
  const of = (kind: KeepingKind, evidence: string[]) => finding(kind, outlook.volumeId, evidence);
  return [
    ...of("snapshot-failed", [...failedSnapshots(ours), ...failedAttempts(outlook.fleet)]),
    ...of(
      "snapshot-stuck",
      stuck.map(({ snapshot }) => `${snapshot.id} has been pending since ${snapshot.startedAt.toISOString()}`),
    ),
    ...of("snapshots-unfrozen", unfrozen(ours, outlook.fleet)),
    ...of(
      "snapshot-missing",
      overdue.map(({ schedule, since }) => `${schedule.id} has had no snapshot since ${since.toISOString()}`),
    ),
  ];
}

/** So many slots in a row are no accident. */
const IN_A_ROW = 3;

/** The newest few, when for none of them the database was at rest; with the reason where the ledger still has it. */
function unfrozen(ours: readonly Ours[], { slots }: FleetFacts): string[] {
  const bySlot = [...Map.groupBy(ours, ({ marks }) => marks.slot.getTime())].toSorted(([a], [b]) => b - a).slice(0, IN_A_ROW);
  const isRow = bySlot.length === IN_A_ROW && bySlot.every(([, all]) => all.every(({ marks }) => marks.consistency !== "application"));
  const because = (at: number) => slots.find(({ slot }) => slot.getTime() === at)?.because;
  return isRow ? bySlot.map(([at]) => `the one of ${new Date(at).toISOString()}${because(at) ? `: ${because(at)}` : ""}`) : [];
}

interface Ours {
  snapshot: Snapshot;
  marks: Marks;
}

const oursOf = ({ snapshots, stage }: SnapshotFacts, volumeId: string): Ours[] =>
  snapshots.flatMap((snapshot) => {
    const marks = snapshot.volumeId === volumeId ? marksOf(snapshot, stage) : undefined;
    return marks ? [{ snapshot, marks }] : [];
  });

/** EC2 gave up on them, and none since, or of the same slot, was finished. */
function failedSnapshots(ours: readonly Ours[]): string[] {
  const finished = ours.filter(({ snapshot }) => snapshot.state === "completed");
  return ours
    .filter(({ snapshot, marks }) => snapshot.state === "error" && !finished.some((other) => other.marks.slot >= marks.slot))
    .map(({ snapshot }) => `${snapshot.id} of ${snapshot.startedAt.toISOString()} failed: ${snapshot.stateMessage ?? "EC2 gives no reason"}`);
}

/** Attempts after which none has been made. */
function failedAttempts({ attempts }: FleetFacts): string[] {
  const taken = attempts.filter(({ runbook }) => runbook === "take-snapshots");
  const since = taken.slice(taken.findLastIndex(({ outcome }) => outcome === "done") + 1);
  return since.filter(({ outcome }) => outcome === "failed").map(({ startedAt, because }: Attempt) => `the attempt of ${startedAt.toISOString()}: ${because}`);
}

/** A server serves, and the volume that it serves from is not found by its name and tags. */
const outOfSight = (fleet: FleetFacts): string[] =>
  isFounding(fleet) || fleet.desired === null ? [] : ["no volume with the fleet's tags and name is found: none can be made, and none is deleted"];

/** What the last prunings could not delete, and is due still. */
function undeleted({ fleet: { prunings, attempts }, lines }: Keep): string[] {
  const last = prunings.findLast(({ copies, endedAt, status }) => !copies && endedAt !== null && status !== "refused");
  const due = new Set(lines.filter(({ verdict }) => verdict !== "keep").map(({ snapshotId }) => snapshotId));
  const tried = attempts.findLast(({ runbook, outcome }) => runbook === "prune-snapshots" && (outcome === "done" || outcome === "failed"));
  return [
    ...(tried?.outcome === "failed" && due.size > 0 ? [`the pruning of ${tried.startedAt.toISOString()} failed: ${tried.because}`] : []),
    ...(last ? leftBy(last, due) : []),
  ];
}

function leftBy({ startedAt, deferred, deleted, failed }: PruneRecord, due: ReadonlySet<string>): string[] {
  const busy = deferred > 0 && deleted === 0 ? [`the pruning of ${startedAt.toISOString()} deleted none: EC2 was too busy for ${deferred}`] : [];
  return [...busy, ...failed.filter(({ snapshotId }) => due.has(snapshotId)).map(({ snapshotId, because }) => `${snapshotId}: ${because}`)];
}

/** One for each volume that is gone, as long as something is left of it that nobody has taken care of. */
function orphans({ seen, lines }: Keep): Finding[] {
  const isThere = (id: string) => id === seen.volumeId || seen.volumes.includes(id);
  const left = Map.groupBy(
    lines.filter(({ volumeId, rule }) => !isThere(volumeId) && !CARED_FOR.has(rule)),
    ({ volumeId }) => volumeId,
  );
  return [...left].flatMap(([volumeId, of]) => {
    const [newest] = of.map(({ at }) => at.toISOString());
    return finding("orphaned-snapshots", volumeId, `${of.length} snapshots are left of it, the newest of ${newest}`);
  });
}

/** Kept by somebody's will, or none of ours. */
const CARED_FOR: ReadonlySet<RetentionRule> = new Set<RetentionRule>(["not-ours", "binned", "locked", "held", "errored"]);
