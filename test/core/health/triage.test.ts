import type { FleetFacts, NodeFacts } from "@steward/core/fleet/facts";
import { policyOf } from "@steward/core/fleet/policy";
import { CAUSES, causeOf } from "@steward/core/health/causes";
import { isSick, triage as triageOf } from "@steward/core/health/triage";
import { describe, expect, test } from "vitest";
import { DATABASE, FIRST, fleetWithSickNode, GROUP, healthyFleet, node, reports, SECOND, sickNode, THIRD } from "../builders.ts";

const triage = (facts: FleetFacts) => triageOf(facts, policyOf("ha"));
const unhealthy = { state: "unhealthy", reason: "Target.Timeout" } as const;

describe("a node is sick", () => {
  test.each<[string, Partial<NodeFacts>, boolean]>([
    ["not when it serves", {}, false],
    ["when the balancer finds it unhealthy", { target: unhealthy }, true],
    ["when EC2's status checks fail", { statusChecks: "impaired" }, true],
    ["when its instance is stopped", { ec2: "stopped" }, true],
    ["when EC2 does not know its instance", { ec2: null }, true],
    ["not while the balancer still makes its first checks", { target: { state: "initial", reason: null } }, false],
    ["not while EC2 still makes its first checks", { statusChecks: "initializing" }, false],
    ["not while it waits in the launch hook", { lifecycle: "Pending:Wait", target: unhealthy }, false],
    ["not while it is let go", { lifecycle: "Terminating:Wait", ec2: "shutting-down" }, false],
    ["not in Standby, where it serves nobody", { lifecycle: "Standby", statusChecks: "impaired" }, false],
    ["not outside the group", { lifecycle: null, ec2: "terminated" }, false],
  ])("%s", (_when, but, sick) => {
    expect(isSick(node(but))).toBe(sick);
  });
});

describe("one sick node is explained", () => {
  const failed = { service: { state: "failed", since: null } } as const;
  test.each<[string, Partial<NodeFacts>, string, string]>([
    ["by an instance that is gone, whatever else is true", { ec2: "terminated", statusChecks: "impaired" }, "instance-gone", "EC2 says terminated"],
    ["by an instance that EC2 has forgotten", { ec2: null, target: null }, "instance-gone", "EC2 says that it does not know the instance"],
    ["by failed status checks before any report", { statusChecks: "impaired", probe: reports(failed) }, "instance-impaired", "EC2 status checks are impaired"],
    ["by its silence", { target: unhealthy, probe: { kind: "unknown", because: "the agent does not answer" } }, "node-silent", "the agent does not answer"],
    ["by nothing said when nobody asked", { target: unhealthy, probe: { kind: "not-asked" } }, "node-silent", "nobody asked the node"],
    [
      "by a database that it alone can't reach",
      { target: unhealthy, probe: reports({ database: "unreachable" }) },
      "node-cut-off",
      "database unreachable, package storage reachable, from this node",
    ],
    [
      "by a storage that it alone can't reach",
      { target: unhealthy, probe: reports({ storage: "unreachable" }) },
      "node-cut-off",
      "database reachable, package storage unreachable, from this node",
    ],
    ["by a failed service", { target: unhealthy, probe: reports(failed) }, "service-down", "the service is failed"],
    [
      "by an inactive service",
      { target: unhealthy, probe: reports({ service: { state: "inactive", since: null } }) },
      "service-down",
      "the service is inactive",
    ],
    [
      "by a service that does not answer",
      { target: unhealthy, probe: reports({ ping: { kind: "timeout" } }) },
      "service-hangs",
      "the service is active, /__ping__: timeout",
    ],
    [
      "by a service that answers with errors",
      { target: unhealthy, probe: reports({ ping: { kind: "answer", status: 503, ms: 9 } }) },
      "service-refuses",
      "/__ping__ answers 503",
    ],
    ["by the path to it when it answers locally", { target: unhealthy }, "path-broken", "/__ping__ answers 200 on the node itself"],
  ])("%s", (_by, but, cause, evidence) => {
    const findings = triage(healthyFleet({ nodes: [node(but), node({ instanceId: SECOND })] }));
    expect(findings).toEqual([{ kind: "node-sick", resource: FIRST, cause, evidence: [expect.any(String), evidence] }]);
  });

  test.each<[string, NodeFacts["target"], string]>([
    ["with the balancer's reason", unhealthy, "target is unhealthy (Target.Timeout)"],
    ["without a reason where the balancer gives none", { state: "unhealthy", reason: null }, "target is unhealthy"],
    ["by its absence from the balancer", null, "not registered with the load balancer"],
  ])("%s", (_how, target, words) => {
    const [finding] = triage(healthyFleet({ nodes: [node({ target, statusChecks: "impaired" }), node({ instanceId: SECOND })] }));
    expect(finding?.evidence[0]).toBe(words);
  });

  test("by nothing when nobody is sick", () => {
    expect(triage(healthyFleet())).toEqual([]);
  });

  test("each for itself, in the order of the facts", () => {
    const nodes = [sickNode(), node({ instanceId: SECOND }), sickNode({ instanceId: THIRD, probe: { kind: "unknown", because: "silence" } })];
    expect(triage(healthyFleet({ nodes })).map(({ resource, cause }) => [resource, cause])).toEqual([
      [FIRST, "service-down"],
      [THIRD, "node-silent"],
    ]);
  });
});

