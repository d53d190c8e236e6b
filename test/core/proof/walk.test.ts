import type { RunSubject } from "@steward/core/apply/order";
import { MARK } from "@steward/core/retention/marks";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runToEnd } from "../apply/engine.ts";
import type { FakeWorld } from "../apply/fake-world.ts";
import { ago, hence } from "../builders.ts";
import { ours } from "../snapshots/cloud.ts";
import { single } from "./builders.ts";
import { lab, live, run, started, sweep } from "./drill-runs.ts";
import type { LabMood } from "./lab.ts";

const outcome = ({ state: { drill }, sky }: FakeWorld) => ({
  state: drill?.record?.state,
  left: [...(drill?.volumes ?? []), ...(drill?.instances ?? []).filter(({ state }) => state !== "terminated")],
  proven: sky.snapshots.some(({ tags }) => tags[MARK.proven] !== undefined),
  failed: sky.snapshots.find(({ tags }) => tags[MARK.proofFailed])?.tags[MARK.proofFailed] ?? null,
});
const drillOf = (fake: FakeWorld) => fake.state.drill?.record;
const incidents = async (fake: FakeWorld) => (await sweep(fake)).flatMap((duty) => (duty.duty === "open" ? [duty.incident.kind] : []));

/** What is said of a copy whose database is broken. */
const broken: Partial<LabMood> = {
  proof: (said) => ({ ...said, databases: said.databases.map((one) => ({ ...one, integrity: "row 7 missing from index" })) }),
};
const proven = { state: "proven", left: [], proven: true, failed: null };
const undecided = { state: "undecided", left: [], proven: false, failed: null };

describe("a drill", () => {
  test("proves the newest snapshot, says so on it, measures, and leaves nothing", async () => {
    const fake = lab();
    expect((await live(fake)).ends).toEqual(["done"]);
    expect(outcome(fake)).toEqual(proven);
    expect(drillOf(fake)).toMatchObject({ rpoSeconds: 3590, servedAt: expect.any(Date), loadedAt: expect.any(Date), unproven: null });
    expect(await started(fake)).toEqual([]);
    expect(await incidents(fake)).not.toContain("restore-unproven");
  });

  test("that finds a broken database fails, tells people, and tries the next snapshot a day later", async () => {
    const fake = lab(broken);
    expect((await live(fake)).ends).toEqual(["failed"]);
    expect(outcome(fake)).toEqual({ state: "failed", left: [], proven: false, failed: "rstudio-pm.sqlite: row 7 missing from index" });
    expect(await incidents(fake)).toContain("restore-unproven");
    fake.sky.snapshots.push(ours(hence({ hours: 2 }), { id: "snap-2" }));
    expect(await started(fake)).toEqual([]);
    fake.pass(86_400_000);
    expect(await started(fake)).toHaveLength(1);
  });

  test("of a licence that is no file is proven without Package Manager", async () => {
    const fake = lab({ licence: "floating", serves: false });
    await live(fake);
    expect(outcome(fake)).toEqual(proven);
    expect(drillOf(fake)).toMatchObject({ servedAt: null, verdicts: expect.arrayContaining([expect.stringContaining("its licence is no file")]) });
  });

  test("whose server never answers fails after two hours", async () => {
    const fake = lab({ serves: false });
    await live(fake);
    expect(outcome(fake)).toMatchObject({
      state: "failed",
      left: [],
      failed: expect.stringContaining("no verdict within 2 hours: Package Manager does not answer"),
    });
  });

  test("whose server can't become what is in effect fails, with the server's own words", async () => {
    const fake = lab({ converge: "fails" });
    await live(fake);
    expect(outcome(fake)).toMatchObject({ state: "failed", left: [], failed: expect.stringContaining("data volume: it bears no mark") });
  });

  test.each([
    ["that refuses before it has touched the copy", { converge: "refuses" }],
    ["that never says how it went", { converge: "hangs" }],
    ["that ends by itself", { dies: true }],
  ] as const)("by a server %s says nothing of the snapshot", async (_what, mood) => {
    const fake = lab(mood);
    await live(fake);
    expect(outcome(fake)).toEqual(undecided);
    expect(await incidents(fake)).toEqual([]);
  });

  test("does not wait for ever until the volume is read", async () => {
    const fake = lab({ loadMinutes: 100_000 });
    await live(fake);
    expect(outcome(fake)).toEqual(proven);
    expect(drillOf(fake)?.loadedAt).toBeNull();
  });

  test("that was asked for without anything to prove fails and begins none", async () => {
    const fake = lab();
    fake.sky.snapshots = [ours(ago({ hours: 1 }), { tags: { [MARK.consistency]: "crash" } })];
    expect(await started(fake)).toEqual([]);
    const order = { name: "demo-request-x-1", subject: { kind: "request", id: "x", runbook: "prove-restore", input: {}, because: "a test" } as const };
    expect((await run(fake, order)).end).toBe("failed");
    expect(drillOf(fake)).toBeNull();
    expect(fake.state.attempts.at(-1)?.because).toContain("nothing to prove");
  });

  test("removes what an earlier one left before it begins", async () => {
    const fake = lab();
    const left = { id: "vol-0left", drillId: "20260101t000000", state: "available", attachedTo: null, madeAt: ago({ days: 20 }) };
    fake.state.drill?.volumes.push(left);
    expect(await incidents(fake)).toContain("drill-left-over");
    await live(fake);
    fake.pass(3_600_000);
    await live(fake);
    expect(outcome(fake)).toMatchObject({ left: [] });
  });
});

describe("a drill that is killed", () => {
  const MOODS: [string, Partial<LabMood>, object][] = [
    ["and is to be proven", {}, { state: "proven", left: [], failed: null }],
    ["and is to fail", broken, { state: "failed", left: [], proven: false }],
    ["and can come to nothing", { dies: true }, undecided],
  ];

  test.each(MOODS)("at any one place %s comes to its one verdict, and nothing is left of it", async (_what, mood, expected) => {
    const { places } = await live(lab(mood));
    for (let place = 0; place < (places[0] ?? 0); place += 3) {
      const fake = lab(mood);
      await live(fake, [place]);
      expect(outcome(fake), `killed at ${place}`).toMatchObject(expected);
      expect(fake.effects.filter((effect) => effect.startsWith("launch"))).toHaveLength(1);
    }
  });

  const places = fc.array(fc.nat({ max: 150 }), { maxLength: 5 });
  const calls = fc.uniqueArray(fc.nat({ max: 10 }), { maxLength: 3 });
  test("over and over, and whose calls lose their answers, comes to its verdict as well", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...MOODS), places, calls, async ([, mood, expected], crashes, loses) => {
        const fake = lab({ ...mood, loses });
        await live(fake, crashes);
        expect(outcome(fake)).toMatchObject(expected);
      }),
      { numRuns: 60 },
    );
  });

  test("and gone on with by its own run does everything once", async () => {
    const subject: RunSubject = { kind: "duty", id: "prove-20260504t0300", runbook: "prove-restore", input: {}, because: "it is due" };
    const { places } = await runToEnd(lab(), subject, single);
    for (let place = 0; place < places; place += 9) {
      const fake = lab();
      const { end } = await runToEnd(fake, subject, { ...single, crashes: [place] });
      expect([end, outcome(fake)]).toEqual(["done", proven]);
    }
  });
});
