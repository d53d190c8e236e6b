import { after } from "@steward/core/apply/duration";
import { progressOf } from "@steward/core/apply/progress";
import { Permanent } from "@steward/core/errors";
import { defaultPolicy } from "@steward/core/fleet/policy";
import { MARK } from "@steward/core/retention/marks";
import type { SnapshotOrder } from "@steward/core/snapshots/slot-record";
import { takeSnapshots } from "@steward/core/snapshots/take";
import { describe, expect, test } from "vitest";
import { FIRST, healthyFleet, NOW, slotRecord } from "../builders.ts";
import { type Mood, ours } from "./cloud.ts";
import { context, KEY, liveThrough, order, place, progress } from "./lives.ts";

async function taken(mood: Partial<Mood> = {}, but: Partial<SnapshotOrder> = {}) {
  const where = place(mood);
  await liveThrough(where, order(but));
  const [record] = where.slots();
  const consistency = where.sky.snapshots.map(({ tags }) => tags[MARK.consistency]);
  return { where, record, consistency, calls: where.sky.calls };
}

describe("a snapshot", () => {
  test("is made while the database is at rest, and the server is let go at once", async () => {
    const { record, consistency, calls } = await taken();
    expect(calls).toEqual([`quiesce ${FIRST}`, "create", `thaw ${FIRST}`]);
    expect(consistency).toEqual(["application"]);
    expect(record).toMatchObject({ state: "made", key: KEY, attempt: 1, snapshotIds: ["snap-2"], consistency: "application", because: null, revision: 3 });
  });

  test("says by its tags what it is for, until when, and by which policy", async () => {
    const { where } = await taken();
    expect(where.sky.snapshots[0]?.tags).toMatchObject({
      [MARK.stage]: "demo",
      [MARK.schedules]: "hourly",
      [MARK.slot]: NOW.toISOString(),
      [MARK.due]: "2026-05-05T03:00:00.000Z",
      [MARK.policy]: "f1a9",
    });
  });

  test("is not asked to be at rest any more when its step may not begin any more", async () => {
    const where = place();
    where.pass(1_000);
    await takeSnapshots(where.life().world, order(), { ...context(where.now()), notAfter: NOW });
    expect(where.slots()).toMatchObject([{ state: "made", consistency: "crash" }]);
  });

  test.each<[string, Partial<Mood>, string]>([
    ["the server could not be brought to rest", { quiesce: "refuses" }, "the databases took too long to be written"],
    ["the server could not be asked", { quiesce: "breaks" }, "Systems Manager is busy"],
    ["the server said so too late", { quiesce: "late" }, "the dead man's timer had thawed the volume"],
    ["nobody can say that the volume stood still all the time", { thaw: "breaks" }, "Systems Manager is busy"],
  ])("is as after a power cut where %s, and the server is let go all the same", async (_where, mood, because) => {
    const { record, consistency, calls } = await taken(mood);
    expect(consistency).toEqual(["crash"]);
    expect(record).toMatchObject({ state: "made", consistency: "crash", because });
    expect(calls.at(-1)).toBe(`thaw ${FIRST}`);
  });

  test("is not made where the settings skip what is not at rest, and the server is let go all the same", async () => {
    const { where, record, calls } = await taken({ quiesce: "refuses" }, { unfrozen: "skip" });
    expect(calls).toEqual([`quiesce ${FIRST}`, `thaw ${FIRST}`]);
    expect(record).toMatchObject({ state: "failed", because: "the databases took too long to be written", snapshotIds: [] });
    expect(progress(where, order())).toEqual({ kind: "impossible", because: "the databases took too long to be written" });
  });

  test("of a volume that nobody has needs nobody to be at rest, whatever the settings say", async () => {
    const { record, calls } = await taken({}, { instanceId: null, unfrozen: "skip" });
    expect(calls).toEqual(["create"]);
    expect(record).toMatchObject({ state: "made", consistency: "crash", because: "nobody has the volume" });
  });
});

