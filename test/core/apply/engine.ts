import type { RunEnd } from "@steward/core/apply/attend-incident";
import type { Errand } from "@steward/core/apply/errand";
import type { RunOrder, RunSubject } from "@steward/core/apply/order";
import { remediate } from "@steward/core/apply/remediate";
import type { FleetFacts } from "@steward/core/fleet/facts";
import type { Policy } from "@steward/core/fleet/policy";
import { FIRST, fleetWithSickNode, incident, ME, policy } from "../builders.ts";
import { type FakeWorld, fakeWorld, type Temper } from "./fake-world.ts";
import { Crash, type Recording, recordedRun } from "./recorded-run.ts";

export const RUN = "demo-run-1";

export const aboutIncident: RunSubject = { kind: "incident", id: incident().id, of: "node-sick", resource: FIRST };

export interface Told {
  end: RunEnd;
  /** Places at which the last life could have crashed. */
  places: number;
  recording: Recording;
}

/** What a run carries in this world. */
export const errandIn = (fake: FakeWorld, recording: Recording, but: Partial<Policy> = {}): Errand => ({
  run: recordedRun(recording),
  world: fake.world,
  policy: policy(but),
  name: RUN,
  execution: ME,
  builds: true,
  images: true,
});

export const newRecording = (fake: FakeWorld): Recording => ({ checkpoints: [], places: 0, pass: fake.pass });

/** Runs `remediate` to its end, killed once at each of these places and started again two seconds later. */
export async function runToEnd(
  fake: FakeWorld,
  subject: RunSubject,
  { crashes = [], ...but }: { crashes?: readonly number[] } & Partial<Policy> = {},
): Promise<Told> {
  const recording = newRecording(fake);
  const order: RunOrder = { name: RUN, subject };
  for (const crashAt of [...crashes, undefined]) {
    Object.assign(recording, { crashAt, places: 0 });
    try {
      return { end: await remediate(errandIn(fake, recording, but), order), places: recording.places, recording };
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      fake.pass(2_000);
    }
  }
  throw new Error("the last life has no crash, so it comes to an end");
}

/** What a run leaves behind, in short. */
export const said = ({ said }: FakeWorld): string[] => said.map(({ kind, incident: { resource } }) => `${kind} ${resource}`);
export const tried = ({ state }: FakeWorld): string[] => state.attempts.map(({ runbook, outcome }) => `${runbook} ${outcome}`);
export const refused = ({ state }: FakeWorld): string[] =>
  [...state.incidents, ...state.closed].flatMap(({ refusals }) => refusals.map(({ guard, times }) => `${guard} ${times}`));
export const holders = ({ state }: FakeWorld): string[] => state.leases.filter(({ holder }) => holder !== "nobody").map(({ holder }) => holder);

/** The fleet with its first node sick and an incident open about it. */
export const sick = (but: Partial<FleetFacts> = {}, temper: Partial<Temper> = {}): FakeWorld =>
  fakeWorld(fleetWithSickNode({ incidents: [incident()], ...but }), temper);
