import { dateOf, MARK, marksOf } from "@steward/core/retention/marks";
import { planRetention, type RetentionLine } from "@steward/core/retention/plan";
import type { Snapshot } from "@steward/core/retention/snapshot";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deepFreeze } from "../deep-freeze.ts";
import { more, snapshots, type World, worlds } from "./arbitrary.ts";
import { deleted, foreign, VOLUME } from "./builders.ts";
import { firstRate, good, isKept, LABELS } from "./by-definition.ts";

const RUNS = { numRuns: 400 };
const planOf = ({ facts, policy, now }: World): RetentionLine[] => planRetention(facts, policy, now);
const withMore = (world: World, ...added: Snapshot[]): World => ({ ...world, facts: { ...world.facts, snapshots: [...world.facts.snapshots, ...added] } });
const without = (world: World, gone: string[]): World => ({
  ...world,
  facts: { ...world.facts, snapshots: world.facts.snapshots.filter(({ id }) => !gone.includes(id)) },
});
const pruned = (world: World): World => without(world, deleted(planOf(world)));
const verdicts = (lines: readonly RetentionLine[], but: string[] = []) =>
  lines.filter(({ snapshotId }) => !but.includes(snapshotId)).map(({ snapshotId, verdict, rule }) => `${snapshotId} ${verdict} ${rule}`);

/** A world and something that is added to it. */
const added = worlds.chain((world) => snapshots(world.now).map((one) => ({ world, one: { ...one, id: "snap-added" } })));

test("says what the definitions of the rules say", () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const expected = world.facts.snapshots.filter((snapshot) => !isKept(snapshot, world)).map(({ id }) => id);
      expect(deleted(planOf(world)).toSorted()).toEqual(expected.toSorted());
    }),
    { numRuns: 2000 },
  );
});

test("has one line for every snapshot, newest first, and changes nothing that it is given", () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const lines = planOf(deepFreeze(world));
      expect(lines.map(({ snapshotId }) => snapshotId).toSorted()).toEqual(world.facts.snapshots.map(({ id }) => id).toSorted());
      expect(lines.map(({ at }) => at.getTime())).toEqual(lines.map(({ at }) => at.getTime()).toSorted((a, b) => b - a));
    }),
    RUNS,
  );
});

test("is the same in whatever order the facts come", () => {
  const shuffled = <T>(all: T[]) => fc.shuffledSubarray(all, { minLength: all.length });
  const both = worlds.chain((world) =>
    fc
      .record({ snapshots: shuffled(world.facts.snapshots), images: shuffled(world.facts.images), templates: shuffled(world.facts.templates) })
      .map((facts) => ({ world, other: { ...world, facts: { ...world.facts, ...facts } } })),
  );
  fc.assert(
    fc.property(both, ({ world, other }) => {
      expect(planOf(other)).toEqual(planOf(world));
    }),
    RUNS,
  );
});

test("is due in the past where it deletes, and never in the past where it keeps", () => {
  fc.assert(
    fc.property(worlds, (world) => {
      for (const { verdict, dueAt } of planOf(world))
        expect(verdict === "keep" ? dueAt === null || dueAt > world.now : dueAt !== null && dueAt <= world.now).toBe(true);
    }),
    RUNS,
  );
});

test("deletes nothing more once it has been carried out", () => {
  fc.assert(
    fc.property(worlds, (world) => {
      expect(deleted(planOf(pruned(world)))).toEqual([]);
    }),
    { numRuns: 2000 },
  );
});

test("deletes the same of what is left when only part of it was carried out", () => {
  const halfway = worlds.chain((world) => fc.subarray(deleted(planOf(world))).map((gone) => ({ world, gone })));
  fc.assert(
    fc.property(halfway, ({ world, gone }) => {
      const left = deleted(planOf(world)).filter((id) => !gone.includes(id));
      expect(deleted(planOf(without(world, gone)))).toEqual(left);
    }),
    RUNS,
  );
});

test("deletes nothing more by settings that keep more", () => {
  fc.assert(
    fc.property(
      worlds.chain((world) => more(world.policy).map((policy) => ({ world, policy }))),
      ({ world, policy }) => {
        expect(deleted(planOf(world))).toEqual(expect.arrayContaining(deleted(planOf({ ...world, policy }))));
      },
    ),
    { numRuns: 2000 },
  );
});

