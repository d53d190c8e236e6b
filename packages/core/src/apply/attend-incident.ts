import type { FleetFacts } from "../fleet/facts.ts";
import { decide } from "../incidents/decide.ts";
import type { Incident } from "../incidents/incident.ts";
import { withRefusal } from "../incidents/open.ts";
import { carryOut } from "./carry-out.ts";
import { milliseconds, secondsUntil } from "./duration.ts";
import { type Errand, look, toJson } from "./errand.ts";
import type { RunSubject } from "./order.ts";
import type { World } from "./ports.ts";
import type { Duration } from "./run.ts";

type IncidentSubject = Extract<RunSubject, { kind: "incident" }>;
export type RunEnd = "resolved" | "paged" | "gone" | "handed-over" | "done" | "failed" | "refused";

/** Rounds of look and decide until the incident is over, a human has it, or the next sweep should go on. */
export async function attendIncident(errand: Errand, subject: IncidentSubject): Promise<RunEnd> {
  let overSince: Date | undefined;
  for (let round = 1; round <= errand.policy.rounds; round++) {
    const { facts } = await look(errand, `round ${round} look`, "everybody");
    const incident = facts.incidents.find(({ id }) => id === subject.id);
    if (!incident) return "gone";
    const decision = decide(facts, incident, errand.execution, errand.policy, facts.at);
    if (decision.kind === "over" && overSince && facts.at.getTime() - overSince.getTime() >= milliseconds(errand.policy.verify))
      return await close(errand, incident);
    overSince = decision.kind === "over" ? (overSince ?? facts.at) : undefined;
    if (decision.kind === "refuse") return await page(errand, incident, { ...decision, at: facts.at });
    if (decision.kind === "act") {
      const outcome = await carryOut(
        errand,
        { label: `round ${round}`, intent: decision.intent, input: decision.input, incident: incident.id, because: decision.because },
        facts,
      );
      if (outcome.kind === "refused") await remark(errand, `round ${round} refused`, incident, { ...outcome, at: facts.at });
    }
    if (decision.kind === "wait" && decision.guard)
      await remark(errand, `round ${round} waits`, incident, { guard: decision.guard, because: decision.because, at: facts.at });
    await errand.run.sleep(`round ${round} wait`, pause(errand, decision.kind === "wait" ? decision.until : undefined, facts));
  }
  return "handed-over";
}

/** Never longer than a minute: no lease is held meanwhile, and the facts are read afresh after. */
function pause({ policy }: Errand, until: Date | undefined, facts: FleetFacts): Duration {
  return until ? { seconds: Math.min(60, secondsUntil(facts.at, until)) } : policy.poll;
}

type Remark = { guard: string; because: string; at: Date };

const remark = ({ run, world }: Errand, label: string, incident: Incident, refusal: Remark): Promise<unknown> =>
  run.step(label, async () => toJson((await world.ledger.change(incident, (open) => withRefusal(open, refusal))) ?? null));

/** A human is told once; a guard that says it again is only counted. */
async function page({ run, world }: Errand, incident: Incident, refusal: Remark): Promise<RunEnd> {
  await run.step("page", async () => {
    await pageHuman(world, incident, refusal);
    return null;
  });
  return "paged";
}

/** Puts the refusal on the record and tells a human, unless one was told before. */
export async function pageHuman({ ledger, bus }: Pick<World, "ledger" | "bus">, incident: Incident, { guard, because, at }: Remark): Promise<void> {
  const paged = await ledger.change(incident, (open) => ({ ...withRefusal(open, { guard, because, at }), state: "paged", paged: true }));
  if (paged && incident.state !== "paged") await bus.announce({ kind: "paged", incident: paged });
}

async function close({ run, world }: Errand, incident: Incident): Promise<RunEnd> {
  await run.step("close", async () => {
    await closeIncident(world, incident, world.now());
    return null;
  });
  return "resolved";
}

/** Ends the incident on the record, then says so. */
export async function closeIncident({ ledger, bus }: Pick<World, "ledger" | "bus">, incident: Incident, at: Date): Promise<void> {
  const closed: Incident = { ...incident, endedAt: at, state: "resolved" };
  await ledger.close(closed);
  await bus.announce({ kind: "resolved", incident: closed });
}
