import type { DBInstance, DBInstanceMessage } from "@aws-sdk/client-rds";
import { addRds } from "@steward/simulator/services/rds/rds";
import { advance, advanceUntil } from "@steward/simulator/world/drive";
import { resetWorld } from "@steward/simulator/world/install";
import { assert, beforeEach, expect, test } from "vitest";
import { aFleet, ask, type Fleet, serving } from "./a-fleet.ts";

beforeEach(() => resetWorld(7));

const ID = "steward-demo";
const INPUT = { DBInstanceIdentifier: ID, Engine: "postgres", DBInstanceClass: "db.t3.xlarge", AllocatedStorage: 100, DBName: "rstudio_pm" };

async function withDatabase({ atOnce = true } = {}) {
  const fleet = aFleet();
  const rds = addRds(fleet.account, fleet.shared);
  rds.createsAtOnce = atOnce;
  await ask(fleet, "rds", "CreateDBInstance", INPUT);
  return { ...fleet, rds };
}

async function described(fleet: Pick<Fleet, "account">): Promise<DBInstance> {
  const { DBInstances } = await ask<DBInstanceMessage>(fleet, "rds", "DescribeDBInstances", { DBInstanceIdentifier: ID });
  assert(DBInstances?.[0]);
  return DBInstances[0];
}
const said = ({ events }: Fleet) => events.map(({ detail }) => (detail as { EventID: string }).EventID.slice(-4));

test("creates an instance over minutes: creating, backing up, available", async () => {
  const fleet = await withDatabase({ atOnce: false });
  expect(await described(fleet)).toMatchObject({ DBInstanceStatus: "creating", Endpoint: undefined });
  expect(fleet.shared.database.reachable).toBe(false);
  await advance(239_000);
  expect(fleet.shared.database.reachable).toBe(false);
  expect(await advanceUntil(() => fleet.shared.database.reachable, 300_000)).toBe(true);
  expect(await described(fleet)).toMatchObject({
    DBInstanceStatus: "backing-up",
    Endpoint: { Port: 5432, Address: expect.stringMatching(/^steward-demo\..*\.us-east-1\.rds\.amazonaws\.com$/) },
  });
  await advance(200_000);
  expect(await described(fleet)).toMatchObject({ DBInstanceStatus: "available" });
  expect(said(fleet).sort()).toEqual(["0001", "0002", "0005"]);
});

test("can begin with an instance that is there", async () => {
  const fleet = await withDatabase();
  expect(await described(fleet)).toMatchObject({
    DBInstanceStatus: "available",
    DBInstanceArn: "arn:aws:rds:us-east-1:123456789012:db:steward-demo",
    AllocatedStorage: 100,
  });
});

test("a full storage takes the database away at once, is noticed within a minute, and ends by recovery", async () => {
  const fleet = await withDatabase();
  const node = await serving(fleet);
  fleet.rds.fail(ID);
  expect(node.http("/__ping__")).not.toMatchObject({ status: 200 });
  expect(await described(fleet)).toMatchObject({ DBInstanceStatus: "available" });
  await advance(60_000);
  expect(await described(fleet)).toMatchObject({ DBInstanceStatus: "storage-full" });
  expect(said(fleet).sort()).toEqual(["0004", "0221"]);
  fleet.rds.recover(ID);
  await advance(90_000);
  expect(await described(fleet)).toMatchObject({ DBInstanceStatus: "available" });
  expect(said(fleet).at(-1)).toBe("0006");
  expect(node.http("/__ping__")).toMatchObject({ status: 200 });
});

test("a failed instance says so", async () => {
  const fleet = await withDatabase();
  fleet.rds.fail(ID, "failed");
  await advance(60_000);
  expect(await described(fleet)).toMatchObject({ DBInstanceStatus: "failed" });
  expect(said(fleet)).toEqual(["0031"]);
});

test("a failure that is over before it was noticed is never reported as one", async () => {
  const fleet = await withDatabase();
  fleet.rds.fail(ID);
  fleet.rds.recover(ID);
  await advance(120_000);
  expect(said(fleet)).toEqual(["0006"]);
});

