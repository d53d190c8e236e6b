import type { NodeFacts } from "@steward/core/fleet/facts";
import {
  differences,
  findNode,
  isAlive,
  isDeregistered,
  isGone,
  isMoving,
  isServing,
  lineageRoot,
  servingBesides,
  servingNodes,
} from "@steward/core/fleet/standing";
import { describe, expect, test } from "vitest";
import { CONFIG, desired, FIRST, healthyFleet, node, reports, SECOND, sickNode, THIRD } from "../builders.ts";

type Row = [string, Partial<NodeFacts>, boolean];

describe("a node serves", () => {
  test.each<Row>([
    ["in service and healthy", {}, true],
    ["not while the balancer finds it unhealthy", { target: { state: "unhealthy", reason: null } }, false],
    ["not while the balancer lets its requests run out", { target: { state: "draining", reason: null } }, false],
    ["not when it is not registered", { target: null }, false],
    ["not in Standby, even if the balancer has not noticed", { lifecycle: "Standby" }, false],
  ])("%s", (_when, but, serving) => {
    expect(isServing(node(but))).toBe(serving);
  });

  test("beside another, itself not counted", () => {
    const fleet = healthyFleet({ nodes: [node(), node({ instanceId: SECOND }), sickNode({ instanceId: THIRD })] });
    expect(servingNodes(fleet).map(({ instanceId }) => instanceId)).toEqual([FIRST, SECOND]);
    expect([FIRST, THIRD].map((instanceId) => servingBesides(fleet, instanceId))).toEqual([1, 2]);
  });
});

test("a node is found by its instance id, or not at all", () => {
  expect([SECOND, THIRD].map((instanceId) => findNode(healthyFleet(), instanceId)?.instanceId)).toEqual([SECOND, undefined]);
});

describe("a node is gone", () => {
  test.each<Row>([
    ["when neither the group nor EC2 has it", { lifecycle: null, ec2: null }, true],
    ["when it is terminated and out of the group", { lifecycle: null, ec2: "terminated" }, true],
    ["not while the group still lists it", { lifecycle: "Terminating:Wait", ec2: "terminated" }, false],
    ["not while its machine runs", { lifecycle: null, ec2: "running" }, false],
    ["not while its machine starts", { lifecycle: null, ec2: "pending" }, false],
  ])("%s", (_when, but, gone) => {
    expect(isGone(node(but))).toBe(gone);
  });

  test("when nobody knows of it", () => {
    expect(isGone(undefined)).toBe(true);
  });
});

test.each<[NodeFacts["ec2"], boolean]>([
  ["running", true],
  ["pending", true],
  ["stopping", false],
  ["stopped", false],
  ["shutting-down", false],
  ["terminated", false],
  [null, false],
])("a machine that is %s is alive: %s", (ec2, alive) => {
  expect(isAlive(node({ ec2 }))).toBe(alive);
});

test.each<[string | null, boolean]>([
  ["Pending:Wait", true],
  ["Terminating:Proceed", true],
  ["EnteringStandby", false],
  ["InService", false],
  [null, false],
])("a node that is %s moves in or out of the group: %s", (lifecycle, moving) => {
  expect(isMoving(node({ lifecycle }))).toBe(moving);
});

test.each<[NodeFacts["target"], boolean]>([
  [null, true],
  [{ state: "unused", reason: "Target.NotRegistered" }, true],
  [{ state: "draining", reason: null }, false],
  [{ state: "unhealthy", reason: null }, false],
])("a target %o is out of the balancer for certain: %s", (target, deregistered) => {
  expect(isDeregistered(node({ target }))).toBe(deregistered);
});

describe("a line of replacements", () => {
  test("goes back to its first node", () => {
    const lineage = { [THIRD]: SECOND, [SECOND]: FIRST };
    expect([FIRST, SECOND, THIRD].map((instanceId) => lineageRoot({ lineage }, instanceId))).toEqual([FIRST, FIRST, FIRST]);
  });

  test("that bites its own tail comes to an end", () => {
    expect([FIRST, SECOND]).toContain(lineageRoot({ lineage: { [FIRST]: SECOND, [SECOND]: FIRST } }, FIRST));
  });
});

describe("what a report says against a node", () => {
  const INCOMPARABLE = "the config file can't be compared with the desired one";

  test("is nothing when it equals the desired state and answers", () => {
    expect(differences(node(), desired)).toEqual([]);
  });

  test("is said even where nothing is in effect that it could equal", () => {
    expect(differences(node(), null)).toEqual(["nothing is desired yet"]);
  });

  test.each<[string, NodeFacts["probe"], string[]]>([
    ["another package", reports({ version: "2025.12.0-1" }), ["installed version is 2025.12.0-1, not 2026.04.0-21"]],
    ["an unknown package", reports({ version: null }), ["installed version is unknown, not 2026.04.0-21"]],
    ["a process older than its package", reports({ runningVersion: "2025.12.0-1" }), ["running version is 2025.12.0-1, not 2026.04.0-21"]],
    ["another config", reports({ configFingerprint: CONFIG.replace("c0ffee", "decade") }), ["the config file is not the desired one"]],
    ["a config named with another salt", reports({ configFingerprint: CONFIG.replace("5a17ed00", "0ddba115") }), [INCOMPARABLE]],
    ["no config", reports({ configFingerprint: null }), [INCOMPARABLE]],
    ["another key", reports({ keyFingerprint: "bad" }), ["the encryption key is not the desired one"]],
    ["errors", reports({ ping: { kind: "answer", status: 503, ms: 1 } }), ["/__ping__ does not answer 200"]],
    ["no answer", reports({ ping: { kind: "timeout" } }), ["/__ping__ does not answer 200"]],
    [
      "everything at once",
      reports({ version: null, runningVersion: null, configFingerprint: null, keyFingerprint: null, ping: { kind: "refused" } }),
      [
        "installed version is unknown, not 2026.04.0-21",
        "running version is unknown, not 2026.04.0-21",
        INCOMPARABLE,
        "the encryption key is not the desired one",
        "/__ping__ does not answer 200",
      ],
    ],
    ["silence", { kind: "unknown", because: "the agent does not answer" }, ["no report: the agent does not answer"]],
    ["a question never asked", { kind: "not-asked" }, ["no report was asked for"]],
  ])("is %s", (_what, probe, against) => {
    expect(differences(node({ probe }), desired)).toEqual(against);
  });
});
