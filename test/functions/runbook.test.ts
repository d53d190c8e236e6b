import type { FleetFacts } from "@steward/core/fleet/facts";
import { StatusReport } from "@steward/core/fleet/status";
import { ImagesReport } from "@steward/core/image/report";
import { SnapshotsReport } from "@steward/core/retention/report";
import { RUNBOOK_IDS } from "@steward/core/runbooks/runbook";
import { runbook } from "@steward/functions/runbook";
import { describe, expect, test } from "vitest";
import { ago, FIRST, fleetWithSickNode, healthyFleet, NOW, runRecord } from "../core/builders.ts";
import { before } from "../core/first-deploy/founding.ts";
import { facts, image, record } from "../core/image/images.ts";
import { record as drillRecord } from "../core/proof/builders.ts";
import { noDrill } from "../core/proof/lab.ts";
import { aKeeper, aServer, snapshot, VOLUME } from "./a-keeper.ts";
import { aRuntime, type Bench, context } from "./a-runtime.ts";

const ask = async (event: unknown, facts: FleetFacts = healthyFleet()) => {
  const bench = aRuntime(facts);
  return { answer: (await runbook(bench.runtime)(event as never, context())) as Record<string, unknown>, ...bench };
};

test("a wrong request is answered with what is allowed, and nothing is done", async () => {
  for (const event of [undefined, {}, { mode: "destroy" }, { mode: "run", runbook: "restart-service", input: {}, reason: "x", id: "1" }]) {
    const { answer, started } = await ask(event);
    expect([answer.error, answer.runbooks, started]).toEqual([expect.any(String), RUNBOOK_IDS, []]);
  }
  const { answer, started } = await ask({ mode: "run", runbook: "restart-service", input: { instanceId: "all" }, reason: "because", id: "1" });
  expect([answer.error, started]).toEqual([expect.stringContaining("restart-service: "), []]);
});

test("every runbook is listed with what it is for and what users notice", async () => {
  const { answer } = await ask({ mode: "list" });
  expect((answer.runbooks as { id: string }[]).map(({ id }) => id)).toEqual(RUNBOOK_IDS);
});

describe("the status", () => {
  test("is that of the fleet, with the runs that are under way", async () => {
    const { answer } = await ask({ mode: "status" }, fleetWithSickNode({ runs: [runRecord()] }));
    expect(StatusReport.parse(JSON.parse(JSON.stringify(answer)))).toMatchObject({ capacity: 2, serving: 1, firstDeploy: null, runs: [runRecord()] });
  });

  test("tells of a first deploy how far it is and what a person has to do", async () => {
    const { firstDeploy } = (await ask({ mode: "status" }, before("ha", "secrets"))).answer as StatusReport;
    expect(firstDeploy?.find(({ state }) => state === "now")).toMatchObject({ id: "secrets", todo: expect.stringContaining("npx steward secrets init") });
  });
});

describe("the status of a server", () => {
  const status = (bench: Bench) => runbook(bench.runtime)({ mode: "status" } as never, context()) as Promise<StatusReport>;
  const proven = drillRecord({ state: "proven", decidedAt: NOW, provenAt: NOW, servedAt: NOW, endedAt: NOW });

  test("says when a restore was last proven, by the ledger alone", async () => {
    const bench = aKeeper({ fleet: aServer({ drill: noDrill({ record: proven }) }) });
    const report = StatusReport.parse(JSON.parse(JSON.stringify(await status(bench))));
    expect(report.proof).toMatchObject({ last: { at: NOW, snapshotId: proven.snapshotId, rpoSeconds: 3300, servedAfterSeconds: 300 }, because: null });
    expect(bench.asked).toEqual([]);
  });

  test("says that none ever was; of a pair it says nothing", async () => {
    expect((await status(aKeeper())).proof).toEqual({ last: null, because: "no drill has begun yet", underWay: null });
    expect((await status(aRuntime())).proof).toBeNull();
  });

  test("says so where that could not be read, and all the rest", async () => {
    const bench = aKeeper({}, ({ ledger }) => ({ ledger: { ...ledger, drill: () => Promise.reject(new Error("throttled")) } }));
    expect(await status(bench)).toMatchObject({ capacity: 1, proof: null, unread: [{ what: "the proof of a restore", because: "throttled" }] });
  });

  test("the plan of its snapshots says it too", async () => {
    const bench = aKeeper({ fleet: aServer({ drill: noDrill({ record: proven }) }), snapshots: [snapshot(0)] });
    expect(await runbook(bench.runtime)({ mode: "snapshots" } as never, context())).toMatchObject({ proof: { last: { snapshotId: proven.snapshotId } } });
  });
});