describe("when EC2 makes none", () => {
  test.each<[string, Mood["create"], string]>([
    ["because it refuses", "refused", "UnauthorizedOperation"],
    ["because the server has no such volume", "empty", "EC2 made no snapshot: the server has no data volume"],
  ])("%s, the attempt has failed, and the server is let go", async (_because, create, because) => {
    const { where, record, calls } = await taken({ create });
    expect(record).toMatchObject({ state: "failed", because });
    expect(calls).toEqual([`quiesce ${FIRST}`, "create", `thaw ${FIRST}`]);
    await takeSnapshots(where.life().world, order(), context(where.now()));
    expect(where.slots()).toEqual([record]);
  });

  test("another attempt may be made by another step", async () => {
    const { where } = await taken({ create: "refused" });
    where.sky.mood.create = "works";
    await liveThrough(where, order(), [], "another/1.1");
    expect(where.slots()).toMatchObject([{ state: "made", attempt: 2, key: "another/1.1", consistency: "application" }]);
  });

  test.each<Mood["create"]>(["throttled", "never arrives"])("because it was %s, it is looked for during five minutes and then asked again", async (create) => {
    const where = place({ create });
    const { world } = where.life();
    const ask = () => takeSnapshots(world, order(), context(where.now()));
    await ask().catch(() => undefined);
    expect(where.sky.calls).toEqual([`quiesce ${FIRST}`, "create", `thaw ${FIRST}`]);
    const asked = where.slots()[0]?.askedAt ?? NOW;
    where.pass(after(asked, { minutes: 5 }).getTime() - where.now().getTime() - 1);
    await ask();
    expect(where.sky.calls).toHaveLength(3);
    where.pass(1);
    where.sky.mood.create = "works";
    await ask();
    expect(where.slots()).toMatchObject([{ state: "made", attempt: 2, consistency: "application" }]);
  });
});

test("trouble that passes by itself is no failed attempt: whoever asked may ask again", async () => {
  const where = place({ create: "throttled" });
  await expect(takeSnapshots(where.life().world, order(), context(where.now()))).rejects.toThrow("RequestLimitExceeded");
  expect(where.slots()).toMatchObject([{ state: "creating" }]);
});

test("a ledger that refuses before EC2 is asked is nothing that EC2 answered", async () => {
  const where = place();
  const { world } = where.life();
  const putSlot = async (record: Parameters<typeof world.ledger.putSlot>[0]) => {
    if (record.state === "creating") throw new Permanent("AccessDenied");
    return await world.ledger.putSlot(record);
  };
  const refusing = { ...world, ledger: { ...world.ledger, slot: world.ledger.slot, putSlot } };
  await expect(takeSnapshots(refusing, order(), context(where.now()))).rejects.toThrow("AccessDenied");
  expect(where.sky.calls).toEqual([`quiesce ${FIRST}`, `thaw ${FIRST}`]);
  expect(where.slots()).toMatchObject([{ state: "claimed" }]);
});

describe("a set whose answer was lost", () => {
  test("is found by its slot, and nobody calls it consistent", async () => {
    const { where, record, consistency, calls } = await taken({ create: "lost" });
    expect(calls.filter((call) => call === "create")).toHaveLength(1);
    expect(consistency).toEqual(["crash"]);
    expect(record).toMatchObject({ state: "made", attempt: 1, snapshotIds: ["snap-2"], because: "the attempt that made it was broken off" });
    expect(where.now() < after(NOW, { minutes: 1 })).toBe(true);
  });

  test("is not taken for another volume's, nor for one that failed", async () => {
    const where = place({ create: "never arrives" }, [ours(NOW, { id: "other", volumeId: "vol-2" }), ours(NOW, { id: "broken", state: "error" })]);
    await takeSnapshots(where.life().world, order(), context(where.now()));
    where.pass(60_000);
    await takeSnapshots(where.life().world, order(), context(where.now()));
    expect(where.slots()).toMatchObject([{ state: "creating" }]);
  });
});

