import type { DatabaseSpec } from "@steward/core/topology/state-spec";
import type { Topology } from "@steward/core/topology/topology";
import type { Api } from "./api.ts";
import { type Named, nameOf, tagList } from "./named.ts";
import { given, waitUntil } from "./wait.ts";

/** The Postgres instance with its subnets and parameters; undefined where there is none. */
export async function deployDatabase(api: Api, { database, tags }: Pick<Topology, "database" | "tags">, named: Named): Promise<{ databaseArn?: string }> {
  if (!database) return {};
  const { subnetGroup, parameterGroup } = database;
  await api("rds", "CreateDBSubnetGroup", {
    DBSubnetGroupName: subnetGroup.name,
    DBSubnetGroupDescription: "Isolated subnets of the database",
    SubnetIds: subnetGroup.subnets.map((id) => nameOf(named, `subnet:${id}`)),
  });
  await api("rds", "CreateDBParameterGroup", {
    DBParameterGroupName: parameterGroup.name,
    DBParameterGroupFamily: parameterGroup.family,
    Description: "Package Manager",
  });
  const Parameters = Object.entries(parameterGroup.parameters).map(([ParameterName, ParameterValue]) => ({
    ParameterName,
    ParameterValue,
    ApplyMethod: "immediate" as const,
  }));
  await api("rds", "ModifyDBParameterGroup", { DBParameterGroupName: parameterGroup.name, Parameters });
  return await deployInstance(api, database, { named, tags });
}

async function deployInstance(api: Api, database: DatabaseSpec, { named, tags }: { named: Named; tags: Topology["tags"] }): Promise<{ databaseArn: string }> {
  await api("rds", "CreateDBInstance", {
    DBInstanceIdentifier: database.id,
    DBName: database.name,
    DBInstanceClass: database.instanceClass,
    Engine: database.engine,
    EngineVersion: database.engineVersion,
    AllocatedStorage: database.storageGib,
    MaxAllocatedStorage: database.maxStorageGib,
    StorageType: "gp3",
    StorageEncrypted: true,
    KmsKeyId: nameOf(named, `key:${database.key}`),
    MasterUsername: database.masterUser,
    ManageMasterUserPassword: true,
    MasterUserSecretKmsKeyId: nameOf(named, "key:vault"),
    MultiAZ: database.multiAz,
    DBSubnetGroupName: database.subnetGroup.name,
    DBParameterGroupName: database.parameterGroup.name,
    VpcSecurityGroupIds: [nameOf(named, `securityGroup:${database.securityGroup}`)],
    PubliclyAccessible: false,
    BackupRetentionPeriod: database.backupDays,
    PreferredBackupWindow: database.backupWindow,
    PreferredMaintenanceWindow: database.maintenanceWindow,
    DeletionProtection: database.deletionProtection,
    CACertificateIdentifier: database.certificateAuthority,
    CopyTagsToSnapshot: true,
    AutoMinorVersionUpgrade: true,
    EnableCloudwatchLogsExports: database.logExports,
    Tags: tagList(tags),
  });
  const read = () => api("rds", "DescribeDBInstances", { DBInstanceIdentifier: database.id });
  const { DBInstances } = await waitUntil(`database ${database.id}`, read, (answer) => answer.DBInstances?.[0]?.DBInstanceStatus === "available");
  return { databaseArn: given(DBInstances?.[0]?.DBInstanceArn, "the database's ARN") };
}
