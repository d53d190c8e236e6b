import { MARK } from "@steward/core/retention/marks";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FIRST, NOW, slotRecord } from "../builders.ts";
import { type Mood, ours } from "./cloud.ts";
import { liveThrough, order, type Place, place, progress } from "./lives.ts";

const QUIESCE: Mood["quiesce"][] = ["works", "refuses", "late", "breaks"];
const THAW: Mood["thaw"][] = ["works", "breaks"];
const CREATE: Mood["create"][] = ["works", "lost", "never arrives", "refused", "throttled", "empty"];
const MOODS = QUIESCE.flatMap((quiesce) => THAW.flatMap((thaw) => CREATE.map((create) => ({ quiesce, thaw, create }))));

/** What must be so wherever the process was killed, and whatever EC2 and the server answer. */
function hold({ sky, slots, ...where }: Place, because: unknown): void {
  expect({ because, sets: sky.snapshots.length }).toEqual({ because, sets: Math.min(1, sky.snapshots.length) });
  for (const { id, tags } of sky.snapshots)
    expect({ because, honest: tags[MARK.consistency] !== "application" || sky.still.has(id) }).toEqual({ because, honest: true });
  const [record] = slots();
  if (record?.state === "made") expect({ because, ids: record.snapshotIds }).toEqual({ because, ids: sky.snapshots.map(({ id }) => id) });
  if (record?.state === "made") expect({ because, says: sky.snapshots[0]?.tags[MARK.consistency] }).toEqual({ because, says: record.consistency });
  expect({ because, progress: ["done", "impossible", "due"] }).toMatchObject({
    progress: expect.arrayContaining([progress({ sky, slots, ...where }, order()).kind]),
  });
}

/** Without a kill, nobody asks the server to stand still without letting it go afterwards. */
const letsGo = (calls: readonly string[]): boolean =>
  calls.lastIndexOf(`thaw ${FIRST}`) > calls.lastIndexOf(`quiesce ${FIRST}`) || !calls.includes(`quiesce ${FIRST}`);

describe.each(MOODS)("with %o", (mood) => {
  test("killed at any place, once, there is at most one set, and it is what it says", async () => {
    const undisturbed = place(mood);
    const places = await liveThrough(undisturbed, order());
    hold(undisturbed, "no kill");
    expect(letsGo(undisturbed.sky.calls)).toBe(true);
    for (let killAt = 0; killAt < Math.min(places, 40); killAt++) {
      const where = place(mood);
      await liveThrough(where, order(), [killAt]);
      hold(where, { killAt });
      expect(letsGo(where.sky.calls)).toBe(true);
    }
  });
});

test("killed again and again, a set that EC2 gave up on is made again once", async () => {
  const always = fc.asyncProperty(fc.array(fc.nat({ max: 24 }), { maxLength: 6 }), fc.constantFrom(...QUIESCE), async (kills, quiesce) => {
    const where = place({ quiesce }, [ours(NOW, { id: "broken", state: "error" })]);
    where.slots().push(slotRecord({ at: NOW, snapshotIds: ["broken"] }));
    await liveThrough(where, order({ instead: 1 }), kills, "again/1.1");
    expect(where.slots()).toMatchObject([{ state: "made" }]);
    expect(where.sky.snapshots.filter(({ state }) => state !== "error").map(({ id }) => id)).toEqual(where.slots()[0]?.snapshotIds);
  });
  await fc.assert(always, { numRuns: 200 });
});

test("killed again and again, there is one set in the end", async () => {
  const always = fc.asyncProperty(
    fc.array(fc.nat({ max: 24 }), { maxLength: 6 }),
    fc.constantFrom(...QUIESCE),
    fc.constantFrom(...THAW),
    async (kills, quiesce, thaw) => {
      const where = place({ quiesce, thaw });
      await liveThrough(where, order(), kills);
      hold(where, kills);
      expect(where.slots()).toMatchObject([{ state: "made" }]);
      expect(where.sky.snapshots).toHaveLength(1);
    },
  );
  await fc.assert(always, { numRuns: 200 });
});
