import { createDatabaseDrillMeans } from "@steward/aws/database-drill";
import { createDatabaseDrillReads, readDatabaseDrill } from "@steward/aws/database-drill-reads";
import { createReader } from "@steward/aws/reader";
import { Permanent } from "@steward/core/errors";
import type { DatabaseAnswer } from "@steward/core/proof/database/facts";
import type { DatabaseDrillRecord } from "@steward/core/proof/database/record";
import { describe, expect, test } from "vitest";
import { ago, FIRST, NOW } from "../core/builders.ts";
import { COPY, DRILL, KEPT, restored, SNAPSHOT } from "../core/proof/database/builders.ts";
import { refuse, stubAws } from "./stub-aws.ts";

const OURS = [{ Key: "steward:stage", Value: "demo" }];
const TAGS = [
  { Key: "Name", Value: "steward-demo-drill" },
  { Key: "steward:drill", Value: "demo" },
  { Key: "steward:drill-id", Value: DRILL },
];
const fleets = {
  DBInstanceIdentifier: "steward-demo",
  DBInstanceStatus: "available",
  InstanceCreateTime: ago({ days: 3 }),
  LatestRestorableTime: ago({ minutes: 5 }),
  DBSubnetGroup: { DBSubnetGroupName: "steward-demo" },
  DBParameterGroups: [{ DBParameterGroupName: "steward-demo-postgres16" }],
  OptionGroupMemberships: [{ OptionGroupName: "default:postgres-16" }],
  TagList: OURS,
};
const copied = { DBInstanceIdentifier: COPY, DBInstanceStatus: "available", Endpoint: { Address: "h", Port: 5432 }, InstanceCreateTime: NOW, TagList: TAGS };
const daily = { DBSnapshotIdentifier: SNAPSHOT, Status: "available", SnapshotCreateTime: ago({ hours: 1 }), DBSnapshotArn: "arn:daily", TagList: OURS };
const kept = { DBSnapshotIdentifier: KEPT, Status: "available", SnapshotCreateTime: NOW, TagList: TAGS };

const instances = (...more: object[]) => ({
  DescribeDBInstances: ({ DBInstanceIdentifier }: Record<string, unknown>) => ({ DBInstances: DBInstanceIdentifier ? [fleets] : [fleets, ...more] }),
});
const snapshots = (...all: object[]) => ({ DescribeDBSnapshots: () => ({ DBSnapshots: all }) });
const group = { DescribeSecurityGroups: () => ({ SecurityGroups: [{ GroupId: "sg-1" }] }) };

function given(answers: Parameters<typeof stubAws>[0], keeping?: Parameters<typeof createDatabaseDrillMeans>[0]["keeping"]) {
  const aws = stubAws(answers);
  const reads = createDatabaseDrillReads(aws.clients.rds, { stage: "demo" });
  const nodes = { askDatabase: async (id: string) => `asked ${id}` };
  const place = { account: "123456789012", region: "eu-central-1" };
  return { ...aws, reads, means: createDatabaseDrillMeans({ clients: aws.clients, nodes, reads, stage: "demo", place, ...(keeping && { keeping }) }) };
}

