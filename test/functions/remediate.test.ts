import { LocalDurableTestRunner } from "@aws/durable-execution-sdk-js-testing";
import { remediate } from "@steward/functions/remediate";
import { afterAll, beforeAll, expect, test } from "vitest";
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
