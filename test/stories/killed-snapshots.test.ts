import type { Stage } from "@steward/cli/simulation/stage";
import { describe, expect, test } from "vitest";
import { ask, during, leftBehind, NOTHING_LEFT, openKeeping, putOld, setsOf } from "./keeping-world.ts";

const SEED = 1;
/** A second snapshot of a volume is refused within 15 s of the one before. */
const APART = { seconds: 20 };

/** Right before or right after this checkpoint of the run is stored, counted from 0. */
interface Kill {
  index: number;
  when: "before" | "after";
}

/** How many checkpoints the run of a request makes when nobody is killed. */
async function checkpointsOf(stage: Stage, act: () => Promise<unknown>): Promise<number> {
  let count = 0;
  stage.world.lambda.faults.killAround = ({ index }) => {
    count = Math.max(count, index + 1);
    return undefined;
  };
  await act();
  delete stage.world.lambda.faults.killAround;
  return count;
}

/** Kills each once; answers those that the run did not come to. */
function killAt({ world: { lambda } }: Stage, kills: readonly Kill[], request: string): Kill[] {
  const left = [...kills];
  lambda.faults.killAround = ({ execution, index }) => (execution.includes(request) && index === left[0]?.index ? left.shift()?.when : undefined);
  return left;
}

const takeNow = (stage: Stage, id: string) => ask(stage, "snapshot-now", { keepDays: 30 }, id);
const slotOfRun = (stage: Stage, id: string): Date | undefined =>
  stage.chronicle.slots.find(({ key }) => key.includes(`-${id}-`) || key.includes(`request-${id}`))?.slot;

async function expectOneSet(stage: Stage, id: string): Promise<void> {
  const outcome = await takeNow(stage, id);
  await stage.run(APART);
  expect({ id, outcome, sets: setsOf(stage, slotOfRun(stage, id)) }).toMatchObject({ id, outcome: "done", sets: [{ isTrue: true }] });
}

const first = await openKeeping(SEED);
const taking = await checkpointsOf(first, () => takeNow(first, "count"));
const every = Array.from({ length: taking }, (_, index) => index);
const PER_WORLD = 5;
const worlds = every.filter((index) => index % PER_WORLD === 0).map((from) => ({ from, kills: every.slice(from, from + PER_WORLD) }));

describe("a run that takes snapshots makes one set of its slot, truly called, though it is killed", () => {
  test.each(worlds)("around checkpoint $from and those after it", async ({ kills }) => {
    const stage = await openKeeping(SEED);
    for (const index of kills)
      for (const when of ["before", "after"] as const) {
        const left = killAt(stage, [{ index, when }], `k${index}-${when}`);
        await expectOneSet(stage, `k${index}-${when}`);
        expect(left).toEqual([]);
      }
    delete stage.world.lambda.faults.killAround;
    await stage.run({ minutes: 1 });
    expect(leftBehind(stage)).toEqual(NOTHING_LEFT);
  });
});

/** Calls of the function that takes them, from the first word to the node on. */
const STEPS = ["SendCommand", "GetCommandInvocation", "PutItem", "CreateSnapshots", "CreateTags"];

/** The environment dies as its nth call of these leaves: the call takes effect, and nobody hears of it. Answers whether it came to that. */
function killAtCall(stage: Stage, nth: number): () => boolean {
  let seen = -1;
  const end = during(stage, ({ operation, principal: { functionName } }) => {
    if (functionName !== "steward-demo-remediate" || !STEPS.includes(operation)) return;
    if (seen < 0 && operation !== "SendCommand") return;
    seen += 1;
    if (seen === nth) stage.world.lambda.killAll(functionName);
  });
  return () => {
    end();
    return seen >= nth;
  };
}

describe("a run that takes snapshots makes one set of its slot, truly called, though its function dies within the step", () => {
  test.each([0, 4, 8])("as one of its calls leaves, from the %ith on", async (from) => {
    const stage = await openKeeping(SEED);
    for (const nth of [from, from + 1, from + 2, from + 3]) {
      const happened = killAtCall(stage, nth);
      await expectOneSet(stage, `c${nth}`);
      expect({ nth, happened: happened() }).toEqual({ nth, happened: true });
    }
    await stage.run({ minutes: 1 });
    expect(leftBehind(stage)).toEqual(NOTHING_LEFT);
  });
});

/** Slow enough for a pruning of two invocations. */
const SLOWLY = { pruning: { perSecond: 1 } };
const DUE = 70;

const second = await openKeeping(SEED, SLOWLY);
putOld(second, DUE);
const pruning = await checkpointsOf(second, () => ask(second, "prune-snapshots", {}, "count"));
/** Where the two after it are there too, however the clock stands. */
const everyThird = Array.from({ length: pruning - 2 }, (_, index) => index).filter((index) => index % 3 === 0);

/** All that was due has gone, once, and nothing else has; the schedule may have begun a pruning of its own while the other was down. */
async function expectPruned(stage: Stage, kept: string[]): Promise<void> {
  expect(await ask(stage, "prune-snapshots", {}, "killed")).toMatch(/^(done|refused)$/);
  await stage.waitFor(() => stage.nothingRuns && stage.chronicle.prunings.some(({ endedAt }) => endedAt !== null), { minutes: 15 });
  expect(stage.snapshots.map(({ id }) => id)).toEqual(kept);
  expect(stage.chronicle.prunings.filter(({ status, failures, deferred }) => status !== "done" || failures + deferred > 0)).toEqual([]);
  await stage.run({ minutes: 1 });
  expect(leftBehind(stage)).toEqual(NOTHING_LEFT);
}

describe("a pruning deletes what is due and nothing else", () => {
  test.each(everyThird)("killed around checkpoint %i and the two after it", async (index) => {
    const stage = await openKeeping(SEED, SLOWLY);
    const kept = stage.snapshots.map(({ id }) => id);
    putOld(stage, DUE);
    const kills = (["before", "after", "before"] as const).map((when, nth) => ({ index: index + nth, when }));
    const left = killAt(stage, kills, "killed");
    await expectPruned(stage, kept);
    expect(left.length).toBeLessThan(kills.length);
  });

  test("killed in the middle of it, as deletions leave", async () => {
    const stage = await openKeeping(SEED, SLOWLY);
    const kept = stage.snapshots.map(({ id }) => id);
    putOld(stage, DUE);
    const kills = [0, 1, 12, 40, DUE - 1];
    let deletions = 0;
    during(stage, ({ operation, principal: { functionName } }) => {
      if (operation === "DeleteSnapshot" && functionName !== undefined && kills.includes(deletions++)) stage.world.lambda.killAll(functionName);
    });
    await expectPruned(stage, kept);
    expect(deletions).toBeGreaterThanOrEqual(DUE);
  });
});
