import { describe as inWords } from "@steward/core/apply/apply";
import type { RunSubject } from "@steward/core/apply/order";
import type { FleetFacts } from "@steward/core/fleet/facts";
import { describe, expect, test } from "vitest";
import { ago, FIRST, fleetWithSickNode, GROUP, healthyFleet, hence, incident, lease, ME, NOW, node, OTHER, SECOND, sickNode, THIRD } from "../builders.ts";
import { aboutIncident, RUN, runToEnd } from "./engine.ts";
import { type FakeWorld, fakeWorld, type Temper } from "./fake-world.ts";

const sick = (but: Partial<FleetFacts> = {}, temper: Partial<Temper> = {}) => fakeWorld(fleetWithSickNode({ incidents: [incident()], ...but }), temper);
const said = ({ said }: FakeWorld) => said.map(({ kind, incident: { resource } }) => `${kind} ${resource}`);
const tried = ({ state }: FakeWorld) => state.attempts.map(({ runbook, outcome }) => `${runbook} ${outcome}`);
const refused = ({ state }: FakeWorld) =>
  [...state.incidents, ...state.closed].flatMap(({ refusals }) => refusals.map(({ guard, times }) => `${guard} ${times}`));
const holders = ({ state }: FakeWorld) => state.leases.filter(({ holder }) => holder !== "nobody").map(({ holder }) => holder);

describe("a run about a sick node", () => {
  test("restarts it, sees it well for a minute and closes the incident", async () => {
    const fake = sick();
    expect((await runToEnd(fake, aboutIncident)).end).toBe("resolved");
    expect(fake.effects).toEqual([`restart-service ${FIRST}`]);
    expect(tried(fake)).toEqual(["restart-service done"]);
    expect(said(fake)).toEqual([`resolved ${FIRST}`]);
    expect(fake.state).toMatchObject({ incidents: [], closed: [{ id: incident().id, state: "resolved" }] });
    expect(fake.state.closed[0]?.endedAt?.getTime()).toBeGreaterThanOrEqual(hence({ seconds: 80 }).getTime());
  });

  test("replaces it when the restart does not help", async () => {
    const fake = sick({}, { restart: "useless" });
    expect((await runToEnd(fake, aboutIncident)).end).toBe("resolved");
    expect(fake.effects).toEqual([`restart-service ${FIRST}`, `isolate ${FIRST} true`, `retire ${FIRST}`]);
    expect(tried(fake)).toEqual(["restart-service done", "replace-node done"]);
  });

  test("replaces it when the restart fails", async () => {
    const fake = sick({}, { restart: "fails" });
    expect((await runToEnd(fake, aboutIncident)).end).toBe("resolved");
    expect(tried(fake)).toEqual(["restart-service failed", "replace-node done"]);
    expect(fake.state.attempts[0]?.because).toBe(`${FIRST} failed the command`);
  });

  test("never takes the old node away before its stand-in serves", async () => {
    const fake = sick({}, { restart: "useless" });
    const servedAtRetirement: string[] = [];
    const { retire } = fake.world.actuators;
    fake.world.actuators.retire = (step, context) => {
      servedAtRetirement.push(...fake.state.nodes.filter(({ target }) => target?.state === "healthy").map(({ instanceId }) => instanceId));
      return retire(step, context);
    };
    await runToEnd(fake, aboutIncident);
    expect(servedAtRetirement).toEqual([SECOND, THIRD]);
  });

  test("goes on the record with its start and its end, and lets the lease go", async () => {
    const fake = sick();
    await runToEnd(fake, aboutIncident);
    expect(fake.books.ended).toEqual([
      { name: RUN, subject: `incident-${incident().id}`, execution: ME, startedAt: NOW, endedAt: fake.world.now(), outcome: "resolved" },
    ]);
    expect(fake.state.attempts).toMatchObject([
      { run: RUN, resource: FIRST, incident: incident().id, startedAt: NOW, endedAt: expect.any(Date), because: expect.stringContaining("not running") },
    ]);
    expect(holders(fake)).toEqual([]);
  });

  test("writes each change into the journal before it is made", async () => {
    const fake = sick({}, { restart: "useless" });
    const written: number[] = [];
    const { isolate } = fake.world.actuators;
    fake.world.actuators.isolate = (step, context) => {
      written.push(fake.books.journal.length);
      return isolate(step, context);
    };
    await runToEnd(fake, aboutIncident);
    expect(written).toEqual([2]);
    expect(fake.books.journal.map(({ what }) => what)).toEqual([`restart-service ${FIRST}`, `isolate ${FIRST} keepDesired=true`, `retire ${FIRST}`]);
    expect(fake.books.journal[0]).toMatchObject({ run: RUN, at: NOW, because: "a restart is the cheapest cure" });
  });

  test("gives each command its name, its epoch and a time after which it must not begin", async () => {
    const fake = sick({ leases: [lease({ expiresAt: ago({ minutes: 1 }), epoch: 4 })] });
    await runToEnd(fake, aboutIncident);
    expect(fake.commands[0]?.context).toEqual({ key: `${RUN}/round 1.1`, epoch: 5, notAfter: hence({ seconds: 60 }) });
  });

  test("has nothing to do when the incident is closed already", async () => {
    const fake = sick({ incidents: [] });
    expect((await runToEnd(fake, aboutIncident)).end).toBe("gone");
    expect(fake.commands).toEqual([]);
  });

  test("starts the quiet minute again when the node falls back", async () => {
    const fake = fakeWorld(healthyFleet({ incidents: [incident()] }));
    fake.later(40, (state) => Object.assign(state.nodes[0] ?? {}, sickNode()));
    expect((await runToEnd(fake, aboutIncident)).end).toBe("resolved");
    expect(fake.effects).toEqual([`restart-service ${FIRST}`]);
    expect(fake.state.closed[0]?.endedAt?.getTime()).toBeGreaterThan(hence({ seconds: 100 }).getTime());
  });

  test("hands over to the next sweep after its rounds", async () => {
    expect((await runToEnd(sick({ leases: [lease({ expiresAt: hence({ hours: 1 }) })] }), aboutIncident, { rounds: 2 })).end).toBe("handed-over");
  });
});

