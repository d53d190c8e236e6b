import type { SnapshotFacts } from "@steward/core/retention/snapshot";
import { Keeping, keepingOf } from "@steward/core/settings/schema";
import { KEEPING as DUTY, PROVING } from "@steward/core/survey/duties";
import { keepSnapshots } from "@steward/functions/keep-snapshots";
import { describe, expect, test } from "vitest";
import { ago, attempt, healthyFleet, NOW, runRecord } from "../core/builders.ts";
import { facts, image, SERVING } from "../core/image/images.ts";
import { record as drillRecord } from "../core/proof/builders.ts";
import { noDrill } from "../core/proof/lab.ts";
import { singleSettings } from "../settings.ts";
import { aKeeper, aServer, KEEPING, snapshot, VOLUME } from "./a-keeper.ts";
import { context, sample } from "./a-runtime.ts";

const invoke = ({ runtime }: ReturnType<typeof aKeeper>, event: unknown = sample("scheduled")) => keepSnapshots(runtime)(event, context());
const about = (...ids: string[]) => ({ ...sample("snapshots-failed"), resources: ids.map((id) => `arn:aws:ec2::us-east-1:snapshot/${id}`) });
const covered = snapshot(0);
const ageOf = ({ runtime }: ReturnType<typeof aKeeper>, { startedAt }: typeof covered) =>
  Math.round((runtime.world.now().getTime() - startedAt.getTime()) / 1000);

describe("every five minutes", () => {
  test("what is due is started, as a run that its slot names", async () => {
    const bench = aKeeper();
    expect(await invoke(bench)).toMatchObject({ hint: { kind: "keeping" }, duties: expect.arrayContaining(["start"]) });
    expect(bench.started).toEqual([expect.stringMatching(/^demo-duty-take-\d{8}t\d{4}-1$/)]);
    expect(bench.asked).toEqual([`facts ${VOLUME}`]);
  });

  test("where nothing is due nothing is started, and that all is well is said with the age of the newest snapshot", async () => {
    const bench = aKeeper({ snapshots: [snapshot(1), covered] });
    expect(await invoke(bench)).toEqual({ hint: { kind: "keeping" }, duties: [] });
    expect(bench.started).toEqual([]);
    expect(bench.beats).toEqual(new Map([[DUTY, bench.fake.state.at]]));
    expect(bench.ages).toEqual([[expect.objectContaining({ duty: DUTY })]]);
    expect(bench.snapshotAges).toEqual([Math.round((NOW.getTime() - covered.startedAt.getTime()) / 1000)]);
    expect(ageOf(bench, covered)).toBeGreaterThanOrEqual(0);
  });

  test("when a restore was last proven is said too", async () => {
    const proven = drillRecord({ state: "proven", endedAt: NOW, markedAt: NOW, volumeId: VOLUME, provenAt: ago({ days: 1 }) });
    const bench = aKeeper({ fleet: aServer({ drill: noDrill({ record: proven }) }), snapshots: [snapshot(1), covered] });
    await invoke(bench);
    expect(bench.beats.get(PROVING)).toEqual(ago({ days: 1 }));
  });

  test("the age of the last proven restore of the fleet's volume is published, by the ledger or by the snapshots' tags", async () => {
    const proven = drillRecord({ state: "proven", volumeId: VOLUME, endedAt: NOW, provenAt: ago({ days: 1 }) });
    const ofLedger = aKeeper({ fleet: aServer({ drill: noDrill({ record: proven }) }), snapshots: [snapshot(1), covered] });
    await invoke(ofLedger);
    const tagged = { ...snapshot(1), tags: { ...snapshot(1).tags, "steward:proven": ago({ days: 2 }).toISOString() } };
    const ofTags = aKeeper({ snapshots: [tagged, covered] });
    await invoke(ofTags);
    expect([ofLedger.proofAges, ofTags.proofAges]).toEqual([[86_400], [2 * 86_400]]);
  });

  test("since when drills are on is noted at the first look that finds them on, and taken back where they are off", async () => {
    const since = async (before: Date | null, everyDays: number | null) => {
      const keeping = Keeping.parse({ ...KEEPING, snapshots: { ...KEEPING.snapshots, proof: { everyDays, loadWithinHours: 6 } } });
      const bench = aKeeper({ fleet: aServer({ drill: noDrill({ since: before }) }), snapshots: [snapshot(1), covered], keeping });
      await invoke(bench);
      return bench.fake.state.drill?.since;
    };
    expect([await since(null, 7), await since(ago({ days: 3 }), 7), await since(ago({ days: 3 }), null), await since(null, null)]).toEqual([
      NOW,
      ago({ days: 3 }),
      null,
      null,
    ]);
  });

  test("before there is a snapshot no age is published, and it is said all the same that somebody looks", async () => {
    const bench = aKeeper();
    await invoke(bench);
    expect([bench.snapshotAges, bench.proofAges, [...bench.beats.keys()]]).toEqual([[], [], [DUTY]]);
  });

  test("a server without a volume is looked at too: its snapshots may be all that is left", async () => {
    const bench = aKeeper({ fleet: aServer({ dataVolume: null }), snapshots: [covered] });
    await invoke(bench);
    expect([bench.asked, bench.started]).toEqual([["facts null"], []]);
    expect(bench.beats.size).toBe(1);
  });

  test("half a view is no view: it is retried, and nobody says that all is well", async () => {
    const bench = aKeeper({ fleet: aServer({ unread: [{ what: "data volume", because: "throttled" }] }) });
    await expect(invoke(bench)).rejects.toMatchObject({ name: "Retryable", message: "I can't see enough: data volume (throttled)" });
    expect([bench.asked, bench.beats.size]).toEqual([[], 0]);
  });

  test("snapshots that can't be read are retried, and nobody says that all is well", async () => {
    const bench = aKeeper({}, ({ snapshots }) => ({ snapshots: { ...snapshots, facts: () => Promise.reject(new Error("throttled")) } }));
    await expect(invoke(bench)).rejects.toThrow("throttled");
    expect([bench.started, bench.beats.size]).toEqual([[], 0]);
  });

  test("a run that could not be started is no success", async () => {
    const bench = aKeeper({}, ({ runs }) => ({ runs: { ...runs, start: () => Promise.reject(new Error("Lambda is away")) } }));
    await expect(invoke(bench)).rejects.toMatchObject({ name: "Retryable" });
    expect(bench.beats.size).toBe(0);
  });
});

