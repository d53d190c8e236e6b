import { describe as inWords } from "@steward/core/apply/apply";
import type { RunSubject } from "@steward/core/apply/order";
import { Permanent, Retryable } from "@steward/core/errors";
import type { FleetFacts } from "@steward/core/fleet/facts";
import { policyOf } from "@steward/core/fleet/policy";
import { keepingOf } from "@steward/core/settings/schema";
import { describe, expect, test } from "vitest";
import { singleSettings } from "../../settings.ts";
import { ago, FIRST, healthyFleet, hence, lease, node, SECOND, sickNode } from "../builders.ts";
import { dataVolume, ours } from "../snapshots/cloud.ts";
import { aboutIncident, holders, runToEnd, sick, tried } from "./engine.ts";
import { fakeWorld } from "./fake-world.ts";

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

  test("fails at once when no repetition helps, and the run goes on", async () => {
    const fake = sick();
    fake.world.actuators["restart-service"] = () => Promise.reject(new Permanent("not authorized to perform ssm:SendCommand"));
    expect((await runToEnd(fake, aboutIncident)).end).toBe("resolved");
    expect(fake.state.attempts).toMatchObject([
      { outcome: "failed", because: "not authorized to perform ssm:SendCommand" },
      { runbook: "replace-node", outcome: "done" },
    ]);
  });

  test("is the engine's to repeat when the world was only busy", async () => {
    const fake = sick();
    fake.world.actuators["restart-service"] = () => Promise.reject(new Retryable("throttled"));
    await expect(runToEnd(fake, aboutIncident)).rejects.toThrow("throttled");
    expect(tried(fake)).toEqual(["restart-service running"]);
  });

  test("is not sent again to a node that says nothing of it", async () => {
    const fake = sick();
    fake.world.actuators["restart-service"] = async () => void fake.effects.push("sent");
    await runToEnd(fake, aboutIncident, { rounds: 1 });
    expect(fake.effects).toEqual(["sent"]);
    expect(fake.state.attempts).toMatchObject([{ outcome: "failed", because: `restart-service is not done in time: ${FIRST} is restarting Package Manager` }]);
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

describe("a plan that can't be made", () => {
  test("fails the run with its reason, and does nothing", async () => {
    const fake = fakeWorld(healthyFleet());
    const subject: RunSubject = { kind: "request", id: "42", runbook: "snapshot-now", input: {}, because: "asked for" };
    expect((await runToEnd(fake, subject, policyOf("single"))).end).toBe("failed");
    expect(fake.commands).toEqual([]);
    expect(fake.state.attempts).toMatchObject([{ runbook: "snapshot-now", outcome: "failed", because: "there is no data volume" }]);
    expect(holders(fake)).toEqual([]);
  });
});

describe("a pruning of many", () => {
  const policy = policyOf("single", keepingOf(singleSettings()));
  const subject: RunSubject = { kind: "request", id: "42", runbook: "prune-snapshots", input: { confirm: 2000 }, because: "asked for" };
  const begun = () => {
    const fake = fakeWorld(healthyFleet({ nodes: [node()], database: null, dataVolume }));
    fake.sky.snapshots = Array.from({ length: 800 }, (_, index) => ours(ago({ hours: index }), { id: `snap-${index}` }));
    return fake;
  };

  test("goes on without a pause as soon as it is under way", async () => {
    const fake = begun();
    expect((await runToEnd(fake, subject, policy)).end).toBe("done");
    const asked = fake.commands.length;
    const [record] = fake.state.prunings;
    expect(asked).toBeGreaterThan(3);
    expect((record?.endedAt?.getTime() ?? 0) - (record?.startedAt.getTime() ?? 0)).toBeLessThan((asked * 61 + 15) * 1000);
    expect(record?.deleted).toBe(record?.due);
  });

  test("is stopped between two invocations when the switch is turned off", async () => {
    const fake = begun();
    fake.later(90, (state) => Object.assign(state, { switch: { position: "off" } }));
    expect((await runToEnd(fake, subject, policy)).end).toBe("refused");
    expect(fake.commands).toHaveLength(2);
    expect(fake.state.prunings).toMatchObject([{ status: "under-way", endedAt: null }]);
  });
});

test("a step in the journal is one line without its reason", () => {
  expect(inWords({ do: "complete-lifecycle", instanceId: FIRST, hook: "steward-demo-admit", result: "ABANDON", because: "a long story" })).toBe(
    `complete-lifecycle ${FIRST} hook=steward-demo-admit result=ABANDON`,
  );
});
