import type * as Module from "@aws-sdk/client-rds";
import type { Account } from "../../account/account.ts";
import { AwsError, type Operations, type Right } from "../../account/operation.ts";
import { requestTagKeys, toCreateTagged } from "../../iam/tagging.ts";
import { checkKey } from "./admission.ts";
import type { Database } from "./database.ts";
import type { Rds } from "./rds.ts";
import { onDatabase, on as onResource } from "./rights.ts";
import { copySnapshot, type DatabaseSnapshot, describeSnapshot, snapshotArn, tagMap, takeSnapshot, theSnapshot } from "./snapshots.ts";

const PAGE = { smallest: 20, largest: 100 };
/** Manual snapshots of an account and region. Source: RDS user guide, "Quotas in Amazon RDS". */
const MOST_MANUAL = 100;
const NAME = /^[a-z](-?[a-z0-9]){0,254}$/i;

/** Snapshots, and whatever is done with tags. */
export const snapshotOperations = (account: Account, rds: Rds): Operations<typeof Module> => ({
  DescribeDBSnapshots: {
    rights: ({ DBInstanceIdentifier: database, DBSnapshotIdentifier: snapshot }) =>
      database === undefined ? [onSnapshot(rds, "DescribeDBSnapshots", snapshot)] : onDatabase(rds, "DescribeDBSnapshots", database),
    run: ({ DBInstanceIdentifier, DBSnapshotIdentifier, SnapshotType, MaxRecords = PAGE.largest, Marker }) => {
      if (MaxRecords < PAGE.smallest || MaxRecords > PAGE.largest)
        throw new AwsError("InvalidParameterValue", `Invalid value ${MaxRecords} for MaxRecords. Must be between ${PAGE.smallest} and ${PAGE.largest}`);
      if (DBSnapshotIdentifier !== undefined) return { DBSnapshots: [describeSnapshot(theSnapshot(rds.snapshots, DBSnapshotIdentifier))] };
      const of = (snapshot: DatabaseSnapshot) =>
        (DBInstanceIdentifier === undefined || snapshot.databaseId === DBInstanceIdentifier) && (SnapshotType === undefined || snapshot.type === SnapshotType);
      const found = [...rds.snapshots.values()].filter(of).sort((one, other) => one.id.localeCompare(other.id));
      const from = Number(Marker ?? 0);
      const end = from + MaxRecords;
      return { DBSnapshots: found.slice(from, end).map(describeSnapshot), Marker: end < found.length ? String(end) : undefined };
    },
  },
  CreateDBSnapshot: {
    rights: ({ DBInstanceIdentifier, DBSnapshotIdentifier, Tags }) => [
      ...onDatabase(rds, "CreateDBSnapshot", DBInstanceIdentifier),
      ...toCreateTagged({ create: "rds:CreateDBSnapshot", tag: "rds:AddTagsToResource", resources: [snapshotArn(DBSnapshotIdentifier ?? "")], tags: Tags }),
    ],
    run: ({ DBInstanceIdentifier = "", DBSnapshotIdentifier = "", Tags }) => {
      const database = rds.databases.get(DBInstanceIdentifier);
      if (!database) throw new AwsError("DBInstanceNotFound", `DBInstance ${DBInstanceIdentifier} not found.`, 404);
      if (database.status !== "available") throw new AwsError("InvalidDBInstanceState", `Instance ${DBInstanceIdentifier} is not in available state.`);
      refuseName(DBSnapshotIdentifier);
      refuseMore(rds);
      return { DBSnapshot: describeSnapshot(takeSnapshot(rds.snapshots, database, { id: DBSnapshotIdentifier, type: "manual", tags: tagMap(Tags) })) };
    },
  },
  CopyDBSnapshot: {
    rights: ({ SourceDBSnapshotIdentifier, TargetDBSnapshotIdentifier, Tags }) => [
      onSnapshot(rds, "CopyDBSnapshot", SourceDBSnapshotIdentifier),
      ...toCreateTagged({ create: "rds:CopyDBSnapshot", tag: "rds:AddTagsToResource", resources: [snapshotArn(TargetDBSnapshotIdentifier ?? "")], tags: Tags }),
    ],
    run: ({ SourceDBSnapshotIdentifier, TargetDBSnapshotIdentifier = "", CopyTags = false, Tags }, call) => {
      const from = theSnapshot(rds.snapshots, SourceDBSnapshotIdentifier);
      if (from.status !== "available") throw new AwsError("InvalidDBSnapshotState", `Snapshot ${from.id} is not in available state.`);
      refuseName(TargetDBSnapshotIdentifier);
      refuseMore(rds);
      checkKey(account, from.input, call);
      const tags = new Map([...(CopyTags ? from.tags : []), ...tagMap(Tags)]);
      return { DBSnapshot: describeSnapshot(copySnapshot(rds.snapshots, from, { id: TargetDBSnapshotIdentifier, tags })) };
    },
  },
  DeleteDBSnapshot: {
    rights: ({ DBSnapshotIdentifier }) => [onSnapshot(rds, "DeleteDBSnapshot", DBSnapshotIdentifier)],
    run: ({ DBSnapshotIdentifier }) => {
      const found = theSnapshot(rds.snapshots, DBSnapshotIdentifier);
      if (found.type === "automated")
        throw new AwsError("InvalidParameterValue", `The parameter DBSnapshotIdentifier is not a valid identifier: ${found.id} is an automated snapshot.`);
      if (found.status === "creating") throw new AwsError("InvalidDBSnapshotState", `Snapshot ${found.id} is not in available state.`);
      rds.snapshots.delete(found.id);
      return { DBSnapshot: describeSnapshot(found) };
    },
  },
  AddTagsToResource: {
    rights: ({ ResourceName = "", Tags }) => [tagging(rds, "AddTagsToResource", ResourceName, requestTagKeys(Tags))],
    run: ({ ResourceName = "", Tags }) => {
      const wrong = (Tags ?? []).find(({ Value = "" }) => !/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u.test(Value));
      if (wrong) throw new AwsError("InvalidParameterValue", `The tag value for ${wrong.Key} is not valid.`);
      const { tags } = tagged(rds, ResourceName);
      for (const [key, value] of tagMap(Tags)) tags.set(key, value);
      return {};
    },
  },
  RemoveTagsFromResource: {
    rights: ({ ResourceName = "", TagKeys }) => [tagging(rds, "RemoveTagsFromResource", ResourceName, { "aws:TagKeys": TagKeys ?? [] })],
    run: ({ ResourceName = "", TagKeys }) => {
      const { tags } = tagged(rds, ResourceName);
      for (const key of TagKeys ?? []) tags.delete(key);
      return {};
    },
  },
});

