import { byHand } from "@steward/cli/scenarios/server";
import type { Stage } from "@steward/cli/simulation/stage";
import { rtoSeconds } from "@steward/core/proof/database/record";
import { DRILL_TAG } from "@steward/core/proof/drill-record";
import { MARK } from "@steward/core/retention/marks";
import { describe, expect, test } from "vitest";
import { copiesIn, drillOf, emptied, keptIn, openDatabaseDrilling, production, put, remove, snapshotNow } from "./database-drill-world.ts";
import { ask, during, leftBehind, NOTHING_LEFT, open, pages } from "./keeping-world.ts";

const SEED = 4;
const REMEDIATE = "steward-demo-remediate";

/** A person asks for a drill of the newest snapshot; the answer is that snapshot, once nothing of the drill is left. */
async function drilled(stage: Stage, request: string): Promise<string> {
  await ask(stage, "prove-restore", {}, request);
  expect(await stage.waitFor(() => drillOf(stage)?.key.includes(request) === true && drillOf(stage)?.endedAt != null && stage.nothingRuns, { hours: 4 })).toBe(
    true,
  );
  return drillOf(stage)?.snapshotId ?? "";
}

const tagOf = ({ world: { rds } }: Stage, id: string, tag: string): string | undefined => rds.snapshots.get(id)?.tags.get(tag);

function expectProven(stage: Stage, id: string, before: unknown): void {
  expect(drillOf(stage)).toMatchObject({ state: "proven", snapshotId: id, unproven: null });
  expect(tagOf(stage, id, MARK.proven)).toBe(drillOf(stage)?.provenAt?.toISOString());
  expect(tagOf(stage, id, MARK.proofFailed)).toBeUndefined();
  expect([copiesIn(stage), keptIn(stage)]).toEqual([[], [id]]);
  expect(production(stage)).toEqual(before);
  expect(pages(stage)).toEqual([]);
  expect(leftBehind(stage)).toEqual(NOTHING_LEFT);
}

test("a drill proves the snapshot of the database beside the bucket, measures, keeps a copy of it and leaves nothing", async () => {
  const stage = await openDatabaseDrilling(SEED);
  await put(stage, "packages/a.tar.gz");
  await remove(stage, "packages/b.tar.gz");
  const before = production(stage);
  const id = await drilled(stage, "whole");
  expectProven(stage, id, before);
  expect(drillOf(stage)?.verdicts).toEqual(expect.arrayContaining([expect.stringMatching(/3 objects of that time, 2 of them changed or deleted since/)]));
  const record = drillOf(stage);
  expect(record?.rpoSeconds).toBeGreaterThan(60);
  expect(record && rtoSeconds(record)).toBeGreaterThan(900);
});

test("the first one comes by itself once the database is a day old", async () => {
  const stage = await openDatabaseDrilling(SEED, { everyDays: 7 });
  const before = production(stage);
  await stage.run({ minutes: 20 });
  expect(drillOf(stage)).toBeUndefined();
  stage.world.rds.databases.get("steward-demo")?.createdAt.setDate(1);
  await stage.waitFor(() => drillOf(stage)?.endedAt instanceof Date && stage.nothingRuns, { hours: 2 });
  expectProven(stage, drillOf(stage)?.snapshotId ?? "", before);
});

describe("a drill fails, people are told, and the snapshot that was proven last is kept", () => {
  test("where the copy is empty, until a newer one is proven", async () => {
    const stage = await openDatabaseDrilling(SEED);
    const before = production(stage);
    const good = await drilled(stage, "good");
    const bad = await snapshotNow(stage);
    emptied(bad);
    stage.world.rds.snapshots.delete(good);
    expect(await drilled(stage, "bad")).toBe(bad.id);
    expect(drillOf(stage)).toMatchObject({
      state: "failed",
      unproven: { snapshotId: bad.id, because: expect.stringContaining("no table of Package Manager holds a row") },
    });
    expect(tagOf(stage, bad.id, MARK.proofFailed)).toContain("no table");
    await stage.run({ minutes: 10 });
    expect([copiesIn(stage), keptIn(stage), production(stage)]).toEqual([[], [good], before]);
    expect(open(stage)).toEqual(["restore-unproven"]);
    expect(pages(stage)).toEqual([expect.stringContaining("no restore has been proven to work")]);
    const newer = await snapshotNow(stage);
    await drilled(stage, "newer");
    await stage.run({ minutes: 10 });
    expect(drillOf(stage)).toMatchObject({ state: "proven", unproven: null });
    expect([open(stage), pages(stage).length, keptIn(stage)]).toEqual([[], 1, [newer.id]]);
    expect(leftBehind(stage)).toEqual(NOTHING_LEFT);
  }, 300_000);

  test("where a table of it can't be read", async () => {
    const stage = await openDatabaseDrilling(SEED);
    const bad = await snapshotNow(stage);
    bad.sql.tables?.set("pm.packages", Number.NaN);
    await drilled(stage, "broken");
    expect(drillOf(stage)).toMatchObject({ state: "failed", because: expect.stringContaining("psql ended with exit code 1") });
    expect(copiesIn(stage)).toEqual([]);
  });

  test("where an object of its time is gone from the bucket for good", async () => {
    const stage = await openDatabaseDrilling(SEED);
    await remove(stage, "packages/c.tar.gz", { versions: true });
    await drilled(stage, "lost");
    expect(drillOf(stage)).toMatchObject({
      state: "failed",
      because: "1 objects were deleted since then with every version of theirs, such as packages/c.tar.gz",
    });
    expect([copiesIn(stage), keptIn(stage)]).toEqual([[], []]);
  });

  test("where fewer objects of the time that was proven last are there than were counted then", async () => {
    const stage = await openDatabaseDrilling(SEED);
    await drilled(stage, "counted");
    await remove(stage, "packages/c.tar.gz", { versions: true, marker: false });
    await snapshotNow(stage);
    await drilled(stage, "fewer");
    expect(drillOf(stage)).toMatchObject({ state: "failed", because: expect.stringMatching(/^1 objects that were counted for .* are gone/) });
  });

  test("where versioning of the bucket is off", async () => {
    const stage = await openDatabaseDrilling(SEED);
    const bucket = stage.world.s3.buckets.get(stage.deployed.topology.buckets.find(({ id }) => id === "packages")?.name ?? "");
    Object.assign(bucket ?? {}, { versioning: "Suspended" });
    await drilled(stage, "unversioned");
    expect(drillOf(stage)).toMatchObject({ state: "failed", because: expect.stringContaining("versioning of the bucket is Suspended") });
  });
});

