import { subjectKey } from "@steward/core/apply/order";
import type { FleetFacts } from "@steward/core/fleet/facts";
import type { Incident } from "@steward/core/incidents/incident";
import { withRefusal } from "@steward/core/incidents/open";
import { type Duty, survey } from "@steward/core/survey/survey";
import { withNote } from "../apply/fake-ledger.ts";
import { policy, runRecord } from "../builders.ts";

type Recorders = { [K in Duty["duty"]]: (facts: FleetFacts, duty: Extract<Duty, { duty: K }>) => FleetFacts };

const changed = (facts: FleetFacts, { id }: Incident, change: (incident: Incident) => Incident): FleetFacts => ({
  ...facts,
  incidents: facts.incidents.map((incident) => (incident.id === id ? change(incident) : incident)),
});

const heard = (facts: FleetFacts, { id }: Incident, kind: string): FleetFacts => ({ ...facts, announced: [...facts.announced, `${id}/${kind}`] });

const RECORD: Recorders = {
  open: (facts, { incident }) => heard({ ...facts, incidents: [...facts.incidents, incident] }, incident, "opened"),
  refuse: (facts, { incident, guard, because }) =>
    heard(
      changed(facts, incident, (open) => ({ ...withRefusal(open, { guard, because, at: facts.at }), state: "paged", paged: true })),
      incident,
      "paged",
    ),
  quiet: (facts, { incident, since }) => changed(facts, incident, (open) => ({ ...open, quietSince: since })),
  close: (facts, { incident }) => ({
    ...facts,
    incidents: facts.incidents.filter(({ id }) => id !== incident.id),
    closed: [...facts.closed, { ...incident, state: "resolved", endedAt: facts.at }],
  }),
  start: (facts, { order }) => ({ ...facts, runs: [...facts.runs, runRecord({ name: order.name, subject: subjectKey(order.subject), startedAt: facts.at })] }),
  announce: (facts, { incident, kind }) => heard(facts, incident, kind),
  "note-image": (facts, { image }) => ({ ...facts, images: [...facts.images.filter(({ imageId }) => imageId !== image.imageId), image] }),
  "note-first-deploy": (facts, { note }) =>
    facts.firstDeploy ? { ...facts, firstDeploy: { ...facts.firstDeploy, record: withNote(facts.firstDeploy.record, note) } } : facts,
};

/** The facts once these duties are done and on the record; nothing else has changed. */
export const record = (facts: FleetFacts, duties: readonly Duty[]): FleetFacts =>
  duties.reduce((before, duty) => (RECORD[duty.duty] as (facts: FleetFacts, duty: Duty) => FleetFacts)(before, duty), facts);

/** Does all that the facts ask for, so many times in a row. */
export function recordRounds(facts: FleetFacts, rounds: number): FleetFacts {
  return Array.from({ length: rounds }).reduce<FleetFacts>((before) => record(before, survey(before, policy(), before.at)), facts);
}
