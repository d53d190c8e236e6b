import { before } from "@steward/core/apply/duration";
import { progressOf } from "@steward/core/apply/progress";
import { defaultPolicy } from "@steward/core/fleet/policy";
import { MARK } from "@steward/core/retention/marks";
import { planRetention } from "@steward/core/retention/plan";
import type { Snapshot } from "@steward/core/retention/snapshot";
import type { SnapshotWorld } from "@steward/core/snapshots/ports";
import { pruneSnapshots } from "@steward/core/snapshots/prune";
import type { PruneRecord } from "@steward/core/snapshots/prune-record";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { singleSettings } from "../../settings.ts";
import { healthyFleet, NOW } from "../builders.ts";
import { type Cloud, type Mood, ours, snapshot, VOLUME } from "./cloud.ts";
import { context, KEY, Killed, type Place, place } from "./lives.ts";

/** The two newest are kept, and everything else may go at once. */
const policyOf = (pruning: Partial<ReturnType<typeof singleSettings>["snapshots"]["pruning"]> = {}) =>
  singleSettings({
    snapshots: {
      schedules: [{ id: "hourly", everyHours: 1, keep: { count: 2 } }],
      floor: 1,
      pruning: { perSecond: 4, burst: 20, atMost: 100_000, atMostPercent: 100, ...pruning },
    },
  }).snapshots;
const policy = policyOf();

const hoursAgo = (hours: number) => before(NOW, { hours });
/** So many that are due, and two that are kept; `old-1` is the newest of the due ones. */
const shelf = (due: number): Snapshot[] => [
  ours(hoursAgo(1), { id: "kept-1" }),
  ours(hoursAgo(2), { id: "kept-2" }),
  ...Array.from({ length: due }, (_, index) => ours(hoursAgo(3 + index), { id: `old-${index + 1}` })),
];
const left = ({ sky }: Place) => sky.snapshots.map(({ id }) => id);

interface Wish {
  confirmed?: number;
  asOf?: Date;
  settings?: typeof policy;
  volumeId?: string | null;
  world?: SnapshotWorld;
}

/** One invocation. */
const batch = (where: Place, { confirmed, asOf = NOW, settings = policy, volumeId = VOLUME, world = where.life().world }: Wish = {}) =>
  pruneSnapshots(world, { asOf, confirmed: confirmed ?? null }, { ...context(where.now()), volumeId, policy: settings });

/** Invocations until it is at its end. */
async function prune(where: Place, wish: Wish = {}): Promise<{ record: PruneRecord; batches: number }> {
  for (let batches = 1; batches < 200; batches++) {
    await batch(where, wish);
    const [record] = where.prunings();
    if (record?.endedAt) return { record, batches };
  }
  throw new Error("it never ends");
}

const pruned = async (due: number, mood: Partial<Mood> = {}, wish: Wish = {}) => {
  const where = place(mood, shelf(due));
  return { where, ...(await prune(where, wish)) };
};
const counts = ({ due, deleted, kept, failures, deferred, status }: PruneRecord) => ({ due, deleted, kept, failures, deferred, status });

describe("a pruning", () => {
  test("deletes what is due, and nothing else", async () => {
    const { where, record } = await pruned(5);
    expect(left(where)).toEqual(["kept-1", "kept-2"]);
    expect(counts(record)).toEqual({ due: 5, deleted: 5, kept: 2, failures: 0, deferred: 0, status: "done" });
    expect(record).toMatchObject({ key: KEY, startedAt: NOW, failed: [], because: null });
  });

  test("is at its end at once where nothing is due", async () => {
    const { record, batches } = await pruned(0);
    expect(counts(record)).toEqual({ due: 0, deleted: 0, kept: 2, failures: 0, deferred: 0, status: "done" });
    expect(batches).toBe(1);
  });

  test("does nothing any more once it is at its end", async () => {
    const { where } = await pruned(2);
    where.sky.snapshots.push(ours(hoursAgo(9), { id: "late" }));
    const before = structuredClone(where.prunings());
    where.pass(60_000);
    await batch(where);
    expect(left(where)).toContain("late");
    expect(where.prunings()).toEqual(before);
  });

  test("that was refused stays refused, however often it is asked for", async () => {
    const { where } = await pruned(5, {}, { settings: policyOf({ atMost: 4 }) });
    where.pass(60_000);
    await batch(where, { settings: policyOf({ atMost: 4 }) });
    await batch(where);
    expect(where.sky.deletions).toEqual([]);
    expect(where.prunings()).toMatchObject([{ status: "refused" }]);
  });

  test("begins with the oldest", async () => {
    const order: string[] = [];
    const where = place({ delete: (id) => ({ kind: order.push(id) > 0 ? "deleted" : "gone" }) }, shelf(3));
    await prune(where);
    expect(order).toEqual(["old-3", "old-2", "old-1"]);
  });

  test("leaves alone what was started after the moment as of which it was asked for, and counts as if it were not there", async () => {
    const where = place({}, [...shelf(1), ours(NOW, { id: "new", startedAt: NOW })]);
    where.pass(60_000);
    const { record } = await prune(where);
    expect(left(where)).toEqual(["kept-1", "kept-2", "new"]);
    expect(record).toMatchObject({ due: 1, kept: 2 });
  });

  test("of a stage whose volume is gone goes by what is seen", async () => {
    const where = place({}, [...shelf(2).map((one) => ({ ...one, tags: { ...one.tags, [MARK.due]: hoursAgo(0.5).toISOString() } }))]);
    where.sky.volumes = [];
    const { record } = await prune(where, { volumeId: null });
    expect(record.status).toBe("done");
    expect(left(where).length).toBeGreaterThan(0);
  });
});

