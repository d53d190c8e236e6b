import { SCENARIO_SUMMARIES, type ScenarioId } from "@steward/cli/scenarios/summaries";
import { simulate } from "@steward/cli/simulation/simulate";
import { describe, expect, test } from "vitest";

const SEEDS = [1, 2, 3];

/** Every scenario ends as it says it must, whatever the seed; a failing one names the command that plays it again. */
describe.each(Object.keys(SCENARIO_SUMMARIES) as ScenarioId[])("scenario %s", (scenario) => {
  test.each(SEEDS)("ends as it should with seed %i", async (seed) => {
    const result = await simulate({ topology: "ha", scenario, seed });
    const replay = `npx steward simulate --scenario ${scenario} --seed ${seed}`;
    expect({ replay, broken: result.expectations.filter(({ held }) => !held), violated: result.invariants.violated }).toEqual({
      replay,
      broken: [],
      violated: [],
    });
    expect(result.ok).toBe(true);
  });
});

test("the same seed gives the same bytes", async () => {
  const request = { topology: "ha", scenario: "node-hangs", seed: 11 } as const;
  const [first, second] = [await simulate(request), await simulate(request)];
  expect(JSON.stringify(second)).toBe(JSON.stringify(first));
});

test("another seed gives another world", async () => {
  const [one, two] = [await simulate({ topology: "ha", scenario: "quiet", seed: 1 }), await simulate({ topology: "ha", scenario: "quiet", seed: 2 })];
  expect(two.nodes.map(({ id }) => id)).not.toEqual(one.nodes.map(({ id }) => id));
});