describe("a set that EC2 gave up on afterwards", () => {
  const gaveUp = (state: "error" | "completed" = "error") => {
    const where = place({}, [ours(NOW, { id: "broken", state }), ours(NOW, { id: "theirs", volumeId: "vol-2" })]);
    where.slots().push(slotRecord({ at: NOW, snapshotIds: ["broken"] }));
    return where;
  };
  const again = order({ instead: 1 });

  test("is made again in its slot, as the next attempt", async () => {
    const where = gaveUp();
    expect(progress(where, again)).toEqual({ kind: "due" });
    await liveThrough(where, again, [], "again/1.1");
    expect(where.slots()).toMatchObject([{ state: "made", attempt: 2, key: "again/1.1", snapshotIds: ["snap-2"], consistency: "application" }]);
    expect(progress(where, again)).toEqual({ kind: "done" });
  });

  test("is made again once, however often the step is done", async () => {
    const where = gaveUp();
    await liveThrough(where, again, [], "again/1.1");
    for (const key of ["again/1.1", "later/1.1"]) await takeSnapshots(where.life().world, again, context(where.now(), key));
    expect(where.sky.calls.filter((call) => call === "create")).toHaveLength(1);
  });

  test.each<[string, () => ReturnType<typeof gaveUp>, ReturnType<typeof order>]>([
    ["is good after all", () => gaveUp("completed"), again],
    ["nobody has ordered that of", gaveUp, order()],
    [
      "EC2 does not show",
      () => {
        const where = gaveUp();
        where.sky.snapshots = [];
        return where;
      },
      again,
    ],
  ])("is left as it is where it %s", async (_, made, step) => {
    const where = made();
    await takeSnapshots(where.life().world, step, context(where.now(), "again/1.1"));
    expect([where.sky.calls, where.slots()]).toEqual([[], [slotRecord({ at: NOW, snapshotIds: ["broken"] })]]);
  });

  test("and is good after all is no work for the step once it has looked", () => {
    const facts = healthyFleet({ slots: [slotRecord({ at: NOW, snapshotIds: ["broken"] })], at: NOW });
    const standing = { key: "again/1.1", policy: defaultPolicy };
    const judge = (applied: boolean) => progressOf({ do: "take-snapshots", because: "", ...again }, facts, { ...standing, applied });
    expect([judge(false), judge(true)]).toEqual([{ kind: "due" }, { kind: "done" }]);
  });
});

test("an attempt that failed without a word says at least that", () => {
  const slots = [slotRecord({ state: "failed", key: KEY })];
  expect(progress({ ...place(), slots: () => slots }, order())).toEqual({ kind: "impossible", because: "the attempt came to nothing" });
});

describe("a slot that another step is at", () => {
  const begun = async () => {
    const where = place({ create: "never arrives" });
    await takeSnapshots(where.life().world, order(), context(where.now()));
    return where;
  };

  test("is left to it for ten minutes, to the millisecond", async () => {
    const where = await begun();
    const givenUp = after(where.slots()[0]?.at ?? NOW, { minutes: 10 });
    where.pass(givenUp.getTime() - where.now().getTime() - 1);
    expect(progress(where, order(), "another")).toEqual({ kind: "pending", because: `${KEY} is at this slot` });
    await takeSnapshots(where.life().world, order(), context(where.now(), "another"));
    expect(where.slots()).toMatchObject([{ key: KEY }]);
    where.pass(1);
    where.sky.mood.create = "works";
    expect(progress(where, order(), "another")).toEqual({ kind: "due" });
    await takeSnapshots(where.life().world, order(), context(where.now(), "another"));
    expect(where.slots()).toMatchObject([{ key: "another", state: "made", attempt: 2 }]);
  });

  test("is not made again when it is made", async () => {
    const { where, record } = await taken();
    await takeSnapshots(where.life().world, order(), context(where.now(), "another"));
    expect(where.slots()).toEqual([record]);
    expect(progress(where, order(), "another")).toEqual({ kind: "done" });
  });

  test.each(["claimed", "creating"])("and has just %s is not written over: the server is let go, and nothing is made", async (state) => {
    const where = place();
    const { world } = where.life();
    const { putSlot } = world.ledger;
    const taken = {
      ...world,
      ledger: {
        ...world.ledger,
        slot: world.ledger.slot,
        putSlot: async (record: Parameters<typeof putSlot>[0]) => record.state !== state && (await putSlot(record)),
      },
    };
    await takeSnapshots(taken, order(), context(where.now()));
    expect(where.sky.calls).toEqual(state === "claimed" ? [] : [`quiesce ${FIRST}`, `thaw ${FIRST}`]);
  });

  test("by two steps at once is made once", async () => {
    const where = place();
    const keys = ["one/1.1", "two/1.1", "three/1.1"];
    await Promise.all(keys.map((key) => takeSnapshots(where.life().world, order(), context(where.now(), key))));
    expect(where.sky.snapshots).toHaveLength(1);
    expect(where.slots()).toMatchObject([{ state: "made", attempt: 1 }]);
  });
});