test("a reboot shuts the database down and brings it back", async () => {
  const fleet = await withDatabase();
  await ask(fleet, "rds", "RebootDBInstance", { DBInstanceIdentifier: ID });
  expect(await described(fleet)).toMatchObject({ DBInstanceStatus: "rebooting" });
  await expect(ask(fleet, "rds", "RebootDBInstance", { DBInstanceIdentifier: ID })).rejects.toMatchObject({ code: "InvalidDBInstanceState" });
  expect(await advanceUntil(() => !fleet.shared.database.reachable, 10_000)).toBe(true);
  expect(await advanceUntil(() => fleet.shared.database.reachable, 61_000)).toBe(true);
  await advance(10_000);
  expect(said(fleet)).toEqual(["0004", "0006"]);
});

test("reports its metrics every minute, and a full storage in them", async () => {
  const fleet = await withDatabase();
  const seen: Record<string, number> = {};
  fleet.account.links.metric = (_namespace, name, { DBInstanceIdentifier = "" }, value) => {
    if (DBInstanceIdentifier === ID) seen[name] = value;
  };
  await advance(61_000);
  expect(seen).toEqual({ CPUUtilization: 15, FreeStorageSpace: 80 * 1024 ** 3, FreeableMemory: 8 * 1024 ** 3, DatabaseConnections: 20 });
  const database = fleet.rds.databases.get(ID);
  assert(database);
  Object.assign(database.measures, { CPUUtilization: 95, FreeStorageSpace: 0 });
  await advance(60_000);
  expect(seen).toMatchObject({ CPUUtilization: 95, FreeStorageSpace: 0 });
});

test("events have the shape of the documentation's sample", async () => {
  const fleet = await withDatabase();
  fleet.rds.fail(ID, "failed");
  await advance(60_000);
  expect(fleet.events[0]).toEqual({
    source: "aws.rds",
    "detail-type": "RDS DB Instance Event",
    resources: ["arn:aws:rds:us-east-1:123456789012:db:steward-demo"],
    detail: {
      EventCategories: ["failure"],
      SourceType: "DB_INSTANCE",
      SourceArn: "arn:aws:rds:us-east-1:123456789012:db:steward-demo",
      Date: expect.stringMatching(/^2026-01-05T09:0\d/),
      Message: expect.stringContaining("failed state"),
      SourceIdentifier: ID,
      EventID: "RDS-EVENT-0031",
    },
  });
});

test.each([
  ["DescribeDBInstances", { DBInstanceIdentifier: "none" }, "DBInstanceNotFound"],
  ["RebootDBInstance", { DBInstanceIdentifier: "none" }, "DBInstanceNotFound"],
  ["CreateDBInstance", INPUT, "DBInstanceAlreadyExists"],
  ["CreateDBInstance", { ...INPUT, DBInstanceIdentifier: "not--valid" }, "InvalidParameterValue"],
  ["CreateDBInstance", { ...INPUT, DBInstanceIdentifier: "other", Engine: "oracle-ee" }, "InvalidParameterValue"],
  ["DescribeDBInstances", { MaxRecords: 5 }, "InvalidParameterValue"],
])("%s refuses %j as AWS does", async (operation, input, code) => {
  await expect(ask(await withDatabase(), "rds", operation, input)).rejects.toMatchObject({ code });
});

test("lists instances page by page", async () => {
  const fleet = await withDatabase();
  for (let i = 0; i < 21; i++) await ask(fleet, "rds", "CreateDBInstance", { ...INPUT, DBInstanceIdentifier: `more-${i}` });
  const first = await ask<DBInstanceMessage>(fleet, "rds", "DescribeDBInstances", { MaxRecords: 20 });
  const second = await ask<DBInstanceMessage>(fleet, "rds", "DescribeDBInstances", { MaxRecords: 20, Marker: first.Marker });
  expect([first.DBInstances?.length, second.DBInstances?.length, second.Marker]).toEqual([20, 2, undefined]);
});
