import { after, before } from "@steward/core/apply/duration";
import type { FleetFacts } from "@steward/core/fleet/facts";
import { marksOf } from "@steward/core/retention/marks";
import type { Snapshot, SnapshotFacts } from "@steward/core/retention/snapshot";
import { coveredUntil, dueOrder, type Outlook } from "@steward/core/snapshots/due";
import type { SlotRecord } from "@steward/core/snapshots/slot-record";
import { slotOf } from "@steward/core/snapshots/slots";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { singleSettings } from "../../settings.ts";
import { ago, healthyFleet, hence, justAfter, NOW, slotRecord } from "../builders.ts";
import { dataVolume, ours, VOLUME } from "./cloud.ts";

const policy = singleSettings().snapshots;
const MIDNIGHT = new Date("2026-05-04T00:00:00.000Z");

const seen = (snapshots: Snapshot[] = []): SnapshotFacts => ({
  stage: "demo",
  at: NOW,
  volumeId: VOLUME,
  volumes: [VOLUME],
  snapshots,
  images: [],
  templates: [],
  needed: [],
});
const outlook = (snapshots: Snapshot[], but: Partial<FleetFacts> = {}): Outlook => ({
  fleet: healthyFleet({ dataVolume, ...but }),
  seen: seen(snapshots),
  volumeId: VOLUME,
});
const due = (snapshots: Snapshot[], but: Partial<FleetFacts> = {}, now = NOW) => dueOrder(outlook(snapshots, but), policy, now);

/** Made a minute ago. */
const record = (but: Partial<SlotRecord> = {}) => slotRecord({ at: ago({ minutes: 1 }), ...but });
const all = ours(MIDNIGHT, { schedules: ["hourly", "daily", "weekly"] });

describe("a set of snapshots", () => {
  test("is due for all schedules where there is none, for the newest slot of them", () => {
    expect(due([])).toEqual({ slot: NOW, schedules: ["hourly", "daily", "weekly"] });
  });

  test("is due for those alone whose newest slot has none", () => {
    expect(due([all])).toEqual({ slot: NOW, schedules: ["hourly"] });
    expect(due([all], {}, hence({ hours: 21 }))).toEqual({ slot: hence({ hours: 21 }), schedules: ["hourly", "daily"] });
  });

  test("is not due where every schedule has one for its newest slot, being made or finished", () => {
    expect(due([all, ours(NOW)])).toBeUndefined();
    expect(due([all, ours(NOW, { state: "pending" })])).toBeUndefined();
    expect(due([all, ours(NOW)], {}, hence({ minutes: 59 }))).toBeUndefined();
  });

  test("is due although somebody has given one a slot that is yet to come", () => {
    const tomorrow = hence({ days: 1 });
    expect(due([all, ours(tomorrow)])).toMatchObject({ schedules: ["hourly"] });
    expect(due([all], { slots: [record({ slot: tomorrow, state: "made" })] })).toMatchObject({ schedules: ["hourly"] });
  });

  test.each<[string, Partial<Snapshot>]>([
    ["failed", { state: "error" }],
    ["was deleted and lies in the bin", { state: "recoverable" }],
    ["is another volume's", { volumeId: "vol-2" }],
    ["is somebody else's", { tags: { "steward:stage": "prod" } }],
    ["is another schedule's", { schedules: ["daily"] } as object],
  ])("is due although there is one, which %s", (_which, but) => {
    expect(due([all, ours(NOW, but)])).toMatchObject({ schedules: ["hourly"] });
  });

  test("is not due again while EC2 does not show yet what the ledger says was made; that is believed for half an hour", () => {
    expect(due([all], { slots: [record()] })).toBeUndefined();
    expect(due([all], { slots: [record({ at: before(NOW, { minutes: 29 }) })] })).toBeUndefined();
    const late = due([all], { slots: [record({ at: NOW })] }, hence({ minutes: 30 }));
    expect(late).toBeUndefined();
    expect(due([all], { slots: [record({ slot: ago({ hours: 1 }) })] })).toEqual({ slot: NOW, schedules: ["hourly"] });
  });

  test.each<[string, Partial<SlotRecord>, Snapshot[], Date | undefined]>([
    ["as far as nothing is seen of it", {}, [], NOW],
    ["while nothing else is seen of it than that it is there", {}, [ours(NOW, { id: "snap-1", tags: { "steward:stage": "" } })], NOW],
    ["although another one failed", {}, [ours(NOW, { id: "snap-2", state: "error" })], NOW],
    ["unless it failed", {}, [ours(NOW, { id: "snap-1", state: "error" })], undefined],
    ["unless it is another volume's", { volumeId: "vol-old" }, [], undefined],
    ["unless it is another schedule's", { schedules: ["daily"] }, [], undefined],
    ["unless it failed at once", { state: "failed" }, [], undefined],
    ["until half an hour after it was made, to the millisecond", { at: justAfter(ago({ minutes: 30 })) }, [], NOW],
    ["for half an hour and no longer", { at: ago({ minutes: 30 }) }, [], undefined],
  ])("covers its slot by the ledger's word, %s", (_far, but, snapshots, until) => {
    expect(coveredUntil("hourly", outlook(snapshots, { slots: [record(but)] }), NOW)).toEqual(until);
  });

  test("of another volume, or of which EC2 says that it failed, is none by the ledger's word either", () => {
    const old = record({ volumeId: "vol-old", slot: MIDNIGHT, schedules: ["daily"] });
    const noDaily = ours(MIDNIGHT, { schedules: ["hourly", "weekly"] });
    expect(due([noDaily, ours(NOW)], { slots: [old] })).toEqual({ slot: NOW, schedules: ["daily"] });
  });
});

