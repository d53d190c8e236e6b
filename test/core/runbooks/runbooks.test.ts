import { requestIntent } from "@steward/core/apply/remediate";
import type { NodeFacts } from "@steward/core/fleet/facts";
import { defaultPolicy } from "@steward/core/fleet/policy";
import { RUNBOOKS } from "@steward/core/runbooks/registry";
import { RUNBOOK_IDS, type RunbookId } from "@steward/core/runbooks/runbook";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fleets } from "../arbitrary-fleet.ts";
import { ago, attempt, FIRST, healthyFleet, ME, node, SECOND, sickNode, THIRD } from "../builders.ts";

const INPUTS: Record<RunbookId, unknown> = {
  "restart-service": { instanceId: FIRST },
  "replace-node": { instanceId: FIRST },
  "admit-node": { instanceId: FIRST, hook: "steward-demo-admit" },
  "retire-node": { instanceId: FIRST, hook: "steward-demo-retire" },
};

const plan = (id: RunbookId, input: unknown = INPUTS[id], nodes: NodeFacts[] = healthyFleet().nodes) => {
  const { steps, otherwise } = RUNBOOKS[id].plan(RUNBOOKS[id].input.parse(input), healthyFleet({ nodes }), defaultPolicy);
  return { steps: steps.map(({ because: _because, ...step }) => step), otherwise: otherwise.map(({ because: _because, ...step }) => step) };
};

describe("the plan", () => {
  test("of a restart is one step", () => {
    expect(plan("restart-service")).toEqual({ steps: [{ do: "restart-service", instanceId: FIRST }], otherwise: [] });
  });

  test("of replacing a sick node takes it out first, so that the group launches a stand-in", () => {
    expect(plan("replace-node", INPUTS["replace-node"], [sickNode(), node({ instanceId: SECOND })]).steps).toEqual([
      { do: "isolate", instanceId: FIRST, keepDesired: true },
      { do: "retire", instanceId: FIRST },
    ]);
  });

  test("of replacing a node that nobody sees takes it out first", () => {
    expect(plan("replace-node", { instanceId: THIRD }).steps[0]).toEqual({ do: "isolate", instanceId: THIRD, keepDesired: true });
  });

  test("of replacing a node that serves brings its stand-in up first", () => {
    expect(plan("replace-node").steps).toEqual([
      { do: "set-desired-capacity", desired: 3 },
      { do: "isolate", instanceId: FIRST, keepDesired: false },
      { do: "retire", instanceId: FIRST },
    ]);
  });

  test("of an admission lets the node in once it has converged, or sends it away", () => {
    const hook = { do: "complete-lifecycle", instanceId: FIRST, hook: "steward-demo-admit" };
    expect(plan("admit-node")).toEqual({
      steps: [
        { do: "converge", instanceId: FIRST },
        { ...hook, result: "CONTINUE" },
      ],
      otherwise: [{ ...hook, result: "ABANDON" }],
    });
  });

  test("of an admission of a stand-in remembers first whom it stands in for", () => {
    const replacing = attempt({ runbook: "replace-node", resource: SECOND, outcome: "running", endedAt: null, startedAt: ago({ days: 1000 }) });
    const { steps } = RUNBOOKS["admit-node"].plan(INPUTS["admit-node"], healthyFleet({ attempts: [replacing] }), defaultPolicy);
    expect(steps[0]).toMatchObject({ do: "remember-lineage", instanceId: FIRST, ancestor: SECOND });
  });

  test("of an admission of a node that nobody sees has no lineage to remember", () => {
    expect(plan("admit-node", { instanceId: THIRD, hook: "h" }).steps.map((step) => step.do)).toEqual(["converge", "complete-lifecycle"]);
  });

  test("of a retirement lets the node go even when it can't finish its work", () => {
    const go = { do: "complete-lifecycle", instanceId: FIRST, hook: "steward-demo-retire", result: "CONTINUE" };
    expect(plan("retire-node")).toEqual({ steps: [{ do: "drain", instanceId: FIRST }, go], otherwise: [go] });
  });
});

describe.each(RUNBOOK_IDS)("%s", (id) => {
  const runbook = RUNBOOKS[id];

  test("is found under its own name, in words for people", () => {
    expect(runbook.id).toBe(id);
    for (const words of [runbook.summary, runbook.impact]) expect(words).toMatch(/^[A-Z].*\.$/);
  });

  test("takes an instance and nothing that it does not know", () => {
    expect(runbook.input.safeParse(INPUTS[id]).success).toBe(true);
    for (const wrong of [{}, { ...(INPUTS[id] as object), instanceId: "node-1" }, { ...(INPUTS[id] as object), force: true }])
      expect(runbook.input.safeParse(wrong).success).toBe(false);
  });

  test("plans only the changes that it declares, each aimed at its node and with a reason, whatever the fleet looks like", () => {
    const declared = fc.property(fleets, (facts) => {
      const { steps, otherwise } = runbook.plan(runbook.input.parse(INPUTS[id]), facts, defaultPolicy);
      for (const step of [...steps, ...otherwise]) {
        expect(runbook.changes).toContain(step.do);
        if ("instanceId" in step) expect(step.instanceId).toBe(FIRST);
        expect(step.because).not.toBe("");
      }
    });
    fc.assert(declared);
  });

  test("weighs on the guards as much when a person asks for it", () => {
    const input = INPUTS[id] as Record<string, unknown>;
    expect(requestIntent({ runbook: id, input }, ME)).toEqual({ runbook: id, instanceId: FIRST, disrupts: runbook.disrupts, execution: ME, resumes: false });
    expect(() => requestIntent({ runbook: id, input: { instanceId: "all of them" } }, null)).toThrow();
  });
});

test("nothing that puts one server in the place of another may run on a single one", () => {
  expect(RUNBOOK_IDS.filter((id) => RUNBOOKS[id].topologies.includes("single"))).toEqual(["restart-service", "retire-node"]);
  expect(RUNBOOK_IDS.filter((id) => RUNBOOKS[id].topologies.includes("ha"))).toEqual(RUNBOOK_IDS);
});

test("only what takes nobody's node out of service goes without the fleet's lease", () => {
  expect(RUNBOOK_IDS.filter((id) => RUNBOOKS[id].disrupts)).toEqual(["restart-service", "replace-node"]);
});
