import type { NodeFacts } from "@steward/core/fleet/facts";
import { bootGrace } from "@steward/core/guards/boot-grace";
import { fleetLease } from "@steward/core/guards/fleet-lease";
import { lastServingNode } from "@steward/core/guards/last-serving-node";
import { retryBudget, spentOn } from "@steward/core/guards/retry-budget";
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
