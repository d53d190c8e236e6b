import { calmServer } from "../guards/calm-server.ts";
import { type Guard, type Intent, THE_FLEET } from "../guards/guard.ts";
import { objectionTo } from "../guards/registry.ts";
import { retryBudget } from "../guards/retry-budget.ts";
import { staleFacts } from "../guards/stale-facts.ts";
import { switchOff } from "../guards/switch-off.ts";
import type { Next } from "../proof/next.ts";
import { drillIn, proveRestore } from "../runbooks/prove-restore.ts";
import type { RunEnd } from "./attend-incident.ts";
import { carryOut } from "./carry-out.ts";
import { type Errand, look } from "./errand.ts";
import type { RunSubject } from "./order.ts";

type Asked = Extract<RunSubject, { kind: "request" | "duty" }>;

/**
 * Rounds of look and one step further, from the choice of a snapshot until nothing is left of what was made for it. How far it is is read
 * off the facts each time: a run that is killed is gone on with by the next one.
 */
export async function attendDrill(plain: Errand, subject: Asked): Promise<RunEnd> {
  const errand = { ...plain, drill: true };
  const { snapshotId, goOn } = proveRestore.input.parse(subject.input);
  for (let round = 1; round <= errand.policy.rounds; round++) {
    const { facts } = await look(errand, `round ${round} look`, "everybody");
    const intent: Intent = { runbook: "prove-restore", instanceId: THE_FLEET, disrupts: false, execution: errand.execution, resumes: false };
    const drill = drillIn(facts, errand.policy);
    const next = drill?.next;
    const begun = goOn || drill?.record?.key.startsWith(`${errand.name}/`) === true;
    const objection = objectionTo(facts, intent, errand.policy, facts.at, guardsOf(next, begun));
    if (objection?.verdict === "refuse") return "refused";
    if (!objection && !next && begun) return endOf(drill?.record);
    if (!objection && (!next || next.standing.state === "act")) {
      const because = next ? `${next.words}: ${next.standing.because}` : subject.because;
      const input = { ...(snapshotId !== undefined && { snapshotId }), goOn: begun };
      const outcome = await carryOut(errand, { label: `round ${round}`, intent, input, incident: null, because }, facts);
      if (outcome.kind !== "done") return outcome.kind;
    }
    const pause = !objection && next?.standing.state === "wait" ? next.standing.pause : null;
    await errand.run.sleep(`round ${round} wait`, pause ?? errand.policy.poll);
  }
  return "handed-over";
}

/** The server has to be well for a drill to begin, and for nothing else. */
function guardsOf(next: Next | undefined, begun: boolean): Guard[] {
  if (next) return bringsToAnEnd(next) ? [switchOff, staleFacts] : [switchOff, staleFacts, retryBudget];
  return [switchOff, staleFacts, retryBudget, ...(begun ? [] : [calmServer])];
}

/** However often that was tried: what a drill has made never stays for want of tries. */
const bringsToAnEnd = ({ standing }: Next): boolean => standing.state === "act" && standing.steps.every((step) => ENDS.has(step.do));
const ENDS: ReadonlySet<string> = new Set([
  "conclude-drill",
  "mark-proof",
  "note-drill",
  "remove-drill",
  "conclude-database-drill",
  "remove-database-drill",
  "end-database-drill",
]);

/** By the verdict, not by the way to it. */
const endOf = (record: { state: string } | null | undefined): RunEnd => (record?.state === "failed" ? "failed" : "done");
