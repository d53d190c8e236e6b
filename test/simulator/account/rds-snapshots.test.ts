import type { DBInstance, DBInstanceMessage, DBSnapshot, DBSnapshotMessage } from "@aws-sdk/client-rds";
import { addRds } from "@steward/simulator/services/rds/rds";
import { advance, advanceUntil } from "@steward/simulator/world/drive";
import { resetWorld } from "@steward/simulator/world/install";
import { assert, beforeEach, describe, expect, test } from "vitest";
import { aFleet, ask, type Fleet } from "./a-fleet.ts";

beforeEach(() => resetWorld(7));

const ID = "steward-demo";
const TAGS = [{ Key: "steward:stage", Value: "demo" }];
const INPUT = {
  ...{ DBInstanceIdentifier: ID, Engine: "postgres", EngineVersion: "16.4", DBInstanceClass: "db.t3.xlarge", AllocatedStorage: 100 },
  ...{ MasterUsername: "postgres", MasterUserPassword: "a-password", BackupRetentionPeriod: 7, CopyTagsToSnapshot: true, DeletionProtection: true, Tags: TAGS },
};
const RESTORE = { DBInstanceIdentifier: "copy", DBSnapshotIdentifier: "by-hand", DBInstanceClass: "db.t3.small", BackupRetentionPeriod: 0 };
const MINUTE = 60_000;

async function withDatabase() {
  const fleet = aFleet();
  const rds = addRds(fleet.account, fleet.shared);
  rds.createsAtOnce = true;
  rds.subnetGroups.set("default", { name: "default", description: "", subnets: [] });
  await ask(fleet, "rds", "CreateDBInstance", INPUT);
  return { ...fleet, rds };
}
type World = Fleet & { rds: ReturnType<typeof addRds> };

async function snapshots(fleet: World): Promise<DBSnapshot[]> {
  const { DBSnapshots = [] } = await ask<DBSnapshotMessage>(fleet, "rds", "DescribeDBSnapshots", { DBInstanceIdentifier: ID });
  return DBSnapshots;
}
async function described(fleet: World, id: string): Promise<DBInstance> {
  const { DBInstances } = await ask<DBInstanceMessage>(fleet, "rds", "DescribeDBInstances", { DBInstanceIdentifier: id });
  assert(DBInstances?.[0]);
  return DBInstances[0];
}

/** A manual snapshot that can be restored. */
async function taken(fleet: World, DBSnapshotIdentifier = "by-hand"): Promise<void> {
  await ask(fleet, "rds", "CreateDBSnapshot", { DBInstanceIdentifier: ID, DBSnapshotIdentifier });
  assert(await advanceUntil(() => fleet.rds.snapshots.get(DBSnapshotIdentifier)?.status === "available", 10 * MINUTE));
}

describe("snapshots", () => {
  test("are made every day in the window, with the tags of the database, and go when they are older than backups are kept", async () => {
    const fleet = await withDatabase();
    await advance(24 * 60 * MINUTE);
    const [first] = await snapshots(fleet);
    expect(first).toMatchObject({
      DBSnapshotIdentifier: expect.stringMatching(/^rds:steward-demo-\d{4}-\d\d-\d\d-03-0\d$/),
      SnapshotType: "automated",
      Status: "available",
      TagList: TAGS,
    });
    await expect(ask(fleet, "rds", "DeleteDBSnapshot", { DBSnapshotIdentifier: first?.DBSnapshotIdentifier })).rejects.toMatchObject({
      code: "InvalidParameterValue",
    });
    await advance(9 * 24 * 60 * MINUTE);
    expect((await snapshots(fleet)).length).toBeLessThanOrEqual(8);
    expect((await snapshots(fleet)).map(({ DBSnapshotIdentifier }) => DBSnapshotIdentifier)).not.toContain(first?.DBSnapshotIdentifier);
  });

  test("are copied into manual ones that stay, with the tags that are given, of the same instant", async () => {
    const fleet = await withDatabase();
    await taken(fleet);
    const copy = { SourceDBSnapshotIdentifier: "by-hand", TargetDBSnapshotIdentifier: "kept", Tags: [{ Key: "a", Value: "b" }] };
    await ask(fleet, "rds", "CopyDBSnapshot", copy);
    await expect(ask(fleet, "rds", "CopyDBSnapshot", copy)).rejects.toMatchObject({ code: "DBSnapshotAlreadyExists" });
    await expect(ask(fleet, "rds", "DeleteDBSnapshot", { DBSnapshotIdentifier: "kept" })).rejects.toMatchObject({ code: "InvalidDBSnapshotState" });
    assert(await advanceUntil(() => fleet.rds.snapshots.get("kept")?.status === "available", 20 * MINUTE));
    const [made, kept] = await snapshots(fleet);
    expect(kept).toMatchObject({ SnapshotType: "manual", TagList: copy.Tags, OriginalSnapshotCreateTime: made?.SnapshotCreateTime });
    await ask(fleet, "rds", "DeleteDBSnapshot", { DBSnapshotIdentifier: "kept" });
    await expect(ask(fleet, "rds", "DescribeDBSnapshots", { DBSnapshotIdentifier: "kept" })).rejects.toMatchObject({ code: "DBSnapshotNotFound" });
  });

  test("take tags and lose them, but no characters that RDS refuses", async () => {
    const fleet = await withDatabase();
    await taken(fleet);
    const ResourceName = (await snapshots(fleet))[0]?.DBSnapshotArn;
    await ask(fleet, "rds", "AddTagsToResource", { ResourceName, Tags: [{ Key: "steward:proven", Value: "2026" }] });
    await expect(ask(fleet, "rds", "AddTagsToResource", { ResourceName, Tags: [{ Key: "x", Value: "a;b" }] })).rejects.toMatchObject({
      code: "InvalidParameterValue",
    });
    expect((await snapshots(fleet))[0]?.TagList).toEqual([...TAGS, { Key: "steward:proven", Value: "2026" }]);
    await ask(fleet, "rds", "RemoveTagsFromResource", { ResourceName, TagKeys: ["steward:proven"] });
    expect((await snapshots(fleet))[0]?.TagList).toEqual(TAGS);
  });
});