describe("a single server, before which nobody stands, is explained", () => {
  const explained = (but: Partial<NodeFacts>) => triageOf(healthyFleet({ database: null, nodes: [node(but)] }), policyOf("single"));

  test("by its own answer and its own report", () => {
    const refused = { target: { state: "unhealthy", reason: "it refuses connections from itself" }, probe: sickNode().probe } as const;
    expect(explained(refused)).toEqual([
      { kind: "node-sick", resource: FIRST, cause: "service-down", evidence: ["it refuses connections from itself", "the service is failed"] },
    ]);
  });

  test("by its instance when that runs no more: nothing replaces it", () => {
    expect(explained({ ec2: "stopped", target: null, probe: { kind: "not-asked" } })).toEqual([
      { kind: "node-sick", resource: FIRST, cause: "server-gone", evidence: ["EC2 says stopped"] },
    ]);
    expect(CAUSES["server-gone"].words).not.toMatch(/group|balancer/);
  });
});

const cutOff = (from: "database" | "storage", instanceId = FIRST): NodeFacts =>
  sickNode({ instanceId, probe: reports({ instanceId, [from]: "unreachable", ping: { kind: "timeout" } }) });

describe("a database that is down hides what it does to the nodes", () => {
  test.each(["failed", "stopped", "storage-full", "rebooting", "restore-error", "a state that RDS may invent"])("when RDS says %s", (status) => {
    const findings = triage(fleetWithSickNode({ database: { id: DATABASE, status } }));
    expect(findings).toEqual([
      { kind: "database-down", resource: DATABASE, cause: "database-unreachable", evidence: [`RDS says that the database is ${status}`] },
    ]);
  });

  test("even when no node is sick yet", () => {
    expect(triage(healthyFleet({ database: { id: DATABASE, status: "failed" } })).map(({ kind }) => kind)).toEqual(["database-down"]);
  });

  test.each(["available", "backing-up", "modifying", "upgrading", "storage-optimization"])("not while RDS is %s, when connections are accepted", (status) => {
    expect(triage(healthyFleet({ database: { id: DATABASE, status } }))).toEqual([]);
  });

  test("when RDS finds it available and no node reaches it", () => {
    const findings = triage(healthyFleet({ nodes: [cutOff("database"), cutOff("database", SECOND)] }));
    expect(findings).toEqual([
      {
        kind: "database-down",
        resource: DATABASE,
        cause: "database-unreachable",
        evidence: [`${FIRST} can't reach the database`, `${SECOND} can't reach the database`],
      },
    ]);
  });

  test("when the one node that is asked can't reach it and the others do not say", () => {
    const silent = node({ instanceId: SECOND, probe: { kind: "unknown", because: "the agent does not answer" } });
    expect(triage(healthyFleet({ nodes: [cutOff("database"), silent] })).map(({ cause }) => cause)).toEqual(["database-unreachable"]);
  });

  test("not when one node, even one out of service, still reaches it", () => {
    const waiting = node({ instanceId: THIRD, lifecycle: "Standby", target: null });
    const silent = node({ instanceId: SECOND, probe: { kind: "not-asked" } });
    expect(triage(healthyFleet({ nodes: [cutOff("database"), silent, waiting] })).map(({ cause }) => cause)).toEqual(["node-cut-off"]);
  });

  test("not by the word of a node that serves", () => {
    const serving = node({ probe: reports({ database: "unreachable" }) });
    expect(triage(healthyFleet({ nodes: [serving, node({ instanceId: SECOND, probe: { kind: "not-asked" } })] }))).toEqual([]);
  });

  test("not in a fleet that has none", () => {
    expect(
      triage(healthyFleet({ database: null, nodes: [cutOff("database"), node({ instanceId: SECOND, probe: { kind: "not-asked" } })] })).map(
        ({ cause }) => cause,
      ),
    ).toEqual(["node-cut-off"]);
  });
});

