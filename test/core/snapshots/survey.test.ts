import { after } from "@steward/core/apply/duration";
import type { FleetFacts } from "@steward/core/fleet/facts";
import { policyOf } from "@steward/core/fleet/policy";
import { isAboutKeeping } from "@steward/core/incidents/incident";
import { MARK } from "@steward/core/retention/marks";
import type { Snapshot, SnapshotFacts } from "@steward/core/retention/snapshot";
import { keepingOf } from "@steward/core/settings/schema";
import type { PruneRecord } from "@steward/core/snapshots/prune-record";
import { surveySnapshots } from "@steward/core/snapshots/survey";
import { attend, type Duty, survey } from "@steward/core/survey/survey";
import { describe, expect, test } from "vitest";
import { singleSettings } from "../../settings.ts";
import { ago, attempt, GROUP, healthyFleet, hence, incident, justAfter, NOW, node, runRecord, slotRecord } from "../builders.ts";
import { emptyAccount } from "../first-deploy/founding.ts";
import { record as recorded } from "../survey/record.ts";
import { dataVolume, ours, VOLUME } from "./cloud.ts";

const schedules = [
  { id: "hourly", everyHours: 1 as const, keep: { count: 2 } },
  { id: "daily", everyHours: 24 as const, keep: { count: 2 } },
];
const policy = policyOf("single", keepingOf(singleSettings({ snapshots: { schedules, floor: 1, pruning: { atMost: 3, atMostPercent: 100 } } })));
const MIDNIGHT = new Date("2026-05-04T00:00:00.000Z");

/** A server with its volume, nothing under way. */
const fleet = (but: Partial<FleetFacts> = {}): FleetFacts =>
  healthyFleet({ nodes: [node()], database: null, dataVolume, group: { ...healthyFleet().group, desired: 1, min: 0, max: 1 }, ...but });
const seen = (snapshots: Snapshot[], but: Partial<SnapshotFacts> = {}): SnapshotFacts => ({
  stage: "demo",
  at: NOW,
  volumeId: VOLUME,
  volumes: [VOLUME],
  snapshots,
  images: [],
  templates: [],
  needed: [],
  ...but,
});
/** Daily and hourly are covered at three o'clock. */
const covered = [ours(MIDNIGHT, { schedules: ["daily", "hourly"] }), ours(NOW)];
const duties = (snapshots: Snapshot[], but: Partial<FleetFacts> = {}, facts: Partial<SnapshotFacts> = {}, now = NOW): Duty[] =>
  surveySnapshots({ ...fleet(but), at: now }, seen(snapshots, { ...facts, at: now }), policy, now);
const started = (all: Duty[]) => all.flatMap((duty) => (duty.duty === "start" ? [duty.order.name] : []));
const opened = (all: Duty[]) => all.flatMap((duty) => (duty.duty === "open" ? [duty.incident] : []));

describe("a snapshot that is due", () => {
  test("gets a run, named by its slot", () => {
    expect(duties([ours(MIDNIGHT, { schedules: ["daily"] })])).toEqual([
      {
        duty: "start",
        because: "due for hourly",
        order: {
          name: "demo-duty-take-20260504t0300-1",
          subject: {
            kind: "duty",
            id: "take-20260504t0300",
            runbook: "take-snapshots",
            input: { slot: "2026-05-04T03:00:00.000Z", schedules: ["hourly"] },
            because: "due for hourly",
          },
        },
      },
    ]);
  });

  test("gets another run when the one before has ended and made nothing", () => {
    const runs = [runRecord({ subject: "duty-take-20260504t0300", endedAt: NOW })];
    expect(started(duties([], { runs }))).toEqual(["demo-duty-take-20260504t0300-2"]);
  });

  test.each<[string, Partial<FleetFacts>]>([
    ["while one is made, whatever its slot", { runs: [runRecord({ subject: "duty-take-20260504t0000" })] }],
    ["while the switch is off", { switch: { position: "off" } }],
    ["before there is a volume", { dataVolume: null }],
    ["of a volume that holds nothing yet", { dataVolume: { ...dataVolume, isNew: true } }],
    ["before anything is in effect", { desired: null }],
    ["while a first deploy is under way", { firstDeploy: emptyAccount("single").firstDeploy }],
  ])("gets none %s", (_while, but) => {
    expect(started(duties([], but))).toEqual([]);
  });

  test("is none where all schedules are covered, nor in a pair", () => {
    expect(duties(covered)).toEqual([]);
    expect(surveySnapshots(fleet(), seen([]), policyOf("ha"), NOW)).toEqual([]);
  });
});

