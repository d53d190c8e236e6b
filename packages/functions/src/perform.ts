import { closeIncident, pageHuman } from "@steward/core/apply/attend-incident";
import { subjectKey } from "@steward/core/apply/order";
import { Retryable } from "@steward/core/errors";
import type { FleetFacts } from "@steward/core/fleet/facts";
import { attend, type Duty } from "@steward/core/survey/survey";
import type { Runtime } from "./runtime.ts";

/** Does every duty; one that fails keeps no other from being done, and fails the invocation in the end. */
export async function performAll(runtime: Runtime, facts: FleetFacts, duties: readonly Duty[]): Promise<void> {
  const failures: unknown[] = [];
  for (const duty of duties) await perform(runtime, facts, duty).catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw new Retryable(`${failures.length} of ${duties.length} duties failed`, { cause: failures[0] });
}

function perform(runtime: Runtime, facts: FleetFacts, duty: Duty): Promise<void> {
  return (PERFORM[duty.duty] as (runtime: Runtime, facts: FleetFacts, duty: Duty) => Promise<void>)(runtime, facts, duty);
}

type Performers = { [K in Duty["duty"]]: (runtime: Runtime, facts: FleetFacts, duty: Extract<Duty, { duty: K }>) => Promise<void> };

const PERFORM: Performers = {
  /** The one who really opens it announces it and sees to it; everybody else finds it open. */
  open: async (runtime, facts, { incident: candidate }) => {
    const { incident, isNew } = await runtime.world.ledger.open(candidate);
    if (!isNew) return;
    const first = attend({ ...facts, incidents: [...facts.incidents, incident] }, incident, runtime.policy, facts.at);
    if (!first.some(({ duty }) => duty === "refuse")) await runtime.world.bus.announce({ kind: "opened", incident });
    await performAll(runtime, facts, first);
  },
  refuse: ({ world }, facts, { incident, guard, because }) => pageHuman(world, incident, { guard, because, at: facts.at }),
  quiet: async ({ world }, _facts, { incident, since }) => {
    await world.ledger.change(incident, (open) => ({ ...open, quietSince: since }));
  },
  close: ({ world }, facts, { incident }) => closeIncident(world, incident, facts.at),
  start: async ({ world }, facts, { order }) => {
    const execution = await world.runs.start(order.name, order);
    await world.ledger.runBegan({ name: order.name, subject: subjectKey(order.subject), execution, startedAt: facts.at, endedAt: null, outcome: null });
  },
  "note-image": ({ world }, _facts, { image }) => world.ledger.noteImage(image),
  "note-first-deploy": ({ world }, _facts, { note }) => world.ledger.noteFirstDeploy(note),
  announce: ({ world }, _facts, { incident, kind }) => world.bus.announce({ kind, incident }),
};
