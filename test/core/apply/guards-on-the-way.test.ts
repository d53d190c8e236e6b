import { describe, expect, test } from "vitest";
import { FIRST, hence, incident, lease, NOW, node, OTHER, SECOND } from "../builders.ts";
import { aboutIncident, holders, refused, runToEnd, said, sick, tried } from "./engine.ts";

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

  test("is not put on the record where no guard is what it waits for", async () => {
    const fake = sick({ nodes: [node({ lifecycle: "Standby", target: null }), node({ instanceId: SECOND })] });
    expect((await runToEnd(fake, aboutIncident, { rounds: 2 })).end).toBe("handed-over");
    expect(fake.state.incidents).toMatchObject([{ refusals: [] }]);
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
