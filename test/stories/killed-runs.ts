import type { SimulatedAccount } from "@steward/simulator/simulated-account";
import { describe, expect, test } from "vitest";
import { expectWell, nodeHangs } from "./killed-world.ts";

/** The runs that the story of a hung node consists of, in the order in which they begin. */
type RunKind = "incident" | "admission" | "retirement";
type When = "before" | "after";

/** The environment dies right before or right after this checkpoint of the run (counted from 0) is stored. */
interface Kill {
  index: number;
  when: When;
}

/** Which kills are spread over which worlds. */
interface Sweep {
  /** Checkpoints from one kill to the next one in the same world: enough for the run to be well on its way again. */
  apart: number;
  /** What each world's first kill is; both together kill every checkpoint before it is stored and after it is. */
  first: readonly When[];
}

const SEED = 1;

/** Tells the story of a hung node once per world, one run of it killed in each; all must end as if nobody had been. */
export async function describeKilled(run: RunKind, { apart, first }: Sweep): Promise<void> {
  const checkpoints = (await countCheckpoints())[run];
  const worlds = first.flatMap((when) => worldsOf(checkpoints, when, apart)).map((kills) => ({ kills, words: kills.map(words).join(", ") }));
  describe(`the ${run} run of a hung node ends well though it is killed`, () => {
    test.each(worlds)("$words", async ({ kills }) => {
      const left = await play(run, kills);
      expect(left.length).toBeLessThan(kills.length);
      for (const kill of left) expect(await play(run, [kill])).toEqual([]);
    });
  });
}

/** Every checkpoint is in one world, before and after by turns. */
function worldsOf(checkpoints: number, first: When, apart: number): Kill[][] {
  const starts = range(Math.min(apart, checkpoints));
  return starts.map((start) =>
    range(Math.ceil((checkpoints - start) / apart)).map((nth) => ({ index: start + nth * apart, when: nth % 2 === 0 ? first : other(first) })),
  );
}

/** One world. Answers the kills that it did not come to: a run that lost time looks less often, and makes fewer checkpoints. */
async function play(run: RunKind, kills: readonly Kill[]): Promise<Kill[]> {
  const left = [...kills];
  expectWell(await nodeHangs(SEED, (world) => killRun(world, run, left)));
  return left;
}

const other = (when: When): When => (when === "before" ? "after" : "before");
const range = (length: number): number[] => Array.from({ length }, (_, index) => index);
const words = ({ index, when }: Kill): string => `${when} checkpoint ${index}`;

/** Takes each kill off the list as it is done. */
function killRun({ lambda }: SimulatedAccount, run: RunKind, left: Kill[]): void {
  lambda.faults.killAround = ({ execution, index }) => (index === left[0]?.index && kindOf(execution) === run ? left.shift()?.when : undefined);
}

/** How many checkpoints each run makes when nobody is killed. */
async function countCheckpoints(): Promise<Record<RunKind, number>> {
  const counts: Record<RunKind, number> = { incident: 0, admission: 0, retirement: 0 };
  const stage = await nodeHangs(SEED, ({ lambda }) => {
    lambda.faults.killAround = ({ execution, index }) => {
      counts[kindOf(execution)] = index + 1;
      return undefined;
    };
  });
  expectWell(stage);
  return counts;
}

/** The ARN of an execution ends in `/<stage>-<kind>-…/<id>`. */
const kindOf = (execution: string): RunKind => execution.split("/").at(-2)?.split("-")[1] as RunKind;
