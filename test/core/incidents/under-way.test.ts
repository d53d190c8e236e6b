import type { FleetFacts } from "@steward/core/fleet/facts";
import { defaultPolicy, policyOf } from "@steward/core/fleet/policy";
import type { Attempt } from "@steward/core/incidents/attempt";
import { decide } from "@steward/core/incidents/decide";
import type { Incident } from "@steward/core/incidents/incident";
import { describe, expect, test } from "vitest";
import { ago, attempt, DATABASE, FIRST, healthyFleet, hence, incident, lease, ME, NOW, node, SECOND, sickNode, THIRD } from "../builders.ts";

const decision = (facts: FleetFacts, about: Partial<Incident> = {}, now = NOW) => decide(facts, incident(about), ME, defaultPolicy, now);

describe("a replacement that was begun", () => {
  const standby = (lifecycle: string, outcome: Attempt["outcome"], but: Partial<FleetFacts> = {}) =>
    healthyFleet({
      nodes: [sickNode({ lifecycle, target: null }), node({ instanceId: SECOND }), node({ instanceId: THIRD, lifecycle: "Pending:Wait", target: null })],
      attempts: [attempt(), attempt({ runbook: "replace-node", outcome, endedAt: null })],
      ...but,
    });

  test.each(["Standby", "EnteringStandby"])("is gone on with while its node is %s, although the group is launching", (lifecycle) => {
    expect(decision(standby(lifecycle, "running"))).toMatchObject({
      kind: "act",
      runbook: "replace-node",
      intent: { resumes: true, disrupts: true },
      because: "its replacement is not finished",
    });
  });

  test.each(["refused", "done"] as const)("and %s is gone on with", (outcome) => {
    expect(decision(standby("Standby", outcome))).toMatchObject({ kind: "act", runbook: "replace-node" });
  });

  test("is gone on with although the budget is spent", () => {
    const facts = standby("Standby", "running");
    const more = Array.from({ length: 3 }, () => attempt({ runbook: "replace-node", incident: "another" }));
    expect(decision({ ...facts, attempts: [...facts.attempts, ...more] })).toMatchObject({ kind: "act" });
  });

  test("waits like any other for the switch and for the lease", () => {
    expect(decision(standby("Standby", "running", { switch: { position: "off" } }))).toMatchObject({ kind: "refuse", guard: "switch-off" });
    expect(decision(standby("Standby", "running", { leases: [lease()] }))).toMatchObject({ kind: "wait", guard: "fleet-lease" });
  });

  test("is not gone on with for a node that an operator put in Standby", () => {
    expect(decision({ ...standby("Standby", "running"), attempts: [attempt()] })).toEqual({
      kind: "wait",
      until: hence({ seconds: 15 }),
      guard: null,
      because: `${FIRST} is on its way: I look again`,
    });
  });

  test("is not gone on with where another incident began it", () => {
    const attempts = [attempt({ runbook: "replace-node", incident: "another", outcome: "running", endedAt: null })];
    expect(decision({ ...standby("Standby", "running"), attempts })).toMatchObject({ kind: "wait", guard: null });
  });

  test("is looked at again while its node leaves", () => {
    expect(decision(standby("Terminating:Wait", "running"))).toMatchObject({ kind: "wait", guard: null });
  });
});

describe("a replacement that failed", () => {
  const failed = (times: number, ...nodes: FleetFacts["nodes"]) =>
    healthyFleet({
      nodes: [sickNode({ lifecycle: "Standby", target: null }), node({ instanceId: SECOND }), ...nodes],
      attempts: Array.from({ length: times }, () => attempt({ runbook: "replace-node", outcome: "failed" })),
    });
  const standIn = node({ instanceId: THIRD });

  test("is gone on with when its stand-in came after all", () => {
    expect(decision(failed(1))).toMatchObject({ kind: "wait" });
    expect(decision(failed(2, standIn))).toMatchObject({ kind: "act", runbook: "replace-node", intent: { resumes: true } });
  });

  test("is not gone on with for ever", () => {
    expect(decision(failed(3, standIn), { openedAt: ago({ hours: 2 }) })).toMatchObject({ kind: "refuse", guard: "nothing-left-to-try" });
  });
});