describe("a copy of the database", () => {
  test("is restored beside the fleet's own, for the nodes alone, without standby or backups, and carries the drill's tags alone", async () => {
    const { means, inputs } = given({ ...instances(), ...group, RestoreDBInstanceFromDBSnapshot: () => ({}) });
    expect(await means.restore(DRILL, SNAPSHOT, "db.t3.small")).toBe(COPY);
    expect(inputs("RestoreDBInstanceFromDBSnapshot")).toEqual([
      {
        DBInstanceIdentifier: COPY,
        DBSnapshotIdentifier: SNAPSHOT,
        DBInstanceClass: "db.t3.small",
        DBSubnetGroupName: "steward-demo",
        DBParameterGroupName: "steward-demo-postgres16",
        OptionGroupName: "default:postgres-16",
        VpcSecurityGroupIds: ["sg-1"],
        MultiAZ: false,
        PubliclyAccessible: false,
        DeletionProtection: false,
        BackupRetentionPeriod: 0,
        CopyTagsToSnapshot: false,
        AutoMinorVersionUpgrade: false,
        EnableCloudwatchLogsExports: [],
        Tags: TAGS,
      },
    ]);
  });

  test("that is there already is the same one, and any other refusal is passed on", async () => {
    const there = { ...instances(), ...group, RestoreDBInstanceFromDBSnapshot: refuse("DBInstanceAlreadyExistsFault", "DB instance already exists") };
    expect(await given(there).means.restore(DRILL, SNAPSHOT, "c")).toBe(COPY);
    const gone = { ...there, RestoreDBInstanceFromDBSnapshot: refuse("DBSnapshotNotFoundFault", "not found") };
    await expect(given(gone).means.restore(DRILL, SNAPSHOT, "c")).rejects.toThrow(Permanent);
  });

  test("can't be restored without a security group, or where RDS names no subnets or no parameters", async () => {
    await expect(given({ ...instances(), DescribeSecurityGroups: () => ({}) }).means.restore(DRILL, SNAPSHOT, "c")).rejects.toThrow("a deploy makes it");
    const bare = { DescribeDBInstances: () => ({ DBInstances: [{ DBInstanceIdentifier: "steward-demo" }] }), ...group };
    await expect(given(bare).means.restore(DRILL, SNAPSHOT, "c")).rejects.toThrow("RDS names no subnets or no parameters");
    await expect(given({ DescribeDBInstances: () => ({}), ...group }).means.restore(DRILL, SNAPSHOT, "c")).rejects.toThrow("RDS has no database");
  });

  test("is asked after through a node", async () => {
    expect(await given({}).means.ask(FIRST, { host: "h", port: 1 })).toBe(`asked ${FIRST}`);
  });

  test("is deleted without a last snapshot or backups; what bears no tag of a drill, or goes already, is not", async () => {
    const untagged = { ...copied, DBInstanceIdentifier: "steward-demo-drill-x", TagList: OURS };
    const going = { ...copied, DBInstanceIdentifier: "steward-demo-drill-y", DBInstanceStatus: "deleting" };
    const elsewhere = { ...copied, DBInstanceIdentifier: "theirs" };
    const answers = { ...instances(copied, untagged, going, elsewhere), ...snapshots(daily, kept), DeleteDBInstance: () => ({}), DeleteDBSnapshot: () => ({}) };
    const { means, inputs } = given(answers);
    await means.remove([COPY, "steward-demo-drill-x", "steward-demo-drill-y", "theirs", "steward-demo"], [KEPT, SNAPSHOT]);
    expect(inputs("DeleteDBInstance")).toEqual([{ DBInstanceIdentifier: COPY, SkipFinalSnapshot: true, DeleteAutomatedBackups: true }]);
    expect(inputs("DeleteDBSnapshot")).toEqual([{ DBSnapshotIdentifier: KEPT }]);
  });

  test.each(["DBInstanceNotFoundFault", "InvalidDBInstanceStateFault"])("whose deletion is answered with %s is looked at again", async (code) => {
    const { means } = given({ ...instances(copied), ...snapshots(), DeleteDBInstance: refuse(code, "no") });
    await expect(means.remove([COPY], [])).resolves.toBeUndefined();
  });
});

