import { after, latest } from "../apply/duration.ts";
import { standsStill } from "../first-deploy/progress.ts";
import type { FleetFacts } from "../fleet/facts.ts";
import type { Policy } from "../fleet/policy.ts";
import { findNode, isMoving, servingBesides } from "../fleet/standing.ts";
import type { GuardId, Intent, Objection } from "../guards/guard.ts";
import { objectionTo } from "../guards/registry.ts";
import { spentOn } from "../guards/retry-budget.ts";
import { staleFacts } from "../guards/stale-facts.ts";
import { switchOff } from "../guards/switch-off.ts";
import { type Cause, causeOf } from "../health/causes.ts";
import { deviations } from "../health/deviations.ts";
import { servingInWords } from "../health/serving-words.ts";
import { triage } from "../health/triage.ts";
import { restoreFails } from "../restore/survey.ts";
import type { RunbookId } from "../runbooks/runbook.ts";
import { type Incident, isAboutFleet, isAboutKeeping } from "./incident.ts";
import { isOver } from "./over.ts";

/** What to do about one incident, always with a reason. */
export type Decision =
  | { kind: "over"; because: string }
  | { kind: "act"; runbook: RunbookId; input: { instanceId: string }; intent: Intent; because: string }
  | { kind: "wait"; until: Date; guard: GuardId | null; because: string }
  | { kind: "refuse"; guard: GuardId; because: string };

/** Same facts, same answer. `execution` is the run that asks, or null when nobody has begun. */
export function decide(facts: FleetFacts, incident: Incident, execution: string | null, policy: Policy, now: Date): Decision {
  if (isAboutKeeping(incident))
    return { kind: "wait", until: after(now, policy.poll), guard: null, because: "it is about what is kept, and no node can be cured of it" };
  if (isOver(incident, facts, policy))
    return {
      kind: "over",
      because: `${policy.capacity > 1 ? `${policy.capacity} nodes serve` : "the server serves"} and ${incident.resource} is well or gone`,
    };
  if (incident.kind === "admission-failed")
    return {
      kind: "refuse",
      guard: "nothing-left-to-try",
      because: `${incident.evidence.join("; ")}: ${AFTER_ADMISSION[policy.topology]}`,
    };
  if (incident.kind === "first-deploy-late")
    return { kind: "refuse", guard: "nothing-left-to-try", because: `${standsStill(facts, policy) ?? incident.evidence.join("; ")}: a human has to look` };
  if (incident.kind === "restore-failed")
    return {
      kind: "refuse",
      guard: "nothing-left-to-try",
      because: `${restoreFails(facts) ?? incident.evidence.join("; ")}: a human has to look, nothing is forced`,
    };
  if (incident.kind === "fleet-differs") return onDeviation(facts, incident, policy, now);
  if (unfinishedReplacement(facts, incident, policy))
    return weigh(facts, intentOf("replace-node", incident, execution, true), "its replacement is not finished", policy, now);
  const finding = triage(facts, policy).find(({ resource, cause }) => causeOf(cause).shared || resource === incident.resource);
  if (!finding) return onItsWay(facts, incident, policy, now);
  const cause = causeOf(finding.cause);
  const because = `${cause.words} (${finding.evidence.join("; ")})`;
  const runbook = nextRung(cause.ladder, facts, incident, policy, now);
  if (runbook) return weigh(facts, intentOf(runbook, incident, execution), because, policy, now);
  return withoutRung(facts, incident, { cause: finding.cause, because, execution }, policy, now);
}

/** No node is sick, so there is nothing to cure: the group gets its time to settle, and whatever stays is a human's to decide. */
function onDeviation(facts: FleetFacts, incident: Incident, policy: Policy, now: Date): Decision {
  const objection = objectionTo(facts, intentOf("admit-node", incident, null), policy, now, [switchOff, staleFacts]);
  if (objection) return fromObjection(objection);
  const attended = triage(facts, policy).length > 0 || facts.incidents.some((other) => other.id !== incident.id && isAboutFleet(other));
  const moves = attended || facts.nodes.some(isMoving) || facts.group.activities.length > 0;
  const because = deviations(facts, policy).join("; ");
  if (after(incident.openedAt, moves ? policy.groupPatience : policy.bootGrace) > now)
    return { kind: "wait", until: after(now, policy.poll), guard: null, because: `${because}: the group gets time to settle` };
  return { kind: "refuse", guard: "nothing-left-to-try", because: `${because}, and nothing has changed that: a human has to look` };
}

/** What a human has to know of an admission that failed. */
const AFTER_ADMISSION = {
  ha: "the group tries again, a human should look at the image",
  single: "it is tried again; whoever has the volume or the address lets go of them when it is ended through its group",
} as const;

