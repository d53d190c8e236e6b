import type { Snapshot, SnapshotFacts } from "@steward/core/retention/snapshot";
import { snapshotAge } from "@steward/core/snapshots/age";
import { expect, test } from "vitest";

const NOW = new Date("2026-03-01T12:30:00Z");
const HOUR = 3_600;

const snapshot = (slot: string, but: Partial<Snapshot> = {}): Snapshot => ({
  id: `snap-${slot.replace(/\D/g, "")}`,
  volumeId: "vol-1",
  state: "completed",
  stateMessage: null,
  startedAt: new Date(slot),
  sizeGib: 500,
  tier: "standard",
  lock: null,
  tags: { "steward:stage": "demo", "steward:volume": "data", "steward:schedules": "hourly", "steward:slot": slot, ...but.tags },
  ...(({ tags: _tags, ...rest }) => rest)(but),
});
const ageOf = (snapshots: Snapshot[], but: Partial<SnapshotFacts> = {}) =>
  snapshotAge({ stage: "demo", at: NOW, volumeId: "vol-1", volumes: ["vol-1"], snapshots, images: [], templates: [], needed: [], ...but }, NOW);

const old = snapshot("2026-03-01T10:00:00.000Z");

test("the age is that of the newest slot, whenever its snapshot was made", () => {
  const late = snapshot("2026-03-01T12:00:00.000Z", { startedAt: new Date("2026-03-01T12:25:00Z") });
  expect(ageOf([old, late])).toBe(HOUR / 2);
  expect(ageOf([late, old])).toBe(HOUR / 2);
});

test.each<[string, Partial<Snapshot>]>([
  ["on its way", { state: "pending" }],
  ["failed", { state: "error" }],
  ["not Steward's", { tags: { "steward:stage": "prod" } }],
  ["of another volume", { volumeId: "vol-2" }],
  ["one with which a proof failed", { tags: { "steward:proof-failed": "the database is torn" } }],
])("one that is %s does not count", (_what, but) => {
  expect(ageOf([old, snapshot("2026-03-01T12:00:00.000Z", but)])).toBe(2.5 * HOUR);
});

test("before there is one there is no age, and one from the future has none either", () => {
  expect(ageOf([])).toBeUndefined();
  expect(ageOf([old], { volumeId: null })).toBeUndefined();
  expect(ageOf([snapshot("2026-03-01T13:00:00.000Z")])).toBeUndefined();
  expect(ageOf([old, snapshot("2036-03-01T13:00:00.000Z")])).toBe(2.5 * HOUR);
});