describe("a restored database", () => {
  test("is there after a quarter of an hour or more, holds what was in it at that instant, and goes its own way", async () => {
    const fleet = await withDatabase();
    await taken(fleet);
    fleet.rds.databases.get(ID)?.sql.schemas.set("later", "postgres");
    await ask(fleet, "rds", "RestoreDBInstanceFromDBSnapshot", { ...RESTORE, Tags: [{ Key: "steward:drill", Value: "demo" }] });
    await advance(14 * MINUTE);
    expect(await described(fleet, "copy")).toMatchObject({ DBInstanceStatus: "creating" });
    await expect(ask(fleet, "rds", "DeleteDBInstance", { DBInstanceIdentifier: "copy", SkipFinalSnapshot: true })).rejects.toMatchObject({
      code: "InvalidDBInstanceState",
    });
    const copy = () => fleet.rds.databases.get("copy");
    assert(await advanceUntil(() => copy()?.status === "available", 40 * MINUTE));
    const { Endpoint, TagList, DBInstanceClass, DeletionProtection } = await described(fleet, "copy");
    expect([TagList, DBInstanceClass, DeletionProtection]).toEqual([[{ Key: "steward:drill", Value: "demo" }], "db.t3.small", false]);
    expect([fleet.shared.databaseAt(Endpoint?.Address ?? ""), fleet.shared.reachesDatabase(Endpoint?.Address ?? "")]).toEqual([copy()?.sql, true]);
    expect([copy()?.sql.logins.has("postgres"), copy()?.sql.schemas.has("later"), fleet.shared.database.reachable]).toEqual([true, false, true]);
    await ask(fleet, "rds", "DeleteDBInstance", { DBInstanceIdentifier: "copy", SkipFinalSnapshot: true });
    expect(await described(fleet, "copy")).toMatchObject({ DBInstanceStatus: "deleting" });
    expect(await advanceUntil(() => !copy(), 10 * MINUTE)).toBe(true);
    expect([...fleet.rds.databases.keys()]).toEqual([ID]);
  });

  test("has the snapshot's tags and backups where nothing else is said", async () => {
    const fleet = await withDatabase();
    await taken(fleet);
    const { BackupRetentionPeriod: _none, ...plain } = RESTORE;
    await ask(fleet, "rds", "RestoreDBInstanceFromDBSnapshot", plain);
    expect(await described(fleet, "copy")).toMatchObject({ TagList: TAGS, BackupRetentionPeriod: 7, MultiAZ: false, PubliclyAccessible: false });
  });

  test.each([
    ["its name is taken", { DBInstanceIdentifier: ID }, "DBInstanceAlreadyExists"],
    ["its name is none", { DBInstanceIdentifier: "9-" }, "InvalidParameterValue"],
    ["there is no such snapshot", { DBSnapshotIdentifier: "other" }, "DBSnapshotNotFound"],
    ["there are no such subnets", { DBSubnetGroupName: "none" }, "DBSubnetGroupNotFoundFault"],
    ["there are no such parameters", { DBParameterGroupName: "none" }, "DBParameterGroupNotFound"],
  ])("is refused where %s", async (_what, but, code) => {
    const fleet = await withDatabase();
    await taken(fleet);
    await expect(ask(fleet, "rds", "RestoreDBInstanceFromDBSnapshot", { ...RESTORE, ...but })).rejects.toMatchObject({ code });
  });

  test("is refused while its snapshot is being made", async () => {
    const fleet = await withDatabase();
    await ask(fleet, "rds", "CreateDBSnapshot", { DBInstanceIdentifier: ID, DBSnapshotIdentifier: "by-hand" });
    await expect(ask(fleet, "rds", "RestoreDBInstanceFromDBSnapshot", RESTORE)).rejects.toMatchObject({ code: "InvalidDBSnapshotState" });
  });
});

test.each([
  ["is protected", { DBInstanceIdentifier: ID, SkipFinalSnapshot: true }, "InvalidParameterCombination"],
  ["is not there", { DBInstanceIdentifier: "other", SkipFinalSnapshot: true }, "DBInstanceNotFound"],
])("no database that %s is deleted", async (_what, input, code) => {
  const fleet = await withDatabase();
  await expect(ask(fleet, "rds", "DeleteDBInstance", input)).rejects.toMatchObject({ code });
});