describe("a snapshot", () => {
  test("that is proven is copied into one that carries the drill's tags alone, once", async () => {
    const { means, inputs } = given({ CopyDBSnapshot: () => ({}) });
    expect(await means.keep(DRILL, SNAPSHOT)).toBe(KEPT);
    expect(inputs("CopyDBSnapshot")).toEqual([{ SourceDBSnapshotIdentifier: SNAPSHOT, TargetDBSnapshotIdentifier: KEPT, CopyTags: false, Tags: TAGS }]);
    expect(await given({ CopyDBSnapshot: refuse("DBSnapshotAlreadyExistsFault", "there") }).means.keep(DRILL, SNAPSHOT)).toBe(KEPT);
  });

  test("says when it was proven, and no more that it failed", async () => {
    const { means, inputs } = given({ ...snapshots(daily), AddTagsToResource: () => ({}), RemoveTagsFromResource: () => ({}) });
    await means.mark(SNAPSHOT, { provenAt: NOW });
    expect(inputs("AddTagsToResource")).toEqual([{ ResourceName: "arn:daily", Tags: [{ Key: "steward:proven", Value: NOW.toISOString() }] }]);
    expect(inputs("RemoveTagsFromResource")).toEqual([{ ResourceName: "arn:daily", TagKeys: ["steward:proof-failed"] }]);
  });

  test("says why it failed, in as many and such characters as RDS takes", async () => {
    const { means, inputs } = given({ ...snapshots(daily), AddTagsToResource: () => ({}) });
    await means.mark(SNAPSHOT, { failed: `"x"; ${"y".repeat(400)}` });
    await means.mark(SNAPSHOT, { failed: "" });
    const values = inputs("AddTagsToResource").map(({ Tags }) => (Tags as { Value: string }[])[0]?.Value);
    expect(values).toEqual([expect.stringMatching(/^x {3}y{200,252}$/), "it gives no reason"]);
  });

  test("that is gone says nothing, and is no error", async () => {
    const gone = given({ DescribeDBSnapshots: refuse("DBSnapshotNotFoundFault", "not found", 404) });
    await gone.means.mark(SNAPSHOT, { provenAt: NOW });
    expect(gone.sent).toHaveLength(1);
    const going = given({ ...snapshots(daily), AddTagsToResource: refuse("DBSnapshotNotFoundFault", "not found", 404) });
    await expect(going.means.mark(SNAPSHOT, { failed: "x" })).resolves.toBeUndefined();
  });

  test("to be proven is one of the fleet's that is available, by the instant of its data, newest first", async () => {
    const older = { ...daily, DBSnapshotIdentifier: "by-hand", OriginalSnapshotCreateTime: ago({ days: 2 }) };
    const { means } = given({ ...instances(), ...snapshots(older, daily, kept, { ...daily, Status: "creating" }) });
    expect(await means.snapshots()).toEqual({
      databaseId: "steward-demo",
      snapshots: [
        { id: SNAPSHOT, at: ago({ hours: 1 }) },
        { id: "by-hand", at: ago({ days: 2 }) },
      ],
      latestRestorableAt: ago({ minutes: 5 }),
    });
  });
});

describe("the bucket", () => {
  const database = { proof: { everyDays: 7, instanceClass: "c" }, bucket: "theirs", prefix: "ppm" };
  const keeping = { snapshots: null, images: { keep: 3, days: 30, disableFirst: false }, database };

  test("says how it keeps what was: its versioning, and the rules in force", async () => {
    const Rules = [
      { ID: "a", Status: "Enabled", Expiration: { Days: 90 } },
      { ID: "b", Status: "Enabled", NoncurrentVersionExpiration: { NoncurrentDays: 30 } },
      { ID: "c", Status: "Disabled", Expiration: { Days: 1 } },
      { Status: "Enabled", Expiration: { Date: NOW } },
    ];
    const { means, inputs } = given({ GetBucketVersioning: () => ({ Status: "Enabled" }), GetBucketLifecycleConfiguration: () => ({ Rules }) }, keeping);
    expect(await means.bucketSettings()).toEqual({
      versioning: "Enabled",
      expiry: [
        { id: "a", currentDays: 90, noncurrentDays: null },
        { id: "b", currentDays: null, noncurrentDays: 30 },
        { id: "without a name", currentDays: 0, noncurrentDays: null },
      ],
    });
    expect(inputs("GetBucketVersioning")).toEqual([{ Bucket: "theirs", ExpectedBucketOwner: "123456789012" }]);
  });

  test("may have no rules and never have had versions; other refusals are passed on", async () => {
    const none = { GetBucketVersioning: () => ({}), GetBucketLifecycleConfiguration: refuse("NoSuchLifecycleConfiguration", "none", 404) };
    const { means, inputs } = given(none);
    expect(await means.bucketSettings()).toEqual({ versioning: "Off", expiry: [] });
    expect(inputs("GetBucketVersioning")).toMatchObject([{ Bucket: "steward-123456789012-demo-packages" }]);
    await expect(given({ ...none, GetBucketLifecycleConfiguration: refuse("AccessDenied", "no", 403) }).means.bucketSettings()).rejects.toThrow(Permanent);
  });

  test("is read page by page under its folder, versions and deletions in one order", async () => {
    const page = {
      Versions: [
        { Key: "ppm/a", VersionId: "1", LastModified: ago({ days: 1 }), IsLatest: false },
        { Key: "ppm/b", VersionId: "null", LastModified: NOW, IsLatest: true },
      ],
      DeleteMarkers: [{ Key: "ppm/a", VersionId: "2", LastModified: ago({ days: 1 }), IsLatest: true }],
      IsTruncated: true,
      NextKeyMarker: "ppm/b",
      NextVersionIdMarker: "null",
    };
    const { means, inputs } = given({ ListObjectVersions: (_input, calls) => (calls === 0 ? page : {}) }, keeping);
    const first = await means.bucketPage(null);
    expect(first).toEqual({
      entries: [
        { key: "ppm/a", at: ago({ days: 1 }), isDeletion: true, isUnversioned: false },
        { key: "ppm/a", at: ago({ days: 1 }), isDeletion: false, isUnversioned: false },
        { key: "ppm/b", at: NOW, isDeletion: false, isUnversioned: true },
      ],
      next: { key: "ppm/b", version: "null" },
    });
    expect(await means.bucketPage(first.next)).toEqual({ entries: [], next: null });
    await means.bucketPage({ key: "ppm/c", version: null });
    const of = { Bucket: "theirs", ExpectedBucketOwner: "123456789012", Prefix: "ppm/" };
    expect(inputs("ListObjectVersions")).toEqual([of, { ...of, KeyMarker: "ppm/b", VersionIdMarker: "null" }, { ...of, KeyMarker: "ppm/c" }]);
  });
});