describe("a guard on the way", () => {
  test("that refuses ends the run, and a human is told once", async () => {
    const fake = sick({ switch: { position: "off" } });
    expect((await runToEnd(fake, aboutIncident)).end).toBe("paged");
    expect(fake.commands).toEqual([]);
    expect(said(fake)).toEqual([`paged ${FIRST}`]);
    expect(fake.state.incidents).toMatchObject([{ state: "paged", paged: true, refusals: [{ guard: "switch-off", times: 1 }] }]);
  });

  test("that says it again is counted, and no human is told again", async () => {
    const fake = sick({
      switch: { position: "off" },
      incidents: [incident({ state: "paged", paged: true, refusals: [{ guard: "switch-off", because: "off", at: NOW, times: 1 }] })],
    });
    expect((await runToEnd(fake, aboutIncident)).end).toBe("paged");
    expect(said(fake)).toEqual([]);
    expect(refused(fake)).toEqual(["switch-off 2"]);
  });

  test("that waits is put on the record, and heard again within a minute", async () => {
    const fake = sick({ leases: [lease({ expiresAt: hence({ minutes: 2 }) })] });
    expect((await runToEnd(fake, aboutIncident)).end).toBe("resolved");
    expect(fake.state.closed[0]?.refusals).toMatchObject([{ guard: "fleet-lease", times: 2 }]);
    expect(fake.books.journal[0]?.at).toEqual(hence({ minutes: 2 }));
  });

  test("is not written on an incident that somebody else has closed meanwhile", async () => {
    const fake = sick({ leases: [lease({ expiresAt: hence({ hours: 1 }) })] });
    const { change } = fake.world.ledger;
    fake.world.ledger.change = async (key, how) => {
      fake.state.incidents = [];
      return await change(key, how);
    };
    expect((await runToEnd(fake, aboutIncident)).end).toBe("gone");
    const paged = sick({ switch: { position: "off" } });
    paged.world.ledger.change = async () => undefined;
    expect((await runToEnd(paged, aboutIncident)).end).toBe("paged");
    expect(paged.said).toEqual([]);
  });

  test("stops the plan when the switch is turned off between two steps", async () => {
    const fake = sick({}, { restart: "useless" });
    const { isolate } = fake.world.actuators;
    fake.world.actuators.isolate = async (step, context) => {
      fake.state.switch = { position: "off" };
      await isolate(step, context);
    };
    expect((await runToEnd(fake, aboutIncident)).end).toBe("paged");
    expect(fake.effects).toEqual([`restart-service ${FIRST}`, `isolate ${FIRST} true`]);
    expect(tried(fake)).toEqual(["restart-service done", "replace-node refused"]);
    expect(refused(fake)).toEqual(["switch-off 2"]);
    expect(holders(fake)).toEqual([]);
  });

  test("that took the lease between look and change is respected", async () => {
    const fake = sick();
    const { take } = fake.world.ledger;
    fake.world.ledger.take = (request) => {
      fake.world.ledger.take = take;
      fake.state.leases = [lease()];
      return take(request);
    };
    expect((await runToEnd(fake, aboutIncident)).end).toBe("resolved");
    expect(refused(fake)[0]).toMatch(/^fleet-lease/);
    expect(tried(fake)).toEqual(["restart-service done"]);
  });

  test("that takes the lease over while a step is under way ends the change", async () => {
    const fake = sick({}, { restart: "useless" });
    fake.later(10, (state) => {
      state.leases = [lease({ epoch: 99, expiresAt: hence({ minutes: 3 }) })];
    });
    await runToEnd(fake, aboutIncident, { rounds: 1 });
    expect(fake.state.attempts).toMatchObject([{ outcome: "refused", because: "another change has taken over the lease" }]);
    expect(fake.state.leases).toMatchObject([{ holder: "demo-incident-other-1", execution: OTHER, epoch: 99 }]);
  });

  test("that takes the lease over right before the effect keeps the effect from happening", async () => {
    const fake = sick();
    const { note } = fake.world.ledger;
    fake.world.ledger.note = async (entry) => {
      await note(entry);
      fake.state.leases = [lease({ epoch: 99 })];
    };
    await runToEnd(fake, aboutIncident, { rounds: 1 });
    expect(fake.books.journal).toHaveLength(1);
    expect(fake.commands).toEqual([]);
    expect(tried(fake)).toEqual(["restart-service refused"]);
  });
});