function tagged(rds: Rds, name: string): Pick<Database, "tags"> {
  const database = /:db:(.+)$/.exec(name)?.[1];
  if (database === undefined) return theSnapshot(rds.snapshots, name);
  const found = rds.databases.get(database);
  if (!found) throw new AwsError("DBInstanceNotFound", `DBInstance ${database} not found.`, 404);
  return found;
}

function tagging(rds: Rds, action: string, name: string, keys: Record<string, string | string[]>): Right {
  const id = /:snapshot:(.+)$/.exec(name)?.[1];
  const [right] = id === undefined ? onDatabase(rds, action, /:db:(.+)$/.exec(name)?.[1]) : [onSnapshot(rds, action, id)];
  return { action: `rds:${action}`, resources: [name], ...right, context: { ...right?.context, ...keys } };
}

/** One action on a snapshot, with its tags; on all of them where none is named. */
export const onSnapshot = (rds: Pick<Rds, "snapshots">, action: string, id = "*"): Right => {
  const plain = id.replace(/^arn:aws:rds:[^:]*:\d*:snapshot:/, "");
  return onResource(action, `snapshot:${plain}`, rds.snapshots.get(plain)?.tags);
};

function refuseName(id: string): void {
  if (!NAME.test(id)) throw new AwsError("InvalidParameterValue", `The parameter DBSnapshotIdentifier is not a valid identifier: ${id}`);
}

function refuseMore({ snapshots }: Rds): void {
  if ([...snapshots.values()].filter(({ type }) => type === "manual").length >= MOST_MANUAL)
    throw new AwsError("SnapshotQuotaExceeded", "Cannot create more than 100 manual snapshots");
}