describe("the guard against too much at once", () => {
  test.each([
    ["more than the number allowed", { atMost: 4 }],
    ["more than the share allowed", { atMostPercent: 71 }],
  ])("deletes nothing at all where %s is due", async (_more, limit) => {
    const { where, record } = await pruned(5, {}, { settings: policyOf(limit) });
    expect(where.sky.deletions).toEqual([]);
    expect(record).toMatchObject({ status: "refused", due: 5, deleted: 0, because: expect.stringContaining("5 of 7 snapshots are due at once") });
    expect(record.endedAt).toEqual(NOW);
  });

  test("lets pass what a person has confirmed", async () => {
    const { record } = await pruned(5, {}, { settings: policyOf({ atMost: 4 }), confirmed: 5 });
    expect(record).toMatchObject({ status: "done", deleted: 5 });
  });

  test("is asked once: what it has let pass is never more than at first, whatever becomes due meanwhile", async () => {
    const where = place({}, shelf(300));
    where.sky.snapshots.push(
      ...shelf(130)
        .slice(2)
        .map((one) => ({ ...one, id: `held-${one.id}`, tags: { ...one.tags, [MARK.slot]: hoursAgo(900).toISOString(), [MARK.hold]: "audit" } })),
    );
    await batch(where, { settings: policyOf({ atMostPercent: 70 }) });
    for (const one of where.sky.snapshots) one.tags = Object.fromEntries(Object.entries(one.tags).filter(([name]) => name !== MARK.hold));
    const { record } = await prune(where, { settings: policyOf({ atMostPercent: 70 }) });
    expect(record).toMatchObject({ due: 300, deleted: 300, status: "done" });
    expect(where.sky.deletions).toHaveLength(300);
  });
});

