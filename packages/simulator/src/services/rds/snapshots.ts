import type * as Module from "@aws-sdk/client-rds";
import { arn } from "../../account/account.ts";
import { AwsError } from "../../account/operation.ts";
import { copySql, type Sql } from "../../fleet/database-server.ts";
import type { Database } from "./database.ts";

/** A snapshot of a database: what was in it at that instant, and what it was. */
export interface DatabaseSnapshot {
  id: string;
  type: "automated" | "manual";
  databaseId: string;
  status: "creating" | "available" | "failed";
  /** When it was ordered; of a copy its own time, beside that of the first. */
  madeAt: Date;
  dataAt: Date;
  input: Module.CreateDBInstanceCommandInput;
  tags: Map<string, string>;
  sql: Sql;
  copyOf?: string;
}

/** Snapshots of all databases, by identifier; one outlives its database if it is manual. */
export type DatabaseSnapshots = Map<string, DatabaseSnapshot>;

const DAY_MS = 86_400_000;
/** How long the backup of a database that changed little since the last takes; AWS publishes none (assumed). */
const BACKUP_MS = 150_000;
/** Copying within a region; AWS publishes none (assumed). */
const COPY_MS = 600_000;

/** The name is that of RDS's own: `rds:`, the instance and the minute. Source: RDS user guide, "Working with automated backups". */
const automatedId = (database: Database): string => `rds:${database.id}-${new Date().toISOString().slice(0, 16).replace(/[T:]/g, "-")}`;

/** Takes a snapshot of what is in the database now; it can be restored minutes later. */
export function takeSnapshot(
  snapshots: DatabaseSnapshots,
  database: Database,
  { id, type, tags }: Pick<DatabaseSnapshot, "id" | "type" | "tags">,
): DatabaseSnapshot {
  if (snapshots.has(id))
    throw new AwsError("DBSnapshotAlreadyExists", `Cannot create the snapshot because a snapshot with the identifier ${id} already exists.`);
  const copied = database.copiesTags ? database.tags : new Map<string, string>();
  const now = new Date();
  const made: DatabaseSnapshot = {
    ...{ id, type, databaseId: database.id, status: "creating", madeAt: now, dataAt: now },
    ...{ input: database.given, tags: new Map([...copied, ...tags]), sql: copySql(database.sql) },
  };
  snapshots.set(id, made);
  setTimeout(() => finish(made), BACKUP_MS);
  return made;
}

/** A copy is manual, so that no rule of RDS expires it. */
export function copySnapshot(snapshots: DatabaseSnapshots, from: DatabaseSnapshot, { id, tags }: Pick<DatabaseSnapshot, "id" | "tags">): DatabaseSnapshot {
  if (snapshots.has(id))
    throw new AwsError("DBSnapshotAlreadyExists", `Cannot create the snapshot because a snapshot with the identifier ${id} already exists.`);
  const made: DatabaseSnapshot = { ...from, id, type: "manual", status: "creating", madeAt: new Date(), tags, sql: copySql(from.sql), copyOf: from.id };
  snapshots.set(id, made);
  setTimeout(() => finish(made), COPY_MS);
  return made;
}

function finish(snapshot: DatabaseSnapshot): void {
  if (snapshot.status === "creating") snapshot.status = "available";
}

/** Every day in its window as long as it is there and backups are on; what is older than they are kept for goes. */
export function keepBackingUp(snapshots: DatabaseSnapshots, database: Database): void {
  setTimeout(() => {
    if (database.status === "deleting") return;
    if (database.status === "available" && database.backupDays > 0) backUp(snapshots, database);
    for (const { id, type, databaseId, madeAt } of snapshots.values())
      if (type === "automated" && databaseId === database.id && Date.now() - madeAt.getTime() > database.backupDays * DAY_MS) snapshots.delete(id);
    keepBackingUp(snapshots, database);
  }, untilWindow(database));
}

/** An automated backup, as if it were the time for it. The seconds for which RDS says `backing-up` meanwhile are left out. */
export const backUp = (snapshots: DatabaseSnapshots, database: Database): DatabaseSnapshot =>
  takeSnapshot(snapshots, database, { id: automatedId(database), type: "automated", tags: new Map() });

/** Milliseconds to the beginning of the next window, `hh:mm-hh:mm` in UTC. */
function untilWindow({ given: { PreferredBackupWindow = "03:00-03:30" } }: Database): number {
  const [hours = 0, minutes = 0] = PreferredBackupWindow.split("-")[0]?.split(":").map(Number) ?? [];
  const begins = (hours * 60 + minutes) * 60_000;
  const past = Date.now() % DAY_MS;
  return past < begins ? begins - past : begins - past + DAY_MS;
}

export const snapshotArn = (id: string): string => arn("rds", `snapshot:${id}`);

/** Shape: RDS API reference, DBSnapshot. */
export const describeSnapshot = (snapshot: DatabaseSnapshot): Module.DBSnapshot => ({
  DBSnapshotIdentifier: snapshot.id,
  DBSnapshotArn: snapshotArn(snapshot.id),
  DBInstanceIdentifier: snapshot.databaseId,
  SnapshotType: snapshot.type,
  Status: snapshot.status,
  SnapshotCreateTime: snapshot.madeAt,
  OriginalSnapshotCreateTime: snapshot.dataAt,
  Engine: "postgres",
  EngineVersion: snapshot.input.EngineVersion,
  AllocatedStorage: snapshot.input.AllocatedStorage,
  Encrypted: snapshot.input.StorageEncrypted ?? false,
  KmsKeyId: snapshot.input.KmsKeyId,
  PercentProgress: snapshot.status === "available" ? 100 : 0,
  TagList: [...snapshot.tags].map(([Key, Value]) => ({ Key, Value })),
  ...(snapshot.copyOf && { SourceDBSnapshotIdentifier: snapshotArn(snapshot.copyOf) }),
});

export function theSnapshot(snapshots: DatabaseSnapshots, id: string | undefined): DatabaseSnapshot {
  const found = snapshots.get(id?.replace(/^arn:aws:rds:[^:]*:\d*:snapshot:/, "") ?? "");
  if (!found) throw new AwsError("DBSnapshotNotFound", `DBSnapshot ${id} not found.`, 404);
  return found;
}

/** Tags as RDS keeps them. */
export const tagMap = (tags: Module.Tag[] | undefined): Map<string, string> => new Map((tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
