import type { RunSubject } from "@steward/core/apply/order";
import { proveRestore } from "@steward/core/runbooks/prove-restore";
import { describe, expect, test } from "vitest";
import { ago, healthyFleet, incident, lease, OTHER } from "../builders.ts";
import { DRILL, record, server, serving, single } from "../proof/builders.ts";
import { lab } from "../proof/drill-runs.ts";
import { noDrill } from "../proof/lab.ts";
import { runToEnd } from "./engine.ts";
import { fakeWorld } from "./fake-world.ts";

const asked = (input: Record<string, unknown> = {}): RunSubject => ({ kind: "request", id: "x", runbook: "prove-restore", input, because: "a test" });

describe("a run of a drill", () => {
  test("ends where the switch is off, having begun nothing", async () => {
    const fake = lab();
    fake.state.switch = { position: "off" };
    expect((await runToEnd(fake, asked(), single)).end).toBe("refused");
    expect(fake.effects).toEqual([]);
  });

  test("ends where the server is in trouble, having begun nothing", async () => {
    const fake = lab();
    fake.state.incidents = [incident({ kind: "node-sick" })];
    expect((await runToEnd(fake, asked(), single)).end).toBe("refused");
    expect(fake.state.drill?.record).toBeNull();
  });

  test("goes on with its drill, though the server comes into trouble meanwhile", async () => {
    const fake = lab();
    fake.later(30, (state) => Object.assign(state, { incidents: [incident({ kind: "node-sick" })] }));
    expect((await runToEnd(fake, asked(), single)).end).toBe("done");
    expect(fake.state.drill?.record?.state).toBe("proven");
  });

  test("waits while it can't see enough", async () => {
    const fake = lab();
    fake.state.unread = [{ what: "volumes of drills", because: "throttled" }];
    fake.later(60, (state) => Object.assign(state, { unread: [] }));
    expect((await runToEnd(fake, asked(), single)).end).toBe("done");
  });

  test("ends where another has the drill", async () => {
    const fake = lab();
    fake.state.leases = [lease({ scope: "drill", execution: OTHER })];
    expect((await runToEnd(fake, asked(), single)).end).toBe("refused");
  });

  test("hands over after its rounds", async () => {
    expect((await runToEnd(lab({ loadMinutes: 100_000 }), asked(), { ...single, rounds: 5 })).end).toBe("handed-over");
  });

  test("that only goes on begins none", async () => {
    const fake = lab();
    expect((await runToEnd(fake, asked({ goOn: true }), single)).end).toBe("done");
    expect(fake.state.drill?.record).toBeNull();
  });

  test("takes the snapshot that is asked for", async () => {
    const fake = lab();
    fake.sky.snapshots.push({ ...structuredClone(fake.sky.snapshots[0] as never as object), id: "snap-9" } as never);
    await runToEnd(fake, asked({ snapshotId: "snap-9" }), single);
    expect(fake.state.drill?.record?.snapshotId).toBe("snap-9");
  });

  test("goes on with one that is under way before it begins another", async () => {
    const fake = fakeWorld(server(noDrill({ record: serving({ state: "failed", decidedAt: ago({ hours: 1 }), instanceId: null, copyId: null }) })));
    expect((await runToEnd(fake, asked(), single)).end).toBe("failed");
    expect(fake.state.drill?.record).toMatchObject({ id: DRILL, endedAt: expect.any(Date) });
  });
});

describe("its plan", () => {
  const plan = (facts: Parameters<typeof proveRestore.plan>[1], input: object = {}) => proveRestore.plan(proveRestore.input.parse(input), facts, single);
  test("is to begin where nothing is under way", () => {
    expect(plan(server(noDrill())).steps).toMatchObject([{ do: "begin-drill", id: "20260504t030000", snapshotId: null }]);
    expect(plan(server(noDrill(), { dataVolume: null })).steps).toMatchObject([{ volumeId: null }]);
  });
  test("is nothing where it only goes on, or where there is something to wait for", () => {
    expect(plan(server(noDrill()), { goOn: true })).toEqual({ steps: [], otherwise: [] });
    expect(plan(server(noDrill({ record: record({ copyId: "vol-0c" }) })))).toEqual({ steps: [], otherwise: [] });
  });
  test("is impossible where nobody looked, and where nothing is in effect", () => {
    expect(plan(healthyFleet()).impossible).toContain("nobody has asked");
    expect(plan(server(noDrill(), { desired: null })).impossible).toContain("nothing is in effect");
  });
});
