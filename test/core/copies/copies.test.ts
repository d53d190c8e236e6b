import { copySnapshots } from "@steward/core/copies/copy";
import type { CopyRecord } from "@steward/core/copies/copy-record";
import { type CopyOutlook, dueCopies, wantedCopies } from "@steward/core/copies/due";
import type { CopyStore } from "@steward/core/copies/ports";
import { policyOfCopies, shelfOfCopies } from "@steward/core/copies/shelf";
import { surveyCopies } from "@steward/core/copies/survey";
import { Permanent } from "@steward/core/errors";
import type { FleetFacts } from "@steward/core/fleet/facts";
import { policyOf } from "@steward/core/fleet/policy";
import { MARK } from "@steward/core/retention/marks";
import { planRetention } from "@steward/core/retention/plan";
import type { Snapshot, SnapshotFacts } from "@steward/core/retention/snapshot";
import { keepingOf } from "@steward/core/settings/schema";
import { surveySnapshots } from "@steward/core/snapshots/survey";
import { describe, expect, test } from "vitest";
import { singleSettings } from "../../settings.ts";
import { ago, attempt, healthyFleet, hence, incident, NOW, node, runRecord } from "../builders.ts";
import { dataVolume, ours, VOLUME } from "../snapshots/cloud.ts";

const REGION = "eu-west-1";
const KEY = "arn:aws:kms:eu-west-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef";
const settings = singleSettings({
  snapshots: {
    schedules: [
      { id: "hourly", everyHours: 1, keep: { count: 24 } },
      { id: "daily", everyHours: 24, keep: { count: 14 } },
    ],
    floor: 1,
    pruning: { atMost: 3, atMostPercent: 100 },
    copy: { region: REGION, kmsKeyArn: KEY, keep: { count: 2 }, schedules: ["hourly"], atOnce: 2 },
  },
});
const { snapshots: rules } = settings;
if (!rules.copy) throw new Error("the settings of this test copy nothing");
const { copy } = rules;
const policy = policyOf("single", keepingOf(settings));