describe("the plan of images", () => {
  const old = image({ createdAt: ago({ days: 400 }), lastLaunchedAt: null });
  const serving = [100, 101, 102].map((days) => image({ imageId: `ami-${days}`, createdAt: ago({ days }), lastLaunchedAt: null }));
  const ownImages = facts(old, { at: NOW, images: [old, ...serving], ledger: [] });
  const images = ownImages.images.map(({ imageId }) => record(imageId));

  test("says of each what becomes of it, in either architecture, and takes none away", async () => {
    const { answer, started, fake } = await ask({ mode: "images" }, healthyFleet({ ownImages, images }));
    const report = ImagesReport.parse(JSON.parse(JSON.stringify(answer)));
    expect(report).toMatchObject({ stage: "demo", counts: { keep: 3, disable: 0, deregister: 1 } });
    expect(report.lines.at(-1)).toMatchObject({ imageId: old.imageId, verdict: "deregister", rule: "due", snapshotIds: old.snapshotIds });
    expect([started, fake.gallery.calls]).toEqual([[], []]);
  });

  test("names those that a run would begin with", async () => {
    const { answer } = await ask({ mode: "plan", runbook: "prune-images", input: {} }, healthyFleet({ ownImages, images }));
    expect(answer).toMatchObject({ steps: [expect.stringContaining(`deregister-image imageId=${old.imageId}`)], wouldRefuse: [] });
  });
});

describe("the plan of snapshots", () => {
  const snapshots = ({ runtime }: Bench) => runbook(runtime)({ mode: "snapshots" } as never, context());

  test("says of each what becomes of it, and deletes nothing", async () => {
    const bench = aKeeper({ snapshots: [snapshot(0), snapshot(1)] });
    const report = SnapshotsReport.parse(JSON.parse(JSON.stringify(await snapshots(bench))));
    expect(report).toMatchObject({ stage: "demo", volumeId: VOLUME, counts: { keep: 2, delete: 0 }, because: null });
    expect([bench.asked, bench.started]).toEqual([[`facts ${VOLUME}`], []]);
  });

  test("is made of those that are left where the volume is gone", async () => {
    const bench = aKeeper({ fleet: aServer({ dataVolume: null }), snapshots: [snapshot(0)] });
    expect(await snapshots(bench)).toMatchObject({ volumeId: null, lines: [{ verdict: "keep" }] });
  });

  test("is not made of half a view", async () => {
    const bench = aKeeper({ fleet: aServer({ unread: [{ what: "data volume", because: "throttled" }] }) });
    expect(await snapshots(bench)).toEqual({ error: "I can't see enough: data volume (throttled)" });
    expect(bench.asked).toEqual([]);
  });

  test("is refused in words where there is no data volume to make any of", async () => {
    expect(await snapshots(aRuntime())).toEqual({ error: expect.stringMatching(/^demo has no data volume, so it has no snapshots/) });
  });
});

describe("a plan", () => {
  test("is told in words, with what would stop it, and nothing is done", async () => {
    const { answer, fake } = await ask(
      { mode: "plan", runbook: "restart-service", input: { instanceId: FIRST } },
      fleetWithSickNode({ switch: { position: "off" } }),
    );
    expect(answer).toMatchObject({
      steps: [`restart-service ${FIRST}: a restart is the cheapest cure`],
      otherwise: [],
      wouldRefuse: [{ guard: "switch-off" }],
    });
    expect(fake.commands).toEqual([]);
  });

  test("of a first deploy says whole what would be written", async () => {
    const { answer } = await ask({ mode: "plan", runbook: "first-deploy", input: {} }, before("ha", "document"));
    expect(answer.steps).toEqual([
      expect.stringMatching(
        /^write-document declared=\{"bucket":.* dataVolume=null database=\{"host":.*"login":"database-login-a"\} sha256=[0-9a-f]{64} keyFingerprint=/,
      ),
    ]);
  });
});

test("a run is started under the caller's own id, which makes a repetition the same one", async () => {
  const { answer, started, fake } = await ask({ mode: "run", runbook: "first-deploy", input: {}, reason: "to go on", id: "monday" });
  expect(answer).toMatchObject({ started: "demo-request-monday-1" });
  expect(started).toEqual(["demo-request-monday-1"]);
  expect(fake.state.runs).toMatchObject([{ name: "demo-request-monday-1", subject: "request-monday", endedAt: null }]);
});

test("an id that was used for another request starts nothing, and says so", async () => {
  const { runtime, fake } = aRuntime(healthyFleet(), () => ({ runs: { start: async () => null, status: async () => "running" } }));
  const event = { mode: "run", runbook: "first-deploy", input: {}, reason: "to go on", id: "monday" };
  expect(await runbook(runtime)(event as never, context())).toEqual({ error: expect.stringContaining("the id monday was used before") });
  expect(fake.state.runs).toEqual([]);
});