/** So many that no rule keeps, beside those that are kept. */
const due = (many: number): Snapshot[] => Array.from({ length: many }, (_, index) => ours(ago({ hours: 5 + index }), { id: `old-${index}` }));
const kept = [...covered, ours(ago({ hours: 1 })), ours(ago({ hours: 27 }), { schedules: ["daily"] })];
const pruning = (but: Partial<PruneRecord> = {}): PruneRecord => ({
  key: "k",
  startedAt: ago({ hours: 2 }),
  at: ago({ hours: 2 }),
  endedAt: ago({ hours: 2 }),
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
});

describe("a snapshot that nothing keeps", () => {
  test("gets a pruning where it only belongs into the archive, too", () => {
    const archiving = policyOf(
      "single",
      keepingOf(
        singleSettings({
          snapshots: {
            schedules: [...schedules, { id: "months", everyHours: 24, keep: { monthly: 24 } }],
            floor: 1,
            archive: { afterDays: 30 },
            pruning: { atMostPercent: 100 },
          },
        }),
      ),
    );
    const old = ours(new Date("2026-01-31T00:00:00.000Z"), { schedules: ["months"] });
    const monthly = ours(MIDNIGHT, { schedules: ["daily", "hourly", "months"] });
    const because = (snapshots: Snapshot[]) =>
      surveySnapshots(fleet(), seen(snapshots), archiving, NOW).flatMap((duty) => (duty.duty === "start" ? [duty.because] : []));
    expect(because([monthly, ours(NOW), old])).toEqual(["1 snapshots belong into the archive"]);
    expect(because([monthly, ours(NOW), ours(ago({ hours: 1 })), ...due(2), old])).toEqual(["2 snapshots are due, 1 snapshots belong into the archive"]);
  });

  test("gets a pruning, one in an hour", () => {
    expect(duties([...kept, ...due(3)])).toMatchObject([
      { duty: "start", because: "3 snapshots are due", order: { name: "demo-duty-prune-20260504t0300-1", subject: { runbook: "prune-snapshots", input: {} } } },
    ]);
  });

  test.each<[string, Partial<FleetFacts>]>([
    ["while one is under way", { runs: [runRecord({ subject: "duty-prune-20260504t0200" })] }],
    ["within 55 minutes of the last one", { prunings: [pruning({ endedAt: new Date(ago({ minutes: 55 }).getTime() + 1) })] }],
    ["while the switch is off", { switch: { position: "off" } }],
    ["while a server is in trouble", { incidents: [incident()] }],
    ["while a first deploy is under way", { firstDeploy: emptyAccount("single").firstDeploy }],
  ])("gets none %s", (_while, but) => {
    expect(started(duties([...kept, ...due(3)], but)).filter((name) => name.includes("prune"))).toEqual([]);
  });

  test("gets one again 55 minutes after the last one, to the millisecond, and although one was broken off", () => {
    expect(started(duties([...kept, ...due(1)], { prunings: [pruning({ endedAt: ago({ minutes: 55 }) })] }))).toHaveLength(1);
    expect(started(duties([...kept, ...due(1)], { prunings: [pruning({ endedAt: null, status: "under-way" })] }))).toHaveLength(1);
  });

  test("is left alone with all others where too much is due at once, and people are told at once", () => {
    const all = duties([...kept, ...due(4)]);
    expect(started(all)).toEqual([]);
    const [stopped] = opened(all);
    expect(stopped).toMatchObject({ kind: "pruning-stopped", resource: GROUP, evidence: [expect.stringContaining("4 of 8 snapshots are due at once")] });
    expect(stopped && attend(fleet(), stopped, policy, NOW)).toMatchObject([
      { duty: "refuse", guard: "blast-radius", because: expect.stringMatching(/^4 of 8 .*: nothing was deleted; .*`confirm`/) },
    ]);
  });
});