describe("a fleet that is not as declared", () => {
  const about = { kind: "fleet-differs", cause: "fleet-differs", resource: "steward-demo" } as const;
  const short = (but: Partial<FleetFacts> = {}) => healthyFleet({ nodes: [node({ instanceId: SECOND })], ...but });

  test("gets three minutes to settle, and goes to a human when nothing moves", () => {
    expect(decision(short(), { ...about, openedAt: ago({ minutes: 2 }) })).toMatchObject({ kind: "wait", guard: null });
    expect(decision(short(), { ...about, openedAt: ago({ minutes: 3 }) })).toEqual({
      kind: "refuse",
      guard: "nothing-left-to-try",
      because: "1 of 2 nodes serve, and nothing has changed that: a human has to look",
    });
  });

  test("gets no more time by an incident about what is kept, and none by itself", () => {
    const incidents = [incident({ ...about, id: "itself" }), incident({ kind: "snapshot-missing" })];
    expect(decision(short({ incidents }), { ...about, id: "itself", openedAt: ago({ minutes: 3 }) })).toMatchObject({ kind: "refuse" });
  });

  test.each<[string, Partial<FleetFacts>]>([
    ["a node comes up", { nodes: [node({ instanceId: SECOND }), node({ instanceId: THIRD, lifecycle: "Pending", target: null })] }],
    ["the group launches", { group: { ...short().group, activities: [{ id: "a", description: "", cause: "", status: "PreInService", startedAt: NOW }] } }],
    ["a node is sick, which is its own incident", { nodes: [sickNode(), node({ instanceId: SECOND })] }],
    ["another incident is seen to", { incidents: [incident({ ...about, id: "itself" }), incident()] }],
  ])("gets half an hour while %s", (_while, but) => {
    expect(decision(short(but), { ...about, id: "itself", openedAt: ago({ minutes: 29 }) })).toMatchObject({ kind: "wait" });
    expect(decision(short(but), { ...about, openedAt: ago({ minutes: 30 }) })).toMatchObject({ kind: "refuse" });
  });

  test("goes to a human at once while the switch is off: Steward lets nobody in", () => {
    expect(decision(short({ switch: { position: "off" } }), about)).toMatchObject({ kind: "refuse", guard: "switch-off" });
  });
});

describe("an incident in which nothing looks wrong any more", () => {
  const stranded = healthyFleet({
    nodes: [node({ lifecycle: "Standby", target: null }), node({ instanceId: SECOND })],
    attempts: [attempt({ runbook: "replace-node", outcome: "failed" })],
  });
  const openedAt = ago({ minutes: 30 });

  test("goes to a human when a failed replacement left its node in Standby, after half an hour to the millisecond", () => {
    expect(decision(stranded, { openedAt: new Date(openedAt.getTime() + 1) })).toMatchObject({ kind: "wait", guard: null });
    expect(decision(stranded, { openedAt })).toEqual({
      kind: "refuse",
      guard: "nothing-left-to-try",
      because: `${FIRST} is Standby, 1 of 2 nodes serve, and nothing moves: a human has to look`,
    });
  });

  test("goes to a human after an hour although nodes come and go all the time", () => {
    const trying = { ...stranded, nodes: [...stranded.nodes, node({ instanceId: THIRD, lifecycle: "Pending:Wait", target: null })] };
    expect(decision(trying, { openedAt: ago({ minutes: 59 }) })).toMatchObject({ kind: "wait", guard: null });
    expect(decision(trying, { openedAt: ago({ hours: 1 }) })).toMatchObject({ kind: "refuse", because: expect.stringContaining("new nodes come to nothing") });
  });

  test("goes to a human when its node is gone and nobody takes its place", () => {
    expect(decision(healthyFleet({ nodes: [node({ instanceId: SECOND })] }), { openedAt })).toMatchObject({
      kind: "refuse",
      because: expect.stringContaining(`${FIRST} is gone`),
    });
  });

  test("is not called so by facts that can't be read: first they are waited for, then a human is told of them", () => {
    const unread = [{ what: "the group", because: "throttled" }];
    expect(decision({ ...stranded, unread }, { openedAt })).toMatchObject({ kind: "wait", guard: "stale-facts" });
    expect(decision({ ...stranded, unread, incidents: [incident({ openedAt })] }, { openedAt })).toMatchObject({ kind: "refuse", guard: "stale-facts" });
  });

  test("is waited for as long as a node moves", () => {
    const booting = node({ instanceId: THIRD, lifecycle: "Pending:Wait", target: null });
    expect(decision({ ...stranded, nodes: [...stranded.nodes, booting] }, { openedAt })).toMatchObject({ kind: "wait", guard: null });
  });

  test("is waited for when it was a shared one: its nodes find back by themselves", () => {
    expect(decision(healthyFleet({ nodes: [node()] }), { openedAt, kind: "database-down", resource: DATABASE, cause: "database-unreachable" })).toMatchObject({
      kind: "wait",
      guard: null,
    });
  });
});

