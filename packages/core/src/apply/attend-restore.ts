import type { FleetFacts } from "../fleet/facts.ts";
import { approvalRequired } from "../guards/approval-required.ts";
import { fleetLease } from "../guards/fleet-lease.ts";
import { frozenVolume } from "../guards/frozen-volume.ts";
import { type Intent, THE_FLEET } from "../guards/guard.ts";
import { objectionTo } from "../guards/registry.ts";
import { staleFacts } from "../guards/stale-facts.ts";
import { switchOff } from "../guards/switch-off.ts";
import { nextIn } from "../restore/next.ts";
import { restoringIn } from "../restore/standing.ts";
import { restoreVolume } from "../runbooks/restore-volume.ts";
import type { RunEnd } from "./attend-incident.ts";
import { carryOut } from "./carry-out.ts";
import { type Errand, look } from "./errand.ts";
import type { RunSubject } from "./order.ts";

type Asked = Extract<RunSubject, { kind: "request" | "duty" }>;

/** What may stand in the way of a restore. What is wrong with the server does not: a restore may be its cure. */
export const RESTORE_GUARDS = [switchOff, staleFacts, approvalRequired, fleetLease, frozenVolume];

/**
 * Rounds of look and one step further, from the approved plan until users are served. How far it is is read off the facts each time: a
 * run that is killed is gone on with by the next one. Without an approval on the ledger it does nothing.
 */
export async function attendRestore(errand: Errand, subject: Asked): Promise<RunEnd> {
  const { approved } = restoreVolume.input.parse(subject.input);
  let begun = subject.kind === "duty";
  for (let round = 1; round <= errand.policy.rounds; round++) {
    const { facts } = await look(errand, `round ${round} look`, "everybody");
    const restoring = restoringIn(facts);
    const own = restoring?.record.plan === approved ? restoring : undefined;
    if (!own && isOver(facts, approved)) return "done";
    if (!own && begun && facts.unread.length === 0) return "gone";
    begun ||= own !== undefined;
    const intent: Intent = {
      runbook: "restore-volume",
      instanceId: THE_FLEET,
      disrupts: true,
      execution: errand.execution,
      resumes: own !== undefined,
      ...(approved !== undefined && { approval: approved }),
    };
    const objection = objectionTo(facts, intent, errand.policy, facts.at, RESTORE_GUARDS);
    if (objection?.verdict === "refuse") return "refused";
    const next = own && nextIn(own);
    if (!objection && (!next || next.standing.state === "act")) {
      const because = next ? `${next.words}: ${next.standing.because}` : subject.because;
      const outcome = await carryOut(errand, { label: `round ${round}`, intent, input: subject.input, incident: null, because }, facts);
      if (outcome.kind !== "done" && !(outcome.kind === "refused" && PASSING.has(outcome.guard))) return outcome.kind;
    }
    await errand.run.sleep(`round ${round} wait`, errand.policy.poll);
  }
  return "handed-over";
}

/** Guards that only say "not now": the next round asks again. */
const PASSING: ReadonlySet<string> = new Set(["fleet-lease", "frozen-volume"]);

/** Users are served from what was restored by this plan. */
const isOver = ({ restore }: FleetFacts, approved: string | undefined): boolean =>
  approved !== undefined && restore?.record?.plan === approved && restore.record.state !== "under-way";
