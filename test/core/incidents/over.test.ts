import type { FleetFacts } from "@steward/core/fleet/facts";
import { defaultPolicy } from "@steward/core/fleet/policy";
import type { Incident } from "@steward/core/incidents/incident";
import { isOver } from "@steward/core/incidents/over";
import { describe, expect, test } from "vitest";
import { DATABASE, FIRST, GROUP, healthyFleet, node, reports, SECOND, sickNode, THIRD } from "../builders.ts";

const replaced = [node({ instanceId: SECOND }), node({ instanceId: THIRD })];
const about = {
  node: { kind: "node-sick", resource: FIRST },
  database: { kind: "database-down", resource: DATABASE },
  fleet: { kind: "fleet-sick", resource: GROUP },
  admission: { kind: "admission-failed", resource: GROUP },
  deviation: { kind: "fleet-differs", resource: GROUP },
} satisfies Record<string, Pick<Incident, "kind" | "resource">>;

describe("an incident is over", () => {
  test.each<[string, keyof typeof about, Partial<FleetFacts>]>([
    ["when its node serves again", "node", {}],
    ["when its node serves beside another, whatever ails a third", "node", { nodes: [node(), sickNode({ instanceId: SECOND }), node({ instanceId: THIRD })] }],
    ["when its node is unknown and two others serve", "node", { nodes: replaced }],
    ["when its node is terminated and two others serve", "node", { nodes: [...replaced, sickNode({ lifecycle: null, ec2: "terminated" })] }],
    ["when the database is back and every node in service serves", "database", {}],
    [
      "when the fleet serves, whatever waits beside it",
      "fleet",
      { nodes: [node(), node({ instanceId: SECOND }), node({ instanceId: THIRD, lifecycle: "Pending:Wait", target: null })] },
    ],
    ["when enough nodes got in after all", "admission", {}],
    ["when the fleet is as declared", "deviation", {}],
  ])("%s", (_when, which, but) => {
    expect(isOver(about[which], healthyFleet(but), defaultPolicy)).toBe(true);
  });
});

describe("an incident is not over", () => {
  test.each<[string, keyof typeof about, Partial<FleetFacts>]>([
    ["while something can't be read", "node", { unread: [{ what: "the targets", because: "throttled" }] }],
    ["while the group goes on trying", "admission", { nodes: [...replaced, node({ lifecycle: "Pending:Wait", target: null })] }],
    ["while the group wants more than was declared", "admission", { group: { ...healthyFleet().group, desired: 3 } }],
    ["while a node is in Standby", "deviation", { nodes: [...replaced, node({ lifecycle: "Standby", target: null })] }],
    ["while fewer nodes serve than should", "node", { nodes: [node({ instanceId: SECOND })] }],
    ["while its node is sick beside two that serve", "node", { nodes: [sickNode(), ...replaced] }],
    ["while its node waits in Standby beside two that serve", "node", { nodes: [node({ lifecycle: "Standby", target: null }), ...replaced] }],
    ["while its node is being let go beside two that serve", "node", { nodes: [node({ lifecycle: "Terminating:Wait", target: null }), ...replaced] }],
    ["while the database still is down by RDS's word", "database", { database: { id: DATABASE, status: "failed" } }],
    ["while a node in service does not serve yet", "database", { nodes: [...replaced, sickNode({ probe: reports({ database: "unreachable" }) })] }],
    ["while a node in service still gets its first checks", "fleet", { nodes: [...replaced, node({ target: { state: "initial", reason: null } })] }],
  ])("%s", (_while, which, but) => {
    expect(isOver(about[which], healthyFleet(but), defaultPolicy)).toBe(false);
  });
});
