import type { FleetFacts, NodeFacts } from "@steward/core/fleet/facts";
import { defaultPolicy, policyOf } from "@steward/core/fleet/policy";
import { deviations, unexplained } from "@steward/core/health/deviations";
import { describe, expect, test } from "vitest";
import { ago, FIRST, GROUP, healthyFleet, incident, node, runRecord, SECOND, sickNode, THIRD } from "../builders.ts";

const group = healthyFleet().group;
const beside = (but: Partial<NodeFacts>): Partial<FleetFacts> => ({ nodes: [...healthyFleet().nodes, node({ instanceId: THIRD, target: null, ...but })] });
const short: Partial<FleetFacts> = { nodes: [node()] };

describe("the fleet differs from what was declared", () => {
  test.each<[string, Partial<FleetFacts>, string]>([
    ["when too few nodes serve", short, "1 of 2 nodes serve"],
    ["when the group wants more", { group: { ...group, desired: 3 } }, "the group's desired capacity is 3, 2 are declared"],
    ["when a node is in Standby", beside({ lifecycle: "Standby" }), `${THIRD} is in Standby`],
    ["when a node runs outside of the group", beside({ lifecycle: null }), `${THIRD} runs, and the group does not have it`],
  ])("%s", (_when, but, words) => {
    expect(deviations(healthyFleet(but), defaultPolicy)).toEqual([words]);
  });

  test.each<[string, Partial<FleetFacts>]>([
    ["when all is well", {}],
    ["for a young instance that the group does not list yet", beside({ lifecycle: null, launchedAt: ago({ minutes: 1 }) })],
    ["for an instance that ends", beside({ lifecycle: null, ec2: "shutting-down" })],
    ["for a node that comes up beside enough others", beside({ lifecycle: "Pending:Wait" })],
  ])("not %s", (_when, but) => {
    expect(deviations(healthyFleet(but), defaultPolicy)).toEqual([]);
  });
});

describe("a single server differs from what was declared", () => {
  const mute = { state: "unavailable", reason: "the agent does not answer" } as const;
  test.each<[string, Partial<FleetFacts>, string[]]>([
    [
      "when it waits in its launch hook for what only a human brings",
      { nodes: [node({ lifecycle: "Pending:Wait", target: null })] },
      ["no server is in service", `${FIRST} waits in its launch hook for the data volume and the address`],
    ],
    ["when it serves nobody", { nodes: [sickNode()] }, ["the server serves nobody"]],
    ["when it can't be asked", { nodes: [node({ target: mute })] }, [`${FIRST} can't be asked whether it serves (the agent does not answer)`]],
    [
      "when its address is with another",
      { nodes: [node()], address: { allocationId: "eipalloc-1", instanceId: SECOND } },
      [`${FIRST} serves, and the address is with ${SECOND}`],
    ],
    [
      "when its address is with nobody",
      { nodes: [node()], address: { allocationId: "eipalloc-1", instanceId: null } },
      [`${FIRST} serves, and the address is with nobody`],
    ],
    ["not when it has its address", { nodes: [node()], address: { allocationId: "eipalloc-1", instanceId: FIRST } }, []],
    ["when the group wants another number", { nodes: [node()], group: { ...group, desired: 0 } }, ["the group's desired capacity is 0, 1 is declared"]],
  ])("%s", (_when, but, words) => {
    expect(deviations(healthyFleet({ group: { ...group, desired: 1 }, ...but }), policyOf("single"))).toEqual(words);
  });
});

describe("a deviation is told", () => {
  const found = (but: Partial<FleetFacts>) => unexplained(healthyFleet(but), defaultPolicy);

  test("with its evidence when nothing explains it", () => {
    expect(found(short)).toEqual([{ kind: "fleet-differs", resource: GROUP, cause: "fleet-differs", evidence: ["1 of 2 nodes serve"] }]);
  });

  test.each<[string, Partial<FleetFacts>]>([
    ["while an incident is open", { ...short, incidents: [incident()] }],
    ["while somebody's request runs", { ...short, runs: [runRecord({ subject: "request-patch-1" })] }],
    ["of a sick node, which is told by itself", { nodes: [sickNode(), node({ instanceId: SECOND })] }],
  ])("not %s", (_while, but) => {
    expect(found(but)).toEqual([]);
  });

  test("although an incident about what is kept is open", () => {
    expect(found({ ...short, incidents: [incident({ kind: "snapshot-missing" })] })).toHaveLength(1);
  });

  test("once the request has ended", () => {
    expect(found({ ...short, runs: [runRecord({ subject: "request-patch-1", endedAt: ago({ minutes: 1 }) })] })).toHaveLength(1);
  });
});

describe("a first deploy is no deviation", () => {
  const young = (instanceId: string, but: Partial<NodeFacts> = {}) =>
    node({ instanceId, launchedAt: ago({ minutes: 6 }), lifecycle: "Pending:Wait", target: null, ...but });
  const found = (...nodes: NodeFacts[]) => unexplained(healthyFleet({ nodes }), defaultPolicy);

  test("while nothing was launched, or all that was comes up", () => {
    expect(unexplained(healthyFleet({ nodes: [], group: { ...group, desired: 0 }, desired: null }), defaultPolicy)).toEqual([]);
    expect(found(young(FIRST), young(SECOND))).toEqual([]);
    expect(found(young(FIRST, { lifecycle: "InService", target: { state: "healthy", reason: null } }), young(SECOND))).toEqual([]);
  });

  test.each<[string, NodeFacts[]]>([
    ["a fleet without nodes", []],
    ["a young fleet that loses a node", [young(FIRST), young(SECOND, { lifecycle: "Terminating:Wait" })]],
    ["a young fleet that has lost one", [young(FIRST, { lifecycle: "InService" }), young(SECOND, { launchedAt: ago({ minutes: 1 }) })]],
    ["a young fleet with a node outside of the group", [young(FIRST), young(SECOND, { lifecycle: null })]],
    ["a fleet that does not come up", [young(FIRST, { launchedAt: ago({ minutes: 30 }) }), young(SECOND, { launchedAt: ago({ minutes: 30 }) })]],
  ])("but %s is", (_what, nodes) => {
    expect(found(...nodes)).toHaveLength(1);
  });

  test("but a fleet on which something is in effect and that somebody sized to nothing is", () => {
    expect(unexplained(healthyFleet({ nodes: [], group: { ...group, desired: 0 } }), defaultPolicy)).toHaveLength(1);
  });

  test("but a young fleet of which the group wants another number is", () => {
    expect(unexplained(healthyFleet({ nodes: [young(FIRST)], group: { ...group, desired: 1 } }), defaultPolicy)).toHaveLength(1);
  });
});
