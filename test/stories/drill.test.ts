import { byHand } from "@steward/cli/scenarios/server";
import type { Stage } from "@steward/cli/simulation/stage";
import { MARK } from "@steward/core/retention/marks";
import { describe, expect, test } from "vitest";
import { ageServer, damage, drillOf, empty, launchedByDrills, loseDatabase, madeByDrills, openDrilling, production, ruleOf } from "./drill-world.ts";
import { ask, during, leftBehind, NOTHING_LEFT, open, pages } from "./keeping-world.ts";

const SEED = 4;
const REMEDIATE = "steward-demo-remediate";

const newest = ({ snapshots }: Stage) => snapshots.at(-1);
const tagsOf = ({ snapshots }: Stage, id: string | undefined) => snapshots.find((snapshot) => snapshot.id === id)?.tags ?? {};
const isOver = (stage: Stage, id: string): boolean => drillOf(stage)?.snapshotId === id && drillOf(stage)?.endedAt !== null && stage.nothingRuns;

/** A person asks for a drill of the newest snapshot; the answer is the snapshot, once nothing of the drill is left. */
async function drilled(stage: Stage, request: string): Promise<string> {
  const id = newest(stage)?.id ?? "";
  await ask(stage, "prove-restore", { snapshotId: id }, request);
  expect(await stage.waitFor(() => isOver(stage, id), { hours: 3 })).toBe(true);
  return id;
}

/** The next hour's snapshot is there. */
async function nextSnapshot(stage: Stage): Promise<string> {
  const last = newest(stage)?.id;
  await stage.waitFor(() => newest(stage)?.id !== last && newest(stage)?.state === "completed" && stage.nothingRuns, { hours: 2 });
  return newest(stage)?.id ?? "";
}

/** It is proven, once and by one server, and nothing is left, nor has anybody noticed. */
function expectProven(stage: Stage, snapshotId: string, before: unknown): void {
  const drill = drillOf(stage);
  expect(drill).toMatchObject({ state: "proven", snapshotId, unproven: null });
  expect(tagsOf(stage, snapshotId)).toMatchObject({ [MARK.proven]: drill?.provenAt?.toISOString() });
  expect(tagsOf(stage, snapshotId)).not.toHaveProperty(MARK.proofFailed);
  expect(launchedByDrills(stage)).toEqual([drill?.instanceId]);
  expect(madeByDrills(stage)).toEqual([]);
  expect(production(stage)).toEqual(before);
  expect(pages(stage)).toEqual([]);
  expect(leftBehind(stage)).toEqual(NOTHING_LEFT);
}

test("a drill proves the snapshot, tells how old it was, when it served and when it was read to its end, and leaves nothing", async () => {
  const stage = await openDrilling(SEED, { proof: { everyDays: null, loadWithinHours: 6 } });
  const [before, of, asked] = [production(stage), newest(stage), Date.now()];
  const id = await drilled(stage, "whole");
  expectProven(stage, id, before);
  const drill = drillOf(stage);
  expect(drill?.verdicts).toEqual(expect.arrayContaining(["rstudio-pm.db is whole", "the encryption key is the fleet's", "Package Manager answers"]));
  const age = (asked - (of?.startedAt.getTime() ?? 0)) / 1000;
  expect(drill?.rpoSeconds).toBeGreaterThan(age);
  expect(drill?.rpoSeconds).toBeLessThan(age + 60);
  const times = [drill?.startedAt, drill?.launchedAt, drill?.servedAt, drill?.decidedAt, drill?.loadedAt, drill?.endedAt].map((time) => time?.getTime() ?? 0);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(times).not.toContain(0);
});

test("the first one comes by itself once the server is a day old", async () => {
  const stage = await openDrilling(SEED, { proof: { everyDays: 7, loadWithinHours: 0 } });
  const before = production(stage);
  await stage.run({ minutes: 20 });
  expect(drillOf(stage)).toBeUndefined();
  ageServer(stage);
  await stage.waitFor(() => drillOf(stage)?.endedAt instanceof Date && stage.nothingRuns, { minutes: 30 });
  expectProven(stage, drillOf(stage)?.snapshotId ?? "", before);
  await stage.run({ minutes: 20 });
  expect(launchedByDrills(stage)).toHaveLength(1);
});

