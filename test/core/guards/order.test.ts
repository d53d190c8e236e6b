import type { FleetFacts } from "@steward/core/fleet/facts";
import { defaultPolicy, policyOf } from "@steward/core/fleet/policy";
import { GUARD_IDS, type GuardId } from "@steward/core/guards/guard";
import { GUARDS, objectionTo, STEP_GUARDS } from "@steward/core/guards/registry";
import { describe, expect, test } from "vitest";
import { ago, attempt, healthyFleet, incident, intent, lease, NOW, node, SECOND, sickNode, slotRecord } from "../builders.ts";

/** Everything that a guard may object to, each undone by one entry, most cautious first. */
const troubles: [string, Partial<FleetFacts>][] = [
  ["switch-off", { switch: { position: "on" } }],
  ["stale-facts", { unread: [] }],
  ["shared-cause", { database: null }],
  ["group-is-replacing", { group: healthyFleet().group }],
  ["fleet-lease", { leases: [] }],
  ["frozen-volume", { slots: [] }],
  ["last-serving-node", { nodes: [node({ launchedAt: ago({ minutes: 1 }) }), node({ instanceId: SECOND })] }],
  ["boot-grace", { nodes: healthyFleet().nodes }],
  ["retry-budget", { attempts: [] }],
];

const everything = healthyFleet({
  switch: { position: "off" },
  unread: [{ what: "the targets", because: "throttled" }],
  database: { id: "db", status: "failed" },
  group: { ...healthyFleet().group, activities: [{ id: "a", description: "Launching", cause: "", status: "PreInService", startedAt: NOW }] },
  leases: [lease()],
  slots: [slotRecord({ state: "claimed" })],
  nodes: [node({ launchedAt: ago({ minutes: 1 }) })],
  attempts: [attempt(), attempt(), attempt()],
});

const solving = (fixes: typeof troubles): FleetFacts => Object.assign({}, everything, ...fixes.map(([, fix]) => fix));

describe("of several objections the most cautious is heard", () => {
  test.each(troubles.map(([guard], solved) => [guard, solved] as const))("%s, when all before it are answered", (guard, solved) => {
    const facts = solving(troubles.slice(0, solved));
    expect(objectionTo(facts, intent(), defaultPolicy, NOW)?.guard).toBe(guard);
  });

  test("none, when all are answered", () => {
    const facts = solving(troubles);
    expect(objectionTo(facts, intent(), defaultPolicy, NOW)).toBeUndefined();
  });
});

test("every guard has its place in the order", () => {
  const others: readonly GuardId[] = [
    "nothing-left-to-try",
    "approval-required",
    "restore-under-way",
    "server-volume",
    "backups-wanted",
    "calm-server",
    "blast-radius",
  ];
  expect(troubles.map(([guard]) => guard)).toEqual(GUARD_IDS.filter((id) => !others.includes(id)));
  expect(GUARDS).toHaveLength(troubles.length + 5);
});

test("whether backups may be wanted is asked of a pruning, and right before a step too", () => {
  const facts = { ...solving(troubles), incidents: [incident()] };
  for (const guards of [GUARDS, STEP_GUARDS])
    expect(objectionTo(facts, intent({ runbook: "prune-snapshots", disrupts: false }), policyOf("single"), NOW, guards)?.guard).toBe("backups-wanted");
});

test("a single server's volume is asked for after the lease, and right before a step too", () => {
  const one = { ...solving(troubles), nodes: [sickNode()] };
  for (const guards of [GUARDS, STEP_GUARDS])
    expect(objectionTo(one, intent({ runbook: "replace-node" }), policyOf("single"), NOW, guards)?.guard).toBe("server-volume");
  expect(objectionTo(one, intent(), policyOf("single"), NOW)).toBeUndefined();
});

test("right before a step only what may have turned meanwhile is asked", () => {
  const underWay = { ...everything, switch: { position: "on" as const }, slots: [], unread: [], database: null, nodes: healthyFleet().nodes };
  expect(objectionTo(underWay, intent(), defaultPolicy, NOW)?.guard).toBe("group-is-replacing");
  expect(objectionTo(underWay, intent(), defaultPolicy, NOW, STEP_GUARDS)).toBeUndefined();
  expect(objectionTo({ ...underWay, switch: { position: "off" } }, intent(), defaultPolicy, NOW, STEP_GUARDS)?.guard).toBe("switch-off");
});
