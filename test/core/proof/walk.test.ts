import type { RunSubject } from "@steward/core/apply/order";
import { MARK } from "@steward/core/retention/marks";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runToEnd } from "../apply/engine.ts";
import type { FakeWorld } from "../apply/fake-world.ts";
import { ago, hence, incident } from "../builders.ts";
import { ours } from "../snapshots/cloud.ts";
import { single } from "./builders.ts";
import { lab, live, run, started, sweep } from "./drill-runs.ts";
import { type LabMood, setMood } from "./lab.ts";

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
  proof: (said) =>
    said.data ? { ...said, data: { ...said.data, databases: said.data.databases.map((one) => ({ ...one, integrity: "row 7 missing from index" })) } } : said,
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
    expect(drillOf(fake)).toMatchObject({
      scope: "data-only",
      because: "snap-1 was restored, data only: Package Manager was not started",
      servedAt: null,
      verdicts: expect.arrayContaining([expect.stringContaining("its licence is no file")]),
    });
    expect(fake.sky.snapshots[0]?.tags[MARK.proven]).toMatch(/Z data-only$/);
  });

  test("looks at what was restored before Package Manager is started on it, and once only", async () => {
    const fake = lab();
    await live(fake);
    const { look, servedAt, asked } = drillOf(fake) ?? {};
    expect(look?.databases.map(({ name }) => name)).toEqual(["rstudio-pm.sqlite"]);
    expect(look && servedAt && look.at < servedAt).toBe(true);
    expect(asked?.number).toBeGreaterThan(1);
  });

  test("on which Package Manager runs before anybody has looked decides nothing", async () => {
    const fake = lab({ proof: (said) => ({ ...said, data: null, service: { state: "active", since: null } }) });
    await live(fake);
    expect(outcome(fake)).toEqual(undecided);
    expect(drillOf(fake)?.because).toBe("Package Manager was started on it before anybody had looked");
  });

  test("whose copy is not cut off starts nothing, and says so", async () => {
    const fake = lab({ proof: (said) => ({ ...said, isolation: { denied: [], allowed: [] } }) });
    await live(fake);
    expect(drillOf(fake)).toMatchObject({ state: "undecided", servedAt: null, because: "by systemd's word the service is not kept from other computers" });
    expect(fake.commands.filter(({ what }) => what.includes("start"))).toEqual([]);
  });

  test("of a fleet that does not say how much it has is over before anything is made", async () => {
    const fake = lab({ counts: false });
    await live(fake);
    expect(drillOf(fake)).toMatchObject({
      state: "undecided",
      because: expect.stringMatching(/^the fleet's server does not say how much it has: the counting ended/),
    });
    expect(fake.effects).toEqual([]);
  });

  test("whose server never answers decides nothing after four hours", async () => {
    const fake = lab({ serves: false });
    await live(fake);
    expect(outcome(fake)).toEqual(undecided);
    expect(drillOf(fake)?.because).toBe("no verdict within 4 hours: Package Manager serves from the copy: Package Manager does not answer yet");
  });

  test("whose copy is slow is tried all that time, by one run, and decides nothing", async () => {
    const fake = lab({ start: "is slow" });
    expect((await live(fake)).ends).not.toContain("failed");
    expect(outcome(fake)).toEqual(undecided);
    expect(drillOf(fake)?.because).toMatch(/^no verdict within 4 hours/);
  });

  test("on whose copy Package Manager ends by itself three times fails, where its licence is in force", async () => {
    const ends = lab({ start: "ends" });
    await live(ends);
    expect(outcome(ends)).toMatchObject({ state: "failed", left: [], failed: expect.stringContaining("the service has failed") });
    const unlicensed = lab({ start: "ends", proof: (said) => ({ ...said, licenseStatus: "Expired" }) });
    await live(unlicensed);
    expect(outcome(unlicensed)).toEqual(undecided);
  });

  test("whose verdict can't be put onto the snapshot ends all the same, and makes up for it later", async () => {
    const fake = lab({ refusesMarks: true });
    await live(fake);
    expect(outcome(fake)).toEqual({ ...proven, proven: false });
    expect(drillOf(fake)).toMatchObject({ state: "proven", endedAt: expect.any(Date), markedAt: null });
    expect(await started(fake)).toEqual([]);
    fake.pass(3_600_000);
    setMood(fake.state, {});
    for (const order of await started(fake)) expect((await run(fake, order)).end).toBe("done");
    expect([outcome(fake).proven, await started(fake)]).toEqual([true, []]);
  });

  test("waits until the server is well", async () => {
    const fake = lab();
    fake.state.incidents = [incident({ kind: "node-sick" })];
    expect(await started(fake)).toEqual([]);
    fake.state.incidents = [];
    expect(await started(fake)).toHaveLength(1);
  });

  test("whose server can't mount the copy fails, with the server's own words, and no run before the verdict", async () => {
    const fake = lab({ converge: "fails" });
    expect((await live(fake)).ends).toEqual(["failed"]);
    expect(outcome(fake)).toMatchObject({ state: "failed", left: [], failed: expect.stringContaining("data volume: it bears no mark") });
  });

  test.each([
    ["that fails for a reason of its own", { converge: "fails", because: "systemctl is not on this node" }],
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
