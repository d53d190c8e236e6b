import { Keeping } from "@steward/core/settings/schema";
import { fromEnvironment } from "@steward/functions/lambda/environment";
import { withKeeping } from "@steward/functions/lambda/keeping-environment";
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

const KEEPING = { snapshots: { schedules: [{ id: "daily", everyHours: 24, keep: { daily: 7 } }] }, images: {} };

test("what is kept is read where something is kept or pruned, with the defaults of the settings", () => {
  within({ ...ALL, STEWARD_KEEPING: JSON.stringify(KEEPING) });
  expect(withKeeping()).toEqual({ ...fromEnvironment(), keeping: Keeping.parse(KEEPING) });
});

test.each<[string, string | undefined, RegExp]>([
  ["nothing", undefined, /^STEWARD_KEEPING must be set: the deploy writes into it/],
  ["no text", "", /^STEWARD_KEEPING must be set/],
  ["another version's", '{"snapshots":{"forever":true},"images":{}}', /^STEWARD_KEEPING is not what a deploy of this version writes: .*schedules|forever/s],
])("where STEWARD_KEEPING says %s nothing starts: by a policy of nobody's nothing may be deleted", (_what, text, words) => {
  within({ ...ALL, STEWARD_KEEPING: text });
  expect(withKeeping).toThrow(words);
});