describe("a snapshot that failed", () => {
  const broken = ours(NOW, { id: "snap-1", state: "error", stateMessage: "an internal error" });

  test("is told, with EC2's reason, until one is finished since", () => {
    const [failed] = opened(duties([ours(MIDNIGHT, { schedules: ["daily", "hourly"] }), broken]));
    expect(failed).toMatchObject({
      kind: "snapshot-failed",
      resource: VOLUME,
      cause: "snapshot-failed",
      evidence: ["snap-1 of 2026-05-04T03:00:10.000Z failed: an internal error"],
    });
    expect(opened(duties([broken, ours(NOW, { state: "pending" })]))).toHaveLength(1);
    expect(opened(duties([ours(MIDNIGHT, { schedules: ["daily"] }), broken, ours(NOW)]))).toEqual([]);
    expect(opened(duties([{ ...broken, stateMessage: null }]))[0]?.evidence[0]).toMatch(/EC2 gives no reason$/);
  });

  test("is ordered again in its slot, by a run of its own", () => {
    const later = hence({ minutes: 10 });
    const duty = duties([ours(MIDNIGHT, { schedules: ["daily"] }), broken], { slots: [slotRecord({ at: NOW })] }, {}, later)[0];
    expect(duty).toMatchObject({ duty: "start", order: { subject: { input: { slot: NOW.toISOString(), schedules: ["hourly"], instead: 1 } } } });
  });

  test("pages nobody: another one is made in the next hour", () => {
    const [failed] = opened(duties([broken]));
    expect(failed && attend(fleet(), failed, policy, NOW)).toEqual([]);
    expect(started(duties([ours(MIDNIGHT, { schedules: ["daily"] }), broken], { slots: [slotRecord()] }, {}, hence({ hours: 1 })))).toEqual([
      "demo-duty-take-20260504t0400-1",
    ]);
  });

  test("is told of an attempt too, until one has made it", () => {
    const attempts = [
      attempt({ runbook: "take-snapshots", outcome: "failed", because: "before" }),
      attempt({ runbook: "take-snapshots", outcome: "done" }),
      attempt({ runbook: "take-snapshots", outcome: "failed", because: "UnauthorizedOperation" }),
      attempt({ runbook: "take-snapshots", outcome: "refused" }),
      attempt({ outcome: "failed" }),
    ];
    const [failed] = opened(duties(covered, { attempts }));
    expect(failed).toMatchObject({ kind: "snapshot-failed", evidence: ["the attempt of 2026-05-04T02:50:00.000Z: UnauthorizedOperation"] });
    expect(opened(duties(covered, { attempts: [...attempts, attempt({ runbook: "take-snapshots" })] }))).toEqual([]);
  });

  test("of another volume is no concern of the fleet's", () => {
    expect(opened(duties([covered[0] ?? broken, { ...broken, volumeId: "vol-2" }], {}, { volumes: [VOLUME, "vol-2"] }))).toEqual([]);
  });
});

