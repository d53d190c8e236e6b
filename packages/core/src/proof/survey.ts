import { after } from "../apply/duration.ts";
import type { Duration } from "../apply/run.ts";
import { isFounding } from "../first-deploy/stages.ts";
import type { FleetFacts } from "../fleet/facts.ts";
import { unrestOf } from "../guards/calm-server.ts";
import type { Finding } from "../health/triage.ts";
import { marksOf } from "../retention/marks.ts";
import type { SnapshotFacts } from "../retention/snapshot.ts";
import { isGood } from "../retention/standing.ts";
import type { SnapshotPolicy } from "../settings/schema.ts";
import { slotName, slotOf } from "../snapshots/slots.ts";
import { type Duty, start } from "../survey/survey.ts";
import { isThere } from "./after-verdict.ts";
import { chooseSnapshot } from "./choose.ts";
import type { DrillFacts } from "./facts.ts";
import { markingOf } from "./marking.ts";
import { standingOf } from "./new-drill.ts";
import { leftovers } from "./next.ts";
import { lastProven, proofWords } from "./view.ts";

/** Everything on which it rests whether a restore has to be proven. */
export interface Outlook {
  fleet: FleetFacts;
  seen: SnapshotFacts;
  policy: SnapshotPolicy;
  now: Date;
}

/** One that proved nothing is followed by another sooner than the settings say; and a server has a day before its first, to have something on its volume. */
const AGAIN_AFTER = { days: 1 };

/** A drill that is due, or one that nobody goes on with. */
export function proving({ fleet, seen, policy, now }: Outlook): Duty[] {
  const { drill } = fleet;
  if (!drill || fleet.switch.position === "off" || fleet.desired === null || isFounding(fleet) || isAttended(fleet, drill)) return [];
  const { record } = drill;
  const { instanceIds, volumeIds } = leftovers(drill);
  if (record?.endedAt === null) return [goingOn(fleet, `go-on-${record.id}`, `the drill ${record.id} is not over`)];
  if (instanceIds.length + volumeIds.length > 0) return [goingOn(fleet, `clean-up-${slotName(slotOf(1, now))}`, "something is left of a drill")];
  if (markingOf(fleet)) return [goingOn(fleet, `mark-${slotName(slotOf(1, now))}`, "its verdict is not on the snapshot yet")];
  const due = dueSince(drill, fleet, seen, policy);
  if (due === undefined || due > now || unrestOf(fleet, now) !== undefined || typeof chooseSnapshot(seen, null) === "string") return [];
  const because = record?.provenAt ? `the last restore was proven at ${record.provenAt.toISOString()}` : "no restore was proven yet";
  const subject = { kind: "duty" as const, id: `prove-${slotName(slotOf(1, now))}`, runbook: "prove-restore" as const, input: {}, because };
  return [start(fleet, subject, because)];
}

const goingOn = (fleet: FleetFacts, id: string, because: string): Duty =>
  start(fleet, { kind: "duty", id: `prove-${id}`, runbook: "prove-restore", input: { goOn: true }, because }, because);

/** A run is at it: one of its own, or the one that began it at somebody's request. */
const isAttended = ({ runs }: FleetFacts, { record }: DrillFacts): boolean =>
  runs.some(({ subject, name, endedAt }) => endedAt === null && (subject.startsWith(DUTY) || record?.key.startsWith(`${name}/`)));

/** Subjects of the runs that prove restores begin with this. */
const DUTY = "duty-prove-";

/** When the next one is due; undefined where people see to it. */
function dueSince({ record }: DrillFacts, fleet: FleetFacts, seen: SnapshotFacts, { proof: { everyDays } }: SnapshotPolicy): Date | undefined {
  if (everyDays === null) return undefined;
  const every: Duration = { days: everyDays };
  if (record && (record.state !== "proven" || standingOf(record, seen.volumeId)?.unproven)) return after(record.startedAt, AGAIN_AFTER);
  const proven = provenAt(record, seen);
  if (proven) return after(proven, every);
  const first = provableSince(fleet, seen);
  return first && after(first, AGAIN_AFTER);
}

