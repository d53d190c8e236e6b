import type { StageId } from "../first-deploy/facts.ts";
import { currentStage } from "../first-deploy/progress.ts";
import { currentSince, isFounding, reachedAt } from "../first-deploy/stages.ts";
import { type Intent, THE_FLEET } from "../guards/guard.ts";
import { objectionTo } from "../guards/registry.ts";
import { retryBudget } from "../guards/retry-budget.ts";
import { staleFacts } from "../guards/stale-facts.ts";
import { switchOff } from "../guards/switch-off.ts";
import type { RunEnd } from "./attend-incident.ts";
import { carryOut } from "./carry-out.ts";
import { type Errand, look } from "./errand.ts";

/**
 * Rounds of look and one stage further. It ends where a person has to do something, where a step failed, or when it has waited for long:
 * then the next sweep goes on. What the stages are is read off the facts each time, so it does not matter where an earlier run was killed.
 */
export async function attendFirstDeploy(errand: Errand): Promise<RunEnd> {
  const { run, policy } = errand;
  for (let round = 1; round <= policy.rounds; round++) {
    const { facts } = await look(errand, `round ${round} look`, "everybody");
    const intent: Intent = { runbook: "first-deploy", instanceId: THE_FLEET, disrupts: false, execution: errand.execution, resumes: false };
    const objection = objectionTo(facts, intent, policy, facts.at, [switchOff, staleFacts, retryBudget]);
    if (objection?.verdict === "refuse") return "refused";
    const current = isFounding(facts) ? currentStage(facts, policy) : undefined;
    if (!objection && !current) return "done";
    if (current?.standing.state === "wait" && current.standing.on === "people") return "handed-over";
    if (isFounding(facts) && current && !currentSince(facts, current.stage))
      await noteReached(errand, `round ${round} reached`, { stage: current.stage.id, at: facts.at, again: reachedAt(facts, current.stage) !== undefined });
    if (!objection && current?.standing.state === "act") {
      const because = `${current.stage.words}: ${current.standing.because}`;
      const outcome = await carryOut(errand, { label: `round ${round}`, intent, input: {}, incident: null, because }, facts);
      if (outcome.kind !== "done") return outcome.kind;
    }
    await run.sleep(`round ${round} wait`, policy.poll);
  }
  return "handed-over";
}

/** From then on the stage has its time, and its failures count. */
const noteReached = ({ run, world }: Errand, label: string, reached: { stage: StageId; at: Date; again: boolean }): Promise<null> =>
  run.step(label, async () => {
    await world.ledger.noteFirstDeploy({ what: "reached", ...reached });
    return null;
  });