describe("a snapshot that does not get finished", () => {
  test("is told after six hours, to the millisecond", () => {
    const pending = ours(NOW, { id: "snap-1", state: "pending" });
    const late = after(pending.startedAt, { hours: 6 });
    const kinds = (now: Date) => opened(duties([pending], { runs: [runRecord({ subject: "duty-take-x", startedAt: now })] }, {}, now)).map(({ kind }) => kind);
    expect(kinds(late)).toEqual([]);
    expect(kinds(justAfter(late))).toEqual(["snapshot-stuck"]);
    expect(opened(duties([pending], {}, {}, justAfter(late)))).toMatchObject([{ evidence: ["snap-1 has been pending since 2026-05-04T03:00:10.000Z"] }]);
  });
});

describe("a data volume that is out of sight", () => {
  const blind = (but: Partial<FleetFacts> = {}) =>
    surveySnapshots(fleet({ dataVolume: null, ...but }), seen([...covered, ...old5()], { volumeId: null }), policy, NOW);
  const old5 = () => [1, 2, 3].map((days) => ours(ago({ days }), { id: `snap-${days}`, tags: { [MARK.due]: ago({ hours: 1 }).toISOString() } }));

  test("is told, nothing is deleted, and nothing is made", () => {
    expect(opened(blind())).toMatchObject([
      { kind: "snapshot-missing", resource: GROUP, evidence: [expect.stringContaining("no volume with the fleet's tags")] },
    ]);
    expect(started(blind())).toEqual([]);
  });

  test("is none before anything is in effect", () => {
    expect(opened(blind({ desired: null }))).toEqual([]);
  });
});

describe("while somebody changes the server", () => {
  const lease = (scope: string, expiresAt: Date) => ({ scope, holder: "x", execution: "x", epoch: 9, expiresAt });
  const due = [ours(MIDNIGHT, { schedules: ["daily"] })];

  test.each(["fleet", "node/i-0aaaaaaaaaaaaaaa1"])("under the lease %s, a snapshot waits until it has run out", (scope) => {
    expect(started(duties(due, { leases: [lease(scope, justAfter(NOW))] }))).toEqual([]);
    expect(started(duties(due, { leases: [lease(scope, NOW)] }))).toHaveLength(1);
    expect(started(duties(due, { leases: [lease("pruning", justAfter(NOW))] }))).toHaveLength(1);
  });
});

describe("three slots in a row whose snapshots were made as after a power cut", () => {
  const crash = { "steward:consistency": "crash" };
  const row = [ours(NOW, { schedules: ["daily", "hourly"], tags: crash }), ours(ago({ hours: 1 }), { tags: crash }), ours(ago({ hours: 2 }), { tags: crash })];
  const told = (snapshots: Snapshot[], but: Partial<FleetFacts> = {}) => opened(duties(snapshots, but)).filter(({ kind }) => kind === "snapshots-unfrozen");

  test("page people, with the reasons that the ledger has", () => {
    const slots = [slotRecord({ slot: NOW, consistency: "crash", because: "no answer in time" })];
    const [incident] = told(row, { slots });
    expect(incident).toMatchObject({
      resource: VOLUME,
      evidence: [`the one of ${NOW.toISOString()}: no answer in time`, `the one of ${ago({ hours: 1 }).toISOString()}`, expect.any(String)],
    });
    expect(incident && attend(fleet(), incident, policy, NOW)).toMatchObject([
      { duty: "refuse", because: expect.stringContaining("I take them all the same") },
    ]);
  });

  test("are told newest first, whatever came before them and in whatever order they are seen", () => {
    const before = ours(ago({ hours: 3 }), { id: "snap-before" });
    const evidence = [0, 1, 2].map((hours) => `the one of ${ago({ hours }).toISOString()}`);
    for (const seen of [
      [before, ...row],
      [...row.toReversed(), before],
    ])
      expect(told(seen)).toMatchObject([{ evidence }]);
  });

  test("are none where one was made with the database at rest, or there are fewer", () => {
    expect(told([...row, ours(ago({ hours: 1 }), { id: "snap-good" })])).toEqual([]);
    expect(told(row.slice(1))).toEqual([]);
    expect(told(row.map((one) => ({ ...one, tags: { ...one.tags, "steward:consistency": "unproven" } })))).toHaveLength(1);
  });
});

