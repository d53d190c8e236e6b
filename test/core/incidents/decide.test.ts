import type { FleetFacts, NodeFacts } from "@steward/core/fleet/facts";
import { defaultPolicy, policyOf } from "@steward/core/fleet/policy";
import type { Attempt } from "@steward/core/incidents/attempt";
import { decide } from "@steward/core/incidents/decide";
import type { Incident } from "@steward/core/incidents/incident";
import { describe, expect, test } from "vitest";
import {
  ago,
  attempt,
  DATABASE,
  FIRST,
  fleetWithSickNode,
  GROUP,
  healthyFleet,
  hence,
  incident,
  lease,
  ME,
  NOW,
  node,
  reports,
  SECOND,
  sickNode,
  THIRD,
} from "../builders.ts";

const decision = (facts: FleetFacts, about: Partial<Incident> = {}, now = NOW) => decide(facts, incident(about), ME, defaultPolicy, now);
const tried = (...attempts: Partial<Attempt>[]) => fleetWithSickNode({ attempts: attempts.map(attempt) });

describe("an incident about what is kept", () => {
  test("is nothing that a node could be cured of", () => {
    const about = incident({ kind: "snapshot-missing", cause: "snapshot-missing", resource: "vol-0123456789abcdef0" });
    expect(decide(fleetWithSickNode({ incidents: [about] }), about, ME, defaultPolicy, NOW)).toMatchObject({
      kind: "wait",
      guard: null,
      because: expect.stringContaining("what is kept"),
    });
  });
});

describe("the ladder is climbed cheapest first", () => {
  test("with a restart", () => {
    expect(decision(tried())).toEqual({
      kind: "act",
      runbook: "restart-service",
      input: { instanceId: FIRST },
      intent: { runbook: "restart-service", instanceId: FIRST, disrupts: true, execution: ME, resumes: false },
      because: "Package Manager is not running on the node (target is unhealthy (Target.FailedHealthChecks); the service is failed)",
    });
  });

  test.each<[string, Partial<Attempt>[], string]>([
    ["replaces after a restart that did not help", [{ outcome: "done" }], "replace-node"],
    ["replaces after a restart that failed", [{ outcome: "failed" }], "replace-node"],
    ["restarts again after a restart that a guard stopped", [{ outcome: "refused" }], "restart-service"],
    ["restarts again after a restart that was cut short", [{ outcome: "running", endedAt: null }], "restart-service"],
    ["restarts although another incident had its restart", [{ incident: "another" }], "restart-service"],
    ["passes over a restart whose budget other incidents have spent", [{ incident: "another" }, { incident: "another" }, { incident: null }], "replace-node"],
  ])("and %s", (_what, attempts, runbook) => {
    expect(decision(tried(...attempts))).toMatchObject({ kind: "act", runbook });
  });

  test("and a human is told when both were tried", () => {
    expect(decision(tried({}, { runbook: "replace-node" }))).toEqual({
      kind: "refuse",
      guard: "nothing-left-to-try",
      because: expect.stringMatching(/^Package Manager is not running on the node \(.*\); nothing I may do is left to try$/),
    });
  });

  test("and a human is told by the budget when replacements do not help", () => {
    const lineage = { [FIRST]: SECOND, [SECOND]: THIRD };
    const replacements: Partial<Attempt>[] = [
      { runbook: "replace-node", resource: THIRD, incident: "a" },
      { runbook: "replace-node", resource: SECOND, incident: "b" },
    ];
    expect(decision({ ...tried({}, ...replacements), lineage })).toMatchObject({ kind: "refuse", guard: "retry-budget" });
  });

  test.each<[string, Partial<NodeFacts>]>([
    ["a node that is silent", { probe: { kind: "unknown", because: "silence" } }],
    ["a node that alone is cut off", { probe: reports({ database: "unreachable" }) }],
    ["a node whose machine is impaired", { statusChecks: "impaired" }],
  ])("which for %s begins with a replacement", (_what, but) => {
    expect(decision(healthyFleet({ nodes: [sickNode(but), node({ instanceId: SECOND })] }))).toMatchObject({ kind: "act", runbook: "replace-node" });
  });
});

