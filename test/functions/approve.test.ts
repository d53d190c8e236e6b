import type { StoredPlan } from "@steward/core/approval/stored-plan";
import type { FleetFacts } from "@steward/core/fleet/facts";
import { approve } from "@steward/functions/approve";
import { runbook } from "@steward/functions/runbook";
import { describe, expect, test } from "vitest";
import { ago, FIRST, NOW, node, SECOND } from "../core/builders.ts";
import { restoring } from "../core/restore/builders.ts";
import { aKeeper, aServer, snapshot } from "./a-keeper.ts";
import { aRuntime, context } from "./a-runtime.ts";

const RUN = { mode: "run", runbook: "restore-volume", input: {}, reason: "the database is damaged", id: "x" };
const server = (but: Partial<FleetFacts> = {}) => aServer({ restore: { record: null, volumes: [] }, ...but });

function bench(fleet = server(), but: Parameters<typeof aKeeper>[1] = () => ({})) {
  const made = aKeeper({ fleet, snapshots: [snapshot(1), snapshot(2)] }, but);
  const call = async (handler: unknown, event: object) =>
    (await (handler as (event: object, context: object) => Promise<unknown>)(event, context())) as Record<string, unknown>;
  return {
    ...made,
    ask: (event: object) => call(runbook(made.runtime), event),
    approve: (hash: unknown, more: object = {}) => call(approve(made.runtime), { hash, reason: "we have to", by: "ada", ...more }),
    plans: () => made.fake.state.approvals as StoredPlan[],
  };
}

describe("what a person has to approve", () => {
  test("is shown by a plan, and stored by a request; neither starts anything", async () => {
    const { ask, plans, started } = bench();
    const shown = await ask({ mode: "plan", runbook: "restore-volume", input: {} });
    expect([shown, plans()]).toEqual([
      expect.objectContaining({ hash: expect.any(String), input: { snapshotId: snapshot(1).id }, words: expect.any(Array), wouldRefuse: [] }),
      [],
    ]);
    const waits = await ask(RUN);
    expect(waits).toMatchObject({
      waitsFor: shown.hash,
      approveBefore: ago({ hours: -4 }),
      approveWith: expect.stringContaining("steward-demo-approve"),
      plan: { words: shown.words },
    });
    expect(plans()).toMatchObject([{ hash: shown.hash, approved: null, reason: RUN.reason, words: shown.words }]);
    expect((await ask(RUN)).waitsFor).toBe(shown.hash);
    expect([plans().length, started]).toEqual([1, []]);
  });

  test("names what would stop it", async () => {
    const { ask } = bench(server({ switch: { position: "off" } }));
    expect(await ask({ mode: "plan", runbook: "restore-volume", input: {} })).toMatchObject({ wouldRefuse: [{ guard: "switch-off" }] });
  });

  test("is marked in the list", async () => {
    const { runbooks } = (await bench().ask({ mode: "list" })) as { runbooks: { id: string; approval?: boolean }[] };
    expect(runbooks.filter(({ approval }) => approval).map(({ id }) => id)).toEqual(["restore-volume"]);
  });

  test.each([
    ["half a view", server({ unread: [{ what: "restore", because: "throttled" }] }), "I can't see enough"],
    ["one that is under way", { ...server(), restore: restoring().restore }, "is under way since"],
  ])("is not made of %s", async (_what, fleet, because) => {
    expect(await bench(fleet).ask(RUN)).toEqual({ error: expect.stringContaining(because) });
  });

  test("is for the architecture that has it", async () => {
    const { runtime } = aRuntime();
    expect(await runbook(runtime)(RUN as never, context())).toEqual({ error: expect.stringContaining("another architecture than ha") });
  });
});

describe("an approval", () => {
  test("starts the one run that is named by the plan, and again the same one", async () => {
    const { ask, approve, plans, started, fake } = bench();
    const { waitsFor } = await ask(RUN);
    const name = `demo-request-${String(waitsFor).slice(0, 24)}-1`;
    expect(await approve(waitsFor)).toMatchObject({ started: name, approvedBy: "ada", approvedAt: NOW });
    expect(plans()).toMatchObject([{ approved: { at: NOW, by: "ada", reason: "we have to", run: name } }]);
    expect(fake.state.runs).toMatchObject([{ name, endedAt: null }]);
    expect(await approve(waitsFor, { by: "bob" })).toMatchObject({ started: name, approvedBy: "ada" });
    expect(new Set(started)).toEqual(new Set([name]));
  });

  test("is none of a plan that nobody stored, or of a request that is not understood", async () => {
    const { approve, started } = bench();
    expect(await approve("0".repeat(64))).toEqual({ error: expect.stringContaining("no plan with this hash") });
    expect(await approve("yes")).toEqual({ error: expect.any(String) });
    expect(started).toEqual([]);
  });

  test("is none where the facts have turned: what has changed is said, and nothing is started", async () => {
    const { ask, approve, fake, plans, started } = bench();
    const { waitsFor } = await ask(RUN);
    fake.state.nodes = [node({ instanceId: SECOND })];
    expect(await approve(waitsFor)).toEqual({
      error: expect.stringContaining("not any more as the plan has it"),
      changed: [`server was ${FIRST}, and is ${SECOND}`],
    });
    fake.state.desired = null;
    expect(await approve(waitsFor)).toMatchObject({ changed: [expect.stringContaining("nothing can be done any more")] });
    expect([plans()[0]?.approved, started]).toEqual([null, []]);
  });

  test("of two at once is one", async () => {
    const { ask, approve, started } = bench(server(), (world) => ({ ledger: { ...world.ledger, approvePlan: async () => false } }));
    const { waitsFor } = await ask(RUN);
    expect(await approve(waitsFor)).toEqual({ error: expect.stringContaining("somebody else approved it right now") });
    expect(started).toEqual([]);
  });
});
