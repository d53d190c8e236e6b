import type { RunSubject } from "@steward/core/apply/order";
import { PRICES } from "@steward/core/cost/prices";
import { policyOf } from "@steward/core/fleet/policy";
import { confirmRestore, USD_A_GIB } from "@steward/core/runbooks/confirm-restore";
import { restoreVolume } from "@steward/core/runbooks/restore-volume";
import { describe, expect, test } from "vitest";
import { newRecording, runToEnd } from "../apply/engine.ts";
import { type FakeWorld, fakeWorld } from "../apply/fake-world.ts";
import { ago, desired, FIRST, hence, incident, lease, NOW, OTHER, THIRD } from "../builders.ts";
import { approval, aServer, FORMER, former, RESTORED, record, restoring, SNAPSHOT } from "./builders.ts";

const single = policyOf("single");
const request: RunSubject = {
  kind: "request",
  id: "x",
  runbook: "restore-volume",
  input: { snapshotId: SNAPSHOT, approved: approval().hash },
  because: "we have to",
};
const duty: RunSubject = { ...request, kind: "duty", id: `restore-${record().id}`, input: { approved: approval().hash } };
const bench = (): FakeWorld => fakeWorld(aServer({ approvals: [approval()], restore: { record: null, volumes: [former()] } }));

/** Users are served by the next server, of the volume that was made, and the former one is kept. */
function expectRestored({ state, effects }: FakeWorld): void {
  expect(state.restore?.record).toMatchObject({ state: "restored", volumeId: RESTORED, kept: [FORMER] });
  expect(state.desired).toMatchObject({ revision: desired.revision + 1, dataVolume: RESTORED });
  expect(state.restore?.volumes).toMatchObject([
    { id: FORMER, state: "available", name: "steward-demo-data-kept" },
    { id: RESTORED, attachedTo: THIRD, name: "steward-demo-data", keptFor: null },
  ]);
  expect(effects.filter((what) => /^(make|end)/.test(what))).toEqual([`make a volume of ${SNAPSHOT}`, `end ${FIRST}`]);
}

describe("a run of a restore", () => {
  test("comes to a server that serves what was restored", async () => {
    const fake = bench();
    expect((await runToEnd(fake, request, single)).end).toBe("done");
    expectRestored(fake);
    expect(fake.state.leases.filter(({ holder }) => holder !== "nobody")).toEqual([]);
  });

  test("comes to the same end killed at every fourth place", async () => {
    const { places } = await runToEnd(bench(), request, single);
    for (let at = 0; at < places; at += 4) {
      const fake = bench();
      expect((await runToEnd(fake, request, { ...single, crashes: [at] })).end).toBe("done");
      expectRestored(fake);
    }
  }, 60_000);

  test("is gone on with by another where it has ended", async () => {
    const fake = bench();
    expect((await runToEnd(fake, request, { ...single, rounds: 3 })).end).toBe("handed-over");
    expect(newRecording(fake).places).toBe(0);
    expect((await runToEnd(fake, duty, single)).end).toBe("done");
    expectRestored(fake);
  });

  test.each([
    ["nobody has approved", { approvals: [] }, request],
    ["a person who starts it himself has approved nothing", {}, { ...request, input: {} } as RunSubject],
    ["is approved too long ago", { approvals: [approval({ expiresAt: ago({ minutes: 1 }) })] }, request],
    ["the switch keeps from", { switch: { position: "off" } }, request],
  ] as const)("does nothing that %s", async (_what, but, subject) => {
    const fake = fakeWorld(aServer({ approvals: [approval()], ...(but as object) }));
    expect((await runToEnd(fake, subject, single)).end).toBe("refused");
    expect([fake.state.restore?.record, fake.effects]).toEqual([null, []]);
  });

  test("does nothing where the facts are not those that were approved", async () => {
    const fake = fakeWorld(aServer({ approvals: [approval()], desired: { ...desired, revision: 8, dataVolume: FORMER } }));
    expect((await runToEnd(fake, request, single)).end).toBe("failed");
    expect(fake.state.attempts.at(-1)?.because).toBe("it is not any more as it was approved: revision was 7, and is 8");
  });

  test("waits while it can't see enough, and while another changes the fleet", async () => {
    const fake = bench();
    fake.state.unread = [{ what: "restore", because: "throttled" }];
    fake.state.leases = [lease({ scope: "fleet", execution: OTHER, expiresAt: hence({ minutes: 2 }) })];
    fake.later(60, (state) => Object.assign(state, { unread: [] }));
    expect((await runToEnd(fake, request, single)).end).toBe("done");
    expectRestored(fake);
  });

  test("tries again where another was quicker with the lease", async () => {
    const fake = bench();
    const take = fake.world.ledger.take.bind(fake.world.ledger);
    let first = true;
    fake.world.ledger.take = async (asked) => {
      if (!first) return await take(asked);
      first = false;
      return undefined;
    };
    expect((await runToEnd(fake, request, single)).end).toBe("done");
  });

  test("ends where another restore has taken its place, and where it is over", async () => {
    expect((await runToEnd(fakeWorld(restoring({ plan: "other" })), duty, single)).end).toBe("gone");
    expect((await runToEnd(fakeWorld(restoring({ state: "restored" })), request, single)).end).toBe("done");
    expect((await runToEnd(fakeWorld(restoring({ state: "restored" })), { ...request, input: {} }, single)).end).toBe("refused");
  });

  test("keeps a failed admission to itself: the restore tells of it", async () => {
    const waits = restoring({}, { nodes: [] });
    const fake = fakeWorld({ ...waits, nodes: [{ ...aServer().nodes[0], instanceId: THIRD, lifecycle: "Pending:Wait" } as never] }, { converge: "fails" });
    const admission: RunSubject = { kind: "admission", instanceId: THIRD, hook: "steward-demo-admit" };
    expect((await runToEnd(fake, admission, single)).end).toBe("failed");
    expect([fake.state.incidents, fake.said]).toEqual([[], []]);
    expect(incident().kind).toBe("node-sick");
  });
});

