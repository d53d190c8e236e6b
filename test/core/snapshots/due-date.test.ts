import { dueDateOf } from "@steward/core/snapshots/due-date";
import { expect, test } from "vitest";
import { singleSettings } from "../../settings.ts";

type Keep = ReturnType<typeof singleSettings>["snapshots"]["schedules"][number]["keep"];

const SLOT = new Date("2026-05-04T00:00:00.000Z");
const policy = (...keeps: Keep[]) =>
  singleSettings({ snapshots: { schedules: keeps.map((keep, index) => ({ id: `s${index}`, everyHours: 24, keep })) } }).snapshots;

test.each<[Keep, string]>([
  [{ count: 14 }, "2026-05-18"],
  [{ days: 30 }, "2026-06-03"],
  [{ hourly: 48 }, "2026-05-06"],
  [{ daily: 7 }, "2026-05-11"],
  [{ weekly: 8 }, "2026-06-29"],
  [{ monthly: 10 }, "2027-03-04"],
  [{ yearly: 2 }, "2028-05-04"],
  [{ count: 3, days: 10, daily: 5 }, "2026-05-14"],
  [{ count: 0 }, "2026-05-04"],
  [{}, "2026-05-04"],
])("what %o keeps is due on %s", (keep, due) => {
  expect(dueDateOf(SLOT, ["s0"], policy(keep))?.toISOString().slice(0, 10)).toBe(due);
});

test("a set of several schedules is due when the last of them lets go of it", () => {
  const settings = policy({ count: 2 }, { days: 90 }, { count: 5 });
  expect(dueDateOf(SLOT, ["s0", "s2"], settings)).toEqual(new Date("2026-05-09T00:00:00.000Z"));
  expect(dueDateOf(SLOT, ["s0", "s1", "s2"], settings)).toEqual(new Date("2026-08-02T00:00:00.000Z"));
});

test("what no schedule of the settings has made has no due date by them", () => {
  expect(dueDateOf(SLOT, ["former"], policy({ count: 2 }))).toBeNull();
});
