import { after } from "@steward/core/apply/duration";
import type { Activity, NodeFacts } from "@steward/core/fleet/facts";
import { defaultPolicy } from "@steward/core/fleet/policy";
import { bootGrace } from "@steward/core/guards/boot-grace";
import { fleetLease } from "@steward/core/guards/fleet-lease";
import { groupIsReplacing } from "@steward/core/guards/group-is-replacing";
import { lastServingNode } from "@steward/core/guards/last-serving-node";
import { retryBudget, spentOn } from "@steward/core/guards/retry-budget";
import { sharedCause } from "@steward/core/guards/shared-cause";
import { staleFacts } from "@steward/core/guards/stale-facts";
import { switchOff } from "@steward/core/guards/switch-off";
import type { Attempt } from "@steward/core/incidents/attempt";
import { describe, expect, test } from "vitest";
import {
  ago,
  ask,
  attempt,
  FIRST,
  fleetWithSickNode,
  healthyFleet,
  hence,
  incident,
  justAfter,
  justBefore,
  lease,
  ME,
  NOW,
  node,
  OTHER,
  SECOND,
  sickNode,
  THIRD,
} from "../builders.ts";

describe("the switch", () => {
  test("lets everything pass while it is on", () => {
    expect(ask(switchOff, healthyFleet())).toBeUndefined();
  });

  test.each([
    [{ position: "off" as const }, "the switch is off; I only watch"],
    [{ position: "off" as const, because: "licence audit" }, "the switch is off: licence audit; I only watch"],
  ])("stops everything, admissions too, while it is %o", (position, because) => {
    expect(ask(switchOff, healthyFleet({ switch: position }), { runbook: "admit-node", disrupts: false })).toEqual({
      verdict: "refuse",
      guard: "switch-off",
      because,
    });
  });
});

describe("stale facts", () => {
  const oldest = after(NOW, defaultPolicy.staleAfter);
  const soon = (now: Date) => after(now, defaultPolicy.poll);

  test("are fresh enough to the last millisecond", () => {
    expect(ask(staleFacts, healthyFleet(), {}, oldest)).toBeUndefined();
  });

  test("are looked at again a millisecond later", () => {
    const now = justAfter(oldest);
    expect(ask(staleFacts, healthyFleet(), {}, now)).toEqual({
      verdict: "wait",
      guard: "stale-facts",
      until: soon(now),
      because: `the facts are from ${NOW.toISOString()}: I look again first`,
    });
  });

  const unread = [
    { what: "the database", because: "throttled" },
    { what: "the switch", because: "AccessDenied" },
  ];
  const because = "I can't see enough: the database (throttled); the switch (AccessDenied)";

  test("are waited for while something can't be read", () => {
    expect(ask(staleFacts, healthyFleet({ unread }))).toEqual({ verdict: "wait", guard: "stale-facts", until: soon(NOW), because });
  });

  test("are waited for until an incident is blind for ten minutes, to the millisecond", () => {
    const incidents = [incident({ openedAt: ago({ minutes: 2 }) }), incident({ openedAt: ago({ minutes: 10 }), resource: SECOND })];
    expect(ask(staleFacts, healthyFleet({ unread, incidents }))).toMatchObject({ verdict: "wait" });
    expect(ask(staleFacts, healthyFleet({ unread, incidents }), {}, justAfter(NOW))).toEqual({ verdict: "refuse", guard: "stale-facts", because });
  });
});

describe("a shared cause", () => {
  const down = fleetWithSickNode({ database: { id: "db", status: "failed" } });

  test("forbids to touch a node", () => {
    expect(ask(sharedCause, down)).toEqual({
      verdict: "refuse",
      guard: "shared-cause",
      because: "the database can't be reached (RDS says that the database is failed): not a node problem, I touch no node",
    });
  });

  test("does not keep a node from being admitted or let go", () => {
    expect(ask(sharedCause, down, { runbook: "admit-node", disrupts: false })).toBeUndefined();
  });

  test("is not one when a single node is sick", () => {
    expect(ask(sharedCause, fleetWithSickNode())).toBeUndefined();
  });
});

