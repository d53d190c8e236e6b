import type * as Module from "@aws-sdk/client-rds";
import { type Account, arn } from "../../account/account.ts";
import { AwsError, type Operations, type Right } from "../../account/operation.ts";
import type { Principal } from "../../account/principal.ts";
import { toCreateTagged } from "../../iam/tagging.ts";
import { checkKey, checkWish } from "./admission.ts";
import type { Database } from "./database.ts";
import type { Rds } from "./rds.ts";
import { on, onDatabase } from "./rights.ts";
import { onSnapshot } from "./snapshot-operations.ts";
import { type DatabaseSnapshot, theSnapshot } from "./snapshots.ts";

type Wish = Module.RestoreDBInstanceFromDBSnapshotCommandInput;
type Restore = (from: DatabaseSnapshot, input: Module.CreateDBInstanceCommandInput, by: Principal) => Database;

/** DB instances of an account and region. Source: RDS user guide, "Quotas in Amazon RDS". */
const MOST_INSTANCES = 40;

/** Restoring a snapshot to a new instance, and deleting one. */
export const restoreOperations = (account: Account, rds: Rds, restore: Restore): Operations<typeof Module> => ({
  RestoreDBInstanceFromDBSnapshot: {
    rights: (input) => toRestore(rds, input),
    run: (input, call) => {
      const from = theSnapshot(rds.snapshots, input.DBSnapshotIdentifier);
      const id = input.DBInstanceIdentifier ?? "";
      if (!/^[a-z](-?[a-z0-9]){0,62}$/.test(id)) throw new AwsError("InvalidParameterValue", "The parameter DBInstanceIdentifier is not a valid identifier.");
      if (rds.databases.has(id)) throw new AwsError("DBInstanceAlreadyExists", "DB instance already exists");
      if (from.status !== "available") throw new AwsError("InvalidDBSnapshotState", `Snapshot ${from.id} is not in available state.`);
      if (rds.databases.size >= MOST_INSTANCES) throw new AwsError("InstanceQuotaExceeded", "DB Instance quota exceeded.");
      const restored = inputOf(from, input);
      checkWish(rds, restored);
      checkKey(account, restored, call);
      return { DBInstance: restore(from, restored, call.principal).describe() };
    },
  },
  DeleteDBInstance: {
    rights: ({ DBInstanceIdentifier }) => onDatabase(rds, "DeleteDBInstance", DBInstanceIdentifier),
    run: ({ DBInstanceIdentifier: id = "", SkipFinalSnapshot = false, FinalDBSnapshotIdentifier }) => {
      const found = rds.databases.get(id.toLowerCase());
      if (!found) throw new AwsError("DBInstanceNotFound", `DBInstance ${id} not found.`, 404);
      if (found.isProtected)
        throw new AwsError("InvalidParameterCombination", "Cannot delete protected DB Instance, please disable deletion protection and try again.");
      if (!SkipFinalSnapshot && FinalDBSnapshotIdentifier === undefined)
        throw new AwsError("InvalidParameterCombination", "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.");
      if (!SkipFinalSnapshot) throw new AwsError("NotImplemented", "the simulated account does not model final snapshots", 501);
      if (found.status === "creating" || found.status === "deleting")
        throw new AwsError("InvalidDBInstanceState", `Instance ${id} is not in a state in which it can be deleted: ${found.status}`);
      void found.delete().then(() => rds.databases.delete(found.id));
      return { DBInstance: found.describe() };
    },
  },
});

/**
 * Of the snapshot's instance are engine, storage, key, name and master; what else is not said has RDS's own defaults, and tags are the
 * snapshot's only where none are given. Source: RDS user guide, "Restoring to a DB instance", and "Tagging Amazon RDS resources".
 */
function inputOf({ input, tags }: DatabaseSnapshot, wish: Wish): Module.CreateDBInstanceCommandInput {
  const { Engine, EngineVersion, AllocatedStorage, StorageType, StorageEncrypted, KmsKeyId, DBName, MasterUsername, Port, PreferredBackupWindow } = input;
  const { DBSnapshotIdentifier: _from, Tags, BackupRetentionPeriod = input.BackupRetentionPeriod, ...said } = wish;
  return {
    ...{ Engine, EngineVersion, AllocatedStorage, StorageType, StorageEncrypted, KmsKeyId, DBName, MasterUsername, Port, PreferredBackupWindow },
    DBInstanceClass: input.DBInstanceClass,
    DBSubnetGroupName: "default",
    ...said,
    BackupRetentionPeriod,
    Tags: Tags ?? [...tags].map(([Key, Value]) => ({ Key, Value })),
  } as Module.CreateDBInstanceCommandInput;
}

/** Source: Service authorization reference, "Actions defined by Amazon RDS": instance, groups and options are required, the snapshot is asked for too. */
function toRestore(rds: Rds, input: Wish): Right[] {
  const {
    DBInstanceIdentifier,
    DBSnapshotIdentifier,
    DBParameterGroupName,
    DBSubnetGroupName = "default",
    OptionGroupName,
    Tags,
    PubliclyAccessible = false,
  } = input;
  const major = rds.snapshots.get(DBSnapshotIdentifier ?? "")?.input.EngineVersion?.split(".")[0] ?? "";
  const action = "RestoreDBInstanceFromDBSnapshot";
  return [
    ...toCreateTagged({
      create: `rds:${action}`,
      tag: "rds:AddTagsToResource",
      resources: [arn("rds", `db:${DBInstanceIdentifier}`)],
      tags: Tags,
      context: { "rds:PubliclyAccessible": String(PubliclyAccessible) },
    }),
    onSnapshot(rds, action, DBSnapshotIdentifier),
    on(action, `pg:${DBParameterGroupName ?? `default.postgres${major}`}`),
    on(action, `subgrp:${DBSubnetGroupName}`),
    on(action, `og:${OptionGroupName ?? `default:postgres-${major}`}`),
  ];
}