describe("what fails", () => {
  const denied = (id: string) => ({ kind: "failed" as const, because: `${id} is in use` });

  test("is named, and keeps nothing else from going", async () => {
    const { where, record } = await pruned(6, { delete: (id) => (id === "old-2" || id === "old-5" ? denied(id) : { kind: "deleted" }) });
    expect(left(where)).toEqual(["kept-1", "kept-2", "old-2", "old-5"]);
    expect(counts(record)).toEqual({ due: 6, deleted: 4, kept: 2, failures: 2, deferred: 0, status: "partial" });
    expect(record.failed).toEqual([
      { snapshotId: "old-5", because: "old-5 is in use" },
      { snapshotId: "old-2", because: "old-2 is in use" },
    ]);
  });

  test("by an error that nobody foresaw is no different", async () => {
    const { record } = await pruned(2, {
      delete: (id) => {
        if (id === "old-1") throw new Error("out of the blue");
        return { kind: "deleted" };
      },
    });
    expect(record).toMatchObject({ deleted: 1, failures: 1, failed: [{ snapshotId: "old-1", because: "out of the blue" }] });
  });

  test("is not tried again in the same pruning, however many there are; the first hundred are named", async () => {
    const tries: string[] = [];
    const mood = { delete: (id: string) => (tries.push(id) > 0 ? denied(id) : denied(id)) };
    const { record, batches } = await pruned(500, mood);
    expect(batches).toBeGreaterThan(2);
    expect(new Set(tries).size).toBe(tries.length);
    expect(counts(record)).toEqual({ due: 500, deleted: 0, kept: 2, failures: 500, deferred: 0, status: "partial" });
    expect(record.failed).toHaveLength(100);
    expect(record.failed.every(({ because }) => because.endsWith("is in use"))).toBe(true);
  });

  test("ends a pruning that fails thousands of times: each is counted, and the record fits into an item of DynamoDB's", async () => {
    const all = shelf(3_600).map((one, index) => ({ ...one, id: `snap-${String(index).padStart(17, "0")}` }));
    const where = place({ delete: (id) => ({ kind: "failed", because: `${id} ${"ä".repeat(400)}` }) }, all);
    const sizes: number[] = [];
    while (where.prunings()[0]?.endedAt == null) {
      await batch(where, { settings: policyOf({ perSecond: 5 }) });
      sizes.push(Buffer.byteLength(JSON.stringify(where.prunings()[0])));
    }
    const [record] = where.prunings();
    expect(record).toMatchObject({ due: 3_600, deleted: 0, status: "partial" });
    expect(record?.failures).toBeGreaterThanOrEqual(3_000);
    expect((record?.failures ?? 0) + (record?.deferred ?? 0)).toBe(3_600);
    expect(record?.failed[0]?.because).toHaveLength(300);
    expect(Math.max(...sizes)).toBeLessThan(400 * 1_024);
  });

  test("is named with its reason a hundred times on the way too, so that the record stays small", async () => {
    const where = place({ delete: denied }, shelf(500));
    await batch(where);
    const reasons = where.prunings()[0]?.failed.map(({ because }) => because !== "") ?? [];
    expect(reasons.length).toBeGreaterThan(200);
    expect(reasons).toEqual(reasons.map((_, index) => index < 100));
  });

  test("takes a place among those that were due at first: nothing goes in its stead", async () => {
    const held = Array.from({ length: 5 }, (_, index) => ours(hoursAgo(50 + index), { id: `held-${index}`, tags: { [MARK.hold]: "x" } }));
    const where = place({ delete: (id) => (id === "old-5" ? denied(id) : { kind: "deleted" }) }, [...shelf(5), ...held]);
    const settings = policyOf({ perSecond: 0.1 });
    const { world } = where.life();
    let chunks = 0;
    const again: typeof world.store.again = (ids) => (++chunks > 2 ? Promise.reject(new Killed()) : world.store.again(ids));
    const store = { ...world.store, facts: world.store.facts, delete: world.store.delete, again };
    await expect(batch(where, { settings, world: { ...world, store } })).rejects.toBeInstanceOf(Killed);
    expect(where.prunings()).toMatchObject([{ deleted: 1, failures: 1 }]);
    for (const one of where.sky.snapshots) delete one.tags[MARK.hold];
    const { record } = await prune(where, { settings });
    expect(record).toMatchObject({ due: 5, deleted: 4, failures: 1 });
  });

  test("because somebody else was quicker is nobody's failure", async () => {
    const { record } = await pruned(3, { delete: (id) => ({ kind: id === "old-2" ? "gone" : "deleted" }) });
    expect(counts(record)).toEqual({ due: 3, deleted: 2, kept: 2, failures: 0, deferred: 0, status: "done" });
  });
});

describe("what EC2 is too busy for", () => {
  test("is tried once more, later, and is no failure", async () => {
    let busy = 1;
    const { where, record } = await pruned(4, { delete: () => (busy-- > 0 ? "busy" : { kind: "deleted" }) });
    expect(counts(record)).toEqual({ due: 4, deleted: 4, kept: 2, failures: 0, deferred: 0, status: "done" });
    const [first] = where.sky.deletions;
    expect((where.sky.deletions.at(-1)?.getTime() ?? 0) - (first?.getTime() ?? 0)).toBeGreaterThanOrEqual(2_000);
  });

  test("is left for the next invocation when it does not help, and for the next pruning when nothing does", async () => {
    const where = place({ delete: (id) => (id === "old-2" ? "busy" : { kind: "deleted" }) }, shelf(3));
    await batch(where);
    expect(where.prunings()).toMatchObject([{ endedAt: null, status: "under-way", deleted: 2, deferred: 1 }]);
    const { record, batches } = await prune(where);
    expect(batches).toBe(1);
    expect(counts(record)).toEqual({ due: 3, deleted: 2, kept: 2, failures: 0, deferred: 1, status: "done" });
    expect(left(where)).toEqual(["kept-1", "kept-2", "old-2"]);
  });

  test("and has no time left for is left too", async () => {
    const { where, record } = await pruned(9, { delete: () => "busy" }, { settings: policyOf({ perSecond: 0.1 }) });
    expect(record).toMatchObject({ deleted: 0, deferred: 9 });
    expect(left(where)).toHaveLength(11);
  });
});

