import { planRetention, type RetentionLine } from "@steward/core/retention/plan";
import type { Snapshot } from "@steward/core/retention/snapshot";
import type { SnapshotPolicy } from "@steward/core/settings/schema";
import { slotOf } from "@steward/core/snapshots/slots";
import fc from "fast-check";
import { expect, test } from "vitest";
import { justBefore } from "../builders.ts";
import { policies } from "./arbitrary.ts";
import { facts, shot } from "./builders.ts";

const HOUR = 3_600_000;
const BEGIN = Date.parse("2027-12-27T00:00:00Z");
/** Hours that are made; only what falls due among them is looked at. */
const LENGTH = 24 * 75;

/** A snapshot for every slot, as the schedules would make them if nothing ever went wrong. */
function made({ schedules }: SnapshotPolicy): Snapshot[] {
  const hours = Array.from({ length: LENGTH }, (_, hour) => new Date(BEGIN + hour * HOUR));
  return hours.flatMap((slot) => {
    const due = schedules.filter(({ everyHours }) => slotOf(everyHours, slot).getTime() === slot.getTime());
    return due.length > 0 ? [shot({ slot, schedules: due.map(({ id }) => id) })] : [];
  });
}

const planAt = (all: Snapshot[], policy: SnapshotPolicy, now: Date): Map<string, RetentionLine> =>
  new Map(planRetention(facts(all.filter(({ startedAt }) => startedAt <= now)), policy, now).map((line) => [line.snapshotId, line]));

test("what is said to be due at a moment is kept until then and due from then on, if every later one is made", () => {
  const moments = fc.integer({ min: 0, max: 24 * 70 }).map((hour) => new Date(BEGIN + hour * HOUR));
  fc.assert(
    fc.property(policies, moments, fc.nat(), (policy, now, which) => {
      const all = made(policy);
      const foretold = [...planAt(all, policy, now).values()].filter(
        ({ verdict, dueAt }) => verdict === "keep" && dueAt && dueAt.getTime() < BEGIN + LENGTH * HOUR,
      );
      const line = foretold[which % Math.max(1, foretold.length)];
      if (!line?.dueAt) return;
      expect(planAt(all, policy, justBefore(line.dueAt)).get(line.snapshotId)?.verdict).toBe("keep");
      expect(planAt(all, policy, line.dueAt).get(line.snapshotId)?.verdict).toBe("delete");
    }),
    { numRuns: 60 },
  );
});

test("everything that is kept by a number has a moment at which it is due", () => {
  fc.assert(
    fc.property(policies, (policy) => {
      for (const { dueAt } of planAt(made(policy), policy, new Date(BEGIN + LENGTH * HOUR)).values()) expect(dueAt).not.toBeNull();
    }),
    { numRuns: 20 },
  );
});
