import { after } from "../apply/duration.ts";
import type { RunSubject } from "../apply/order.ts";
import { isFounding } from "../first-deploy/stages.ts";
import type { FleetFacts } from "../fleet/facts.ts";
import type { Policy } from "../fleet/policy.ts";
import { backupsWanted } from "../guards/backups-wanted.ts";
import { THE_FLEET } from "../guards/guard.ts";
import { objectionTo } from "../guards/registry.ts";
import { switchOff } from "../guards/switch-off.ts";
import type { Finding } from "../health/triage.ts";
import { type Incident, isAboutKeeping } from "../incidents/incident.ts";
import { incidentOf } from "../incidents/open.ts";
import { blastRadius } from "../retention/blast-radius.ts";
import { planRetention } from "../retention/plan.ts";
import type { SnapshotFacts } from "../retention/snapshot.ts";
import type { RunbookId } from "../runbooks/runbook.ts";
import { type Duty, pageOnce, settle, start } from "../survey/survey.ts";
import { dueOrder } from "./due.ts";
import { type Keep, keepingFindings } from "./findings.ts";
import { TAKE_DUTY } from "./missing.ts";
import { slotName, slotOf } from "./slots.ts";

/** Pause between two prunings, from the end of the last one. */
const PRUNED_EVERY = { minutes: 55 };

/** Everything that a stage's snapshots ask for: one to be made, some to be deleted, people to be told. Same facts, same duties. */
export function surveySnapshots(fleet: FleetFacts, seen: SnapshotFacts, policy: Policy, now: Date): Duty[] {
  const { snapshots } = policy.keeping;
  if (!snapshots) return [];
  const keep: Keep = { fleet, seen, policy: snapshots, lines: planRetention(seen, snapshots, now), mayTake: mayTake(fleet), now };
  const findings = keepingFindings(keep);
  return [...taking(keep), ...pruning(keep, policy), ...opening(fleet, findings), ...attending(fleet, findings, policy, now)];
}

/** There is something to make a snapshot of, it holds what is in effect, and Steward may act. */
const mayTake = (fleet: FleetFacts): boolean =>
  fleet.dataVolume?.isNew === false && fleet.desired !== null && !isFounding(fleet) && fleet.switch.position === "on";

/** One run at a time, whatever its slot. */
function taking(keep: Keep): Duty[] {
  const { fleet, seen, policy, now } = keep;
  if (!keep.mayTake || !fleet.dataVolume || isUnderWay(fleet, TAKE_DUTY)) return [];
  const order = dueOrder({ fleet, seen, volumeId: fleet.dataVolume.id }, policy, now);
  if (!order) return [];
  const because = `due for ${order.schedules.join(", ")}`;
  const input = { slot: order.slot.toISOString(), schedules: order.schedules };
  return [start(fleet, asked({ id: `take-${slotName(order.slot)}`, runbook: "take-snapshots", input, because }), because)];
}

/** Only where the whole of what is due may go: what is too much at once is for people to look at. */
function pruning({ fleet, lines, policy: kept, now }: Keep, policy: Policy): Duty[] {
  const due = lines.filter(({ verdict }) => verdict === "delete").length;
  const isRecent = fleet.prunings.some(({ endedAt }) => endedAt !== null && after(endedAt, PRUNED_EVERY) > now);
  const intent = { runbook: "prune-snapshots" as const, instanceId: THE_FLEET, disrupts: false, execution: null, resumes: false };
  const isStopped = isFounding(fleet) || objectionTo(fleet, intent, policy, now, [switchOff, backupsWanted]) || blastRadius(lines, kept, null);
  if (due === 0 || isRecent || isStopped || isUnderWay(fleet, PRUNE_DUTY)) return [];
  const because = `${due} snapshots are due`;
  return [start(fleet, asked({ id: `prune-${slotName(slotOf(1, now))}`, runbook: "prune-snapshots", input: {}, because }), because)];
}

/** Subjects of the runs that delete snapshots begin with this. */
const PRUNE_DUTY = "duty-prune-";

const asked = (of: { id: string; runbook: RunbookId; input: Record<string, unknown>; because: string }): RunSubject => ({ kind: "duty", ...of });

const isUnderWay = ({ runs }: FleetFacts, subjects: string): boolean => runs.some(({ subject, endedAt }) => subject.startsWith(subjects) && endedAt === null);

const isSame = (a: Pick<Incident, "kind" | "resource">, b: Pick<Incident, "kind" | "resource">): boolean => a.kind === b.kind && a.resource === b.resource;

const opening = (fleet: FleetFacts, findings: readonly Finding[]): Duty[] =>
  findings.filter((found) => !fleet.incidents.some((open) => isSame(open, found))).map((found) => ({ duty: "open", incident: incidentOf(found, fleet) }));

/** Open ones that are this duty's: people are told once, and what is found no more is closed after a while. */
const attending = (fleet: FleetFacts, findings: readonly Finding[], policy: Policy, now: Date): Duty[] =>
  fleet.incidents.filter(isAboutKeeping).flatMap((incident): Duty[] => {
    if (!findings.some((found) => isSame(found, incident))) return settle(incident, "it is found no more", policy, now);
    const noisy: Duty[] = incident.quietSince ? [{ duty: "quiet", incident, since: null }] : [];
    return [...noisy, ...pageOnce(incident)];
  });