describe("right before it goes", () => {
  /** Something happens to the snapshots after the plan is made, before they are read again. */
  const meanwhile = (where: Place, happens: (sky: Cloud) => void): SnapshotWorld => {
    const { world } = where.life();
    return {
      ...world,
      store: {
        ...world.store,
        facts: world.store.facts,
        delete: world.store.delete,
        again: async (ids) => {
          happens(where.sky);
          return await world.store.again(ids);
        },
      },
    };
  };
  const change = (id: string, but: (one: Snapshot) => Partial<Snapshot>) => (sky: Cloud) => {
    sky.snapshots = sky.snapshots.map((one) => (one.id === id ? { ...one, ...but(one) } : one));
  };

  test.each<[string, (one: Snapshot) => Partial<Snapshot>]>([
    ["was held", ({ tags }) => ({ tags: { ...tags, [MARK.hold]: "audit" } })],
    ["was locked", () => ({ lock: { mode: "governance", until: null } })],
    ["is no longer ours", () => ({ tags: {} })],
    ["lies in the bin", () => ({ state: "recoverable" })],
  ])("one that %s meanwhile stays, and counts as kept", async (_was, but) => {
    const where = place({}, shelf(3));
    await batch(where, { world: meanwhile(where, change("old-2", but)) });
    expect(left(where)).toEqual(["kept-1", "kept-2", "old-2"]);
    expect(where.prunings().map(counts)).toEqual([{ due: 3, deleted: 2, kept: 3, failures: 0, deferred: 0, status: "done" }]);
  });

  test("one that somebody has deleted is not asked for, and counts for nobody", async () => {
    const where = place({}, shelf(3));
    const world = meanwhile(where, (sky) => {
      sky.snapshots = sky.snapshots.filter(({ id }) => id !== "old-3");
    });
    await batch(where, { world });
    expect(where.sky.deletions).toHaveLength(2);
    expect(where.prunings().map(counts)).toEqual([{ due: 3, deleted: 2, kept: 2, failures: 0, deferred: 0, status: "done" }]);
  });
});

describe("the pace", () => {
  test("is what the settings say over all invocations, and each of them ends within about a minute", async () => {
    const { where, record, batches } = await pruned(500);
    expect(record).toMatchObject({ deleted: 500, status: "done" });
    expect(batches).toBe(3);
    const times = where.sky.deletions.map((at) => (at.getTime() - NOW.getTime()) / 1000);
    for (const [index, seconds] of times.entries()) expect(index + 1).toBeLessThanOrEqual(20 + seconds * 4 + 1e-6);
    expect(times.at(-1)).toBeLessThan(130);
  });

  test("never has more under way than the pace lets go at once", async () => {
    let [underWay, most] = [0, 0];
    const where = place({}, shelf(40));
    const { world } = where.life();
    const store: SnapshotWorld["store"] = {
      ...world.store,
      facts: world.store.facts,
      again: world.store.again,
      delete: async (id) => {
        most = Math.max(most, ++underWay);
        for (let turn = 0; turn < 400; turn++) await null;
        underWay--;
        return await world.store.delete(id);
      },
    };
    where.pass(3_600_000);
    await batch(where, { world: { ...world, store } });
    expect(most).toBe(20);
  });
});

describe("broken off", () => {
  test("it goes on where the record stands, and deletes nothing that the rules keep", async () => {
    const undisturbed = place({}, shelf(60));
    const { world, places } = undisturbed.life();
    await batch(undisturbed, { world });
    const every = Array.from({ length: places() }, (_, index) => index);
    for (const killAt of every) {
      const where = place({}, shelf(60));
      await batch(where, { world: where.life(killAt).world }).catch((error) => {
        if (!(error instanceof Killed)) throw error;
      });
      const { record } = await prune(where);
      expect(left(where)).toEqual(["kept-1", "kept-2"]);
      expect({ killAt, status: record.status }).toEqual({ killAt, status: "done" });
      expect(record.deleted).toBeLessThanOrEqual(60);
    }
  });

  test("it has said how many are due before the first one goes, so that it never takes more than those", async () => {
    const held = Array.from({ length: 5 }, (_, index) => ours(hoursAgo(50 + index), { id: `held-${index}`, tags: { [MARK.hold]: "x" } }));
    const where = place({}, [...shelf(5), ...held]);
    const { world } = where.life();
    const store = { ...world.store, again: () => Promise.reject(new Killed()) };
    await expect(batch(where, { world: { ...world, store } })).rejects.toBeInstanceOf(Killed);
    for (const one of where.sky.snapshots) delete one.tags[MARK.hold];
    const { record } = await prune(where);
    expect(record).toMatchObject({ due: 5, deleted: 5 });
    expect(left(where)).toHaveLength(7);
  });
});