describe("whatever the settings, it never deletes", () => {
  const never = (what: (snapshot: Snapshot, world: World) => boolean) =>
    fc.assert(
      fc.property(worlds, (world) => {
        const gone = deleted(planOf(world));
        for (const snapshot of world.facts.snapshots) if (what(snapshot, world)) expect(gone).not.toContain(snapshot.id);
      }),
      RUNS,
    );

  test("what is not ours", () => never((snapshot, { facts }) => marksOf(snapshot, facts.stage) === undefined));
  test("what is pending or in the Recycle Bin", () => never(({ state }) => state !== "completed" && state !== "error"));
  test("what is held", () => never(({ tags }) => MARK.hold in tags));
  test("what is held until a day to come, or until nobody knows when", () =>
    never(({ tags: { [MARK.holdUntil]: until } }, { now }) => until !== undefined && (dateOf(until) ?? Number.POSITIVE_INFINITY) > now));
  test("what is locked", () => never(({ lock }, { now }) => lock !== null && (lock.until === null || lock.until > now)));
  test("what an image rests on, or a template names", () =>
    never(({ id }, { facts }) => [...facts.images, ...facts.templates].some(({ snapshotIds }) => snapshotIds.includes(id))));
});

/** Slots of what is completed and ours, of one volume and class. */
const slotsOf = (
  world: World,
  among: (one: { marks: NonNullable<ReturnType<typeof marksOf>> }) => boolean,
  of: { volumeId: string; schedule?: string },
): Date[] =>
  world.facts.snapshots.flatMap((snapshot) => {
    const marks = snapshot.state === "completed" && snapshot.volumeId === of.volumeId ? marksOf(snapshot, world.facts.stage) : undefined;
    return marks && among({ marks }) && (!of.schedule || marks.schedules.includes(of.schedule)) ? [marks.slot] : [];
  });
const labelled = (slots: readonly Date[], label: (slot: Date) => string = (slot) => slot.toISOString()) => new Set(slots.map(label)).size;

test("never goes below the floor: not in all that is left of a volume, not in what is good, not in what was made with the database at rest", () => {
  fc.assert(
    fc.property(worlds, (world) => {
      for (const volumeId of new Set(world.facts.snapshots.map(({ volumeId }) => volumeId)))
        for (const among of [() => true, good, firstRate]) {
          const had = labelled(slotsOf(world, among, { volumeId }));
          expect(labelled(slotsOf(pruned(world), among, { volumeId }))).toBeGreaterThanOrEqual(Math.min(world.policy.floor, had));
        }
    }),
    RUNS,
  );
});

test("keeps as many as every number says, or all there are", () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const left = pruned(world);
      if (world.facts.volumeId === null) return;
      for (const { id: schedule, keep } of world.policy.schedules)
        for (const [index, n] of [keep.count, keep.hourly, keep.daily, keep.weekly, keep.monthly, keep.yearly].entries()) {
          const of = { volumeId: VOLUME, schedule };
          const had = labelled(slotsOf(world, good, of), LABELS[index]);
          expect(labelled(slotsOf(left, good, of), LABELS[index])).toBeGreaterThanOrEqual(Math.min(n ?? 0, had));
        }
    }),
    RUNS,
  );
});

test("says the same of all others beside one that is foreign, pending, failed or in the Recycle Bin, but of those that failed before", () => {
  fc.assert(
    fc.property(added, fc.constantFrom("foreign", "pending", "error", "recoverable"), ({ world, one }, kind) => {
      const bad: Snapshot = kind === "foreign" ? foreign({ id: one.id, startedAt: one.startedAt }) : { ...one, state: kind as Snapshot["state"] };
      const failed = kind === "error" ? world.facts.snapshots.filter(({ state }) => state === "error").map(({ id }) => id) : [];
      expect(verdicts(planOf(withMore(world, bad)), [one.id, ...failed])).toEqual(verdicts(planOf(world), failed));
    }),
    RUNS,
  );
});

test("keeps every good one all the same beside one with which a proof failed", () => {
  fc.assert(
    fc.property(added, ({ world, one }) => {
      const bad: Snapshot = { ...one, state: "completed", tags: { ...one.tags, [MARK.proofFailed]: "no page" } };
      const goods = world.facts.snapshots.filter((snapshot) => !(MARK.proofFailed in snapshot.tags)).map(({ id }) => id);
      const gone = (of: World) => deleted(planOf(of)).filter((id) => goods.includes(id));
      expect(gone(withMore(world, bad))).toEqual(gone(world));
    }),
    RUNS,
  );
});