describe("a snapshot that is missing", () => {
  const old = [ours(MIDNIGHT, { schedules: ["daily", "hourly"] })];
  const vain = (startedAt: Date) => runRecord({ subject: "duty-take-20260504t0100", startedAt, endedAt: startedAt, outcome: "failed" });
  const overdue = (snapshots: Snapshot[], but: Partial<FleetFacts>, now = NOW) =>
    opened(duties(snapshots, but, {}, now)).filter(({ kind }) => kind === "snapshot-missing");

  test("pages people when an hour and a quarter of trying has not helped, to the millisecond", () => {
    const runs = [vain(ago({ minutes: 75 })), vain(ago({ minutes: 20 }))];
    expect(overdue(old, { runs })).toEqual([]);
    const [missing] = overdue(old, { runs }, justAfter(NOW));
    expect(overdue(old, { runs: runs.toReversed() }, justAfter(NOW))).toEqual([missing]);
    expect(missing).toMatchObject({ resource: VOLUME, evidence: ["hourly has had no snapshot since 2026-05-04T01:45:00.000Z"] });
    expect(missing && attend(fleet(), missing, policy, NOW)).toMatchObject([
      { duty: "refuse", guard: "nothing-left-to-try", because: expect.stringMatching(/^hourly has had no snapshot since .*: I go on trying/) },
    ]);
  });

  test("is not what nobody has tried to make yet: a new schedule, a new stage, or Steward was away", () => {
    expect(overdue(old, {})).toEqual([]);
    expect(overdue([], {})).toEqual([]);
    expect(overdue([], { runs: [vain(ago({ hours: 2 }))] })).toHaveLength(1);
  });

  test("is not what was tried in vain before the last success, or before its slot", () => {
    expect(
      overdue(old, { runs: [vain(ago({ hours: 2 }))], slots: [slotRecord({ slot: ago({ hours: 1 }), schedules: ["weekly"], at: ago({ minutes: 59 }) })] }),
    ).toEqual([]);
    expect(overdue([...old, ours(ago({ hours: 1 }))], { runs: [vain(ago({ hours: 2 }))] })).toEqual([]);
    const success = slotRecord({ slot: ago({ hours: 2 }), schedules: ["weekly"], at: ago({ hours: 2, minutes: 10 }) });
    expect(overdue(old, { runs: [vain(ago({ hours: 2 }))], slots: [success] })).toHaveLength(1);
    expect(overdue(old, { runs: [vain(ago({ hours: 2 }))] })).toHaveLength(1);
    expect(overdue(old, { runs: [vain(ago({ hours: 2, minutes: 1 }))] })).toEqual([]);
    expect(overdue([], { runs: [vain(ago({ hours: 2 }))], slots: [slotRecord({ state: "failed", at: ago({ minutes: 5 }) })] })).toHaveLength(1);
  });

  test("is every one whose time has come while the switch is off", () => {
    const off = { switch: { position: "off" as const } };
    expect(overdue([ours(ago({ hours: 1 }), { schedules: ["daily", "hourly"] })], off)).toEqual([]);
    expect(overdue(old, off)).toHaveLength(1);
    expect(overdue([], off)).toEqual([]);
  });
});

