import type { FleetFacts } from "../fleet/facts.ts";
import { findNode } from "../fleet/standing.ts";
import { type Intent, THE_FLEET } from "../guards/guard.ts";
import { GUARDS, objectionTo } from "../guards/registry.ts";
import { staleFacts } from "../guards/stale-facts.ts";
import type { Finding } from "../health/triage.ts";
import { incidentOf } from "../incidents/open.ts";
import { restoringIn } from "../restore/standing.ts";
import { RUNBOOKS } from "../runbooks/registry.ts";
import type { RunbookId } from "../runbooks/runbook.ts";
import type { Outcome } from "./apply.ts";
import { attendDrill } from "./attend-drill.ts";
import { attendFirstDeploy } from "./attend-first-deploy.ts";
import { attendIncident, pageHuman, type RunEnd } from "./attend-incident.ts";
import { attendRestore } from "./attend-restore.ts";
import { carryOut } from "./carry-out.ts";
import { type Errand, look } from "./errand.ts";
import { type RunOrder, type RunSubject, subjectKey } from "./order.ts";
import { closenessFor } from "./progress.ts";

type Failure = Extract<Outcome, { kind: "failed" }>;

/** One run from its start to its end on the record. */
export async function remediate(errand: Errand, order: RunOrder): Promise<RunEnd> {
  const { run, world, name, execution } = errand;
  const began = await run.step("began", async () => world.now().toISOString());
  const end = await attend(errand, order.subject);
  await run.step("ended", async () => {
    await world.ledger.runEnded({ name, subject: subjectKey(order.subject), execution, startedAt: new Date(began), endedAt: world.now(), outcome: end });
    return null;
  });
  return end;
}

function attend(errand: Errand, subject: RunSubject): Promise<RunEnd> {
  if (subject.kind === "incident") return attendIncident(errand, subject);
  if (subject.kind === "request" || subject.kind === "duty") return (IN_ROUNDS[subject.runbook] ?? attendRequest)(errand, subject);
  if (subject.kind === "first-deploy") return attendFirstDeploy(errand);
  return attendHook(errand, subject);
}

/** Runbooks of many rounds, each read off the facts anew. */
const IN_ROUNDS: Partial<Record<RunbookId, (errand: Errand, subject: Asked) => Promise<RunEnd>>> = {
  "prove-restore": attendDrill,
  "restore-volume": attendRestore,
};

/** A node in a lifecycle hook: let in or sent away, or let go. Nothing to do when it no longer waits. What a server is given is planned by whole facts only. */
async function attendHook(errand: Errand, subject: Extract<RunSubject, { kind: "admission" | "retirement" }>): Promise<RunEnd> {
  const { instanceId, hook } = subject;
  const { facts } = await look(errand, "look", "front");
  if (!findNode(facts, instanceId)?.lifecycle?.endsWith(":Wait")) return "gone";
  const intent: Intent = {
    runbook: subject.kind === "admission" ? ADMISSION[errand.policy.topology] : "retire-node",
    instanceId,
    disrupts: false,
    execution: errand.execution,
    resumes: false,
  };
  if (subject.kind === "admission" && objectionTo(facts, intent, errand.policy, facts.at, [staleFacts])) return "refused";
  const outcome = await carryOut(errand, { label: "1", intent, input: { instanceId, hook }, incident: null, because: `${instanceId} waits in ${hook}` }, facts);
  if (outcome.kind === "failed" && subject.kind === "admission") await tellIfSentAway(errand, instanceId, outcome);
  return outcome.kind;
}

const ADMISSION = { single: "admit-server", ha: "admit-node" } as const;

/** One that ended by itself, or fell sick once it was let in, was not sent away. */
async function tellIfSentAway(errand: Errand, instanceId: string, { because, vanished }: Failure): Promise<void> {
  const { policy } = errand;
  const { facts } = await look(errand, "look after", "front");
  const lifecycle = findNode(facts, instanceId)?.lifecycle;
  // A restore tells of what does not come about by it itself, with the way back.
  if (vanished || lifecycle === "InService" || restoringIn(facts)) return;
  const stays = policy.topology === "single" ? "waits in its launch hook" : "stays in its launch hook, because too many before it were sent away";
  const fate = lifecycle === "Pending:Wait" ? stays : "was sent away";
  await reportFailedAdmission(errand, facts, instanceId, { because, fate });
}

async function reportFailedAdmission(
  { run, world }: Errand,
  facts: FleetFacts,
  instanceId: string,
  { because, fate }: { because: string; fate: string },
): Promise<void> {
  await run.step("report failed admission", async () => {
    const finding: Finding = { kind: "admission-failed", resource: facts.group.name, cause: "admission-failed", evidence: [`${instanceId}: ${because}`] };
    const { incident } = await world.ledger.open(incidentOf(finding, { stage: facts.stage, at: world.now() }));
    await pageHuman(world, incident, { guard: "nothing-left-to-try", because: `${instanceId} ${fate}: ${because}`, at: world.now() });
    return null;
  });
}

type Asked = Extract<RunSubject, { kind: "request" | "duty" }>;

/** A runbook that a person or a schedule asked for: the same guards, the same way. */
async function attendRequest(errand: Errand, subject: Asked): Promise<RunEnd> {
  const isAboutNodes = RUNBOOKS[subject.runbook].changes.some((change) => closenessFor(change) !== "nobody");
  const { facts } = await look(errand, "look", isAboutNodes ? "everybody" : "nobody");
  const intent = requestIntent(subject, errand.execution);
  if ("instanceId" in subject.input && !findNode(facts, intent.instanceId)) return "gone";
  const objection = objectionTo(facts, intent, errand.policy, facts.at, GUARDS);
  if (objection) return "refused";
  const outcome = await carryOut(errand, { label: "1", intent, input: subject.input, incident: null, because: subject.because }, facts);
  return outcome.kind;
}

/** What a request means to the guards. */
export function requestIntent({ runbook, input }: Pick<Asked, "runbook" | "input">, execution: string | null): Intent {
  const { instanceId = THE_FLEET, approved } = RUNBOOKS[runbook].input.parse(input) as { instanceId?: string; approved?: string };
  return { runbook, instanceId, disrupts: RUNBOOKS[runbook].disrupts, execution, resumes: false, ...(approved !== undefined && { approval: approved }) };
}
