import { SCENARIO_IDS, topologiesOf } from "@steward/cli/scenarios/summaries";
import { simulate } from "@steward/cli/simulation/simulate";
import { TOPOLOGIES } from "@steward/core/topology/topology";
import { describe, expect, test } from "vitest";

const SEEDS = [1, 2, 3];

const played = SCENARIO_IDS.flatMap((scenario) => topologiesOf(scenario).map((topology) => ({ scenario, topology })));

/** Every scenario ends as it says it must, whatever the seed; a failing one names the command that plays it again. */
describe.each(played)("scenario $scenario in $topology", ({ scenario, topology }) => {
  test.each(SEEDS)("ends as it should with seed %i", async (seed) => {
    const result = await simulate({ topology, scenario, seed });
    const replay = `npx steward simulate --topology ${topology} --scenario ${scenario} --seed ${seed}`;
    expect({ replay, broken: result.expectations.filter(({ held }) => !held), violated: result.invariants.violated }).toEqual({
      replay,
      broken: [],
      violated: [],
    });
    expect(result.ok).toBe(true);
  });
});

test.each(TOPOLOGIES)("the same seed gives the same bytes in %s", async (topology) => {
  const request = { topology, scenario: "node-hangs", seed: 11 } as const;
  const [first, second] = [await simulate(request), await simulate(request)];
  expect(JSON.stringify(second)).toBe(JSON.stringify(first));
});

test("another seed gives another world", async () => {
  const [one, two] = [await simulate({ topology: "ha", scenario: "quiet", seed: 1 }), await simulate({ topology: "ha", scenario: "quiet", seed: 2 })];
  expect(two.nodes.map(({ id }) => id)).not.toEqual(one.nodes.map(({ id }) => id));
});
