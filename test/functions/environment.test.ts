import { fromEnvironment } from "@steward/functions/lambda/environment";
import { afterEach, expect, test, vi } from "vitest";

const ALL = { STEWARD_STAGE: "demo", STEWARD_ACCOUNT: "123456789012", AWS_REGION: "eu-central-1" };
const within = (variables: Record<string, string | undefined>) => {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
};
afterEach(() => vi.unstubAllEnvs());

test("reads the stage and the place from the environment, and knows the alarms of the stage", () => {
  within(ALL);
  const { stage, place, alarms } = fromEnvironment();
  expect({ stage, place }).toEqual({ stage: "demo", place: { account: "123456789012", region: "eu-central-1" } });
  expect([...alarms]).toContain("steward-demo-unhealthy-hosts");
});

test.each(Object.keys(ALL))("does not start without %s, and says what must be set and who sets it", (name) => {
  within({ ...ALL, [name]: undefined });
  expect(fromEnvironment).toThrow("STEWARD_STAGE, STEWARD_ACCOUNT and AWS_REGION must be set");
  within({ [name]: "" });
  expect(fromEnvironment).toThrow("must be set");
});