describe("the group at work", () => {
  const activity = (startedAt: Date): Activity => ({
    id: "a",
    description: "Launching a new EC2 instance",
    cause: "unhealthy",
    status: "PreInService",
    startedAt,
  });
  const working = (...started: Date[]) => healthyFleet({ group: { ...healthyFleet().group, activities: started.map(activity) } });

  test("is left alone while a node moves by its will", () => {
    const facts = healthyFleet({ nodes: [sickNode(), node({ instanceId: SECOND, lifecycle: "Terminating:Wait" })] });
    expect(ask(groupIsReplacing, facts)).toEqual({
      verdict: "wait",
      guard: "group-is-replacing",
      until: hence({ minutes: 1 }),
      because: `the group is replacing a node by itself (${SECOND} is Terminating:Wait): I only admit`,
    });
  });

  test("is left alone while an activity is under way", () => {
    expect(ask(groupIsReplacing, working(ago({ minutes: 2 })))).toMatchObject({
      verdict: "wait",
      because: expect.stringContaining("Launching a new EC2 instance"),
    });
  });

  test("gets thirty minutes from its oldest activity, to the millisecond", () => {
    const facts = working(ago({ minutes: 5 }), ago({ minutes: 30 }));
    expect(ask(groupIsReplacing, facts)).toMatchObject({ verdict: "wait" });
    expect(ask(groupIsReplacing, facts, {}, justAfter(NOW))).toMatchObject({
      verdict: "refuse",
      because: expect.stringContaining(`has not finished since ${ago({ minutes: 30 }).toISOString()}`),
    });
  });

  test.each<[string, Parameters<typeof ask>[2]]>([
    ["an admission", { runbook: "admit-node", disrupts: false }],
    ["a replacement of our own that goes on", { runbook: "replace-node", resumes: true }],
  ])("does not stand in the way of %s", (_what, asked) => {
    expect(ask(groupIsReplacing, working(ago({ hours: 1 })), asked)).toBeUndefined();
  });

  test("is at rest when nothing moves", () => {
    expect(ask(groupIsReplacing, healthyFleet())).toBeUndefined();
  });
});

describe("the fleet's lease", () => {
  const held = (but: Parameters<typeof lease>[0] = {}) => healthyFleet({ leases: [lease(but)] });

  test("makes another change wait until it runs out", () => {
    const until = hence({ minutes: 2 });
    expect(ask(fleetLease, held())).toEqual({
      verdict: "wait",
      guard: "fleet-lease",
      until,
      because: `demo-incident-other-1 changes the fleet until ${until.toISOString()} at the latest`,
    });
  });

  test("counts to the last millisecond before it runs out", () => {
    const { expiresAt } = lease();
    expect(ask(fleetLease, held(), {}, justBefore(expiresAt))).toMatchObject({ verdict: "wait" });
    expect(ask(fleetLease, held(), {}, expiresAt)).toBeUndefined();
  });

  test.each<[string, ReturnType<typeof held>, Parameters<typeof ask>[2]]>([
    ["its own holder", held({ execution: ME }), {}],
    ["a change that disrupts nobody", held(), { runbook: "retire-node", disrupts: false }],
    ["anybody by a lease on one node", held({ scope: `node/${FIRST}` }), {}],
    ["anybody when there is none", healthyFleet(), {}],
  ])("does not hold up %s", (_whom, facts, asked) => {
    expect(ask(fleetLease, facts, asked)).toBeUndefined();
  });

  test("of another run holds up somebody who has not begun yet", () => {
    expect(ask(fleetLease, held({ execution: OTHER }), { execution: null })).toMatchObject({ verdict: "wait" });
  });
});

