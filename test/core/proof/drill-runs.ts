import type { RunOrder } from "@steward/core/apply/order";
import { remediate } from "@steward/core/apply/remediate";
import { Retryable } from "@steward/core/errors";
import type { SnapshotFacts } from "@steward/core/retention/snapshot";
import { surveySnapshots } from "@steward/core/snapshots/survey";
import { errandIn, newRecording } from "../apply/engine.ts";
import { type FakeWorld, fakeWorld } from "../apply/fake-world.ts";
import { Crash, recordedRun } from "../apply/recorded-run.ts";
import { ago } from "../builders.ts";
import { ours, VOLUME } from "../snapshots/cloud.ts";
import { server, single } from "./builders.ts";
import { type LabMood, noDrill, setMood } from "./lab.ts";

/** A single server with one good snapshot of an hour ago, and a drill that is due. */
export function lab(mood: Partial<LabMood> = {}): FakeWorld {
  const fake = fakeWorld(server(noDrill()));
  setMood(fake.state, mood);
  fake.sky.snapshots = [ours(ago({ hours: 1 }), { id: "snap-1" })];
  return fake;
}

const seenIn = ({ sky, now }: FakeWorld): SnapshotFacts => ({
  stage: "demo",
  at: now(),
  volumeId: VOLUME,
  volumes: [VOLUME],
  snapshots: structuredClone(sky.snapshots),
  images: [],
  templates: [],
  needed: [],
});

/** What the sweep of `keep-snapshots` finds to do about drills. */
export async function sweep(fake: FakeWorld) {
  const fleet = await fake.world.observer.facts({ probe: "nobody", builds: false, drill: true });
  return surveySnapshots({ ...fleet, runs: [] }, seenIn(fake), single, fake.now());
}

/** Runs of drills that the sweep starts now. */
export async function started(fake: FakeWorld): Promise<RunOrder[]> {
  return (await sweep(fake)).flatMap((duty) =>
    duty.duty === "start" && "runbook" in duty.order.subject && duty.order.subject.runbook === "prove-restore" ? [duty.order] : [],
  );
}

/** One run, killed for good at this place, if it comes there; returns how many places it had. */
export async function run(fake: FakeWorld, order: RunOrder, crashAt?: number): Promise<{ places: number; end: string }> {
  const recording = Object.assign(newRecording(fake), crashAt === undefined ? {} : { crashAt });
  const errand = { ...errandIn(fake, recording), run: recordedRun(recording), policy: single, name: `${order.name}-${fake.now().getTime()}` };
  const end = await remediate(errand, order).catch((error: unknown) => {
    if (error instanceof Crash || error instanceof Retryable) return "died";
    throw error;
  });
  return { places: recording.places, end };
}

/** Sweeps every five minutes and does what they start; each of the first runs dies at its place. Ends when nothing is left of a drill that was decided. */
export async function live(fake: FakeWorld, crashes: readonly number[] = []): Promise<{ places: number[]; ends: string[] }> {
  const [places, ends]: [number[], string[]] = [[], []];
  for (let sweeps = 0; sweeps < 200; sweeps++) {
    const { drill } = fake.state;
    if (drill?.record?.endedAt && drill.volumes.length === 0 && drill.instances.every(({ state }) => state === "terminated")) return { places, ends };
    for (const order of await started(fake)) {
      const lived = await run(fake, order, crashes[places.length]);
      places.push(lived.places);
      ends.push(lived.end);
    }
    fake.pass(300_000);
  }
  throw new Error(`the drill does not end: ${JSON.stringify(fake.state.drill?.record)}`);
}