describe("a slot that is used up", () => {
  test("because its snapshot failed for the third time is made up for in the next hour", () => {
    const failed = ours(NOW, { id: "snap-1", state: "error" });
    const slots = [record({ attempt: 3 })];
    expect(due([all, failed], { slots }, hence({ minutes: 59 }))).toBeUndefined();
    expect(due([all, failed], { slots }, hence({ hours: 1 }))).toEqual({ slot: hence({ hours: 1 }), schedules: ["hourly"] });
  });

  test("because another schedule had it alone is made up for in the present hour", () => {
    const hourly = ours(MIDNIGHT, { schedules: ["hourly", "weekly"] });
    const slots = [record({ slot: MIDNIGHT })];
    expect(due([hourly, ours(NOW)], { slots })).toEqual({ slot: NOW, schedules: ["daily"] });
    expect(due([hourly, ours(NOW)], { slots: [...slots, record()] })).toBeUndefined();
  });

  test("because it lies half a day back is made up for in the present hour, to the millisecond", () => {
    const daily = singleSettings({ snapshots: { schedules: [{ id: "daily", everyHours: 24, keep: { count: 3 } }] } }).snapshots;
    const noon = after(MIDNIGHT, { hours: 12 });
    expect(dueOrder(outlook([]), daily, noon)).toEqual({ slot: MIDNIGHT, schedules: ["daily"] });
    expect(dueOrder(outlook([]), daily, justAfter(noon))).toEqual({ slot: noon, schedules: ["daily"] });
  });
});