describe("the last serving node", () => {
  const alone = healthyFleet({ nodes: [node(), sickNode({ instanceId: SECOND })] });

  test("is not restarted", () => {
    expect(ask(lastServingNode, alone)).toEqual({
      verdict: "refuse",
      guard: "last-serving-node",
      because: `${FIRST} is the last node that serves: I leave it alone`,
    });
  });

  test.each<[string, Parameters<typeof ask>[2], NodeFacts[]]>([
    ["a node beside another that serves", {}, healthyFleet().nodes],
    ["a node that serves nobody", {}, [sickNode()]],
    ["a replacement, which brings its stand-in up first", { runbook: "replace-node" }, alone.nodes],
    ["an admission", { runbook: "admit-node", disrupts: false }, alone.nodes],
    ["a node that nobody knows", { instanceId: THIRD }, alone.nodes],
  ])("does not protect %s", (_what, asked, nodes) => {
    expect(ask(lastServingNode, healthyFleet({ nodes }), asked)).toBeUndefined();
  });
});

describe("the boot grace", () => {
  const launchedAt = ago({ minutes: 3 });
  const young = (but: Partial<NodeFacts> = {}) => healthyFleet({ nodes: [sickNode({ launchedAt, ...but }), node({ instanceId: SECOND })] });

  test("lasts three minutes to the millisecond", () => {
    expect(ask(bootGrace, young(), {}, justBefore(NOW))).toEqual({
      verdict: "wait",
      guard: "boot-grace",
      until: NOW,
      because: `${FIRST} was launched at ${launchedAt.toISOString()} and has its boot grace until ${NOW.toISOString()}`,
    });
    expect(ask(bootGrace, young(), {}, NOW)).toBeUndefined();
  });

  test.each<[string, ReturnType<typeof young>, Parameters<typeof ask>[2]]>([
    ["an instance that is gone", young({ ec2: "terminated" }), {}],
    ["a replacement that goes on", young(), { runbook: "replace-node", resumes: true }],
    ["an admission", young(), { runbook: "admit-node", disrupts: false }],
    ["a node that nobody knows", young(), { instanceId: THIRD }],
  ])("is not given to %s", (_what, facts, asked) => {
    expect(ask(bootGrace, facts, asked, justBefore(NOW))).toBeUndefined();
  });
});

describe("the retry budget", () => {
  const tried = (...attempts: Partial<Attempt>[]) => fleetWithSickNode({ attempts: attempts.map(attempt) });

  test("is three restarts in a day", () => {
    expect(ask(retryBudget, tried({}, {}))).toBeUndefined();
    expect(ask(retryBudget, tried({}, {}, {}))).toEqual({
      verdict: "refuse",
      guard: "retry-budget",
      because: `restart-service ran 3 times within 24 h on ${FIRST} and its ancestors, 3 are allowed: it does not help, a human has to look`,
    });
  });

  test("is two replacements in a day", () => {
    const replacement = { runbook: "replace-node" } as const;
    expect(ask(retryBudget, tried(replacement), replacement)).toBeUndefined();
    expect(ask(retryBudget, tried(replacement, replacement), replacement)).toMatchObject({ verdict: "refuse" });
  });

  test("does not count against going on with what was begun", () => {
    expect(ask(retryBudget, tried({}, {}, {}), { resumes: true })).toBeUndefined();
  });

  test.each<[string, Partial<Attempt>, number]>([
    ["counts what is still running", { outcome: "running", endedAt: null }, 1],
    ["counts what failed", { outcome: "failed" }, 1],
    ["does not count what a guard refused", { outcome: "refused" }, 0],
    ["does not count another runbook", { runbook: "replace-node" }, 0],
    ["does not count another node", { resource: SECOND }, 0],
    ["counts what was done a millisecond less than a day ago", { startedAt: justAfter(ago({ hours: 24 })) }, 1],
    ["does not count what was done a day ago", { startedAt: ago({ hours: 24 }) }, 0],
  ])("%s", (_what, but, count) => {
    expect(spentOn(tried(but), { runbook: "restart-service", instanceId: FIRST }, NOW)).toBe(count);
  });

  test("is shared by a node, its ancestors and its successors", () => {
    const facts = { ...tried({ resource: FIRST }, { resource: SECOND }, { resource: THIRD }), lineage: { [SECOND]: FIRST, [THIRD]: SECOND } };
    for (const instanceId of [FIRST, SECOND, THIRD]) expect(spentOn(facts, { runbook: "restart-service", instanceId }, NOW)).toBe(3);
  });
});
