import { after, before } from "../apply/duration.ts";
import { type RunOrder, type RunSubject, runName, subjectKey } from "../apply/order.ts";
import type { FirstDeployNote } from "../first-deploy/facts.ts";
import { currentStage, mayTry, standsStill } from "../first-deploy/progress.ts";
import { currentSince, type Founding, isFounding, reachedAt } from "../first-deploy/stages.ts";
import type { FleetFacts, NodeFacts } from "../fleet/facts.ts";
import type { Policy } from "../fleet/policy.ts";
import { servingNodes } from "../fleet/standing.ts";
import { type Cause, causeOf } from "../health/causes.ts";
import { unexplained } from "../health/deviations.ts";
import { type Finding, triage } from "../health/triage.ts";
import type { ImageRecord } from "../image/ledger.ts";
import { aftermath } from "../incidents/aftermath.ts";
import { decide } from "../incidents/decide.ts";
import { type Incident, isAboutFleet, isAboutKeeping, type KeepingKind } from "../incidents/incident.ts";
import { pageOf } from "../incidents/keeping.ts";
import { incidentOf } from "../incidents/open.ts";
import { notFenced, restoringIn } from "../restore/standing.ts";
import { goOnWithRestore, restoreFindings } from "../restore/survey.ts";
import { type Names, names } from "../topology/names.ts";

/** Something for `observe` to do: open, close or page, start a run, or say again what did not reach people. */
export type Duty =
  | { duty: "open"; incident: Incident }
  | { duty: "refuse"; incident: Incident; guard: string; because: string }
  | { duty: "quiet"; incident: Incident; since: Date | null }
  | { duty: "close"; incident: Incident; because: string }
  | { duty: "start"; order: RunOrder; because: string }
  | { duty: "announce"; incident: Incident; kind: AnnouncementKind }
  | { duty: "note-image"; image: ImageRecord }
  | { duty: "note-first-deploy"; note: FirstDeployNote };
export type AnnouncementKind = "opened" | "paged" | "resolved";

/** Everything that the facts ask for. Same facts, same duties; a doubled event finds nothing left to do. */
export function survey(facts: FleetFacts, policy: Policy, now: Date): Duty[] {
  return [
    ...newIncidents(facts, policy, now),
    ...facts.incidents.filter(isAboutFleet).flatMap((incident) => attend(facts, incident, policy, now)),
    ...hooks(facts),
    ...newImages(facts),
    ...founding(facts, policy),
    ...restoring(facts),
    ...unheard(facts, now),
  ];
}

/** A finding is new unless an incident of its kind and resource is open, or it is the aftermath of a shared one. */
function newIncidents(facts: FleetFacts, policy: Policy, now: Date): Duty[] {
  const recovering = aftermath(facts, policy, now);
  const known = (kind: string, resource: string) => facts.incidents.some((incident) => incident.kind === kind && incident.resource === resource);
  // What looks wrong with a server while its volume is being restored is the restore's doing.
  const found = restoringIn(facts) ? [] : [...triage(facts, policy), ...unexplained(facts, policy), ...late(facts, policy)];
  return [...found, ...restoreFindings(facts)]
    .filter(({ kind, resource, cause }) => !known(kind, resource) && !(recovering && cause !== recovering.cause && !isRootCause(cause)))
    .map((finding) => ({ duty: "open", incident: incidentOf(finding, facts) }));
}

/** Names something outside the nodes; "all nodes are sick" only says that there must be something. */
const isRootCause = (cause: Cause): boolean => causeOf(cause).shared && cause !== "all-nodes-sick";

/** What an open incident needs now; nothing while a run of its own is at it. */
export function attend(facts: FleetFacts, incident: Incident, policy: Policy, now: Date): Duty[] {
  if (isAboutKeeping(incident)) return pageOnce(incident);
  const subject: RunSubject = { kind: "incident", id: incident.id, of: incident.kind, resource: incident.resource };
  if (isRunning(facts, subject)) return [];
  const decision = decide(facts, incident, null, policy, now);
  if (decision.kind === "over") return settle(incident, decision.because, policy, now);
  if (decision.kind === "wait" && decision.guard === null && causeOf(incident.cause).shared)
    return incident.quietSince ? [] : [{ duty: "quiet", incident, since: now }];
  const noisy: Duty[] = incident.quietSince ? [{ duty: "quiet", incident, since: null }] : [];
  if (decision.kind === "refuse") return [...noisy, { duty: "refuse", incident, guard: decision.guard, because: decision.because }];
  return [...noisy, start(facts, subject, decision.because)];
}

/** What is kept has no runs that cure it: people are told, once, where it is theirs to do something. */
export function pageOnce(incident: Incident & { kind: KeepingKind }): Duty[] {
  const page = incident.state === "paged" ? undefined : pageOf(incident);
  return page ? [{ duty: "refuse", incident, ...page }] : [];
}

/** Closed only after it has looked well for a while. */
export function settle(incident: Incident, because: string, policy: Policy, now: Date): Duty[] {
  if (incident.quietSince === null) return [{ duty: "quiet", incident, since: now }];
  return after(incident.quietSince, policy.verify) > now ? [] : [{ duty: "close", incident, because }];
}

