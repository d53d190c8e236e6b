import type { RunSubject } from "@steward/core/apply/order";
import type { FleetFacts } from "@steward/core/fleet/facts";
import { policyOf } from "@steward/core/fleet/policy";
import { describe, expect, test } from "vitest";
import { FIRST, healthyFleet, node, reports, SECOND } from "../builders.ts";
import { ADDRESS, VOLUME } from "../first-deploy/founding.ts";
import { runToEnd, tried } from "./engine.ts";
import { type FakeWorld, fakeWorld, type Temper } from "./fake-world.ts";

const subject: RunSubject = { kind: "admission", instanceId: SECOND, hook: "steward-demo-admit" };
const single = policyOf("single");
const free = { id: VOLUME, state: "available", attachedTo: null, isNew: false };
const waiting = node({ instanceId: SECOND, lifecycle: "Pending:Wait", target: null, probe: reports({ instanceId: SECOND, configFingerprint: null }) });

/** A new server waits in its hook beside what is left of the old one. */
const server = (but: Partial<FleetFacts> = {}, temper: Partial<Temper> = {}): FakeWorld =>
  fakeWorld(
    healthyFleet({
      database: null,
      group: { ...healthyFleet().group, desired: 1 },
      nodes: [waiting],
      dataVolume: free,
      address: { allocationId: ADDRESS, instanceId: null },
      ...but,
    }),
    temper,
  );

describe("a new server", () => {
  test("gets the volume, becomes what is wanted, gets the address and serves", async () => {
    const fake = server();
    expect((await runToEnd(fake, subject, single)).end).toBe("done");
    expect(fake.effects).toEqual([
      `attach-volume ${VOLUME} ${SECOND}`,
      `converge ${SECOND}`,
      `move-address ${ADDRESS} ${SECOND}`,
      `complete-lifecycle ${SECOND} steward-demo-admit CONTINUE`,
    ]);
  });

  test("settles a volume that was new, once there is something on it", async () => {
    const fake = server({ dataVolume: { ...free, isNew: true } });
    expect((await runToEnd(fake, subject, single)).end).toBe("done");
    expect(fake.effects.slice(1, 3)).toEqual([`converge ${SECOND} ${VOLUME}`, `settle-volume ${VOLUME}`]);
    expect(fake.state.dataVolume?.isNew).toBe(false);
  });

  test("waits until the old one has given the volume back", async () => {
    const fake = server({ dataVolume: { ...free, state: "in-use", attachedTo: FIRST } });
    fake.later(600, (state) => Object.assign(state, { dataVolume: free }));
    expect((await runToEnd(fake, subject, single)).end).toBe("done");
    expect(fake.commands[0]?.what).toContain("attach-volume");
    expect(fake.now().getTime()).toBeGreaterThan(600_000);
  });

  test("stays in its hook, and a human is told, when the volume does not come free", async () => {
    const fake = server({ dataVolume: { ...free, state: "in-use", attachedTo: FIRST } });
    expect((await runToEnd(fake, subject, { ...single, rounds: 1 })).end).toBe("failed");
    expect(fake.commands).toEqual([]);
    expect(fake.said).toMatchObject([{ kind: "paged", incident: { kind: "admission-failed" } }]);
    expect(fake.state.incidents[0]?.refusals[0]?.because).toContain(
      `${SECOND} waits in its launch hook: attach-volume is not done in time: ${VOLUME} is in-use with ${FIRST}`,
    );
  });

  test("never takes the address from a server that runs", async () => {
    const fake = server({ nodes: [waiting, node()], address: { allocationId: ADDRESS, instanceId: FIRST } });
    expect((await runToEnd(fake, subject, single)).end).toBe("failed");
    expect(fake.effects).toEqual([`attach-volume ${VOLUME} ${SECOND}`, `converge ${SECOND}`]);
    expect(fake.state.address?.instanceId).toBe(FIRST);
  });

  test("is not planned for while volume or address can't be read: it would go without them", async () => {
    const fake = server({ address: null, unread: [{ what: "address", because: "throttled" }] });
    expect([(await runToEnd(fake, subject, single)).end, fake.commands, tried(fake)]).toEqual(["refused", [], []]);
  });
});

test("a server that leaves is let go although something can't be read: nothing is planned by it", async () => {
  const leaving = node({ instanceId: SECOND, lifecycle: "Terminating:Wait", target: null });
  const fake = server({ nodes: [leaving], unread: [{ what: "address", because: "throttled" }] });
  fake.later(30, (state) => Object.assign(state, { unread: [] }));
  expect((await runToEnd(fake, { ...subject, kind: "retirement", hook: "steward-demo-retire" }, single)).end).toBe("done");
});