describe("a storage that is down hides what it does to the nodes", () => {
  test("when no node reaches it", () => {
    const findings = triage(healthyFleet({ nodes: [cutOff("storage"), cutOff("storage", SECOND)] }));
    expect(findings).toEqual([
      {
        kind: "fleet-sick",
        resource: GROUP,
        cause: "storage-unreachable",
        evidence: [`${FIRST} can't reach the package storage`, `${SECOND} can't reach the package storage`],
      },
    ]);
  });

  test("after the database, which is the likelier of the two", () => {
    const nodes = [cutOff("storage"), cutOff("storage", SECOND)];
    expect(triage(healthyFleet({ nodes, database: { id: DATABASE, status: "failed" } })).map(({ cause }) => cause)).toEqual(["database-unreachable"]);
  });
});

describe("all nodes sick at once", () => {
  const both = [sickNode(), sickNode({ instanceId: SECOND, probe: reports({ ping: { kind: "timeout" } }) })];

  test("is one finding about the fleet, with each node's own explanation", () => {
    expect(triage(healthyFleet({ nodes: both }))).toEqual([
      {
        kind: "fleet-sick",
        resource: GROUP,
        cause: "all-nodes-sick",
        evidence: [`${FIRST}: ${CAUSES["service-down"].words}`, `${SECOND}: ${CAUSES["service-hangs"].words}`],
      },
    ]);
  });

  test("does not count a node that is only being admitted", () => {
    const admitted = node({ instanceId: THIRD, lifecycle: "Pending:Wait", target: null });
    expect(triage(healthyFleet({ nodes: [...both, admitted] })).map(({ cause }) => cause)).toEqual(["all-nodes-sick"]);
  });

  test("is not one of a single node: somebody has to revive it", () => {
    expect(triage(healthyFleet({ nodes: [sickNode()] })).map(({ cause }) => cause)).toEqual(["service-down"]);
  });

  test("is not one when an instance is gone: the group sees to that", () => {
    expect(triage(healthyFleet({ nodes: [sickNode(), node({ instanceId: SECOND, ec2: "terminated" })] })).map(({ cause }) => cause)).toEqual([
      "service-down",
      "instance-gone",
    ]);
  });

  test("is not one while a single node serves", () => {
    expect(triage(healthyFleet({ nodes: [...both, node({ instanceId: THIRD })] })).map(({ kind }) => kind)).toEqual(["node-sick", "node-sick"]);
  });
});

describe("a cause read off a record", () => {
  test("is the one of the table", () => {
    expect(causeOf("service-down")).toBe(CAUSES["service-down"]);
  });

  test.each(["sunspots", "constructor", "toString"])("that is not in the table (%s) leads to no action", (name) => {
    expect(causeOf(name)).toEqual({ shared: true, ladder: [], words: name });
  });

  test("is treated cheapest first, and never where it is shared", () => {
    for (const { shared, ladder } of Object.values(CAUSES)) {
      if (shared) expect(ladder).toEqual([]);
      expect([...ladder]).toEqual((["restart-service", "replace-node"] as const).filter((runbook) => (ladder as readonly string[]).includes(runbook)));
    }
  });
});
