import {
  CreateDBInstanceCommand,
  type CreateDBInstanceCommandInput,
  CreateDBParameterGroupCommand,
  CreateDBSubnetGroupCommand,
  DescribeDBInstancesCommand,
  DescribeDBParametersCommand,
  DescribeDBSubnetGroupsCommand,
  ModifyDBParameterGroupCommand,
  RebootDBInstanceCommand,
} from "@aws-sdk/client-rds";
import { AwsError } from "@steward/simulator/account/operation";
import { advance } from "@steward/simulator/world/drive";
import { beforeEach, describe, expect, test } from "vitest";
import { asked, type ComputeWorld, computeWorld, eventually, send } from "./compute-world.ts";

const KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555";

let world: ComputeWorld;
beforeEach(async () => {
  world = computeWorld(9);
  world.account.links.useKey = ({ key }) => key;
  await send(
    world.sdk.rds,
    new CreateDBParameterGroupCommand({ DBParameterGroupName: "Steward-Demo", DBParameterGroupFamily: "postgres16", Description: "x" }),
  );
  await subnetGroup("subnet-a", "subnet-b");
});

const subnetGroup = (...SubnetIds: string[]) =>
  send(world.sdk.rds, new CreateDBSubnetGroupCommand({ DBSubnetGroupName: `steward-${SubnetIds.length}`, DBSubnetGroupDescription: "isolated", SubnetIds }));

const WISH: CreateDBInstanceCommandInput = {
  DBInstanceIdentifier: "steward-demo",
  DBInstanceClass: "db.t3.xlarge",
  Engine: "postgres",
  EngineVersion: "16.4",
  AllocatedStorage: 100,
  MaxAllocatedStorage: 500,
  MultiAZ: true,
  StorageEncrypted: true,
  KmsKeyId: KEY,
  DBParameterGroupName: "steward-demo",
  DBSubnetGroupName: "steward-2",
  VpcSecurityGroupIds: ["sg-0a"],
  CACertificateIdentifier: "rds-ca-rsa2048-g1",
  CopyTagsToSnapshot: true,
  PubliclyAccessible: false,
  BackupRetentionPeriod: 14,
  PreferredBackupWindow: "03:00-03:30",
  DeletionProtection: true,
};
const create = (extra: Partial<CreateDBInstanceCommandInput> = {}) => send(world.sdk.rds, new CreateDBInstanceCommand({ ...WISH, ...extra }));

describe("a database", () => {
  test("is described as it was asked for", async () => {
    await create();
    const { DBInstances } = await send(world.sdk.rds, new DescribeDBInstancesCommand({ DBInstanceIdentifier: "steward-demo" }));
    expect(DBInstances?.[0]).toMatchObject({
      EngineVersion: "16.4",
      MaxAllocatedStorage: 500,
      MultiAZ: true,
      KmsKeyId: KEY,
      DBParameterGroups: [{ DBParameterGroupName: "steward-demo" }],
      DBSubnetGroup: { DBSubnetGroupName: "steward-2" },
      VpcSecurityGroups: [{ VpcSecurityGroupId: "sg-0a" }],
      CACertificateIdentifier: "rds-ca-rsa2048-g1",
      CopyTagsToSnapshot: true,
      PubliclyAccessible: false,
      BackupRetentionPeriod: 14,
      PreferredBackupWindow: "03:00-03:30",
      DeletionProtection: true,
    });
  });

  test.each([
    [{ DBSubnetGroupName: "none" }, "DBSubnetGroupNotFoundFault"],
    [{ DBParameterGroupName: "none" }, "DBParameterGroupNotFoundFault"],
    [{ EngineVersion: "17.2" }, "InvalidParameterCombination"],
    [{ MaxAllocatedStorage: 100 }, "InvalidParameterCombination"],
    [{ StorageEncrypted: false }, "InvalidParameterCombination"],
    [{ CACertificateIdentifier: "rds-ca-2015" }, "CertificateNotFoundFault"],
  ])("is refused with %j", async (extra, code) => {
    await expect(create(extra)).rejects.toMatchObject({ name: code });
  });

  test("is refused with a key that its maker may not use", async () => {
    world.account.links.useKey = () => {
      throw new AwsError("AccessDenied", "no", 403);
    };
    await expect(create()).rejects.toMatchObject({ name: "KMSKeyNotAccessibleFault" });
  });

  test("with a standby fails over when asked to, and one without can't", async () => {
    world.rds.createsAtOnce = true;
    await create();
    await send(world.sdk.rds, new RebootDBInstanceCommand({ DBInstanceIdentifier: "steward-demo", ForceFailover: true }));
    expect(world.dependencies.database.reachable).toBe(false);
    expect(await eventually(() => world.dependencies.database.reachable)).toBe(true);
    await create({ DBInstanceIdentifier: "alone", MultiAZ: false });
    await advance(2_000);
    await expect(send(world.sdk.rds, new RebootDBInstanceCommand({ DBInstanceIdentifier: "alone", ForceFailover: true }))).rejects.toMatchObject({
      name: "InvalidParameterCombination",
    });
  });
});

describe("a subnet group", () => {
  test("covers two zones or is refused", async () => {
    await expect(subnetGroup("subnet-a")).rejects.toMatchObject({ name: "DBSubnetGroupDoesNotCoverEnoughAZs" });
    const { DBSubnetGroups } = await send(world.sdk.rds, new DescribeDBSubnetGroupsCommand({ DBSubnetGroupName: "steward-2" }));
    expect(DBSubnetGroups?.[0]?.Subnets?.map(({ SubnetIdentifier }) => SubnetIdentifier)).toEqual(["subnet-a", "subnet-b"]);
  });
});

describe("a parameter group", () => {
  const set = (ParameterName: string, ParameterValue: string, ApplyMethod: "immediate" | "pending-reboot") =>
    send(
      world.sdk.rds,
      new ModifyDBParameterGroupCommand({ DBParameterGroupName: "steward-demo", Parameters: [{ ParameterName, ParameterValue, ApplyMethod }] }),
    );

  test("keeps what was set, and does not apply a static parameter at once", async () => {
    await set("rds.force_ssl", "1", "immediate");
    await expect(set("max_connections", "500", "immediate")).rejects.toMatchObject({ name: "InvalidParameterCombination" });
    const { Parameters } = await send(world.sdk.rds, new DescribeDBParametersCommand({ DBParameterGroupName: "steward-demo" }));
    expect(Parameters).toMatchObject([{ ParameterName: "rds.force_ssl", ParameterValue: "1", Source: "user" }]);
  });

  test("is one of the things that creating a database asks a right for", async () => {
    const rights = await asked(world, () => create());
    expect(rights.map(({ resources }) => resources[0]?.split(":").slice(5).join(":"))).toEqual(["db:steward-demo", "pg:steward-demo", "subgrp:steward-2"]);
  });
});