describe("snapshots that could not be deleted", () => {
  const failed = Array.from({ length: 25 }, (_, index) => ({ snapshotId: `old-${index}`, because: "in use" }));
  const shelf = [...kept, ...due(3)];

  test("are told by name, once, as long as they are due", () => {
    const partial = pruning({ status: "partial", failures: 25, failed });
    const [told] = opened(duties(shelf, { prunings: [partial] }));
    expect(told).toMatchObject({ kind: "pruning-partial", resource: GROUP, evidence: ["old-0: in use", "old-1: in use", "old-2: in use"] });
    expect(told && attend(fleet(), told, policy, NOW)).toMatchObject([{ duty: "refuse", guard: "nothing-left-to-try" }]);
    expect(told && attend(fleet(), { ...told, state: "paged" }, policy, NOW)).toEqual([]);
    expect(opened(duties(shelf, { prunings: [partial, pruning()] }))).toEqual([]);
    expect(opened(duties(shelf, { prunings: [partial, pruning({ endedAt: null, status: "under-way" })] }))).toHaveLength(1);
    expect(opened(duties(kept, { prunings: [partial] }))).toEqual([]);
  });

  test("are told where the last pruning failed whole, or EC2 was too busy for any of them", () => {
    const broken = attempt({ runbook: "prune-snapshots", outcome: "failed", because: "UnauthorizedOperation" });
    const [told] = opened(duties(shelf, { attempts: [broken] }));
    expect(told).toMatchObject({ kind: "pruning-partial", evidence: [expect.stringMatching(/^the pruning of .* failed: UnauthorizedOperation$/)] });
    const since = [attempt({ runbook: "prune-snapshots", outcome: "refused" }), attempt({ outcome: "done" })];
    for (const attempts of [
      [broken, ...since],
      [broken, ...since.toReversed()],
    ])
      expect(opened(duties(shelf, { attempts }))).toHaveLength(1);
    expect(opened(duties(kept, { attempts: [broken] }))).toEqual([]);
    expect(opened(duties(shelf, { attempts: [broken, attempt({ runbook: "prune-snapshots", outcome: "done" })] }))).toEqual([]);
    const busy = pruning({ deleted: 0, deferred: 3 });
    expect(opened(duties(shelf, { prunings: [busy] }))).toMatchObject([{ evidence: [expect.stringContaining("EC2 was too busy for 3")] }]);
    expect(opened(duties(shelf, { prunings: [busy, pruning({ status: "refused", endedAt: NOW })] }))).toHaveLength(1);
    expect(opened(duties(shelf, { prunings: [pruning({ deleted: 1, deferred: 3 })] }))).toEqual([]);
    expect(opened(duties(shelf, { prunings: [pruning({ deleted: 0, deferred: 0 })] }))).toEqual([]);
  });

  test("are not tried again for most of an hour after an attempt, however it ended", () => {
    const begun = (startedAt: Date) => [attempt({ runbook: "prune-snapshots", outcome: "failed", startedAt })];
    expect(started(duties(shelf, { attempts: begun(justAfter(ago({ minutes: 55 }))) }))).toEqual([]);
    expect(started(duties(shelf, { attempts: begun(ago({ minutes: 55 })) }))).toHaveLength(1);
  });

  test("are not all shown where they are many", () => {
    const many = [...kept, ...due(25)];
    const found = opened(duties(many, { prunings: [pruning({ status: "partial", failures: 25, failed })] })).find(({ kind }) => kind === "pruning-partial");
    expect(found?.evidence).toHaveLength(20);
    expect(found?.evidence.at(-1)).toBe("and 6 more");
    const twenty = pruning({ status: "partial", failures: 20, failed: failed.slice(0, 20) });
    const all = opened(duties(many, { prunings: [twenty] })).find(({ kind }) => kind === "pruning-partial");
    expect(all?.evidence.at(-1)).toBe("old-19: in use");
  });
});

