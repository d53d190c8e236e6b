import type { RunSubject } from "@steward/core/apply/order";
import type { Look } from "@steward/core/apply/ports";
import type { FleetFacts } from "@steward/core/fleet/facts";
import { describe, expect, test } from "vitest";
import { ago, attempt, FIRST, GROUP, healthyFleet, hence, incident, lease, ME, NOW, node, SECOND, sickNode, THIRD } from "../builders.ts";
import { aboutIncident, holders, RUN, runToEnd, said, sick, tried } from "./engine.ts";
import { fakeWorld, type Temper } from "./fake-world.ts";

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

  test("closes an incident that looks over as soon as its minute has passed", async () => {
    const fake = fakeWorld(healthyFleet({ incidents: [incident()] }));
    expect((await runToEnd(fake, aboutIncident)).end).toBe("resolved");
    expect(fake.state.closed).toMatchObject([{ endedAt: hence({ seconds: 60 }) }]);
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

describe("a run about a node in a launch hook", () => {
  const admission: RunSubject = { kind: "admission", instanceId: THIRD, hook: "steward-demo-admit" };
  const booting = node({ instanceId: THIRD, lifecycle: "Pending:Wait", target: null });
  const world = (temper: Partial<Temper> = {}, but: Partial<FleetFacts> = {}) => {
    const fake = fakeWorld(healthyFleet({ nodes: [node(), booting], ...but }), temper);
    Object.assign(fake.state.nodes[1] ?? {}, { probe: sickNode({ instanceId: THIRD }).probe });
    return fake;
  };

  test("lets it in when it equals the desired state, and waits until it serves", async () => {
    const replacing = attempt({ runbook: "replace-node", resource: FIRST, outcome: "running", endedAt: null, startedAt: ago({ days: 1000 }) });
    const fake = world({}, { attempts: [replacing] });
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

  test("does not send it away for what a shared trouble does to it", async () => {
    const fake = world({ converge: "fails" }, { database: { id: "db", status: "failed" } });
    expect((await runToEnd(fake, admission)).end).toBe("refused");
    expect(fake.effects.filter((effect) => effect.endsWith("ABANDON"))).toEqual([]);
    expect(fake.said).toEqual([]);
  });

  test("keeps it in its hook after six that were sent away, so that the group stops launching, and says so", async () => {
    const sentAway = Array.from({ length: 6 }, (_, i) =>
      attempt({ runbook: "admit-node", resource: `i-0eeeeeeeeeeeeeee${i}`, outcome: "failed", incident: null, startedAt: ago({ hours: 1 }) }),
    );
    const fake = world({ converge: "fails" }, { attempts: sentAway });
    expect((await runToEnd(fake, admission)).end).toBe("failed");
    expect(fake.effects.filter((effect) => effect.endsWith("ABANDON"))).toEqual([]);
    expect(fake.state.incidents).toMatchObject([{ refusals: [{ because: expect.stringMatching(/stays in its launch hook/) }] }]);
  });

  test("does not say that it was sent away when it fell sick once it was let in", async () => {
    const fake = world();
    fake.world.actuators["complete-lifecycle"] = async () =>
      void Object.assign(fake.state.nodes[1] ?? {}, { lifecycle: "InService", target: { state: "unhealthy", reason: null } });
    expect((await runToEnd(fake, admission)).end).toBe("failed");
    expect(fake.said).toEqual([]);
  });

  test("tells nobody of one that ended by itself", async () => {
    const fake = world();
    Object.assign(fake.state.nodes[1] ?? {}, { ec2: "shutting-down" });
    expect((await runToEnd(fake, admission)).end).toBe("failed");
    expect(fake.said).toEqual([]);
  });

  test("does not wait for the fleet's lease, and takes one of the node's own", async () => {
    const fake = world({}, { leases: [lease()] });
    expect((await runToEnd(fake, admission)).end).toBe("done");
    expect(fake.state.leases.map(({ scope }) => scope).sort()).toEqual(["fleet", `node/${THIRD}`]);
  });

  test("lets it in while the database is down: that is no reason to have one node less", async () => {
    const fake = world({}, { database: { id: "db", status: "failed" } });
    expect((await runToEnd(fake, admission)).end).toBe("done");
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

test("a request about a node that is not there changes nothing", async () => {
  const fake = fakeWorld(healthyFleet());
  const request: RunSubject = { kind: "request", id: "7", runbook: "replace-node", input: { instanceId: THIRD }, because: "asked for" };
  expect((await runToEnd(fake, request)).end).toBe("gone");
  expect(fake.effects).toEqual([]);
});

describe("how closely a run looks", () => {
  const looks = async (runbook: "prune-images" | "replace-node") => {
    const fake = fakeWorld(healthyFleet({ ownImages: null }));
    const asked: Look["probe"][] = [];
    const { facts } = fake.world.observer;
    fake.world.observer.facts = (look) => {
      asked.push(look.probe);
      return facts(look);
    };
    const input = runbook === "replace-node" ? { instanceId: THIRD } : {};
    await runToEnd(fake, { kind: "request", id: "7", runbook, input, because: "asked for" });
    return asked;
  };

  test("every node is asked before anything is done to one", async () => expect(await looks("replace-node")).toEqual(["everybody"]));

  test("no node is asked about what is kept", async () => expect(new Set(await looks("prune-images"))).toEqual(new Set(["nobody"])));
});
