import { plainItem } from "@steward/aws/plain-item";
import { byHand } from "@steward/cli/scenarios/server";
import { Stage } from "@steward/cli/simulation/stage";
import { DatabaseDrillRecord } from "@steward/core/proof/database/record";
import { DRILL_TAG } from "@steward/core/proof/drill-record";
import type { HaSettings } from "@steward/core/settings/schema";
import { backUp, type DatabaseSnapshot } from "@steward/simulator/services/rds/snapshots";
import { haSettings } from "../settings.ts";

export const DATABASE = "steward-demo";

/** A pair in service whose database holds something, with one automated snapshot of it; no drill comes by itself unless told otherwise. */
export async function openDatabaseDrilling(seed: number, proof: Partial<HaSettings["database"]["proof"]> = {}): Promise<Stage> {
  const settings = haSettings({ database: { proof: { everyDays: null, ...proof } } });
  const stage = await Stage.open(seed, { topology: "ha", settings });
  for (const Key of ["packages/a.tar.gz", "packages/b.tar.gz", "packages/c.tar.gz"]) await put(stage, Key);
  await stage.run({ seconds: 5 });
  await snapshotNow(stage);
  return stage;
}

const bucketOf = ({ deployed }: Stage): string => deployed.topology.buckets.find(({ id }) => id === "packages")?.name ?? "";

/** Somebody writes an object of Package Manager's. */
export const put = (stage: Stage, Key: string) => byHand(stage, (operator) => operator("s3", "PutObject", { Bucket: bucketOf(stage), Key, Body: "package" }));

/** Somebody deletes one; with its versions nobody can have it back. */
export async function remove(stage: Stage, Key: string, { versions = false, marker = true } = {}): Promise<void> {
  const there =
    stage.world.s3.buckets
      .get(bucketOf(stage))
      ?.versions.get(Key)
      ?.map(({ id }) => id) ?? [];
  if (marker) await byHand(stage, (operator) => operator("s3", "DeleteObject", { Bucket: bucketOf(stage), Key }));
  for (const VersionId of versions ? there : []) await byHand(stage, (operator) => operator("s3", "DeleteObject", { Bucket: bucketOf(stage), Key, VersionId }));
}

/** RDS makes its backup of the day now. */
export async function snapshotNow(stage: Stage): Promise<DatabaseSnapshot> {
  const { rds } = stage.world;
  const database = rds.databases.get(DATABASE);
  if (!database) throw new Error("there is no database");
  const made = backUp(rds.snapshots, database);
  await stage.waitFor(() => made.status === "available", { minutes: 10 });
  return made;
}

/** The newest drill as it stands on the ledger. */
export function drillOf({ world, deployed }: Stage): DatabaseDrillRecord | undefined {
  const item = world.dynamodb
    .items(deployed.topology.table.name)
    .map(plainItem)
    .find(({ pk }) => pk === "DATABASE-DRILL");
  return item && DatabaseDrillRecord.parse(item);
}

/** Databases of drills that are there, by their tag. */
export const copiesIn = ({ world: { rds } }: Stage): string[] =>
  [...rds.databases.values()].filter(({ tags }) => tags.get(DRILL_TAG.stage) === "demo").map(({ id }) => id);

/** Snapshots that Steward keeps, by what each is a copy of. */
export const keptIn = ({ world: { rds } }: Stage): string[] =>
  [...rds.snapshots.values()].filter(({ tags }) => tags.get(DRILL_TAG.stage) === "demo").map(({ copyOf = "" }) => copyOf);

/** What users have: a drill changes none of it. */
export function production({ world, deployed, serving, traffic }: Stage) {
  const database = world.rds.databases.get(DATABASE);
  return {
    serving,
    desired: world.autoscaling.groups.get(deployed.topology.group.name)?.desired,
    database: database?.describe().TagList,
    failed: traffic.failed,
  };
}

/** Nothing is in any table of it, whatever became of it. */
export function emptied({ sql }: DatabaseSnapshot): void {
  for (const name of sql.tables?.keys() ?? []) sql.tables?.set(name, 0);
}
