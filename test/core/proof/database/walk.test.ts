import type { RunOrder } from "@steward/core/apply/order";
import { remediate } from "@steward/core/apply/remediate";
import { Retryable } from "@steward/core/errors";
import { surveyDatabase } from "@steward/core/proof/database/survey";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { errandIn, newRecording } from "../../apply/engine.ts";
import { type FakeWorld, fakeWorld } from "../../apply/fake-world.ts";
import { Crash, recordedRun } from "../../apply/recorded-run.ts";
import { ago, hence } from "../../builders.ts";
import { copy, fleet, kept, noDrill, pair, SNAPSHOT, side } from "./builders.ts";
import { type DatabaseMood, MARKS, setDatabaseMood } from "./lab.ts";

/** A pair with one snapshot of an hour ago, and a drill that is due. */
function lab(mood: Partial<DatabaseMood> = {}): FakeWorld {
  const fake = fakeWorld(fleet(noDrill()));
  setDatabaseMood(fake.state, mood);
  return fake;
}

async function started(fake: FakeWorld): Promise<RunOrder[]> {
  const seen = await fake.world.observer.facts({ probe: "nobody", builds: false, drill: true });
  return surveyDatabase({ ...seen, runs: [] }, pair, fake.now()).flatMap((duty) => (duty.duty === "start" ? [duty.order] : []));
}

/** One run, killed for good at this place, if it comes there. */
async function run(fake: FakeWorld, order: RunOrder, crashAt?: number): Promise<{ places: number; end: string }> {
  const recording = Object.assign(newRecording(fake), crashAt === undefined ? {} : { crashAt });
  const errand = { ...errandIn(fake, recording), run: recordedRun(recording), policy: pair, name: `${order.name}-${fake.now().getTime()}` };
  const end = await remediate(errand, order).catch((error: unknown) => {
    if (error instanceof Crash || error instanceof Retryable) return "died";
    throw error;
  });
  return { places: recording.places, end };
}

/** Sweeps every five minutes and does what they start; each of the first runs dies at its place. Ends when a drill was decided and nothing is left of it. */
async function live(fake: FakeWorld, crashes: readonly number[] = []): Promise<{ places: number[]; ends: string[] }> {
  const [places, ends]: [number[], string[]] = [[], []];
  for (let sweeps = 0; sweeps < 300; sweeps++) {
    const drill = fake.state.databaseDrill;
    if (drill?.record?.endedAt && drill.copies.length === 0) return { places, ends };
    for (const order of await started(fake)) {
      const lived = await run(fake, order, crashes[places.length]);
      places.push(lived.places);
      ends.push(lived.end);
    }
    fake.pass(300_000);
  }
  throw new Error(`the drill does not end: ${JSON.stringify(fake.state.databaseDrill)}`);
}

const outcome = ({ state }: FakeWorld) => ({
  state: state.databaseDrill?.record?.state,
  copies: state.databaseDrill?.copies,
  kept: state.databaseDrill?.kept.length,
  mark: MARKS.get(state)?.get(SNAPSHOT),
});
const recordIn = (fake: FakeWorld) => fake.state.databaseDrill?.record;
const proven = { state: "proven", copies: [], kept: 1, mark: "proven" };

