import { MARK } from "@steward/core/retention/marks";
import type { Snapshot, SnapshotFacts } from "@steward/core/retention/snapshot";
import type { SnapshotPolicy } from "@steward/core/settings/schema";
import fc from "fast-check";
import { FORMER_VOLUME, facts, shot, VOLUME } from "./builders.ts";

const HOUR = 3_600_000;
/** Around leap days, new years and their weeks. */
const AROUND = ["2028-03-01", "2027-01-03", "2026-01-01", "2026-05-04", "2100-03-01", "2025-12-29"].map((day) => Date.parse(`${day}T00:00:00Z`));
const IDS = ["hourly", "daily", "weekly"];

const number = fc.option(fc.nat({ max: 4 }), { nil: undefined, freq: 3 });
const keep = fc.record({
  count: number,
  days: fc.option(fc.nat({ max: 40 }), { nil: undefined }),
  hourly: number,
  daily: number,
  weekly: number,
  monthly: number,
  yearly: number,
});

/** Any schedules of three names, with small numbers. */
export const policies: fc.Arbitrary<SnapshotPolicy> = fc
  .record({
    schedules: fc.uniqueArray(fc.record({ id: fc.constantFrom(...IDS), everyHours: fc.constantFrom(1 as const, 24 as const, 168 as const), keep }), {
      selector: ({ id }) => id,
      minLength: 1,
    }),
    floor: fc.integer({ min: 1, max: 3 }),
    archive: fc.option(fc.record({ afterDays: fc.constantFrom(1, 30) })),
  })
  .map(({ schedules, floor, archive }) => ({
    schedules,
    floor,
    archive,
    unfrozen: "take",
    pruning: { perSecond: 4, burst: 20, atMost: 50, atMostPercent: 50 },
    proof: { everyDays: 7, loadWithinHours: 6 },
    copy: null,
    lock: null,
  }));

/** The same with as much or more of everything. */
export const more = ({ schedules, floor, ...rest }: SnapshotPolicy): fc.Arbitrary<SnapshotPolicy> =>
  fc.tuple(fc.nat({ max: 2 }), ...schedules.map(() => keep)).map(([higher, ...by]) => ({
    ...rest,
    floor: floor + higher,
    schedules: schedules.map((schedule, index) => ({ ...schedule, keep: sum(schedule.keep, by[index] ?? {}) })),
  }));

type Keep = SnapshotPolicy["schedules"][number]["keep"];
const sum = (a: Keep, b: Keep): Keep =>
  Object.fromEntries([...new Set([...Object.keys(a), ...Object.keys(b)])].map((rule) => [rule, (a[rule as keyof Keep] ?? 0) + (b[rule as keyof Keep] ?? 0)]));

const tag = (name: string, values: string[]) =>
  fc.option(fc.constantFrom(...values), { nil: undefined, freq: 8 }).map((value) => (value === undefined ? {} : { [name]: value }));

/** Any snapshot around a moment: mostly good ones, and often two of a slot. */
export const snapshots = (now: Date, volumes = [VOLUME, VOLUME, VOLUME, FORMER_VOLUME]): fc.Arbitrary<Snapshot> =>
  fc
    .record({
      id: fc.uuid().map((id) => `snap-${id}`),
      hours: fc.oneof(
        fc.nat({ max: 6 }),
        fc.nat({ max: 40 }).map((days) => days * 24),
        fc.nat({ max: 24 * 500 }),
      ),
      late: fc.nat({ max: 5 * HOUR }),
      volumeId: fc.constantFrom(...volumes),
      schedules: fc.subarray([...IDS, "by-hand"], { minLength: 1 }),
      consistency: fc.constantFrom("application" as const, "application" as const, "crash" as const, "unproven" as const),
      state: fc.constantFrom("completed", "completed", "completed", "completed", "completed", "completed", "pending", "error", "recoverable", "recovering"),
      lock: fc.option(fc.record({ mode: fc.constant("governance"), until: fc.option(fc.constantFrom(now, new Date(now.getTime() + 1))) }), { freq: 12 }),
      tiering: fc.option(
        fc.constantFrom(
          { status: "archival-in-progress", archivedAt: null },
          { status: "archival-completed", archivedAt: new Date(now.getTime() - 89 * 24 * HOUR) },
          { status: "archival-completed", archivedAt: new Date(now.getTime() - 90 * 24 * HOUR) },
        ),
        { freq: 8 },
      ),
      due: fc.option(fc.integer({ min: -40, max: 40 })),
      tags: fc
        .tuple(
          tag(MARK.hold, ["audit", ""]),
          tag(MARK.holdUntil, ["2020-01-01", "2999-01-01", "tomorrow"]),
          tag(MARK.proven, ["2026-01-01"]),
          tag(MARK.proofFailed, ["no page"]),
          tag(MARK.stage, ["other"]),
        )
        .map((tags) => Object.assign({}, ...tags) as Record<string, string>),
    })
    .map(({ hours, late, due, tiering, ...but }) => {
      const slot = new Date(now.getTime() - hours * HOUR);
      return shot({
        ...but,
        ...(tiering && { tiering, tier: tiering.archivedAt ? "archive" : "standard" }),
        slot,
        startedAt: new Date(slot.getTime() + late),
        dueAt: due === null ? null : new Date(now.getTime() + due * 24 * HOUR),
      } as Parameters<typeof shot>[0]);
    });

export interface World {
  facts: SnapshotFacts;
  policy: SnapshotPolicy;
  now: Date;
}

/** Any world in which something may be kept or deleted. */
export const worlds: fc.Arbitrary<World> = fc
  .tuple(fc.constantFrom(...AROUND), fc.nat({ max: 3 }))
  .map(([day, hour]) => new Date(day + hour * HOUR))
  .chain((now) =>
    fc
      .record({
        all: fc.uniqueArray(snapshots(now), { selector: ({ id }) => id, maxLength: 25 }),
        policy: policies,
        volumeId: fc.constantFrom(VOLUME, VOLUME, VOLUME, null),
      })
      .chain(({ all, policy, volumeId }) =>
        fc.record({ used: used(all), named: used(all) }).map(({ used, named }) => ({
          now,
          policy,
          facts: facts(all, {
            volumeId,
            images: used.map((id) => ({ imageId: `ami-${id}`, state: "disabled", snapshotIds: [id] })),
            templates: named.map((id) => ({ templateId: `lt-${id}`, version: "1", snapshotIds: [id] })),
          }),
        })),
      ),
  );

const used = (all: readonly Snapshot[]) =>
  fc.subarray(
    all.map(({ id }) => id),
    { maxLength: Math.min(1, all.length) },
  );
