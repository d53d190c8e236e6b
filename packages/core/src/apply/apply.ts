import { Permanent } from "../errors.ts";
import type { FleetFacts, Lease } from "../fleet/facts.ts";
import type { Intent } from "../guards/guard.ts";
import { objectionTo, STEP_GUARDS } from "../guards/registry.ts";
import { sharedCause } from "../guards/shared-cause.ts";
import type { Step, StepContext } from "../runbooks/steps.ts";
import { after } from "./duration.ts";
import { type Errand, look } from "./errand.ts";
import { closenessFor, DEADLINES, progressOf } from "./progress.ts";
import type { Progress } from "./step-progress.ts";

/** How a plan ended. `failed`: a step can't be finished (`vanished`: its node has gone); `refused`: a guard stopped it on the way. */
export type Outcome = { kind: "done" } | { kind: "failed"; because: string; vanished?: true } | { kind: "refused"; guard: string; because: string };

export interface Change {
  /** Unique within the run. */
  label: string;
  intent: Intent;
  lease: Lease;
}

/** Walks the steps: look again, do what is due, wait until the world shows it, next. Resumable after a crash anywhere. */
export async function applySteps(errand: Errand, steps: readonly Step[], change: Change): Promise<Outcome> {
  for (const [index, step] of steps.entries()) {
    const outcome = await applyStep(errand, step, { ...change, label: `${change.label}.${index + 1}` });
    if (outcome.kind !== "done") return outcome;
  }
  return { kind: "done" };
}

async function applyStep(errand: Errand, step: Step, change: Change): Promise<Outcome> {
  const key = `${errand.name}/${change.label}`;
  let deadline: Date | undefined;
  let applied = false;
  for (let round = 1; ; round++) {
    const { held, facts } = await look(errand, `${change.label} look ${round}`, closenessFor(step.do), change.lease);
    deadline ??= after(facts.at, DEADLINES[step.do]);
    if (!held) return { kind: "refused", guard: "fleet-lease", because: "another change has taken over the lease" };
    const progress = facts.unread.length > 0 ? blind(facts) : progressOf(step, facts, { key, applied, policy: errand.policy });
    if (progress.kind === "done") return { kind: "done" };
    if (progress.kind === "impossible") return (progress.vanished ? undefined : excuse(facts, change.intent, errand)) ?? { ...progress, kind: "failed" };
    if (facts.at > deadline)
      return (
        excuse(facts, change.intent, errand) ?? {
          kind: "failed",
          because: `${step.do} is not done in time${progress.kind === "pending" ? `: ${progress.because}` : ""}`,
        }
      );
    const acts = progress.kind !== "pending";
    const stopped = acts ? stop(facts, change.intent, errand) : undefined;
    if (stopped) return stopped;
    if (acts) {
      const failure = await effect(errand, step, `${change.label} ${step.do} ${round}`, key, change.lease);
      if (failure !== null) return { kind: "failed", because: failure };
      applied = true;
    }
    await errand.run.sleep(`${change.label} wait ${round}`, progress.kind === "more" ? AT_ONCE : errand.policy.poll);
  }
}

/** The shortest sleep there is: the next invocation goes on where this one stopped. */
const AT_ONCE = { seconds: 1 };

/** "Could not read" is never "absent": a step is judged by whole facts only. */
const blind = (facts: FleetFacts): Progress => ({ kind: "pending", because: `I can't see enough: ${facts.unread.map(({ what }) => what).join(", ")}` });

/** The world may have turned since the plan was made. */
function stop(facts: FleetFacts, intent: Intent, { policy }: Errand): Outcome | undefined {
  const objection = objectionTo(facts, intent, policy, facts.at, STEP_GUARDS);
  return objection && { kind: "refused", guard: objection.guard, because: objection.because };
}

/** What is late or fails while something shared is wrong is no fault of the node: it is not sent away for it, and the change is taken up again. */
function excuse(facts: FleetFacts, intent: Intent, { policy }: Errand): Outcome | undefined {
  const objection = objectionTo(facts, { ...intent, disrupts: true }, policy, facts.at, [sharedCause]);
  return objection && { kind: "refused", guard: objection.guard, because: objection.because };
}

/** One effect: journal, fence (a conditional write on the lease right before), do. Answers why it can't be done, or null. */
async function effect(errand: Errand, step: Step, label: string, key: string, lease: Lease): Promise<string | null> {
  const { run, world, policy, name } = errand;
  return await run.step(label, async () => {
    const now = world.now();
    await world.ledger.note({ run: name, key: label, at: now, what: describe(step), because: step.because });
    if (!(await world.ledger.hold(lease, after(now, policy.leaseTtl)))) return null;
    const context: StepContext = { key, epoch: lease.epoch, notAfter: after(now, policy.effectWithin) };
    return await (world.actuators[step.do] as (step: Step, context: StepContext) => Promise<void>)(step, context).then(() => null, whyPermanent);
  });
}

/** What no repetition helps fails the step, not the run; everything else is the engine's to retry. */
function whyPermanent(error: unknown): string {
  if (error instanceof Permanent) return error.message;
  throw error;
}

/** A step as one line of the journal. */
export const describe = ({ because: _because, do: what, ...rest }: Step): string =>
  [what, ...Object.entries(rest).map(([name, value]) => (name === "instanceId" ? inWords(value) : `${name}=${inWords(value)}`))].join(" ");

const inWords = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
