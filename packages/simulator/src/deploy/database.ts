import type { Topology } from "@steward/core/topology/topology";
import type { Api } from "./api.ts";
import { given, waitUntil } from "./wait.ts";

/** The Postgres instance, encrypted and protected as the reference architecture has it; undefined where there is none. */
export async function deployDatabase(api: Api, { database }: Topology): Promise<{ databaseArn?: string }> {
  if (!database) return {};
  await api("rds", "CreateDBInstance", {
    DBInstanceIdentifier: database.id,
    DBName: database.name,
    DBInstanceClass: database.instanceClass,
    AllocatedStorage: database.storageGb,
    Engine: "postgres",
    MasterUsername: "postgres",
    ManageMasterUserPassword: true,
    StorageEncrypted: true,
    BackupRetentionPeriod: 7,
    DeletionProtection: true,
  });
  const read = () => api("rds", "DescribeDBInstances", { DBInstanceIdentifier: database.id });
  const { DBInstances } = await waitUntil(`database ${database.id}`, read, (answer) => answer.DBInstances?.[0]?.DBInstanceStatus === "available");
  return { databaseArn: given(DBInstances?.[0]?.DBInstanceArn, "the database's ARN") };
}
