import { MARK } from "@steward/core/retention/marks";
import { expect, test } from "vitest";
import { expectedKept, forecast, type MadeSet, SCHEDULES, setOf } from "./snapshot-oracle.ts";
import { openYear, type Weather } from "./snapshot-year.ts";

const HOURS = 8_760;
const HOUR_MS = 3_600_000;
const SEED = Number(process.env.STEWARD_YEAR_SEED ?? 1);
const REPLAY = `STEWARD_YEAR_SEED=${SEED} npx vitest run --project stories test/stories/snapshot-year.test.ts`;
/** A pruning every hour would find one snapshot at a time, and take the test twice as long. */
const PRUNED_EVERY_HOURS = 12;

type Year = Awaited<ReturnType<typeof openYear>>;

const ours = ({ world }: Year) => [...world.ec2.snapshots.items.values()].filter(({ tags }) => tags[MARK.stage] === "demo");

/** The hour has the one set that its weather allows, or none; answers it. */
function expectSet(year: Year, { slot, weather, before }: { slot: Date; weather: Weather; before: readonly MadeSet[] }): MadeSet[] {
  const made = ours(year).filter(({ tags }) => tags[MARK.slot] === slot.toISOString());
  const seen = made.map(({ tags, state, appConsistent }) => ({
    schedules: tags[MARK.schedules]?.split(" "),
    state,
    consistency: tags[MARK.consistency],
    isTrue: appConsistent || tags[MARK.consistency] === "crash",
  }));
  const expected = setOf(slot, weather, before);
  const wanted = expected.map(({ schedules, state, consistency }) => ({ schedules, state, consistency, isTrue: true }));
  expect({ replay: REPLAY, slot, weather, seen }).toEqual({ replay: REPLAY, slot, weather, seen: wanted });
  return expected.map((set) => ({ ...set, id: made[0]?.id ?? "" }));
}

/** What is left is what the rules keep of everything that was ever made. */
function expectKept(year: Year, sets: readonly MadeSet[]): void {
  const [left, kept] = [ours(year), expectedKept(sets, new Date())];
  const unwanted = left.flatMap(({ id, tags }) => (kept.has(id) ? [] : [tags[MARK.slot]]));
  const lost = sets.filter(({ id }) => kept.has(id) && !left.some((snapshot) => snapshot.id === id));
  expect({ replay: REPLAY, at: new Date(), unwanted, lost }).toEqual({ replay: REPLAY, at: new Date(), unwanted: [], lost: [] });
}

/** The schedule's ticks of five minutes would mostly find nothing new: each hour is looked at once, and again while no set has come of it. */
test("a year of hourly snapshots in bad weather leaves exactly those that its rules keep, and no slot without one that could have had it", async () => {
  const year = await openYear(SEED, SCHEDULES);
  const first = Math.ceil(Date.now() / HOUR_MS) * HOUR_MS;
  const forecastOf = forecast(SEED);
  const sets: MadeSet[] = [];
  for (let nth = 0; nth < HOURS; nth++) {
    const isChecked = nth % 168 === 167 || nth === HOURS - 1;
    const [slot, weather] = [new Date(first + nth * HOUR_MS), forecastOf(isChecked)];
    await year.keeper.hour(slot, weather, nth % PRUNED_EVERY_HOURS === 0 || isChecked);
    sets.push(...expectSet(year, { slot, weather, before: sets }));
    if (isChecked) expectKept(year, sets);
  }
  expect(sets.length).toBeGreaterThan(HOURS / 2);
  expect(year.keeper.told).not.toContain("pruning-stopped");
}, 300_000);