describe("its plan", () => {
  const plan = (facts: Parameters<typeof restoreVolume.plan>[1], input: object = { approved: approval().hash }) =>
    restoreVolume.plan(restoreVolume.input.parse(input), facts, single);

  test("begins as it was approved, after the one before", () => {
    const begin = { do: "begin-restore", id: record().id, plan: approval().hash, from: { kind: "snapshot", snapshotId: SNAPSHOT }, formerId: FORMER, after: 0 };
    expect(plan(aServer({ approvals: [approval()] })).steps).toMatchObject([{ ...begin, because: "the database is damaged" }]);
    const last = aServer({ restore: { record: record({ id: "before", plan: "other", state: "confirmed" }), volumes: [] } });
    const second = approval({}, last);
    expect(plan({ ...last, approvals: [second] }, { approved: second.hash }).steps).toMatchObject([{ after: 2 }]);
    const back = approval({ input: { volumeId: FORMER } });
    expect(plan(aServer({ approvals: [back] }), { approved: back.hash }).steps).toMatchObject([{ from: { kind: "volume", volumeId: FORMER } }]);
    const gone = aServer({ dataVolume: null, restore: null });
    expect(plan({ ...gone, approvals: [approval({}, gone)] }, { approved: approval({}, gone).hash }).steps).toMatchObject([{ formerId: null, after: 0 }]);
  });

  test("is the next step of what is under way, and none while that waits or is over", () => {
    expect(plan(restoring()).steps).toMatchObject([{ do: "write-restore-document" }]);
    expect(plan(restoring({}, {}, [])).steps).toEqual([]);
    expect(plan(restoring({ state: "restored" })).steps).toEqual([]);
  });

  test("can't be without an approval, nor of a plan that names nothing", () => {
    expect(plan(aServer()).impossible).toBe("nobody has approved it");
    expect(plan(aServer({ approvals: [approval({ approved: null })] })).impossible).toBe("nobody has approved it");
    const empty = approval({ input: {} });
    expect(plan(aServer({ approvals: [empty] }), { approved: empty.hash }).impossible).toContain("neither a snapshot nor a volume");
  });

  test("is of a snapshot or a volume, not of both", () => {
    expect(restoreVolume.input.safeParse({ snapshotId: "snap-1", volumeId: "vol-1" }).success).toBe(false);
    expect(restoreVolume.input.safeParse({ snapshotId: "vol-1" }).success).toBe(false);
  });
});

describe("a confirmation", () => {
  const plan = (facts: Parameters<typeof confirmRestore.plan>[1]) => confirmRestore.plan({}, facts, single);

  test("lets go of what is there of what was kept, and says what it costs and how to delete it", () => {
    const [step] = plan(restoring({ state: "restored", kept: [FORMER, "vol-0gone"] })).steps;
    expect(step).toMatchObject({ do: "confirm-restore", id: record().id, kept: [FORMER] });
    expect(step?.because).toContain(`${FORMER} costs about 40 USD a month until you delete it: aws ec2 delete-volume --volume-id ${FORMER}`);
  });

  test("counts with the price of the list", () => {
    expect(USD_A_GIB).toBe(PRICES.volume.usd);
  });

  test("is none where nothing serves that was restored", () => {
    expect(plan(restoring()).impossible).toContain("is under-way");
    expect([plan(aServer()).impossible, plan(aServer({ restore: null })).impossible]).toEqual(["there is no restore", "there is no restore"]);
  });

  test("is carried out like any other request", async () => {
    const fake = fakeWorld(restoring({ state: "restored", restoredAt: NOW }));
    expect((await runToEnd(fake, { kind: "request", id: "c", runbook: "confirm-restore", input: {}, because: "it is well" }, single)).end).toBe("done");
    expect(fake.state.restore?.record?.state).toBe("confirmed");
  });
});