describe("a drill comes to one verdict and leaves nothing", () => {
  test("though its function dies as each of its calls to AWS leaves", async () => {
    const stage = await openDatabaseDrilling(SEED);
    const before = production(stage);
    const deadly = new Set(["RestoreDBInstanceFromDBSnapshot", "ListObjectVersions", "SendCommand", "AddTagsToResource", "DeleteDBInstance", "CopyDBSnapshot"]);
    during(stage, ({ operation, principal: { functionName } }) => {
      if (functionName === REMEDIATE && deadly.delete(operation)) stage.world.lambda.killAll(REMEDIATE);
    });
    const id = await drilled(stage, "calls");
    expect([...deadly]).toEqual([]);
    expectProven(stage, id, before);
  });

  test.each([0, 3])("though it dies around every eighth checkpoint from the %ith on", async (from) => {
    const stage = await openDatabaseDrilling(SEED);
    const before = production(stage);
    let next = from;
    stage.world.lambda.faults.killAround = ({ execution, index }) => {
      if (!execution.includes("request-around") || index !== next) return undefined;
      next += 8;
      return next % 16 < 8 ? "before" : "after";
    };
    const id = await drilled(stage, "around");
    expect(next).toBeGreaterThan(60);
    expectProven(stage, id, before);
  });

  test.each(["restoreAt", "decidedAt"] as const)("though its run is stopped for good once it has come to %s", async (time) => {
    const stage = await openDatabaseDrilling(SEED);
    const before = production(stage);
    const request = { mode: "run", runbook: "prove-restore", input: {}, reason: "a story", id: "stopped" };
    await byHand(stage, (operator) => operator("lambda", "Invoke", { FunctionName: "steward-demo-runbook", Payload: Buffer.from(JSON.stringify(request)) }));
    await stage.waitFor(() => drillOf(stage)?.[time] != null, { hours: 2 });
    const run = [...stage.world.lambda.executions.values()].find(({ status, name }) => status === "RUNNING" && name.includes("stopped"));
    await byHand(stage, (operator) => operator("lambda", "StopDurableExecution", { DurableExecutionArn: run?.arn }));
    expect(await stage.waitFor(() => drillOf(stage)?.endedAt != null && stage.nothingRuns, { hours: 4 })).toBe(true);
    expectProven(stage, drillOf(stage)?.snapshotId ?? "", before);
  });

  test("and begins none where RDS has no snapshot", async () => {
    const stage = await openDatabaseDrilling(SEED);
    stage.world.rds.snapshots.clear();
    expect(await ask(stage, "prove-restore", {}, "none")).toBe("failed");
    expect([drillOf(stage), copiesIn(stage)]).toEqual([undefined, []]);
  });
});

test("a database that was left by a drill that nobody knows of is removed, and nothing else", async () => {
  const stage = await openDatabaseDrilling(SEED);
  const before = production(stage);
  await drilled(stage, "first");
  const [kept] = keptIn(stage);
  const { rds } = stage.world;
  const Tags = [
    { Key: DRILL_TAG.stage, Value: "demo" },
    { Key: DRILL_TAG.id, Value: "forgotten" },
  ];
  const of = {
    DBSnapshotIdentifier: kept,
    DBSubnetGroupName: "steward-demo",
    DBParameterGroupName: "steward-demo-postgres16",
    BackupRetentionPeriod: 0,
    PubliclyAccessible: false,
    VpcSecurityGroupIds: [stage.deployed.named["securityGroup:drill"] ?? ""],
  };
  await byHand(stage, (operator) => operator("rds", "RestoreDBInstanceFromDBSnapshot", { ...of, DBInstanceIdentifier: "steward-demo-drill-forgotten", Tags }));
  await byHand(stage, (operator) => operator("rds", "RestoreDBInstanceFromDBSnapshot", { ...of, DBInstanceIdentifier: "somebody-elses" }));
  await stage.waitFor(() => copiesIn(stage).length === 0 && stage.nothingRuns, { hours: 2 });
  expect([...rds.databases.keys()].sort()).toEqual(["somebody-elses", "steward-demo"]);
  expect([keptIn(stage), production(stage)]).toEqual([[kept], before]);
  expect(leftBehind(stage)).toEqual(NOTHING_LEFT);
});
