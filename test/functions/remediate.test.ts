import { LocalDurableTestRunner } from "@aws/durable-execution-sdk-js-testing";
import type { RunSubject } from "@steward/core/apply/order";
import { Retryable } from "@steward/core/errors";
import { remediate } from "@steward/functions/remediate";
import { afterAll, beforeAll, expect, test } from "vitest";
import { attempt, FIRST, fleetWithSickNode, healthyFleet, incident, NOW, THIRD } from "../core/builders.ts";
import { aRuntime } from "./a-runtime.ts";
import { endOf, RUN, TALES } from "./tales.ts";

beforeAll(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: true }));
afterAll(() => LocalDurableTestRunner.teardownTestEnvironment());

/** The other opinion, on the simulator's model of the service, is in `test/stories/second-opinion.test.ts`. */
test.each(Object.entries(TALES))("%s ends as told on the durable SDK's own runner", async (_name, { subject, fleet, end }) => {
  const { runtime, fake } = aRuntime(fleet());
  const runner = new LocalDurableTestRunner({ handlerFunction: remediate(runtime) });
  const execution = await runner.run({ payload: { name: RUN, subject } });
  const status = execution.getStatus() as "SUCCEEDED" | "FAILED";
  const result = status === "SUCCEEDED" ? execution.getResult() : execution.getError().errorMessage;
  expect(endOf(fake, { status, result })).toEqual(end);
});

test("what a run was at when it broke off has failed, and nothing else", async () => {
  const others = [attempt({ run: "demo-run-0", outcome: "running", endedAt: null }), attempt({ run: RUN, runbook: "replace-node" })];
  const { runtime, fake } = aRuntime(fleetWithSickNode({ incidents: [incident()], attempts: others }));
  fake.world.actuators["restart-service"] = () => Promise.reject(new Retryable("throttled"));
  const runner = new LocalDurableTestRunner({ handlerFunction: remediate(runtime) });
  await runner.run({ payload: { name: RUN, subject: { kind: "incident", id: incident().id, of: "node-sick", resource: FIRST } } });
  expect(fake.state.attempts.slice(0, 2)).toEqual(others);
  expect(fake.state.attempts.slice(2)).toEqual([
    expect.objectContaining({ run: RUN, runbook: "restart-service", outcome: "failed", endedAt: NOW, because: "the run broke off: throttled" }),
  ]);
});

const request = (runbook: "first-deploy" | "restart-service", input: Record<string, unknown>) =>
  ({ kind: "request", id: "42", runbook, input, because: "asked for" }) as const;

test.each<[string, RunSubject, boolean]>([
  ["a first deploy", { kind: "first-deploy" }, true],
  ["a stage of it by request", request("first-deploy", {}), true],
  ["another request", request("restart-service", { instanceId: THIRD }), false],
])("Image Builder is asked for %s", async (_what, subject, builds) => {
  const looks = new Set<boolean>();
  const { runtime } = aRuntime(healthyFleet(), ({ observer }) => ({
    observer: {
      facts: (look) => {
        looks.add(look.builds);
        return observer.facts(look);
      },
    },
  }));
  const runner = new LocalDurableTestRunner({ handlerFunction: remediate(runtime) });
  await runner.run({ payload: { name: RUN, subject } });
  expect([...looks]).toEqual([builds]);
});
