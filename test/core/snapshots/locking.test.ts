import { Permanent, Retryable } from "@steward/core/errors";
import { policyOf } from "@steward/core/fleet/policy";
import type { Snapshot, SnapshotFacts } from "@steward/core/retention/snapshot";
import { keepingOf } from "@steward/core/settings/schema";
import { lockSnapshots, unlocked } from "@steward/core/snapshots/locking";
import { surveySnapshots } from "@steward/core/snapshots/survey";
import { describe, expect, test } from "vitest";
import { singleSettings } from "../../settings.ts";
import { ago, attempt, GROUP, healthyFleet, hence, NOW, node, runRecord } from "../builders.ts";
import { cloud, dataVolume, type Mood, ours, VOLUME, worldOf } from "./cloud.ts";

const settings = singleSettings({ snapshots: { schedules: [{ id: "hourly", everyHours: 1, keep: { count: 5 } }], floor: 1, lock: { newest: 2, days: 4 } } });
const policy = policyOf("single", keepingOf(settings));
const { snapshots: rules } = settings;

const seen = (snapshots: Snapshot[], but: Partial<SnapshotFacts> = {}): SnapshotFacts => ({
  stage: "demo",
  at: NOW,
  volumeId: VOLUME,
  volumes: [VOLUME],
  needed: [],
  snapshots,
  images: [],
  templates: [],
  ...but,
});
const hoursOld = (hours: number, but: Partial<Snapshot> = {}): Snapshot => ours(ago({ hours }), { id: `snap-${hours}`, ...but });
const governed = (until: Date | null): Pick<Snapshot, "lock"> => ({ lock: { mode: "governance", until } });

describe("what is to be locked", () => {
  const left = (...snapshots: Snapshot[]) => unlocked(seen(snapshots), rules, NOW);

  test("are the newest good ones, as many as the settings say", () => {
    expect(left(hoursOld(2), hoursOld(0), hoursOld(1))).toEqual(["snap-0", "snap-1"]);
  });

  test("is nothing where the settings lock none", () => {
    expect(unlocked(seen([hoursOld(0)]), { lock: null }, NOW)).toEqual([]);
  });

  test("is no unfinished one, none whose proof failed, no other volume's, and none of somebody else", () => {
    const others = [
      hoursOld(0, { state: "pending" }),
      hoursOld(1, { state: "error" }),
      hoursOld(2, { tags: { "steward:proof-failed": "a database is not whole" } }),
      hoursOld(3, { volumeId: "vol-0fffffffffffffff0" }),
      { ...hoursOld(4), id: "snap-foreign", tags: {} },
    ];
    expect(left(...others, hoursOld(5))).toEqual(["snap-5"]);
  });

  test("of a slot that has two is the better one", () => {
    const worse = { ...hoursOld(0, { tags: { "steward:consistency": "crash" } }), id: "snap-worse" };
    expect(left(worse, hoursOld(0), hoursOld(1))).toEqual(["snap-0", "snap-1"]);
  });

  test("is not what is locked for half the time yet, and is what is not", () => {
    expect(left(hoursOld(0, governed(hence({ hours: 48 }))))).toEqual([]);
    expect(left(hoursOld(0, governed(hence({ hours: 47 }))))).toEqual(["snap-0"]);
  });

  test("is nothing whose lock never ends, and nothing that somebody locked in another mode", () => {
    expect(left(hoursOld(0, governed(null)), hoursOld(1, { lock: { mode: "compliance", until: hence({ hours: 1 }) } }))).toEqual([]);
  });
});

const fleet = (but: Parameters<typeof healthyFleet>[0] = {}) =>
  healthyFleet({ nodes: [node()], database: null, dataVolume, group: { ...healthyFleet().group, desired: 1, min: 0, max: 1 }, ...but });
const duties = (snapshots: Snapshot[], but: Parameters<typeof healthyFleet>[0] = {}) => surveySnapshots(fleet(but), seen(snapshots), policy, NOW);
const started = (all: ReturnType<typeof duties>) => all.flatMap((duty) => (duty.duty === "start" && duty.order.name.includes("lock") ? [duty.order.name] : []));

describe("a lock that is missing", () => {
  test("gets a run", () => {
    expect(duties([hoursOld(0), hoursOld(1, governed(hence({ hours: 90 })))])).toMatchObject([
      { duty: "start", because: "1 of the newest snapshots are to be locked", order: { subject: { runbook: "lock-snapshots", input: {} } } },
    ]);
  });

  test("gets none while one is under way, while the switch is off, or right after one that failed", () => {
    expect(started(duties([hoursOld(0)], { runs: [runRecord({ subject: "duty-lock-20260504t0200" })] }))).toEqual([]);
    expect(started(duties([hoursOld(0)], { switch: { position: "off" } }))).toEqual([]);
    const failed = (startedAt: Date) => ({ attempts: [attempt({ runbook: "lock-snapshots", outcome: "failed", startedAt })] });
    expect(started(duties([hoursOld(0)], failed(ago({ minutes: 54 }))))).toEqual([]);
    expect(started(duties([hoursOld(0)], failed(ago({ minutes: 56 }))))).toEqual(["demo-duty-lock-20260504t0300-1"]);
  });

  test("is an incident after an attempt that failed, until it is there", () => {
    const failed = attempt({ runbook: "lock-snapshots", outcome: "failed", because: "lock snap-0: UnauthorizedOperation" });
    const opened = (snapshots: Snapshot[], ...attempts: (typeof failed)[]) =>
      duties(snapshots, { attempts }).flatMap((duty) => (duty.duty === "open" ? [duty.incident] : []));
    expect(opened([hoursOld(0)], failed)).toMatchObject([
      { kind: "snapshots-unlocked", resource: GROUP, evidence: [expect.stringContaining("UnauthorizedOperation")] },
    ]);
    expect(opened([hoursOld(0, governed(hence({ hours: 90 })))], failed)).toEqual([]);
    expect(opened([hoursOld(0)], failed, { ...failed, outcome: "done", because: "" })).toEqual([]);
  });
});

describe("locking", () => {
  const lock = async (mood: Partial<Mood> = {}, by = rules) => {
    const sky = cloud(mood, [hoursOld(1), hoursOld(2), hoursOld(3)]);
    const ledger = { slot: async () => undefined, putSlot: async () => true, pruning: async () => undefined, putPruning: async () => {} };
    const failure = await lockSnapshots(worldOf(sky, ledger, { now: () => NOW, pass: () => {} }), { volumeId: VOLUME, policy: by }).catch((error) => error);
    return { sky, failure };
  };

  test("locks the newest for the days that the settings say, and no other", async () => {
    const { sky, failure } = await lock();
    expect(failure).toBeUndefined();
    expect(sky.snapshots.map(({ lock }) => lock?.until)).toEqual([hence({ hours: 96 }), hence({ hours: 96 }), undefined]);
  });

  test("locks nothing where the settings lock none", async () => {
    expect((await lock({}, { ...rules, lock: null })).sky.calls).toEqual([]);
  });

  test("tries each, and says of all that were refused why", async () => {
    const { sky, failure } = await lock({ lock: "refused" });
    expect(sky.calls).toEqual(["lock snap-1", "lock snap-2"]);
    expect(failure).toBeInstanceOf(Permanent);
    expect(failure.message).toBe("lock snap-1: UnauthorizedOperation; lock snap-2: UnauthorizedOperation");
  });

  test("is tried again when EC2 is busy", async () => {
    expect((await lock({ lock: "throttled" })).failure).toBeInstanceOf(Retryable);
  });
});
