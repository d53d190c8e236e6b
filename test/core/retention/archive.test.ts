import { planRetention } from "@steward/core/retention/plan";
import type { Snapshot } from "@steward/core/retention/snapshot";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ago, hence, NOW } from "../builders.ts";
import { type World, worlds } from "./arbitrary.ts";
import { daily, FORMER_VOLUME, facts, foreign, lineOf, policy, shot, VOLUME } from "./builders.ts";

const by = policy({ schedules: [daily({ daily: 7, monthly: 24 })], floor: 2, archive: { afterDays: 60 } });
/** The last of a month that is over since long. */
const old = (but: Parameters<typeof shot>[0] = {}): Snapshot => shot({ slot: new Date("2025-12-31T00:00:00.000Z"), ...but });
const newer = [shot({ slot: ago({ hours: 3 }) }), shot({ slot: ago({ hours: 27 }) })];
const verdictOn = (asked: Snapshot, given: Parameters<typeof lineOf>[1] = {}) => lineOf(asked, { by, among: newer, ...given }).verdict;

describe("into the archive belongs", () => {
  test("what is old enough and kept for 90 days more", () => {
    expect(lineOf(old(), { by, among: newer })).toMatchObject({ verdict: "archive", rule: "schedule" });
  });

  test("what a person made to be kept that long, or for ever", () => {
    const byHand = (dueAt: Date | null) => old({ schedules: ["by-hand"], dueAt });
    expect(verdictOn(byHand(hence({ days: 90 })))).toBe("archive");
    expect(verdictOn(byHand(null))).toBe("archive");
    expect(verdictOn(byHand(hence({ days: 89 })))).toBe("keep");
  });

  test.each<[string, Snapshot, Parameters<typeof lineOf>[1]]>([
    ["what is younger", shot({ slot: new Date("2026-03-31T00:00:00.000Z") }), {}],
    ["what goes before 90 days are over", old(), { by: policy({ ...by, schedules: [daily({ monthly: 4 })] }) }],
    ["what a former schedule made", old({ schedules: ["former"], dueAt: hence({ days: 300 }) }), {}],
    ["what the floor holds", old(), { among: newer.slice(1) }],
    ["the newest that was proven", old({ tags: { "steward:proven": "2026-01-01" } }), {}],
    ["what somebody holds", old({ tags: { "steward:hold": "" } }), {}],
    ["what is locked", old({ lock: { mode: "governance", until: hence({ days: 1 }) } }), {}],
    ["what an image rests on", old(), { images: [{ imageId: "ami-1", state: "disabled", snapshotIds: [old().id] }] }],
    ["what a launch template names", old(), { templates: [{ templateId: "lt-1", version: "1", snapshotIds: [old().id] }] }],
    ["what a proof has failed with", old({ tags: { "steward:proof-failed": "a database is not whole" } }), {}],
    ["what is still being made", old({ state: "pending" }), {}],
    ["what is in the Recycle Bin", old({ state: "recoverable" }), {}],
    ["what is of another volume", old({ volumeId: FORMER_VOLUME, dueAt: null }), {}],
    ["what is not ours", foreign(), {}],
    ["what is there", old({ tier: "archive", tiering: { status: "archival-completed", archivedAt: ago({ days: 100 }) } }), {}],
    ["what somebody put there unasked", old({ tier: "archive" }), {}],
    ["what is on its way", old({ tiering: { status: "archival-in-progress", archivedAt: null } }), {}],
    ["anything unless the settings say so", old(), { by: policy({ ...by, archive: null }) }],
  ])("not %s", (_what, asked, given) => {
    expect(verdictOn(asked, given)).toBe("keep");
  });
});

describe("what is in the archive", () => {
  const due = (archivedAt: Date) => old({ tier: "archive", tiering: { status: "archival-completed", archivedAt } });
  const few = policy({ schedules: [daily({ daily: 2 })], floor: 1 });

  test("stays for the 90 days that are paid for, though it is due", () => {
    expect(lineOf(due(ago({ days: 89 })), { by: few, among: newer })).toMatchObject({
      verdict: "keep",
      rule: "archived",
      because: "in the archive since 2026-02-04 03:00 UTC, for 90 days at least",
      dueAt: hence({ days: 1 }),
    });
    expect(lineOf(due(ago({ days: 90 })), { by: few, among: newer })).toMatchObject({ verdict: "delete" });
  });

  test("stays while it is on its way there", () => {
    const onItsWay = old({ tiering: { status: "archival-in-progress", archivedAt: null } });
    expect(lineOf(onItsWay, { by: few, among: newer })).toMatchObject({ verdict: "keep", rule: "archived", because: "EC2 is moving it into the archive" });
  });

  test("takes its place in its schedule, and nobody's in the floor", () => {
    const archived = newer.map((one) => ({ ...one, tier: "archive" as const }));
    const two = policy({ schedules: [daily({ count: 2 })], floor: 1 });
    expect(lineOf(old(), { by: two, among: archived })).toMatchObject({ verdict: "keep", rule: "floor" });
    expect(lineOf(old({ slot: ago({ days: 300 }), id: "snap-third" }), { by: two, among: [...archived, old()] })).toMatchObject({ verdict: "delete" });
  });
});

const atHand = ({ facts: { snapshots }, now }: World, gone: ReadonlySet<string>) =>
  snapshots.filter(
    ({ id, state, volumeId, tier, startedAt }) => state === "completed" && tier === "standard" && volumeId === VOLUME && startedAt <= now && !gone.has(id),
  );

test("whatever is archived and deleted, the newest that can be restored at once stay as many as the floor says", () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const lines = planRetention(world.facts, world.policy, world.now);
      const changed = new Set(lines.filter(({ verdict }) => verdict !== "keep").map(({ snapshotId }) => snapshotId));
      const ours = new Set(lines.filter(({ rule }) => rule !== "not-ours").map(({ snapshotId }) => snapshotId));
      const slots = (all: Snapshot[]) =>
        new Set(all.filter(({ id, tiering }) => ours.has(id) && tiering === undefined).map(({ tags }) => tags["steward:slot"])).size;
      const before = slots(atHand(world, new Set()));
      expect(slots(atHand(world, changed))).toBeGreaterThanOrEqual(Math.min(before, world.policy.floor));
    }),
    { numRuns: 1000 },
  );
});

test("switching the archive on or off deletes nothing more and nothing less", () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const deleted = (archive: { afterDays: number } | null) =>
        planRetention(world.facts, { ...world.policy, archive }, world.now).flatMap(({ verdict, snapshotId }) => (verdict === "delete" ? [snapshotId] : []));
      expect(deleted({ afterDays: 1 })).toEqual(deleted(null));
    }),
    { numRuns: 500 },
  );
});

test("once it is on its way nothing is archived again", () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const archived = new Set(
        planRetention(world.facts, world.policy, world.now).flatMap(({ verdict, snapshotId }) => (verdict === "archive" ? [snapshotId] : [])),
      );
      const moving = { status: "archival-in-progress", archivedAt: null };
      const snapshots = world.facts.snapshots.map((one) => (archived.has(one.id) ? { ...one, tiering: moving } : one));
      const again = planRetention(facts(snapshots, { ...world.facts, snapshots }), world.policy, world.now);
      expect(again.filter(({ verdict, snapshotId }) => verdict === "archive" && archived.has(snapshotId))).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test("the plan's moment is the one that counts", () => {
  expect(verdictOn(old(), { now: NOW })).toBe("archive");
});