test("whatever the snapshots are like and however EC2 answers, the counts add up, and no rule is broken", async () => {
  const one = fc.record({
    hours: fc.integer({ min: 1, max: 400 }),
    hold: fc.boolean(),
    state: fc.constantFrom("completed", "completed", "completed", "error", "pending", "recoverable") as fc.Arbitrary<Snapshot["state"]>,
    foreign: fc.boolean(),
    answer: fc.constantFrom("deleted", "deleted", "deleted", "failed", "busy", "gone"),
  });
  const adds = fc.asyncProperty(fc.array(one, { maxLength: 80 }), fc.constantFrom(1, 4, 5), async (worlds, perSecond) => {
    const answers = new Map(worlds.map(({ answer }, index) => [`snap-${index}`, answer]));
    const snapshots = worlds.map(({ hours, hold, state, foreign }, index) =>
      foreign && hold
        ? snapshot({ id: `snap-${index}`, startedAt: hoursAgo(hours) })
        : ours(hoursAgo(hours), { id: `snap-${index}`, state, tags: hold ? { [MARK.hold]: "x" } : {} }),
    );
    const settings = policyOf({ perSecond });
    const mood: Mood["delete"] = (id) => {
      const answer = answers.get(id);
      if (answer === "busy") return "busy";
      return answer === "failed" ? { kind: "failed", because: "in use" } : { kind: answer === "gone" ? "gone" : "deleted" };
    };
    const where = place({ delete: mood }, snapshots);
    const facts = { stage: "demo", at: NOW, volumeId: VOLUME, volumes: [VOLUME], snapshots, images: [], templates: [], needed: [] };
    const dueIds = new Set(planRetention(facts, settings, NOW).flatMap(({ snapshotId, verdict }) => (verdict === "delete" ? [snapshotId] : [])));
    const { record } = await prune(where, { settings });
    const gone = [...dueIds].filter((id) => answers.get(id) === "gone").length;
    expect(record.deleted + record.failures + record.deferred + gone).toBe(record.due);
    expect(record.due).toBe(dueIds.size);
    expect(record.due + record.kept).toBe(snapshots.length);
    expect(record.status).toBe(record.failures > 0 ? "partial" : "done");
    for (const { id } of snapshots) if (!dueIds.has(id)) expect(left(where)).toContain(id);
  });
  await fc.assert(adds, { numRuns: 60 });
});