describe("a drill of a pair's database", () => {
  test("proves the newest snapshot, says so on it, measures, keeps a copy of it and leaves nothing", async () => {
    const fake = lab();
    expect((await live(fake)).ends).toEqual(["done"]);
    expect(outcome(fake)).toEqual(proven);
    expect(recordIn(fake)).toMatchObject({ rpoSeconds: 3600, latestSeconds: 0, servedAt: expect.any(Date), unproven: null, baseline: { objects: 0 } });
    expect(await started(fake)).toEqual([]);
  });

  test("that fails says why, keeps what was proven before, and is tried again a day later", async () => {
    const fake = lab({ report: (said) => ({ ...said, copy: side({ schemas: [] }) }) });
    fake.state.databaseDrill?.kept.push(kept({ drillId: "older", madeAt: ago({ days: 7 }) }));
    expect((await live(fake)).ends).toEqual(["failed"]);
    expect(outcome(fake)).toEqual({ ...proven, state: "failed", mark: "failed: there is no schema metrics, pm" });
    expect(recordIn(fake)).toMatchObject({ unproven: { snapshotId: SNAPSHOT } });
    expect(await started(fake)).toEqual([]);
    fake.pass(86_400_000);
    expect(await started(fake)).toHaveLength(1);
  });

  test.each([
    ["that RDS can't restore has failed", { restores: "failed" }, { state: "failed", kept: 0 }],
    ["beside a bucket without versions has failed", { versioning: "Off" }, { state: "failed", kept: 0 }],
    ["of which no node says anything is undecided", { report: () => null }, { state: "undecided", kept: 0, mark: undefined }],
    ["whose copy can't be kept is proven all the same", { keeps: "failed" }, { state: "proven", mark: "proven" }],
    ["whose copy is never finished is proven all the same", { keeps: "never" }, { state: "proven", kept: 1 }],
  ] as [string, Partial<DatabaseMood>, object][])("%s", async (_what, mood, ends) => {
    const fake = lab(mood);
    await live(fake);
    expect(outcome(fake)).toMatchObject({ copies: [], ...ends });
  });

  test("goes through a large bucket page by page", async () => {
    const pages = Array.from({ length: 45 }, (_, index) => ({
      entries: [{ key: `k${index}`, at: ago({ days: 1 }), isDeletion: false, isUnversioned: false }],
      next: index < 44 ? { key: String(index + 1), version: null } : null,
    }));
    const fake = lab({ pages });
    await live(fake);
    expect(recordIn(fake)).toMatchObject({ state: "proven", bucket: { pages: 45, objects: 45, isWhole: true }, baseline: { objects: 45 } });
  });

  test("that nobody knows of is cleaned up, and no drill begins for it", async () => {
    const fake = lab();
    Object.assign(fake.state.databaseDrill ?? {}, { copies: [copy({ drillId: "forgotten" })], since: fake.now() });
    const [order] = await started(fake);
    expect(order && (await run(fake, order)).end).toBe("done");
    expect(fake.state.databaseDrill).toMatchObject({ record: null, copies: [] });
  });

  test("of a snapshot that is asked for is one of that, and of one that RDS does not have fails", async () => {
    const fake = lab();
    const subject = (snapshotId: string) => ({
      kind: "request" as const,
      id: snapshotId,
      runbook: "prove-restore" as const,
      input: { snapshotId },
      because: "asked",
    });
    expect((await run(fake, { name: "demo-request-a-1", subject: subject("rds:other") })).end).toBe("failed");
    expect(recordIn(fake)).toBeNull();
    fake.state.databaseDrill?.snapshots.push({ id: "by-hand", at: ago({ days: 2 }) });
    await run(fake, { name: "demo-request-b-1", subject: subject("by-hand") });
    expect(recordIn(fake)).toMatchObject({ snapshotId: "by-hand", snapshotAt: ago({ days: 2 }) });
  });

  test("of another database than the last one knows nothing of that one's proofs", async () => {
    const fake = lab();
    await live(fake);
    Object.assign(recordIn(fake) ?? {}, { databaseId: "replaced", unproven: { since: hence({ hours: 1 }), snapshotId: "s", because: "b" } });
    fake.pass(8 * 86_400_000);
    for (const order of await started(fake)) await run(fake, order, 12);
    expect(recordIn(fake)).toMatchObject({ databaseId: "steward-demo", provenAt: null, baseline: null, unproven: null, revision: expect.any(Number) });
  });
});

describe("killed anywhere", () => {
  test("a drill comes to the same verdict and leaves nothing", async () => {
    const { places } = await live(lab());
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: places[0] ?? 0 }), { minLength: 1, maxLength: 3 }), async (crashes) => {
        const fake = lab();
        await live(fake, crashes);
        expect(outcome(fake)).toEqual(proven);
        expect(fake.effects.filter((effect) => effect.startsWith("restore"))).toHaveLength(1);
      }),
      { numRuns: 25 },
    );
  });

  test.each(Array.from({ length: 10 }, (_, call) => call))("so it does where the answer of call %i is lost", async (call) => {
    const fake = lab({ loses: [call] });
    await live(fake);
    expect(outcome(fake)).toEqual(proven);
  });
});