/** A first deploy that stands still is told of, once for each stage. */
function late(facts: FleetFacts, policy: Policy): Finding[] {
  const stage = standsStill(facts, policy);
  return stage === undefined ? [] : [{ kind: "first-deploy-late", resource: facts.group.name, cause: "first-deploy-late", evidence: [stage] }];
}

/** Images that Image Builder has tested, and that are not on the ledger yet: candidates. */
const newImages = ({ builds, images }: FleetFacts): Duty[] =>
  (builds ?? []).flatMap(({ arn, startedAt, imageId, versions }) =>
    imageId === null || versions === null || images.some((image) => image.imageId === imageId)
      ? []
      : [{ duty: "note-image", image: { imageId, build: arn, builtAt: startedAt, versions, standing: "candidate" } }],
  );

/** A restore with which nobody goes on. */
function restoring(facts: FleetFacts): Duty[] {
  const duty = goOnWithRestore(facts);
  return duty ? [start(facts, { kind: "duty", ...duty }, duty.because)] : [];
}

/** What a first deploy asks for: which stage it has reached (time does not run while the switch is off), a run where something can be done, and its end, at which its image is proven. */
function founding(facts: FleetFacts, policy: Policy): Duty[] {
  if (!isFounding(facts)) return [];
  const current = currentStage(facts, policy);
  if (!current) return proven(facts) ?? [{ duty: "note-first-deploy", note: { what: "finished", at: facts.at } }];
  const { stage, standing } = current;
  const off = facts.switch.position === "off";
  const again = off || reachedAt(facts, stage) !== undefined;
  const reached: Duty[] =
    currentSince(facts, stage) && !off ? [] : [{ duty: "note-first-deploy", note: { what: "reached", stage: stage.id, at: facts.at, again } }];
  const subject: RunSubject = { kind: "first-deploy" };
  const goes = standing.state === "act" && mayTry(facts, stage) && !off && !isRunning(facts, subject);
  return goes ? [...reached, start(facts, subject, `${stage.words}: ${standing.because}`)] : reached;
}

/** What nodes serve with, nobody has to prove any more; undefined once that is on record, and not before is the first deploy over. */
function proven(facts: Founding): Duty[] | undefined {
  const served = new Set(servingNodes(facts).map(({ imageId }) => imageId));
  const candidates = facts.images.filter(({ imageId, standing }) => standing === "candidate" && served.has(imageId));
  return candidates.length > 0 ? candidates.map((image) => ({ duty: "note-image", image: { ...image, standing: "proven" } })) : undefined;
}

/**
 * Nodes that wait in a lifecycle hook, whoever launched or ended them. With the switch off they wait on, or for AWS's own time-out.
 * Before a first deploy has put anything into effect there is nothing that a node could become.
 */
function hooks(facts: FleetFacts): Duty[] {
  if (facts.switch.position === "off") return [];
  const n = names(facts.stage);
  return facts.nodes.flatMap((node) => {
    const subject = hookSubject(node, n);
    if (subject?.kind === "admission" && ((isFounding(facts) && !facts.desired) || isHeldBack(facts))) return [];
    return subject && !isRunning(facts, subject) ? [start(facts, subject, `${node.instanceId} waits in ${subject.hook}`)] : [];
  });
}

/** As long as nobody has proven that the former server has let go, none is let in. */
function isHeldBack(facts: FleetFacts): boolean {
  const restore = restoringIn(facts);
  return restore !== undefined && notFenced(restore) !== undefined;
}

function hookSubject(node: NodeFacts, n: Names): Extract<RunSubject, { kind: "admission" | "retirement" }> | undefined {
  if (node.lifecycle === "Pending:Wait") return { kind: "admission", instanceId: node.instanceId, hook: n.launchHook };
  if (node.lifecycle === "Terminating:Wait") return { kind: "retirement", instanceId: node.instanceId, hook: n.terminateHook };
  return undefined;
}

const isRunning = (facts: FleetFacts, subject: RunSubject): boolean => facts.runs.some((run) => run.subject === subjectKey(subject) && run.endedAt === null);

/** The run that comes next for a subject. */
export function start(facts: FleetFacts, subject: RunSubject, because: string): Duty {
  const ended = facts.runs.filter((run) => run.subject === subjectKey(subject)).length;
  return { duty: "start", order: { name: runName(facts.stage, subject, ended), subject }, because };
}

/** Announcements that should have reached people by now and did not: an event was lost on its way. */
function unheard(facts: FleetFacts, now: Date): Duty[] {
  const late = before(now, { minutes: 2 });
  const due = [
    ...facts.incidents
      .filter((incident) => incident.openedAt < late)
      .map((incident) => ({ incident, kind: incident.state === "paged" ? ("paged" as const) : ("opened" as const) })),
    ...facts.closed.filter((incident) => incident.endedAt !== null && incident.endedAt < late).map((incident) => ({ incident, kind: "resolved" as const })),
  ];
  return due
    .filter(({ incident, kind }) => !facts.announced.includes(`${incident.id}/${kind}`))
    .map(({ incident, kind }) => ({ duty: "announce", incident, kind }));
}
