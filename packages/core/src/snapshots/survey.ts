import { after } from "../apply/duration.ts";
import type { RunSubject } from "../apply/order.ts";
import { isFounding } from "../first-deploy/stages.ts";
import type { FleetFacts } from "../fleet/facts.ts";
import type { Policy } from "../fleet/policy.ts";
import { backupsWanted } from "../guards/backups-wanted.ts";
import { FLEET_SCOPE } from "../guards/fleet-lease.ts";
import { THE_FLEET } from "../guards/guard.ts";
import { objectionTo } from "../guards/registry.ts";
import { switchOff } from "../guards/switch-off.ts";
import { isAboutCopies } from "../incidents/incident.ts";
import { proofFindings, proving } from "../proof/survey.ts";
import { restoringIn } from "../restore/standing.ts";
import { unconfirmed } from "../restore/survey.ts";
import { blastRadius } from "../retention/blast-radius.ts";
import { planRetention } from "../retention/plan.ts";
import type { SnapshotFacts } from "../retention/snapshot.ts";
import type { RunbookId } from "../runbooks/runbook.ts";
import { type Duty, start } from "../survey/survey.ts";
import { tell } from "../survey/tell.ts";
import { dueOrder } from "./due.ts";
import { type Keep, keepingFindings } from "./findings.ts";
import { LOCK_DUTY, restsFromLocking, unlocked } from "./locking.ts";
import { TAKE_DUTY } from "./missing.ts";
import { slotName, slotOf } from "./slots.ts";

/** Pause between two prunings, from the end of the last one. */
const PRUNED_EVERY = { minutes: 55 };

/** Everything that a stage's snapshots ask for: one to be made, some to be deleted, people to be told. Same facts, same duties. */
export function surveySnapshots(fleet: FleetFacts, seen: SnapshotFacts, policy: Policy, now: Date): Duty[] {
  const { snapshots } = policy.keeping;
  if (!snapshots) return [];
  const keep: Keep = { fleet, seen, policy: snapshots, lines: planRetention(seen, snapshots, now), mayTake: mayTake(fleet), now };
  const findings = [...keepingFindings(keep), ...proofFindings(keep), ...unconfirmed(fleet)];
  return [
    ...taking(keep),
    ...pruning(keep, policy),
    ...locking(keep),
    ...proving(keep),
    ...tell({ fleet, findings, about: (incident) => incident.kind !== "images-unpruned" && !isAboutCopies(incident) }, policy, now),
  ];
}

/** There is something to make a snapshot of, it holds what is in effect, and Steward may act. */
const mayTake = (fleet: FleetFacts): boolean =>
  fleet.dataVolume?.isNew === false && !restoringIn(fleet) && fleet.desired !== null && !isFounding(fleet) && fleet.switch.position === "on";

/** One run at a time, whatever its slot. */
function taking(keep: Keep): Duty[] {
  const { fleet, seen, policy, now } = keep;
  if (!keep.mayTake || !fleet.dataVolume || isUnderWay(fleet, TAKE_DUTY) || isBusy(fleet, now)) return [];
  const order = dueOrder({ fleet, seen, volumeId: fleet.dataVolume.id }, policy, now);
  if (!order) return [];
  const because = `due for ${order.schedules.join(", ")}`;
  const input = { ...order, slot: order.slot.toISOString() };
  return [start(fleet, asked({ id: `take-${slotName(order.slot)}`, runbook: "take-snapshots", input, because }), because)];
}

/** Somebody changes the server, or its group: a snapshot can wait for that, and the server can't. */
const isBusy = ({ leases }: FleetFacts, now: Date): boolean =>
  leases.some(({ scope, expiresAt }) => (scope === FLEET_SCOPE || scope.startsWith("node/")) && expiresAt > now);

/**
 * Only where the whole of what is due may go: what is too much at once is for people to look at. Without the data volume in sight its
 * snapshots would look like those of a former one.
 */
function pruning({ fleet, lines, policy: kept, now }: Keep, policy: Policy): Duty[] {
  const [due, old] = (["delete", "archive"] as const).map((verdict) => lines.filter((line) => line.verdict === verdict).length) as [number, number];
  const begun = fleet.attempts.filter(({ runbook }) => runbook === "prune-snapshots").map(({ startedAt }) => startedAt);
  const isRecent = [...begun, ...fleet.prunings.filter(({ copies }) => !copies).map(({ endedAt }) => endedAt)].some(
    (at) => at !== null && after(at, PRUNED_EVERY) > now,
  );
  const intent = { runbook: "prune-snapshots" as const, instanceId: THE_FLEET, disrupts: false, execution: null, resumes: false };
  const isStopped = isFounding(fleet) || objectionTo(fleet, intent, policy, now, [switchOff, backupsWanted]) || blastRadius(lines, kept, null);
  if (due + old === 0 || fleet.dataVolume === null || isRecent || isStopped || isUnderWay(fleet, PRUNE_DUTY)) return [];
  const because = [...(due > 0 ? [`${due} snapshots are due`] : []), ...(old > 0 ? [`${old} snapshots belong into the archive`] : [])].join(", ");
  return [start(fleet, asked({ id: `prune-${slotName(slotOf(1, now))}`, runbook: "prune-snapshots", input: {}, because }), because)];
}

/** A lock disturbs nobody: it waits for nothing but the switch. */
function locking({ fleet, seen, policy, mayTake, now }: Keep): Duty[] {
  const left = unlocked(seen, policy, now);
  if (left.length === 0 || !mayTake || isUnderWay(fleet, LOCK_DUTY) || restsFromLocking(fleet, now)) return [];
  const because = `${left.length} of the newest snapshots are to be locked`;
  return [start(fleet, asked({ id: `lock-${slotName(slotOf(1, now))}`, runbook: "lock-snapshots", input: {}, because }), because)];
}

/** Subjects of the runs that delete snapshots begin with this. */
const PRUNE_DUTY = "duty-prune-";

const asked = (of: { id: string; runbook: RunbookId; input: Record<string, unknown>; because: string }): RunSubject => ({ kind: "duty", ...of });

const isUnderWay = ({ runs }: FleetFacts, subjects: string): boolean => runs.some(({ subject, endedAt }) => subject.startsWith(subjects) && endedAt === null);