describe("a step that can't be finished", () => {
  const request = (runbook: "restart-service" | "replace-node", instanceId = FIRST): RunSubject => ({
    kind: "request",
    id: "42",
    runbook,
    input: { instanceId },
    because: "asked for",
  });

  test("is not judged while something can't be read, and is judged when it can", async () => {
    const fake = sick();
    const blind = (seconds: number, unread: FleetFacts["unread"]) => fake.later(seconds, (state) => Object.assign(state, { unread }));
    blind(5, [{ what: "the targets", because: "throttled" }]);
    blind(100, []);
    expect((await runToEnd(fake, aboutIncident)).end).toBe("resolved");
    expect(fake.effects).toEqual([`restart-service ${FIRST}`]);
    expect(fake.state.attempts[0]?.endedAt?.getTime()).toBeGreaterThanOrEqual(hence({ seconds: 100 }).getTime());
  });

  test("fails at its deadline with what it still waited for", async () => {
    const fake = sick();
    fake.later(5, (state) => Object.assign(state, { unread: [{ what: "the targets", because: "throttled" }] }));
    await runToEnd(fake, aboutIncident, { rounds: 1 });
    expect(fake.state.attempts).toMatchObject([{ outcome: "failed", because: "restart-service is not done in time: I can't see enough: the targets" }]);
  });

  test("fails at its deadline when it is tried in vain", async () => {
    const fake = fakeWorld(healthyFleet());
    fake.world.actuators["set-desired-capacity"] = async () => void fake.effects.push("in vain");
    expect((await runToEnd(fake, request("replace-node"))).end).toBe("failed");
    expect(fake.state.attempts).toMatchObject([{ outcome: "failed", because: "set-desired-capacity is not done in time" }]);
    expect(fake.effects).toHaveLength(9);
  });

  test("of a request goes on the record like any other", async () => {
    const fake = fakeWorld(healthyFleet(), { restart: "fails" });
    expect((await runToEnd(fake, request("restart-service"))).end).toBe("failed");
    expect(fake.state.attempts).toMatchObject([{ incident: null, outcome: "failed" }]);
    expect(fake.books.ended).toMatchObject([{ subject: "request-42", outcome: "failed" }]);
  });

  test("is none for a request that goes well", async () => {
    const fake = fakeWorld(healthyFleet());
    expect((await runToEnd(fake, request("restart-service"))).end).toBe("done");
    expect(fake.state.attempts).toMatchObject([{ incident: null, outcome: "done", because: "asked for" }]);
  });

  test("is none for a node that is replaced while it serves", async () => {
    const fake = fakeWorld(healthyFleet());
    expect((await runToEnd(fake, request("replace-node"))).end).toBe("done");
    expect(fake.effects).toEqual(["set-desired-capacity 3", `isolate ${FIRST} false`, `retire ${FIRST}`]);
  });

  test.each<[string, Partial<FleetFacts>]>([
    ["the switch is off", { switch: { position: "off" } }],
    ["another change holds the lease", { leases: [lease()] }],
    ["it would take the last serving node", { nodes: [node(), sickNode({ instanceId: SECOND })] }],
  ])("is never begun for a request while %s", async (_while, but) => {
    const fake = fakeWorld(healthyFleet(but));
    expect((await runToEnd(fake, request("restart-service"))).end).toBe("refused");
    expect(fake.commands).toEqual([]);
  });
});