/** The last time that a snapshot of the fleet's volume was proven, by the ledger or by its own tags; undefined where none was. */
export function provenAt(record: DrillFacts["record"], seen: SnapshotFacts): Date | undefined {
  const byTags = seen.snapshots.flatMap((snapshot) => {
    const at = snapshot.volumeId === seen.volumeId ? marksOf(snapshot, seen.stage)?.provenAt : undefined;
    return at ? [at] : [];
  });
  const byLedger = standingOf(record, seen.volumeId)?.provenAt ?? [];
  return byTags
    .concat(byLedger)
    .toSorted((a, b) => b.getTime() - a.getTime())
    .at(0);
}

/** What is wrong with proofs, in words for people. */
export const proofFindings = (outlook: Outlook): Finding[] => [...unproven(outlook), ...leftOver(outlook)];

function unproven({ fleet, seen, policy, now }: Outlook): Finding[] {
  const { drill } = fleet;
  const { volumeId } = seen;
  if (!drill || volumeId === null) return [];
  const { record } = drill;
  const known = lastKnown(record, seen);
  const finding = (evidence: string): Finding[] => [
    { kind: "restore-unproven", resource: volumeId, cause: "restore-unproven", evidence: [evidence, ...known] },
  ];
  const failed = standingOf(record, volumeId)?.unproven;
  if (failed) return finding(`${failed.snapshotId} did not pass at ${failed.since.toISOString()}: ${failed.because}`);
  const since = later(provenAt(record, seen) ?? provableSince(fleet, seen), drill.since);
  if (policy.proof.everyDays === null || !since || after(since, { days: 2 * policy.proof.everyDays }) > now) return [];
  const chosen = chooseSnapshot(seen, null);
  const because = typeof chosen === "string" ? chosen : (record?.because ?? "no drill has come about");
  return finding(`no restore was proven since ${since.toISOString()}: ${because}`);
}

/** What people are told of the last proof; nothing where only a tag tells that there was one. */
function lastKnown(record: DrillFacts["record"], seen: SnapshotFacts): string[] {
  const last = record && record.volumeId === seen.volumeId ? lastProven(record) : null;
  return last === null && provenAt(record, seen) ? [] : [proofWords({ last, because: null, underWay: null })];
}

/** Nobody is late before Steward proves anything at all: a stage may have had snapshots for long when that begins. */
const later = (provable: Date | undefined, since: Date | null): Date | undefined =>
  provable && since && since > provable ? since : since ? provable : undefined;

/** Since when something could have been proven: snapshots may be kept for hours only, so the server's age counts too. Undefined while there is none. */
function provableSince({ nodes }: FleetFacts, { snapshots, stage, volumeId }: SnapshotFacts): Date | undefined {
  const good = snapshots.filter((snapshot) => {
    const marks = snapshot.volumeId === volumeId ? marksOf(snapshot, stage) : undefined;
    return marks !== undefined && isGood(snapshot, marks);
  });
  const times = [...good.map(({ startedAt }) => startedAt), ...nodes.map(({ launchedAt }) => launchedAt)];
  return good.length === 0 ? undefined : times.toSorted((a, b) => a.getTime() - b.getTime()).at(0);
}

/** From its making to its verdict, and from there to its removal. */
const GONE_WITHIN_HOURS = 6;

/** What has been there for longer than any drill takes. */
function leftOver({ fleet: { drill, group }, policy, now }: Outlook): Finding[] {
  if (!drill) return [];
  const within = { hours: GONE_WITHIN_HOURS + policy.proof.loadWithinHours };
  const old = [...drill.instances.filter(isThere), ...drill.volumes].filter(({ madeAt }) => after(madeAt, within) < now);
  const evidence = old.map(({ id, madeAt }) => `${id} of ${madeAt.toISOString()}`);
  return evidence.length > 0 ? [{ kind: "drill-left-over", resource: group.name, cause: "drill-left-over", evidence }] : [];
}