describe("a set that EC2 gave up on", () => {
  const failed = ours(NOW, { id: "snap-1", state: "error" });

  test.each([
    [1, 5],
    [2, 10],
  ])("after attempt %d is made again in its slot after %d minutes, to the millisecond", (attempt, minutes) => {
    const slots = [record({ attempt, at: NOW })];
    expect(due([all, failed], { slots }, before(hence({ minutes }), { seconds: 0.001 }))).toBeUndefined();
    expect(due([all, failed], { slots }, hence({ minutes }))).toEqual({ slot: NOW, schedules: ["hourly"], instead: attempt });
  });

  test("is not made again where a good one of the slot is there, nor while the next one is not shown yet", () => {
    const slots = [record({ at: NOW })];
    expect(due([all, failed, ours(NOW, { id: "snap-2" })], { slots }, hence({ minutes: 20 }))).toBeUndefined();
    const again = [record({ attempt: 2, at: hence({ minutes: 5 }), snapshotIds: ["snap-2"] })];
    expect(due([all, failed], { slots: again }, hence({ minutes: 30 }))).toBeUndefined();
  });

  test("is left to the next slot once that has come", () => {
    expect(due([all, failed], { slots: [record({ at: NOW })] }, hence({ hours: 1 }))).toEqual({ slot: hence({ hours: 1 }), schedules: ["hourly"] });
  });

  test("of another volume is none of this one's", () => {
    expect(due([all, failed], { slots: [record({ volumeId: "vol-old", at: NOW })] }, hence({ minutes: 20 }))).toBeUndefined();
  });

  test("in the hour in which it was made up for is made again there", () => {
    const noDaily = ours(MIDNIGHT, { schedules: ["hourly", "weekly"] });
    const slots = [record({ slot: MIDNIGHT, snapshotIds: ["snap-0"] }), record({ at: NOW })];
    const seen = [noDaily, ours(NOW, { id: "snap-9", schedules: ["hourly"] }), { ...failed, tags: { ...failed.tags, "steward:schedules": "daily" } }];
    expect(due(seen, { slots }, hence({ minutes: 10 }))).toEqual({ slot: NOW, schedules: ["daily"], instead: 1 });
  });
});

describe("an attempt that failed", () => {
  test.each([
    [1, 5],
    [3, 15],
  ])("for the %d. time is repeated after %d minutes, to the millisecond", (attempt, minutes) => {
    const slots = [record({ state: "failed", attempt, at: NOW, snapshotIds: [] })];
    expect(due([all], { slots }, before(hence({ minutes }), { seconds: 0.001 }))).toBeUndefined();
    expect(due([all], { slots }, hence({ minutes }))).toEqual({ slot: NOW, schedules: ["hourly"] });
  });

  test.each(["claimed", "creating"] as const)("without a word, %s, is gone on with under its own slot", (state) => {
    expect(due([all], { slots: [record({ state, snapshotIds: [] })] })).toEqual({ slot: NOW, schedules: ["hourly"] });
  });
});

test("however often and in whatever order it is asked, there is one order for each slot, and every schedule is covered in the end", () => {
  const moments = fc.array(fc.integer({ min: 0, max: 72 * 60 }), { minLength: 1, maxLength: 60 });
  const schedules = fc.uniqueArray(fc.constantFrom(1, 2, 6, 12, 24, 168), { minLength: 1, maxLength: 4 });
  const once = fc.property(moments, schedules, (minutes, hours) => {
    const settings = singleSettings({
      snapshots: { schedules: hours.map((everyHours) => ({ id: `h${everyHours}`, everyHours, keep: { count: 3 } })) },
    }).snapshots;
    const taken: Snapshot[] = [];
    for (const minute of minutes.toSorted((a, b) => a - b)) {
      const now = hence({ minutes: minute });
      const order = dueOrder(outlook(taken), settings, now);
      if (order) taken.push(ours(order.slot, { schedules: order.schedules }));
      expect(dueOrder(outlook(taken), settings, now)).toBeUndefined();
      for (const { id, everyHours } of settings.schedules)
        expect(taken.some((one) => marksOf(one, "demo")?.schedules.includes(id) && new Date(one.tags["steward:slot"] ?? 0) >= slotOf(everyHours, now))).toBe(
          true,
        );
    }
    const slots = taken.map(({ tags }) => tags["steward:slot"]);
    expect(new Set(slots).size).toBe(slots.length);
  });
  fc.assert(once);
});
