import type { FleetFacts, Lease } from "../fleet/facts.ts";
import { FLEET_SCOPE } from "../guards/fleet-lease.ts";
import type { Intent } from "../guards/guard.ts";
import { Attempt } from "../incidents/attempt.ts";
import { RUNBOOKS } from "../runbooks/registry.ts";
import { applySteps, type Outcome } from "./apply.ts";
import { type Errand, takeLease, toJson } from "./errand.ts";

/** One runbook to be run: the only way to change the world. */
export interface Assignment {
  label: string;
  intent: Intent;
  input: unknown;
  incident: string | null;
  because: string;
}

/** Takes the lease, puts the attempt on the record, walks the plan (and, if that fails, its other end), ends the record. */
export async function carryOut(errand: Errand, assignment: Assignment, facts: FleetFacts): Promise<Outcome> {
  const runbook = RUNBOOKS[assignment.intent.runbook];
  const scope = runbook.scope ?? (runbook.disrupts ? FLEET_SCOPE : `node/${assignment.intent.instanceId}`);
  const lease = await takeLease(errand, `${assignment.label} lease`, scope);
  if (!lease) return { kind: "refused", guard: "fleet-lease", because: `another change holds ${scope}` };
  const attempt = await begin(errand, assignment, facts.at);
  const plan = runbook.plan(runbook.input.parse(assignment.input), facts, errand.policy);
  const change = { intent: assignment.intent, lease };
  const outcome: Outcome =
    plan.impossible === undefined ? await applySteps(errand, plan.steps, { ...change, label: assignment.label }) : { kind: "failed", because: plan.impossible };
  if (outcome.kind === "failed") await applySteps(errand, plan.otherwise, { ...change, label: `${assignment.label} otherwise` });
  await end(errand, assignment, { ...attempt, outcome: outcome.kind, because: outcome.kind === "done" ? attempt.because : outcome.because }, lease);
  return outcome;
}

/** Its start is the time of the facts, which a replay sees again: a repeat writes the same record and no second one. */
async function begin({ run, world, name }: Errand, { label, intent, incident, because }: Assignment, startedAt: Date): Promise<Attempt> {
  const begun = await run.step(`${label} begin ${intent.runbook}`, async () => {
    const attempt: Attempt = {
      run: name,
      runbook: intent.runbook,
      resource: intent.instanceId,
      incident,
      startedAt,
      endedAt: null,
      outcome: "running",
      because,
    };
    await world.ledger.putAttempt(attempt);
    return toJson(attempt);
  });
  return Attempt.parse(begun);
}

async function end({ run, world }: Errand, { label }: Assignment, attempt: Attempt, lease: Lease): Promise<void> {
  await run.step(`${label} end ${attempt.runbook}`, async () => {
    await world.ledger.putAttempt({ ...attempt, endedAt: world.now() });
    await world.ledger.release(lease);
    return null;
  });
}
