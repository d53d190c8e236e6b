import { createActuators } from "@steward/aws/actuators";
import type { AutoScaling } from "@steward/aws/auto-scaling";
import type { Nodes } from "@steward/aws/nodes";
import { Retryable } from "@steward/core/errors";
import type { Change, Step, StepContext } from "@steward/core/runbooks/steps";
import { CHANGE_GRANTS } from "@steward/core/topology/grants";
import { expect, test } from "vitest";

const NOW = new Date("2026-01-05T09:00:00.000Z");
const context: StepContext = { key: "run/1", epoch: 3, notAfter: new Date(NOW.getTime() + 60_000) };
const instanceId = "i-0123456789abcdef0";

function recorded() {
  const calls: unknown[][] = [];
  const verb =
    (name: string) =>
    (...given: unknown[]) => {
      calls.push([name, ...given]);
      return Promise.resolve();
    };
  const autoScaling = {
    enterStandby: verb("enterStandby"),
    setDesiredCapacity: verb("setDesiredCapacity"),
    completeLifecycle: verb("completeLifecycle"),
    terminate: verb("terminate"),
  };
  const actuators = createActuators({
    autoScaling: autoScaling as unknown as AutoScaling,
    nodes: { command: verb("command") } as unknown as Nodes,
    ledger: { rememberLineage: verb("rememberLineage") as (a: string, b: string) => Promise<void> },
    now: () => NOW,
  });
  const act = (step: Step, given = context) => (actuators[step.do] as (step: Step, context: StepContext) => Promise<void>)(step, given);
  return { calls, act, actuators };
}

const because = "a test";
const table: [Step, unknown[]][] = [
  [{ do: "restart-service", instanceId, because }, ["command", [instanceId], "restart", context]],
  [{ do: "converge", instanceId, because }, ["command", [instanceId], "converge", context]],
  [{ do: "drain", instanceId, because }, ["command", [instanceId], "drain", context]],
  [{ do: "isolate", instanceId, keepDesired: true, because }, ["enterStandby", expect.objectContaining({ instanceId, keepDesired: true })]],
  [{ do: "set-desired-capacity", desired: 3, because }, ["setDesiredCapacity", 3]],
  [{ do: "remember-lineage", instanceId, ancestor: "i-0fedcba9876543210", because }, ["rememberLineage", instanceId, "i-0fedcba9876543210"]],
  [
    { do: "complete-lifecycle", instanceId, hook: "h", result: "ABANDON", because },
    ["completeLifecycle", expect.objectContaining({ instanceId, hook: "h", result: "ABANDON" })],
  ],
  [{ do: "retire", instanceId, because }, ["terminate", instanceId]],
];

test.each(table)("$do becomes one verb of one adapter", async (step, call) => {
  const { calls, act } = recorded();
  await act(step);
  expect(calls).toEqual([call]);
});

test.each(table)("$do does not begin after its time", async (step) => {
  const { calls, act } = recorded();
  await expect(act(step, { ...context, notAfter: new Date(NOW.getTime() - 1) })).rejects.toBeInstanceOf(Retryable);
  expect(calls).toEqual([]);
});

test("every change has an actuator and a grant, and the table above covers all", () => {
  const changes = Object.keys(CHANGE_GRANTS).toSorted() as Change[];
  expect(Object.keys(recorded().actuators).toSorted()).toEqual(changes);
  expect(table.map(([step]) => step.do).toSorted()).toEqual(changes);
});