describe("a run about a node in a launch hook", () => {
  const admission: RunSubject = { kind: "admission", instanceId: THIRD, hook: "steward-demo-admit", ancestor: FIRST };
  const booting = node({ instanceId: THIRD, lifecycle: "Pending:Wait", target: null });
  const world = (temper: Partial<Temper> = {}, but: Partial<FleetFacts> = {}) => {
    const fake = fakeWorld(healthyFleet({ nodes: [node(), booting], ...but }), temper);
    Object.assign(fake.state.nodes[1] ?? {}, { probe: sickNode({ instanceId: THIRD }).probe });
    return fake;
  };

  test("lets it in when it equals the desired state, and waits until it serves", async () => {
    const fake = world();
    expect((await runToEnd(fake, admission)).end).toBe("done");
    expect(fake.effects).toEqual([`remember-lineage ${THIRD} ${FIRST}`, `converge ${THIRD}`, `complete-lifecycle ${THIRD} steward-demo-admit CONTINUE`]);
    expect(fake.state.nodes[1]).toMatchObject({ lifecycle: "InService", target: { state: "healthy" } });
  });

  test("sends it away when it does not, and a human is told", async () => {
    const fake = world({ converge: "fails" });
    expect((await runToEnd(fake, admission)).end).toBe("failed");
    expect(fake.effects.at(-1)).toBe(`complete-lifecycle ${THIRD} steward-demo-admit ABANDON`);
    expect(said(fake)).toEqual([`paged ${GROUP}`]);
    expect(fake.state.incidents).toMatchObject([
      { kind: "admission-failed", state: "paged", evidence: [`${THIRD}: ${THIRD} failed the command`], refusals: [{ guard: "nothing-left-to-try" }] },
    ]);
  });

  test("does not wait for the fleet's lease, and takes one of the node's own", async () => {
    const fake = world({}, { leases: [lease()] });
    expect((await runToEnd(fake, admission)).end).toBe("done");
    expect(fake.state.leases.map(({ scope }) => scope).sort()).toEqual(["fleet", `node/${THIRD}`]);
  });

  test("keeps its hands off while the switch is off: nobody is told that the admission failed", async () => {
    const fake = world({}, { switch: { position: "off" } });
    expect((await runToEnd(fake, admission)).end).toBe("refused");
    expect(fake.commands).toEqual([]);
    expect(fake.said).toEqual([]);
  });

  test.each<[string, FleetFacts["nodes"]]>([
    ["is in service by now", [node(), node({ instanceId: THIRD })]],
    ["is unknown by now", [node()]],
    ["is out of the group by now", [node(), node({ instanceId: THIRD, lifecycle: null })]],
  ])("has nothing to do when it %s", async (_what, nodes) => {
    const fake = fakeWorld(healthyFleet({ nodes }));
    expect((await runToEnd(fake, admission)).end).toBe("gone");
    expect(fake.books.ended).toMatchObject([{ outcome: "gone" }]);
  });
});

describe("a run about a node in a terminate hook", () => {
  const retirement: RunSubject = { kind: "retirement", instanceId: FIRST, hook: "steward-demo-retire" };
  const leaving = (temper: Partial<Temper> = {}) =>
    fakeWorld(healthyFleet({ nodes: [node({ lifecycle: "Terminating:Wait", target: null }), node({ instanceId: SECOND })] }), temper);

  test("lets its work end, then lets it go", async () => {
    const fake = leaving();
    expect((await runToEnd(fake, retirement)).end).toBe("done");
    expect(fake.effects).toEqual([`drain ${FIRST}`, `complete-lifecycle ${FIRST} steward-demo-retire CONTINUE`]);
  });

  test("lets it go after five minutes even if its work does not end, and opens no incident", async () => {
    const fake = leaving({ drain: "hangs" });
    expect((await runToEnd(fake, retirement)).end).toBe("failed");
    expect(fake.effects).toEqual([`drain ${FIRST}`, `complete-lifecycle ${FIRST} steward-demo-retire CONTINUE`]);
    expect(fake.state.incidents).toEqual([]);
    expect(fake.books.journal[1]?.at.getTime()).toBeGreaterThan(hence({ minutes: 5 }).getTime());
  });
});

test("a step in the journal is one line without its reason", () => {
  expect(inWords({ do: "complete-lifecycle", instanceId: FIRST, hook: "steward-demo-admit", result: "ABANDON", because: "a long story" })).toBe(
    `complete-lifecycle ${FIRST} hook=steward-demo-admit result=ABANDON`,
  );
});