/** Nothing looks wrong, yet it is not over: something moves, or patience runs out, twice as late while nodes come and go, and a human has to look. */
function onItsWay(facts: FleetFacts, incident: Incident, policy: Policy, now: Date): Decision {
  const { resource, cause, openedAt } = incident;
  const unsure = staleFacts(facts, intentOf("replace-node", incident, null), policy, now);
  if (unsure) return fromObjection(unsure);
  const moves = facts.nodes.some(isMoving);
  const patience = after(openedAt, policy.groupPatience);
  if (causeOf(cause).shared || (moves ? after(patience, policy.groupPatience) : patience) > now)
    return { kind: "wait", until: after(now, policy.poll), guard: null, because: `${resource} is on its way: I look again` };
  const standing = findNode(facts, resource)?.lifecycle ?? "gone";
  return {
    kind: "refuse",
    guard: "nothing-left-to-try",
    because: `${resource} is ${standing}, ${servingInWords(facts, policy)}, and ${moves ? "new nodes come to nothing" : "nothing moves"}: a human has to look`,
  };
}

/** Nothing on the ladder: a guard says why, or everything was tried. */
function withoutRung(
  facts: FleetFacts,
  incident: Incident,
  { cause, because, execution }: { cause: Cause; because: string; execution: string | null },
  policy: Policy,
  now: Date,
): Decision {
  const objection = objectionTo(facts, intentOf("replace-node", incident, execution), policy, now);
  if (objection && objection.guard !== "boot-grace" && objection.guard !== "retry-budget") return fromObjection(objection);
  const passing = PASSING[cause];
  const until = after(lastTouched(facts, incident), policy.bootGrace);
  if (passing && until > now)
    return { kind: "wait", until: after(now, policy.poll), guard: null, because: `${because}; ${passing} until ${until.toISOString()} to notice` };
  return { kind: "refuse", guard: "nothing-left-to-try", because: `${because}; nothing I may do is left to try` };
}

/** Causes that go away by themselves when somebody gets round to it, and who that is. */
const PASSING: Partial<Record<Cause, string>> = {
  "instance-gone": "the group has",
  "path-broken": "the balancer's checks have",
};

const lastTouched = (facts: FleetFacts, { id, openedAt }: Incident): Date =>
  latest(openedAt, ...facts.attempts.filter(({ incident }) => incident === id).flatMap(({ endedAt }) => endedAt ?? []));

const intentOf = (runbook: RunbookId, { resource }: Incident, execution: string | null, resumes = false): Intent => ({
  runbook,
  instanceId: resource,
  disrupts: true,
  execution,
  resumes,
});

function weigh(facts: FleetFacts, intent: Intent, because: string, policy: Policy, now: Date): Decision {
  const objection = objectionTo(facts, intent, policy, now);
  return objection ? fromObjection(objection) : { kind: "act", runbook: intent.runbook, input: { instanceId: intent.instanceId }, intent, because };
}

const fromObjection = (objection: Objection): Decision =>
  objection.verdict === "wait"
    ? { kind: "wait", until: objection.until, guard: objection.guard, because: objection.because }
    : { kind: "refuse", guard: objection.guard, because: objection.because };

/** The cheapest cure that this incident has not had yet; a restart whose budget is spent is passed over. */
function nextRung(ladder: readonly RunbookId[], facts: FleetFacts, incident: Incident, policy: Policy, now: Date): RunbookId | undefined {
  const tried = new Set(
    facts.attempts
      .filter((attempt) => attempt.incident === incident.id && (attempt.outcome === "done" || attempt.outcome === "failed"))
      .map((attempt) => attempt.runbook),
  );
  const spent = (runbook: RunbookId) => runbook !== "replace-node" && spentOn(facts, { runbook, instanceId: incident.resource }, now) >= policy.budget[runbook];
  return ladder.find((runbook) => !tried.has(runbook) && !spent(runbook));
}

/**
 * A node that we took out of the balancer and did not bring to an end: going on is the only way out. One that failed is
 * gone on with when the stand-in came after all, and not for ever.
 */
function unfinishedReplacement(facts: FleetFacts, incident: Incident, policy: Policy): boolean {
  const { lifecycle } = findNode(facts, incident.resource) ?? {};
  const begun = facts.attempts.filter((attempt) => attempt.incident === incident.id && attempt.runbook === "replace-node");
  const failed = begun.filter(({ outcome }) => outcome === "failed").length;
  const hopeful = failed === 0 || (failed <= policy.budget["replace-node"] && servingBesides(facts, incident.resource) >= policy.capacity);
  return begun.length > 0 && hopeful && (lifecycle === "Standby" || lifecycle === "EnteringStandby");
}