describe("copies in another region", () => {
  const copy = {
    region: "eu-west-1",
    kmsKeyArn: "arn:aws:kms:eu-west-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef",
    keep: { count: 1 },
    schedules: ["hourly"],
  };
  const keeping = keepingOf(singleSettings({ snapshots: { schedules: [{ id: "hourly", everyHours: 1, keep: { count: 2 } }], floor: 1, copy } }));
  const nobody = () => Promise.reject(new Error("nobody asks for that here"));
  const there = (facts: () => Promise<SnapshotFacts>) => () => ({ copies: { facts, again: nobody, copy: nobody, delete: nobody } });
  const nothing = async (): Promise<SnapshotFacts> => ({
    stage: "demo",
    at: NOW,
    volumeId: null,
    volumes: [],
    snapshots: [],
    images: [],
    templates: [],
    needed: [],
  });

  test("are begun where there is none yet", async () => {
    const bench = aKeeper({ snapshots: [covered], keeping }, there(nothing));
    await invoke(bench);
    expect(bench.started).toContainEqual(expect.stringMatching(/^demo-duty-copy-/));
  });

  test("that can't be looked at are left alone, and everything at home goes on", async () => {
    const bench = aKeeper(
      { keeping },
      there(() => Promise.reject(new Error("the region is away"))),
    );
    await invoke(bench);
    expect(bench.started).toEqual([expect.stringMatching(/^demo-duty-take-/)]);
    expect(bench.lines).toContainEqual(expect.objectContaining({ level: "WARN", error: "the region is away" }));
    expect(bench.beats.size).toBe(1);
  });
});