describe("a single server", () => {
  const group = { ...healthyFleet().group, desired: 1 };
  const decided = (nodes: FleetFacts["nodes"], about: Partial<Incident> = {}, but: Partial<FleetFacts> = {}) =>
    decide(healthyFleet({ database: null, group, nodes, ...but }), incident(about), ME, policyOf("single"), NOW);
  const differs = { kind: "fleet-differs", cause: "fleet-differs", resource: "steward-demo", openedAt: NOW } as const;
  const waiting = node({ instanceId: SECOND, lifecycle: "Pending:Wait", target: null });

  test("that is sick is restarted, and then left to a human with everything that it has", () => {
    expect(decided([sickNode()])).toMatchObject({ kind: "act", runbook: "restart-service" });
    expect(decided([sickNode()], {}, { attempts: [attempt({ outcome: "failed" })] })).toEqual({
      kind: "refuse",
      guard: "server-volume",
      because: `${FIRST} is the only server, and its data volume must be proven free before another may have it: I do not move it, a human has to`,
    });
  });

  test("whose instance is gone is a human's at once: the group replaces nothing", () => {
    expect(decided([node({ ec2: "terminated", target: null })], { cause: "server-gone" })).toMatchObject({ kind: "refuse", guard: "server-volume" });
  });

  test("that waits for its volume gets half an hour, unless the switch is off", () => {
    const later = (minutes: number) => decided([waiting], { ...differs, openedAt: ago({ minutes }) });
    expect(later(29)).toMatchObject({ kind: "wait", guard: null, because: expect.stringContaining(`${SECOND} waits in its launch hook for the data volume`) });
    expect(later(30)).toMatchObject({ kind: "refuse", guard: "nothing-left-to-try" });
    expect(decided([waiting], differs, { switch: { position: "off" } })).toMatchObject({ guard: "switch-off" });
    expect(decided([waiting], differs, { at: ago({ minutes: 3 }) })).toMatchObject({ kind: "wait", guard: "stale-facts" });
  });

  test("in a pair a node that waits in its hook is let in, so it is waited for", () => {
    expect(decision(healthyFleet({ nodes: [node(), waiting] }), differs)).toMatchObject({ kind: "wait", guard: null });
  });

  test("that is missing is told so, in no words of a pair", () => {
    expect(decided([], { openedAt: ago({ minutes: 30 }) })).toMatchObject({
      because: `${FIRST} is gone, no server is in service, and nothing moves: a human has to look`,
    });
  });

  test("in Standby beside another that serves is a human's after half an hour", () => {
    const nodes = [node({ lifecycle: "Standby", target: null }), node({ instanceId: SECOND })];
    expect(decided(nodes, { openedAt: ago({ minutes: 30 }) })).toMatchObject({ because: expect.stringContaining(`${FIRST} is Standby, the server serves`) });
  });

  test("that serves again is over", () => {
    expect(decided([node()])).toEqual({ kind: "over", because: `the server serves and ${FIRST} is well or gone` });
  });
});

describe("an incident that is over", () => {
  test("is found out before anything else", () => {
    expect(decision(healthyFleet({ switch: { position: "off" }, leases: [lease()] }))).toEqual({
      kind: "over",
      because: `2 nodes serve and ${FIRST} is well or gone`,
    });
  });

  test("is not when the node is well and another can't be seen", () => {
    expect(decision(healthyFleet({ nodes: [node()] }))).toMatchObject({ kind: "wait", guard: null });
  });
});