describe("a cause without a cure", () => {
  const gone = healthyFleet({ nodes: [node({ ec2: "terminated" }), node({ instanceId: SECOND })] });

  test("waits three minutes for the group to see that an instance is gone", () => {
    const openedAt = ago({ minutes: 1 });
    expect(decision(gone, { openedAt })).toEqual({
      kind: "wait",
      until: hence({ seconds: 15 }),
      guard: null,
      because: expect.stringContaining(`the group has until ${hence({ minutes: 2 }).toISOString()} to notice`),
    });
  });

  test("goes to a human when the group has not begun, to the millisecond", () => {
    const openedAt = ago({ minutes: 3 });
    expect(decision(gone, { openedAt })).toMatchObject({ kind: "refuse", guard: "nothing-left-to-try" });
    expect(decision(gone, { openedAt: new Date(openedAt.getTime() + 1) })).toMatchObject({ kind: "wait" });
  });

  test("waits while the group is at it", () => {
    const activities = [{ id: "a", description: "Launching", cause: "", status: "PreInService", startedAt: ago({ minutes: 4 }) }];
    expect(decision({ ...gone, group: { ...gone.group, activities } }, { openedAt: ago({ minutes: 5 }) })).toMatchObject({
      kind: "wait",
      guard: "group-is-replacing",
    });
  });

  test.each<[string, Partial<NodeFacts>, Partial<FleetFacts>]>([
    ["a young node", { launchedAt: ago({ minutes: 1 }) }, {}],
    [
      "a line of nodes that had its replacements",
      {},
      { attempts: [attempt({ runbook: "replace-node", incident: "a" }), attempt({ runbook: "replace-node", incident: "b" })] },
    ],
  ])("goes to a human for a broken path when the balancer had its time to notice, although it is %s", (_what, but, facts) => {
    const broken = node({ target: { state: "unhealthy", reason: null }, ...but });
    const fleet = healthyFleet({ nodes: [broken, node({ instanceId: SECOND })], ...facts });
    expect(decision(fleet)).toMatchObject({ kind: "wait", guard: null });
    expect(decision({ ...fleet, attempts: [...fleet.attempts, attempt({ endedAt: ago({ minutes: 1 }) })] }, { openedAt: ago({ minutes: 9 }) })).toMatchObject({
      kind: "wait",
    });
    const elsewhere = [attempt({ endedAt: null }), attempt({ incident: "another", endedAt: ago({ minutes: 1 }) })];
    expect(decision({ ...fleet, attempts: [...fleet.attempts, ...elsewhere] }, { openedAt: ago({ minutes: 9 }) })).toMatchObject({ kind: "refuse" });
    expect(decision(fleet, { openedAt: ago({ minutes: 3 }) })).toMatchObject({
      kind: "refuse",
      guard: "nothing-left-to-try",
      because: expect.stringContaining("not to the load balancer"),
    });
  });

  test("goes to a human by the guard when it is shared", () => {
    const down = { id: DATABASE, status: "failed" };
    expect(decision(fleetWithSickNode({ database: down }), { kind: "database-down", resource: DATABASE })).toMatchObject({
      kind: "refuse",
      guard: "shared-cause",
    });
    expect(decision(fleetWithSickNode({ database: down }))).toMatchObject({ kind: "refuse", guard: "shared-cause" });
  });

  test("of a failed admission goes to a human with its evidence", () => {
    const about = { kind: "admission-failed", resource: GROUP, evidence: ["i-1: the key is not the desired one"] } as const;
    expect(decision(healthyFleet({ nodes: [node()] }), { ...about, evidence: [...about.evidence] })).toEqual({
      kind: "refuse",
      guard: "nothing-left-to-try",
      because: "i-1: the key is not the desired one: the group tries again, a human should look at the image",
    });
    const open = incident({ ...about, evidence: ["i-1 has the address"] });
    expect(decide(healthyFleet({ nodes: [node()], incidents: [open] }), open, ME, policyOf("single"), NOW)).toEqual({
      kind: "refuse",
      guard: "nothing-left-to-try",
      because: "i-1 has the address: it is tried again; whoever has the volume or the address lets go of them when it is ended through its group",
    });
  });
});

test("another node's trouble is not this incident's", () => {
  const nodes = [node({ lifecycle: "Standby", target: null }), sickNode({ instanceId: SECOND }), node({ instanceId: THIRD })];
  expect(decision(healthyFleet({ nodes }))).toMatchObject({ kind: "wait", guard: null });
});

describe("a guard is heard before anything is done", () => {
  test.each<[string, Partial<FleetFacts>, object]>([
    ["refuses with the switch off", { switch: { position: "off" } }, { kind: "refuse", guard: "switch-off" }],
    ["waits for the lease", { leases: [lease()] }, { kind: "wait", guard: "fleet-lease", until: lease().expiresAt }],
    ["waits for what can't be read", { unread: [{ what: "the database", because: "throttled" }] }, { kind: "wait", guard: "stale-facts" }],
    [
      "waits inside the boot grace",
      { nodes: [sickNode({ launchedAt: ago({ minutes: 2 }) }), node({ instanceId: SECOND })] },
      { kind: "wait", guard: "boot-grace", until: hence({ minutes: 1 }) },
    ],
  ])("and %s", (_what, but, expected) => {
    expect(decision(fleetWithSickNode(but))).toMatchObject(expected);
  });

  test("and its own lease is none of its business", () => {
    expect(decision(fleetWithSickNode({ leases: [lease({ execution: ME })] }))).toMatchObject({ kind: "act" });
  });
});