describe("once an hour, images", () => {
  const old = image({ createdAt: ago({ days: 400 }), lastLaunchedAt: null });
  const serving = { ...SERVING, createdAt: ago({ days: 100 }), lastLaunchedAt: null };
  const images = facts(old, { at: NOW, images: [old, serving] });
  const keeping: Keeping = { snapshots: null, images: { keep: 1, days: 30, disableFirst: false } };
  const pair = { fleet: healthyFleet(), images, keeping };

  test("that are due are taken away by a run of the day, in a pair too, which has no snapshots to look at", async () => {
    const bench = aKeeper(pair);
    expect(await invoke(bench)).toEqual({ hint: { kind: "keeping" }, duties: ["start"] });
    expect([bench.started, bench.asked, bench.snapshotAges]).toEqual([["demo-duty-images-20260504-1"], [], []]);
    expect(bench.beats.size).toBe(1);
  });

  test("are looked at, and not more often", async () => {
    const [first, later] = [aKeeper({ ...pair, images: { ...images, images: [] } }), aKeeper(pair)];
    await invoke(first);
    later.fake.pass(5 * 60_000);
    await invoke(later);
    expect([first.looks.length, later.looks.length, later.started]).toEqual([1, 0, []]);
  });

  test("are not looked at for an event about snapshots", async () => {
    const bench = aKeeper({ snapshots: [covered], images });
    await invoke(bench, about(covered.id));
    expect(bench.looks).toEqual([]);
  });

  test("that can't be read are retried, and nobody says that all is well", async () => {
    const bench = aKeeper(pair, () => ({ ownImages: { facts: () => Promise.reject(new Error("throttled")) } }));
    await expect(invoke(bench)).rejects.toThrow("throttled");
    expect([bench.started, bench.beats.size]).toEqual([[], 0]);
  });

  test("that could not be taken away are told", async () => {
    const failed = attempt({ runbook: "prune-images", outcome: "failed", because: "deregister ami-1: OperationNotPermitted" });
    const bench = aKeeper({ ...pair, fleet: healthyFleet({ attempts: [failed], runs: [runRecord({ subject: "duty-images-20260504", endedAt: NOW })] }) });
    await invoke(bench);
    expect(bench.fake.said).toMatchObject([{ kind: "paged", incident: { kind: "images-unpruned" } }]);
  });
});

describe("an event about snapshots", () => {
  test("of the stage leads to a look at all of them, and is no sign of life", async () => {
    const bench = aKeeper({ snapshots: [covered] });
    await invoke(bench, about("snap-0ffffffff", covered.id));
    expect(bench.asked).toEqual([`again snap-0ffffffff ${covered.id}`, `facts ${VOLUME}`]);
    expect([bench.beats.size, bench.snapshotAges]).toEqual([0, []]);
  });

  test.each([
    ["of another stage", { tags: { "steward:stage": "prod" } }],
    ["of somebody who has nothing to do with Steward", { tags: {} }],
  ])("%s ends after one cheap look, and says so", async (_what, but) => {
    const bench = aKeeper({ snapshots: [snapshot(0, but)] });
    expect(await invoke(bench, about(covered.id))).toEqual({ hint: { kind: "snapshots", snapshotIds: [covered.id] }, duties: [] });
    expect([bench.asked, bench.started]).toEqual([[`again ${covered.id}`], []]);
    expect(bench.lines).toContainEqual(expect.objectContaining({ message: "somebody else's snapshots", hint: expect.anything() }));
  });

  test("about one that EC2 does not show (any more) is left to the schedule", async () => {
    const bench = aKeeper();
    await invoke(bench, about(covered.id));
    expect(bench.asked).toEqual([`again ${covered.id}`]);
  });
});

test("what is not for this function goes to the dead letter", async () => {
  const bench = aKeeper();
  expect(await invoke(bench, sample("alarm-in-alarm"))).toMatchObject({ deadLettered: expect.stringMatching(/^no trigger takes this CloudWatch Alarm/) });
  expect(bench.letters).toMatchObject([{ because: expect.stringMatching(/^keep-snapshots: no trigger/) }]);
  expect(bench.asked).toEqual([]);
});
