import type { FleetFacts } from "@steward/core/fleet/facts";
import { isWell, StatusReport, statusOf } from "@steward/core/fleet/status";
import { describe, expect, test } from "vitest";
import { FIRST, fleetWithSickNode, healthyFleet, incident, NOW, runRecord, SECOND } from "../builders.ts";
import { before, policyFor } from "../first-deploy/founding.ts";

const pair = policyFor("ha");
const status = (but: Partial<FleetFacts> = {}) => statusOf(healthyFleet(but), pair);

describe("the status of a stage", () => {
  test("counts who serves, and keeps what nodes say of themselves to itself", () => {
    const seen = statusOf(fleetWithSickNode(), pair);
    expect(seen).toMatchObject({ stage: "demo", at: NOW, topology: "ha", capacity: 2, serving: 1, firstDeploy: null });
    expect(seen.nodes.map(({ instanceId, serving }) => [instanceId, serving])).toEqual([
      [FIRST, false],
      [SECOND, true],
    ]);
    expect(JSON.stringify(seen)).not.toContain("probe");
  });

  test("reads back as itself, during a first deploy too", () => {
    for (const facts of [healthyFleet(), before("ha", "secrets")]) {
      const seen = statusOf(facts, pair);
      expect(StatusReport.parse(JSON.parse(JSON.stringify(seen)))).toEqual(seen);
    }
    expect(statusOf(before("ha", "secrets"), pair).firstDeploy?.find(({ state }) => state === "now")?.id).toBe("secrets");
  });

  test("has the runs that are under way, and no others", () => {
    expect(status({ runs: [runRecord(), runRecord({ name: "over", endedAt: NOW })] }).runs.map(({ name }) => name)).toEqual([runRecord().name]);
  });

  test("is well when nobody has to look", () => {
    expect(isWell(status())).toBe(true);
  });

  test.each<[string, FleetFacts]>([
    ["too few serve", fleetWithSickNode()],
    ["a first deploy is under way", { ...before("ha"), desired: null }],
    ["an incident is open", healthyFleet({ incidents: [incident()] })],
    ["something can't be read", healthyFleet({ unread: [{ what: "the group", because: "throttled" }] })],
  ])("is not well when %s", (_when, facts) => {
    expect(isWell(statusOf(facts, pair))).toBe(false);
  });
});