describe("what belongs into the archive", () => {
  const archiving = {
    ...policyOf(),
    schedules: [{ id: "hourly", everyHours: 1 as const, keep: { monthly: 100 } }],
    archive: { afterDays: 30 },
  };
  /** The last of so many months, newest first, beside one of today and one of yesterday. */
  const months = (many: number): Snapshot[] => [
    ours(hoursAgo(1), { id: "today" }),
    ...Array.from({ length: many }, (_, index) => ours(new Date(Date.UTC(2026, 3 - index, 0, 12)), { id: `month-${index + 1}` })),
  ];
  const due = ours(hoursAgo(100), { id: "due", schedules: ["former"], tags: { [MARK.due]: hoursAgo(1).toISOString() } });
  const moving = ({ sky }: Place) => sky.snapshots.filter(({ tiering }) => tiering).map(({ id }) => id);
  const archived = async (shelved: Snapshot[], mood: Partial<Mood> = {}) => {
    const where = place(mood, shelved);
    return { where, ...(await prune(where, { settings: archiving })) };
  };

  test("is moved there, and what is due goes, in one pruning", async () => {
    const { where, record } = await archived([...months(2), due]);
    expect(moving(where)).toEqual(["month-1", "month-2"]);
    expect(left(where)).toEqual(["today", "month-1", "month-2"]);
    expect(record).toMatchObject({ status: "done", due: 1, deleted: 1, archived: 2, failures: 0 });
  });

  test("is moved oldest first, and no more at once than there is room for", async () => {
    const onTheirWay = months(30).map((one, index) => (index > 25 ? { ...one, tiering: { status: "archival-in-progress", archivedAt: null } } : one));
    const { where, record } = await archived(onTheirWay);
    expect(record.archived).toBe(15);
    expect(where.sky.calls).toContain("archive month-25");
    expect(where.sky.calls).not.toContain("archive month-10");
    const full = await archived(months(40).map((one, index) => (index > 19 ? { ...one, tiering: { status: "archival-in-progress", archivedAt: null } } : one)));
    expect(full.record).toMatchObject({ status: "done", archived: 0 });
  });

  test("stays where it is when somebody holds it in the last second", async () => {
    const where = place({}, months(2));
    const { world } = where.life();
    const again = async (ids: string[]) =>
      (await world.store.again(ids)).map((one) => (one.id === "month-1" ? { ...one, tags: { ...one.tags, [MARK.hold]: "" } } : one));
    await prune(where, { settings: archiving, world: { ...world, store: { ...world.store, again } } });
    expect(moving(where)).toEqual(["month-2"]);
  });

  test("is named where EC2 refuses it, and asked for once in a pruning", async () => {
    const { where, record } = await archived(months(2), { archive: "refused" });
    expect(record).toMatchObject({ status: "partial", archived: 0, failures: 2, failed: [{ snapshotId: "month-2" }, { snapshotId: "month-1" }] });
    expect(where.sky.calls).toEqual(["archive month-2", "archive month-1"]);
  });

  test.each(["busy", "gone"] as const)("is for the next pruning when EC2 is busy, and nobody's when it is gone (%s)", async (archive) => {
    expect((await archived(months(2), { archive })).record).toMatchObject({ status: "done", archived: 0, failures: 0 });
  });

  test("is named in the words of an error that nobody knows", async () => {
    const where = place({}, months(1));
    const { world } = where.life();
    const archive = () => Promise.reject(new TypeError("undefined is not a function"));
    const { record } = await prune(where, { settings: archiving, world: { ...world, store: { ...world.store, archive } } });
    expect(record.failed).toEqual([{ snapshotId: "month-1", because: "undefined is not a function" }]);
  });

  test("waits while EC2 is too busy to delete what is due", async () => {
    const { where, record } = await archived([...months(2), due], { delete: () => "busy" });
    expect(record).toMatchObject({ archived: 0, deferred: 1 });
    expect(moving(where)).toEqual([]);
  });

  test("that is there already stays for its 90 days, though it is read again without knowing so", async () => {
    const there = { ...ours(hoursAgo(100), { id: "there" }), tier: "archive" as const, tiering: { status: "archival-completed", archivedAt: hoursAgo(24) } };
    const { where } = await archived([...months(1), there]);
    expect(left(where)).toContain("there");
  });
});

describe("how far a pruning is", () => {
  const step = { do: "prune-snapshots", because: "", asOf: NOW, confirmed: null } as const;
  const at = (but: Partial<PruneRecord> | undefined, key = KEY) => {
    const record: PruneRecord = {
      key: KEY,
      startedAt: NOW,
      at: NOW,
      endedAt: NOW,
      status: "done",
      due: 1,
      deleted: 1,
      archived: 0,
      kept: 0,
      failed: [],
      failures: 0,
      deferred: 0,
      because: null,
      tokens: { left: 0, at: NOW },
      ...but,
    };
    return progressOf(step, healthyFleet({ prunings: but ? [record] : [] }), { key, applied: false, policy: defaultPolicy });
  };

  test.each<[string, ReturnType<typeof at>, ReturnType<typeof at>]>([
    ["begins at once", at(undefined), { kind: "more" }],
    ["begins although another was made", at({}, "another"), { kind: "more" }],
    ["goes on at once while it is under way", at({ endedAt: null, status: "under-way" }), { kind: "more" }],
    ["is done", at({}), { kind: "done" }],
    ["is done although some could not be deleted", at({ status: "partial" }), { kind: "done" }],
    ["fails where the guard refused it", at({ status: "refused", because: "too much" }), { kind: "impossible", because: "too much" }],
    ["fails where it was refused without a word", at({ status: "refused" }), { kind: "impossible", because: "too much is due at once" }],
  ])("%s", (_what, progress, expected) => {
    expect(progress).toEqual(expected);
  });
});