describe("snapshots of a volume that is gone", () => {
  const left = [ours(ago({ hours: 9 }), { id: "a", volumeId: "vol-old" }), ours(ago({ hours: 7 }), { id: "b", volumeId: "vol-old" })];
  const orphaned = (snapshots: Snapshot[], facts: Partial<SnapshotFacts> = {}) =>
    opened(duties([...covered, ...snapshots], {}, facts)).filter(({ kind }) => kind === "orphaned-snapshots");
  const holding = (one: Snapshot): Snapshot => ({ ...one, tags: { ...one.tags, [MARK.hold]: "audit" } });

  test("are told, once for each volume", () => {
    const [told, ...more] = orphaned(left);
    expect(more).toEqual([]);
    expect(told).toMatchObject({ resource: "vol-old", evidence: ["2 snapshots are left of it, the newest of 2026-05-03T20:00:00.000Z"] });
    expect(told && attend(fleet(), told, policy, NOW)).toMatchObject([{ duty: "refuse", because: expect.stringContaining("steward:hold") }]);
  });

  test("are nobody's trouble while the volume is there, or when somebody holds them all", () => {
    expect(orphaned(left, { volumes: [VOLUME, "vol-old"] })).toEqual([]);
    expect(orphaned([], { volumes: [] })).toEqual([]);
    expect(orphaned(left.map(holding))).toEqual([]);
    expect(orphaned(left.map((one, index) => (index === 0 ? holding(one) : one)))).toHaveLength(1);
  });

  test("are told too where no volume is left at all", () => {
    const all = surveySnapshots(fleet({ dataVolume: null }), seen(left, { volumeId: null, volumes: [] }), policy, NOW);
    expect(opened(all).map(({ kind, resource }) => `${kind} ${resource}`)).toEqual([`snapshot-missing ${GROUP}`, "orphaned-snapshots vol-old"]);
  });
});

describe("an open incident about what is kept", () => {
  const stuck = (but = {}) => incident({ id: "s", kind: "snapshot-stuck", cause: "snapshot-stuck", resource: VOLUME, evidence: ["x"], ...but });
  const pending = [ours(MIDNIGHT, { schedules: ["daily"] }), { ...ours(NOW, { state: "pending" }), startedAt: ago({ hours: 7 }) }];

  test("is not opened again, and is quiet no more when it is found again", () => {
    expect(duties(pending, { incidents: [stuck()] })).toEqual([]);
    expect(duties(pending, { incidents: [stuck({ quietSince: ago({ minutes: 1 }) })] })).toEqual([
      { duty: "quiet", incident: stuck({ quietSince: ago({ minutes: 1 }) }), since: null },
    ]);
  });

  test("pages people where that was forgotten", () => {
    const missing = stuck({ kind: "snapshot-missing", cause: "snapshot-missing" });
    const runs = [runRecord({ subject: "duty-take-x", startedAt: ago({ hours: 2 }) })];
    expect(duties([], { incidents: [missing], runs })).toMatchObject([{ duty: "refuse", incident: { kind: "snapshot-missing" } }]);
  });

  test("is closed when it was found no more for a minute", () => {
    expect(duties(covered, { incidents: [stuck()] })).toEqual([{ duty: "quiet", incident: stuck(), since: NOW }]);
    const quiet = stuck({ quietSince: ago({ minutes: 1 }) });
    expect(duties(covered, { incidents: [quiet] })).toEqual([{ duty: "close", incident: quiet, because: "it is found no more" }]);
  });

  test("is nothing to the survey of the fleet but to be said again where it reached nobody", () => {
    const late = stuck({ kind: "pruning-partial", cause: "pruning-partial", openedAt: ago({ minutes: 3 }), quietSince: NOW });
    expect(isAboutKeeping(late)).toBe(true);
    expect(survey(fleet({ incidents: [late] }), policy, NOW)).toEqual([{ duty: "announce", incident: late, kind: "opened" }]);
  });
});

test("what is done is not asked for again", () => {
  const snapshots = [...kept, ...due(4), ours(NOW, { id: "e", state: "error" }), ours(ago({ hours: 9 }), { id: "a", volumeId: "vol-old" })];
  const facts = [1, 2, 3].reduce((before) => recorded(before, surveySnapshots(before, seen(snapshots), policy, NOW)), fleet());
  expect(facts.incidents.length).toBeGreaterThan(1);
  expect(surveySnapshots(facts, seen(snapshots), policy, NOW)).toEqual([]);
});