describe("how far a drill is", () => {
  const asked = { number: 1, at: NOW, commandId: "c", instanceId: FIRST };

  async function read(
    record: DatabaseDrillRecord | undefined,
    asks: boolean,
    answers: Parameters<typeof stubAws>[0] = { ...instances(copied), ...snapshots(daily, kept) },
  ) {
    const { clients } = stubAws(answers);
    const questions: string[] = [];
    const databaseProof = async (commandId: string): Promise<DatabaseAnswer> => {
      questions.push(commandId);
      return { kind: "running" };
    };
    const reader = createReader();
    const reads = createDatabaseDrillReads(clients.rds, { stage: "demo" });
    const facts = await readDatabaseDrill({ reads, ledger: { databaseDrill: async () => record }, nodes: { databaseProof } }, reader, asks);
    return { facts, questions, unread: reader.unread() };
  }

  test("is what the ledger, RDS and the node say", async () => {
    const { facts, questions } = await read(restored({ asked }), true);
    expect(facts).toEqual({
      record: restored({ asked }),
      copies: [{ id: COPY, drillId: DRILL, status: "available", madeAt: NOW, host: "h", port: 5432 }],
      kept: [{ id: KEPT, drillId: DRILL, status: "available", madeAt: NOW }],
      snapshots: [{ id: SNAPSHOT, at: ago({ hours: 1 }) }],
      since: ago({ days: 3 }),
      answer: { kind: "running" },
    });
    expect(questions).toEqual(["c"]);
  });

  test.each([
    ["where nodes are not asked", restored({ asked }), false],
    ["where none was asked", restored(), true],
    ["where it is decided", restored({ asked, state: "proven" }), true],
    ["where there is none", undefined, true],
  ] as [string, DatabaseDrillRecord | undefined, boolean][])("is no node's answer %s", async (_what, record, asks) => {
    const { facts, questions } = await read(record, asks);
    expect([facts?.answer, questions]).toEqual([{ kind: "not-asked" }, []]);
  });

  test("is said to be unread where RDS does not answer", async () => {
    const { facts, unread } = await read(undefined, true, {
      DescribeDBInstances: refuse("AccessDenied", "no"),
      DescribeDBSnapshots: refuse("AccessDenied", "no"),
    });
    expect(facts).toMatchObject({ record: null, copies: [], kept: [], snapshots: [], since: null });
    expect(unread.map(({ what }) => what)).toEqual(expect.arrayContaining(["databases of drills", "snapshots of the database", "age of the database"]));
  });

  test("is of what RDS says little about no guess", async () => {
    const bare = { DBInstanceIdentifier: COPY, TagList: TAGS.slice(0, 2) };
    const { facts } = await read(undefined, true, { ...instances(bare), ...snapshots({ DBSnapshotIdentifier: KEPT, TagList: TAGS.slice(0, 2) }) });
    expect(facts?.copies).toEqual([{ id: COPY, drillId: null, status: "unknown", madeAt: null, host: null, port: null }]);
    expect(facts?.kept).toEqual([{ id: KEPT, drillId: null, status: "unknown", madeAt: null }]);
  });
});
