import { after } from "../apply/duration.ts";
import { isFounding } from "../first-deploy/stages.ts";
import type { FleetFacts } from "../fleet/facts.ts";
import type { Policy } from "../fleet/policy.ts";
import { backupsWanted } from "../guards/backups-wanted.ts";
import { THE_FLEET } from "../guards/guard.ts";
import { objectionTo } from "../guards/registry.ts";
import { switchOff } from "../guards/switch-off.ts";
import type { Finding } from "../health/triage.ts";
import { isAboutCopies } from "../incidents/incident.ts";
import { blastRadius } from "../retention/blast-radius.ts";
import { planRetention, type RetentionLine } from "../retention/plan.ts";
import type { SnapshotPolicy } from "../settings/schema.ts";
import { slotName, slotOf } from "../snapshots/slots.ts";
import { type Duty, start } from "../survey/survey.ts";
import { tell } from "../survey/tell.ts";
import type { CopyRecord } from "./copy-record.ts";
import { type CopyOutlook, copiesIn, dueCopies, isGivenUp, wantedCopies } from "./due.ts";
import { type CopyPolicy, policyOfCopies, shelfOfCopies } from "./shelf.ts";

/** Pause between two prunings of copies, from the beginning of the last one. */
const PRUNED_EVERY = { minutes: 55 };
/** Of a long list people are shown this much. */
const SHOWN = 20;

interface Copies {
  fleet: FleetFacts;
  outlook: CopyOutlook;
  copy: CopyPolicy;
  lines: readonly RetentionLine[];
  policy: SnapshotPolicy;
  now: Date;
}

/** Everything that copies ask for: some to be begun, some to be deleted, people to be told. Same facts, same duties; none where they are off but to end what was open. */
export function surveyCopies(fleet: FleetFacts, outlook: CopyOutlook | null, policy: Policy, now: Date): Duty[] {
  const { snapshots } = policy.keeping;
  const about = isAboutCopies;
  if (!snapshots?.copy) return tell({ fleet, findings: [], about }, policy, now);
  if (!outlook) return [];
  const ofCopies = policyOfCopies(snapshots, snapshots.copy);
  const lines = planRetention(shelfOfCopies(outlook.there), ofCopies, now);
  const copies: Copies = { fleet, outlook, copy: snapshots.copy, lines, policy: ofCopies, now };
  return [...copying(copies), ...pruning(copies, policy), ...tell({ fleet, findings: findingsOf(copies), about }, policy, now)];
}

function copying({ fleet, outlook, copy, now }: Copies): Duty[] {
  const due = dueCopies(outlook, copy, now).length;
  const may = fleet.switch.position === "on" && fleet.desired !== null && !isFounding(fleet);
  if (due === 0 || !may || isUnderWay(fleet, "duty-copy-") || isResting(fleet, now)) return [];
  return [start(fleet, duty("copy-snapshots", `copy-${slotName(slotOf(1, now))}`, `${due} snapshots are to be copied to ${copy.region}`), "copies are due")];
}

/** A run that failed is followed by the next one only after this. */
const AGAIN_AFTER = { minutes: 55 };

const isResting = ({ attempts }: FleetFacts, now: Date): boolean =>
  attempts.some(({ runbook, outcome, startedAt }) => runbook === "copy-snapshots" && outcome === "failed" && after(startedAt, AGAIN_AFTER) > now);

function pruning({ fleet, lines, policy: kept, now }: Copies, policy: Policy): Duty[] {
  const due = lines.filter(({ verdict }) => verdict === "delete").length;
  const isRecent = fleet.attempts.some(({ runbook, startedAt }) => runbook === "prune-copies" && after(startedAt, PRUNED_EVERY) > now);
  const intent = { runbook: "prune-copies" as const, instanceId: THE_FLEET, disrupts: false, execution: null, resumes: false };
  const isStopped = isFounding(fleet) || objectionTo(fleet, intent, policy, now, [switchOff, backupsWanted]) || blastRadius(lines, kept, null);
  if (due === 0 || isRecent || isStopped || isUnderWay(fleet, "duty-copies-prune-")) return [];
  return [start(fleet, duty("prune-copies", `copies-prune-${slotName(slotOf(1, now))}`, `${due} copies are due`), "copies are to go")];
}

const duty = (runbook: "copy-snapshots" | "prune-copies", id: string, because: string) => ({ kind: "duty" as const, id, runbook, input: {}, because });

const isUnderWay = ({ runs }: FleetFacts, subjects: string): boolean => runs.some(({ subject, endedAt }) => subject.startsWith(subjects) && endedAt === null);

function findingsOf(copies: Copies): Finding[] {
  const { region } = copies.copy;
  const found = { "copy-failed": failed(copies), "copy-missing": missing(copies), "copies-unpruned": unpruned(copies) };
  return (Object.keys(found) as (keyof typeof found)[]).flatMap((kind) =>
    found[kind].length > 0 ? [{ kind, resource: region, cause: kind, evidence: found[kind].slice(0, SHOWN) }] : [],
  );
}

/** Tried for a day, and there is no copy still; or the last run itself failed, and some are wanted. */
function failed({ fleet, outlook, copy, now }: Copies): string[] {
  const wanted = new Set(wantedCopies(outlook, copy, now).map(({ snapshot }) => snapshot.id));
  const last = fleet.attempts.findLast(({ runbook, outcome }) => runbook === "copy-snapshots" && (outcome === "done" || outcome === "failed"));
  const run = last?.outcome === "failed" && wanted.size > 0 ? [`the attempt of ${last.startedAt.toISOString()}: ${last.because}`] : [];
  const tried = outlook.records
    .filter((record) => wanted.has(record.sourceId) && isGivenUp(record, now))
    .map(({ sourceId, attempt, because }: CopyRecord) => `${sourceId} was tried ${attempt} times: ${because ?? "EC2 shows no copy of it that is whole"}`);
  return [...run, ...tried];
}

/** Two in a row of a schedule have no finished copy, though there was one to make it of; before the first one the time runs from the first attempt. */
function missing({ outlook, copy, policy, now }: Copies): string[] {
  const whole = copiesIn(outlook.there).filter(({ snapshot }) => snapshot.state === "completed");
  const tried = outlook.records.map(({ since }) => since.getTime());
  return policy.schedules.flatMap(({ id, everyHours }) => {
    const slots = whole.filter(({ marks }) => marks.schedules.includes(id)).map(({ marks }) => marks.slot.getTime());
    const newest = Math.max(...(slots.length > 0 ? slots : [Math.min(...tried)]));
    const isOld = Number.isFinite(newest) && after(new Date(newest), { hours: 2 * everyHours }) < now;
    return isOld ? [`${id} has had no copy in ${copy.region} since ${new Date(newest).toISOString()}`] : [];
  });
}

/** Too many are due at once, or the last pruning could not delete what is due still. */
function unpruned({ fleet: { prunings }, lines, policy }: Copies): string[] {
  const last = prunings.findLast(({ copies, endedAt, status }) => copies && endedAt !== null && status !== "refused");
  const due = new Set(lines.filter(({ verdict }) => verdict === "delete").map(({ snapshotId }) => snapshotId));
  const left = (last?.failed ?? []).filter(({ snapshotId }) => due.has(snapshotId)).map(({ snapshotId, because }) => `${snapshotId}: ${because}`);
  return [blastRadius(lines, policy, null) ?? [], left].flat();
}