describe("a snapshot with a damaged database", () => {
  test("fails its drill, people are told once, the proven one stays, and it is over when a newer one is proven", async () => {
    const stage = await openDrilling(SEED, { schedules: [{ id: "hourly", everyHours: 1, keep: { count: 1 } }] });
    const before = production(stage);
    const good = await drilled(stage, "good");
    damage(stage, await nextSnapshot(stage));
    const bad = await drilled(stage, "bad");
    const because = expect.stringMatching(/^rstudio-pm\.db: \*\*\* in database main \*\*\*\s+Page 8: btreeInitPage/);
    expect(drillOf(stage)).toMatchObject({ state: "failed", because, unproven: { snapshotId: bad }, evidence: [{ snapshotId: bad }] });
    expect(tagsOf(stage, bad)).toMatchObject({ [MARK.proofFailed]: because });
    expect(tagsOf(stage, bad)).not.toHaveProperty(MARK.proven);
    expect([madeByDrills(stage), production(stage)]).toEqual([[], before]);
    await nextSnapshot(stage);
    await stage.run({ minutes: 20 });
    expect([await ruleOf(stage, good), await ruleOf(stage, bad)]).toEqual(["proven", "needed"]);
    expect(open(stage)).toEqual(["restore-unproven"]);
    expect(pages(stage)).toEqual([expect.stringContaining("no restore has been proven to work")]);
    const newer = await drilled(stage, "newer");
    await stage.run({ minutes: 10 });
    expect(drillOf(stage)).toMatchObject({ state: "proven", unproven: null });
    expect([open(stage), pages(stage).length, await ruleOf(stage, newer)]).toEqual([[], 1, "proven"]);
    expect(leftBehind(stage)).toEqual(NOTHING_LEFT);
  });

  test("fails it before Package Manager is started on it, as does one that lost its database, of which that would make another", async () => {
    for (const [request, harm] of [
      ["damaged", damage],
      ["lost", loseDatabase],
    ] as const) {
      const stage = await openDrilling(SEED);
      harm(stage, newest(stage)?.id ?? "");
      const bad = await drilled(stage, request);
      expect(drillOf(stage)).toMatchObject({ state: "failed", servedAt: null, look: null });
      expect(tagsOf(stage, bad)).toHaveProperty(MARK.proofFailed);
      expect(madeByDrills(stage)).toEqual([]);
    }
  });
});

test("a copy that holds much less than the fleet decides nothing, and is tagged with nothing", async () => {
  const stage = await openDrilling(SEED);
  const id = newest(stage)?.id ?? "";
  empty(stage, id);
  await drilled(stage, "empty");
  expect(drillOf(stage)).toMatchObject({ state: "undecided", because: expect.stringContaining("at the fleet") });
  expect([tagsOf(stage, id)[MARK.proven], tagsOf(stage, id)[MARK.proofFailed], madeByDrills(stage)]).toEqual([undefined, undefined, []]);
});

describe("a drill comes to one verdict and leaves nothing", () => {
  test("though its function dies as each of its calls to AWS leaves", async () => {
    const stage = await openDrilling(SEED);
    const before = production(stage);
    const deadly = new Set(["CreateVolume", "PutObject", "RunInstances", "AttachVolume", "SendCommand", "CreateTags", "TerminateInstances"]);
    during(stage, ({ operation, principal: { functionName } }) => {
      if (functionName === REMEDIATE && deadly.delete(operation)) stage.world.lambda.killAll(REMEDIATE);
    });
    const id = await drilled(stage, "calls");
    expect([...deadly]).toEqual([]);
    expectProven(stage, id, before);
  });

  test.each([0, 3])("though it dies around every sixteenth checkpoint from the %ith on", { timeout: 300_000 }, async (from) => {
    const stage = await openDrilling(SEED);
    const before = production(stage);
    let next = from;
    stage.world.lambda.faults.killAround = ({ execution, index }) => {
      if (!execution.includes("request-around") || index !== next) return undefined;
      next += 16;
      return next % 32 < 16 ? "before" : "after";
    };
    const id = await drilled(stage, "around");
    expect(next).toBeGreaterThan(60);
    expectProven(stage, id, before);
  });

  test.each(["launchedAt", "decidedAt"] as const)("though its run is stopped for good once it has come to %s", async (time) => {
    const stage = await openDrilling(SEED);
    const [before, id] = [production(stage), newest(stage)?.id ?? ""];
    const request = { mode: "run", runbook: "prove-restore", input: {}, reason: "a story", id: "stopped" };
    await byHand(stage, (operator) => operator("lambda", "Invoke", { FunctionName: "steward-demo-runbook", Payload: Buffer.from(JSON.stringify(request)) }));
    await stage.waitFor(() => drillOf(stage)?.[time] != null, { hours: 1 });
    const run = [...stage.world.lambda.executions.values()].find(({ status, name }) => status === "RUNNING" && name.includes("stopped"));
    await byHand(stage, (operator) => operator("lambda", "StopDurableExecution", { DurableExecutionArn: run?.arn }));
    expect(await stage.waitFor(() => isOver(stage, id), { hours: 2 })).toBe(true);
    expectProven(stage, id, before);
  });

  test("though its function dies as the deletion of the copy leaves", async () => {
    const stage = await openDrilling(SEED);
    let dies = true;
    during(stage, ({ operation, principal: { functionName } }) => {
      const isFree = stage.world.ec2.volumes.get(drillOf(stage)?.copyId ?? "")?.state === "available";
      if (functionName !== REMEDIATE || operation !== "DeleteVolume" || !isFree || !dies) return;
      dies = false;
      stage.world.lambda.killAll(REMEDIATE);
    });
    expect(await ask(stage, "prove-restore", {}, "deletion")).toBe("done");
    expect(dies).toBe(false);
    expect(leftBehind(stage)).toEqual(NOTHING_LEFT);
  });

  test("though its snapshot goes meanwhile", async () => {
    const stage = await openDrilling(SEED);
    const end = during(stage, ({ operation, principal: { functionName } }) => {
      if (functionName === REMEDIATE && operation === "AttachVolume") stage.world.ec2.snapshots.items.delete(drillOf(stage)?.snapshotId ?? "");
    });
    await ask(stage, "prove-restore", {}, "gone");
    end();
    await stage.run({ minutes: 10 });
    expect([drillOf(stage)?.endedAt, madeByDrills(stage)]).toEqual([expect.any(Date), []]);
    expect(leftBehind(stage)).toEqual(NOTHING_LEFT);
  });
});