const facts = (snapshots: Snapshot[], but: Partial<SnapshotFacts> = {}): SnapshotFacts => ({
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
const here = (hours: number, but: Partial<Snapshot> & { schedules?: string[] } = {}): Snapshot => ours(ago({ hours }), { id: `snap-${hours}`, ...but });
/** The copy of one, as EC2 shows it there. */
const copied = (hours: number, but: Partial<Snapshot> = {}): Snapshot =>
  here(hours, { volumeId: "vol-ffffffff", ...but, id: `copy-${hours}`, tags: { [MARK.copyOf]: `snap-${hours}`, ...but.tags } });
const record = (sourceId: string, but: Partial<CopyRecord> = {}): CopyRecord => ({
  sourceId,
  state: "failed",
  key: "k",
  attempt: 1,
  since: ago({ hours: 1 }),
  at: ago({ hours: 1 }),
  copyId: null,
  because: "UnauthorizedOperation",
  revision: 2,
  ...but,
});
const outlook = (seen: Snapshot[], there: Snapshot[] = [], records: CopyRecord[] = []): CopyOutlook => ({
  seen: facts(seen),
  there: facts(there, { volumeId: null, volumes: [] }),
  records,
});

describe("a copy is wanted", () => {
  const wanted = (...given: Parameters<typeof outlook>) =>
    wantedCopies(outlook(...given), copy, NOW).map(({ snapshot, schedules }) => `${snapshot.id} ${schedules}`);

  test("of what was made for a copied schedule within a day, and has none", () => {
    expect(wanted([here(0, { schedules: ["hourly", "daily"] }), here(5), here(6)], [copied(5)])).toEqual(["snap-0 hourly", "snap-6 hourly"]);
  });

  test("of the newest, however old it is", () => {
    expect(wanted([here(30), here(31)])).toEqual(["snap-30 hourly"]);
  });

  test.each<[string, Snapshot]>([
    ["what is still being made", here(0, { state: "pending" })],
    ["what nobody can call one or the other yet", here(0, { tags: { [MARK.consistency]: "unproven" } })],
    ["what a proof has failed with", here(0, { tags: { [MARK.proofFailed]: "a database is not whole" } })],
    ["what is in the archive", here(0, { tier: "archive" })],
    ["what another schedule made", here(0, { schedules: ["daily"] })],
    ["what is of another volume", here(0, { volumeId: "vol-0fffffffffffffff0" })],
    ["what is not ours", { ...here(0), tags: {} }],
  ])("not of %s", (_what, snapshot) => {
    expect(wanted([snapshot])).toEqual([]);
  });

  test("again where the copy came to nothing, and not for somebody's own copy", () => {
    expect(wanted([here(0)], [copied(0, { state: "error" })])).toEqual(["snap-0 hourly"]);
    expect(wanted([here(0)], [{ ...copied(0), tags: here(0).tags }])).toEqual(["snap-0 hourly"]);
  });
});

describe("a copy is due", () => {
  const due = (...given: Parameters<typeof outlook>) => dueCopies(outlook(...given), copy, NOW).map(({ snapshot }) => snapshot.id);

  test("where nobody has tried, newest first, while there is room for it", () => {
    expect(due([here(0), here(1), here(2)])).toEqual(["snap-0", "snap-1"]);
    expect(due([here(0), here(1), here(2)], [copied(2, { state: "pending" })])).toEqual(["snap-0"]);
    expect(due([here(0), here(1), here(2)], [copied(1, { state: "pending" }), copied(2, { state: "pending" })])).toEqual([]);
  });

  test.each<[string, Partial<CopyRecord>, boolean]>([
    ["five minutes after an answer that was lost", { state: "asking", at: ago({ minutes: 5 }) }, true],
    ["not before", { state: "asking", at: ago({ minutes: 4 }) }, false],
    ["half an hour after one was made that is not shown", { state: "made", at: ago({ minutes: 30 }) }, true],
    ["not sooner", { state: "made", at: ago({ minutes: 29 }) }, false],
    ["ten minutes after the second failure", { attempt: 2, at: ago({ minutes: 10 }) }, true],
    ["not earlier", { attempt: 2, at: ago({ minutes: 9 }) }, false],
    ["an hour after the hundredth", { attempt: 100, at: ago({ minutes: 60 }) }, true],
    ["no more after a day", { since: ago({ hours: 24 }) }, false],
  ])("%s", (_when, but, isDue) => {
    expect(due([here(0)], [], [record("snap-0", but)])).toEqual(isDue ? ["snap-0"] : []);
  });
});

type Answer = Awaited<ReturnType<CopyStore["copy"]>> | Error;

async function copying(
  answers: Answer[],
  { seen = [here(0), here(1)], known = [], conflict = false }: { seen?: Snapshot[]; known?: CopyRecord[]; conflict?: boolean } = {},
) {
  const records = new Map(known.map((one) => [one.sourceId, one]));
  const asked: { sourceId: string; tags: Record<string, string> }[] = [];
  const copies: CopyStore = {
    facts: async () => facts([], { volumeId: null }),
    again: async () => [],
    delete: async () => ({ kind: "deleted" }),
    copy: async (of) => {
      asked.push(of);
      const answer = answers.shift() ?? "lost";
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  const putCopy = async (one: CopyRecord) => {
    if (conflict || (records.get(one.sourceId)?.revision ?? 0) !== one.revision - 1) return false;
    records.set(one.sourceId, one);
    return true;
  };
  const ledger = { copies: async () => [...records.values()], putCopy };
  const world = { stage: "demo", store: { facts: async () => facts(seen) }, copies, ledger, now: () => NOW };
  const run = (by = rules) => copySnapshots(world, { volumeId: VOLUME, policy: by, key: "run/1" });
  await run();
  return { asked, records: [...records.values()], run };
}

describe("copying", () => {
  test("asks for each that is due with the tags of the source, the schedules and the due date of the copies", async () => {
    const { asked, records } = await copying([{ id: "snap-there" }, { id: "snap-too" }]);
    expect(asked.map(({ sourceId }) => sourceId)).toEqual(["snap-0", "snap-1"]);
    expect(asked[0]?.tags).toMatchObject({
      [MARK.stage]: "demo",
      [MARK.slot]: NOW.toISOString(),
      [MARK.schedules]: "hourly",
      [MARK.consistency]: "application",
      [MARK.copyOf]: "snap-0",
      [MARK.due]: hence({ hours: 2 }).toISOString(),
    });
    expect(records).toMatchObject([
      { sourceId: "snap-0", state: "made", copyId: "snap-there", attempt: 1, revision: 2, key: "run/1" },
      { sourceId: "snap-1", state: "made" },
    ]);
  });

  test("leaves one whose answer was lost as being asked for, and goes on with the next", async () => {
    expect((await copying(["lost", { id: "snap-too" }])).records).toMatchObject([{ state: "asking", revision: 1 }, { state: "made" }]);
  });

  test("stops where EC2 takes no more, which is no attempt", async () => {
    const known = [record("snap-0", { attempt: 3 })];
    const { asked, records } = await copying(["limit"], { known });
    expect(asked).toHaveLength(1);
    expect(records).toMatchObject([{ state: "failed", attempt: 3, because: "EC2 is copying as many as it takes at once" }]);
    expect((await copying(["limit"])).records).toMatchObject([{ state: "failed", attempt: 1 }]);
  });

  test("notes why one was refused, since when it is tried, and goes on with the next", async () => {
    const known = [record("snap-0", { attempt: 2, at: ago({ hours: 2 }), since: ago({ hours: 3 }) })];
    const { records } = await copying([new Permanent("copy snap-0: the key is gone"), { id: "snap-too" }], { known });
    expect(records).toMatchObject([{ state: "failed", attempt: 3, since: ago({ hours: 3 }), because: "copy snap-0: the key is gone" }, { state: "made" }]);
  });

  test("asks for nothing that another has taken meanwhile, and for nothing where the settings copy none", async () => {
    const { asked, run } = await copying([], { conflict: true });
    expect(asked).toEqual([]);
    await run({ ...rules, copy: null });
    expect(asked).toEqual([]);
  });
});

const fleet = (but: Partial<FleetFacts> = {}): FleetFacts =>
  healthyFleet({ nodes: [node()], database: null, dataVolume, group: { ...healthyFleet().group, desired: 1, min: 0, max: 1 }, ...but });
const duties = (given: CopyOutlook | null, but: Partial<FleetFacts> = {}, by = policy) => surveyCopies(fleet(but), given, by, NOW);
const started = (all: ReturnType<typeof duties>) => all.flatMap((duty) => (duty.duty === "start" ? [duty.order.name] : []));
const opened = (all: ReturnType<typeof duties>) => all.flatMap((duty) => (duty.duty === "open" ? [[duty.incident.kind, ...duty.incident.evidence]] : []));

describe("whoever looks after copies", () => {
  test("begins those that are due, one run at a time, where Steward may act", () => {
    const due = outlook([here(0)]);
    expect(started(duties(due))).toEqual(["demo-duty-copy-20260504t0300-1"]);
    expect(started(duties(due, { switch: { position: "off" } }))).toEqual([]);
    expect(started(duties(due, { desired: null }))).toEqual([]);
    expect(started(duties(due, { runs: [runRecord({ subject: "duty-copy-20260504t0200" })] }))).toEqual([]);
    expect(started(duties(outlook([here(0)], [copied(0)])))).toEqual([]);
  });

  test("begins none within the hour after a run that failed, and people are told why", () => {
    const failed = (startedAt: Date) => ({ attempts: [attempt({ runbook: "copy-snapshots", outcome: "failed", because: "not authorized", startedAt })] });
    const due = outlook([here(0)]);
    expect(started(duties(due, failed(ago({ minutes: 54 }))))).toEqual([]);
    expect(started(duties(due, failed(ago({ minutes: 56 }))))).toHaveLength(1);
    const told = `the attempt of ${ago({ minutes: 54 }).toISOString()}: not authorized`;
    expect(opened(duties(due, failed(ago({ minutes: 54 }))))).toEqual([["copy-failed", told]]);
    expect(opened(duties(outlook([here(0)], [copied(0)]), failed(ago({ minutes: 54 }))))).toEqual([]);
  });

  test("does nothing where nobody could look, and only ends what was open where the settings copy none", () => {
    const open = incident({ kind: "copy-missing", resource: REGION, cause: "copy-missing", openedAt: ago({ hours: 5 }) });
    expect(duties(null, { incidents: [open] })).toEqual([]);
    const off = policyOf("single", keepingOf(singleSettings()));
    expect(duties(null, { incidents: [open] }, off)).toMatchObject([{ duty: "quiet" }]);
    expect(surveySnapshots(fleet({ incidents: [open] }), facts([here(0, { schedules: ["hourly", "daily", "weekly"] })]), off, NOW)).toEqual([]);
  });

  const shelf = (many: number) => Array.from({ length: many }, (_, hours) => copied(hours));

  test("has those deleted that no number of theirs keeps, one pruning in an hour, while nothing is in the way", () => {
    const due = outlook([here(0)], shelf(4));
    expect(started(duties(due))).toEqual(["demo-duty-copies-prune-20260504t0300-1"]);
    expect(started(duties(due, { attempts: [attempt({ runbook: "prune-copies", startedAt: ago({ minutes: 50 }) })] }))).toEqual([]);
    expect(started(duties(due, { runs: [runRecord({ subject: "duty-copies-prune-20260504t0200" })] }))).toEqual([]);
    expect(started(duties(due, { switch: { position: "off" } }))).toEqual([]);
    expect(started(duties(due, { incidents: [incident()] }))).toEqual([]);
  });

  test("stops for a blast radius of their own, and tells people", () => {
    const all = duties(outlook([here(0)], shelf(6)));
    expect(started(all)).toEqual([]);
    expect(opened(all)).toEqual([["copies-unpruned", "4 of 6 snapshots are due at once: more than 3 (snapshots.pruning.atMost)"]]);
  });

  test("names what the last pruning of copies could not delete, and not what the one at home could not", () => {
    const pruning = {
      startedAt: ago({ hours: 2 }),
      endedAt: ago({ hours: 2 }),
      at: ago({ hours: 2 }),
      key: "k",
      status: "partial" as const,
      due: 1,
      deleted: 0,
      archived: 0,
      kept: 2,
    };
    const rest = { failed: [{ snapshotId: "copy-2", because: "it is held" }], failures: 1, deferred: 0, because: null, tokens: { left: 0, at: NOW } };
    const given = outlook([here(0)], shelf(3));
    expect(opened(duties(given, { prunings: [{ ...pruning, ...rest, copies: true }] }))).toEqual([["copies-unpruned", "copy-2: it is held"]]);
    expect(opened(duties(given, { prunings: [{ ...pruning, ...rest }] }))).toEqual([]);
  });

  test("tells people of what was tried for a day, unless there is a copy now", () => {
    const given = [record("snap-5", { since: ago({ hours: 25 }), attempt: 30 }), record("snap-6", { since: ago({ hours: 25 }), attempt: 30, because: null })];
    expect(opened(duties(outlook([here(0), here(5), here(6)], [copied(0)], given)))).toEqual([
      ["copy-failed", "snap-5 was tried 30 times: UnauthorizedOperation", "snap-6 was tried 30 times: EC2 shows no copy of it that is whole"],
    ]);
    expect(opened(duties(outlook([here(0), here(5)], [copied(0), copied(5)], given)))).toEqual([]);
  });

  test("tells people when the newest copy is older than two of its schedule's periods, from the first attempt on before there is one", () => {
    expect(opened(duties(outlook([here(0)], [copied(3)])))).toEqual([
      ["copy-missing", `hourly has had no copy in ${REGION} since ${ago({ hours: 3 }).toISOString()}`],
    ]);
    expect(opened(duties(outlook([here(0)], [copied(2)])))).toEqual([]);
    expect(opened(duties(outlook([here(0)])))).toEqual([]);
    expect(opened(duties(outlook([here(0)], [copied(3, { state: "pending" })], [record("snap-3", { since: ago({ hours: 3 }) })])))).toMatchObject([
      ["copy-missing", expect.any(String)],
    ]);
  });
});

describe("what is kept of copies", () => {
  const planOf = (snapshots: Snapshot[]) => planRetention(shelfOfCopies(facts(snapshots, { volumeId: null, volumes: [] })), policyOfCopies(rules, copy), NOW);
  const deleted = (snapshots: Snapshot[]) => planOf(snapshots).flatMap(({ verdict, snapshotId }) => (verdict === "delete" ? [snapshotId] : []));

  test("are the newest by their own numbers, whatever is kept at home", () => {
    expect(deleted([copied(0), copied(1), copied(2)])).toEqual(["copy-2"]);
  });

  test("is everything that somebody holds, that is in use, or that is not ours, a copy of somebody's own among it", () => {
    const somebodys = { ...copied(3), tags: here(3).tags };
    expect(deleted([copied(0), copied(1), copied(2, { tags: { [MARK.hold]: "" } }), somebodys, { ...copied(4), tags: {} }])).toEqual([]);
  });

  test("does not depend on what is at home, and says nothing of it", () => {
    const home = planRetention(facts([here(0), here(1), here(2)]), rules, NOW);
    expect(planRetention(facts([here(0), here(1), here(2)]), { ...rules, copy: null }, NOW)).toEqual(home);
  });
});
