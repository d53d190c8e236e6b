import { fromEnvironment } from "@steward/functions/lambda/environment";
import { afterEach, expect, test, vi } from "vitest";

const ALL = { STEWARD_STAGE: "demo", STEWARD_ACCOUNT: "123456789012", STEWARD_TOPOLOGY: "ha", AWS_REGION: "eu-central-1" };
const within = (variables: Record<string, string | undefined>) => {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
};
afterEach(() => vi.unstubAllEnvs());

test("reads the stage, the place and where to call from the environment", () => {
  within(ALL);
  expect(fromEnvironment()).toEqual({
    stage: "demo",
    topology: "ha",
    place: { account: "123456789012", region: "eu-central-1" },
    clients: { region: "eu-central-1" },
  });
});

test.each(Object.keys(ALL))("does not start without %s, and says what must be set and who sets it", (name) => {
  within({ ...ALL, [name]: undefined });
  expect(fromEnvironment).toThrow(/STEWARD_STAGE, STEWARD_ACCOUNT, .*AWS_REGION must be set/);
  within({ [name]: "" });
  expect(fromEnvironment).toThrow("must be set");
});
