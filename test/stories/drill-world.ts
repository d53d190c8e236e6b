import { plainItem } from "@steward/aws/plain-item";
import { belongings, byHand } from "@steward/cli/scenarios/server";
import type { Stage } from "@steward/cli/simulation/stage";
import { DRILL_TAG, DrillRecord } from "@steward/core/proof/drill-record";
import { openKeeping } from "./keeping-world.ts";

export { ageServer, madeByDrills } from "@steward/cli/scenarios/server-drill";

type Different = Parameters<typeof openKeeping>[1];

/** Enough to outlast any story: what is proven is not pruned meanwhile. */
const SCHEDULES = [{ id: "hourly", everyHours: 1, keep: { count: 24 } }] as const;

/** A server with one good snapshot; no drill comes by itself, and none waits for the volume to be read, unless told otherwise. */
export const openDrilling = (seed: number, different: Different = {}): Promise<Stage> =>
  openKeeping(seed, { schedules: [...SCHEDULES], proof: { everyDays: null, loadWithinHours: 0 }, ...different });

/** The newest drill as it stands on the ledger. */
export function drillOf({ world, deployed }: Stage): DrillRecord | undefined {
  const item = world.dynamodb.items(deployed.topology.table.name, "DRILL").map(plainItem).at(0);
  return item && DrillRecord.parse(item);
}

/** Every server that a drill launched and EC2 still remembers. */
export const launchedByDrills = ({ world: { ec2 } }: Stage): string[] =>
  [...ec2.instances.values()].filter(({ tags }) => tags[DRILL_TAG.stage] === "demo").map(({ instanceId }) => instanceId);

/** What users have: a drill changes none of it. */
export function production(stage: Stage) {
  const { world, deployed, serving, traffic } = stage;
  const group = world.autoscaling.groups.get(deployed.topology.group.name);
  return { serving, members: [...(group?.members.keys() ?? [])], desired: group?.desired, ...belongings(stage), failed: traffic.failed };
}

/** Writes over the database in the snapshot, or on the volume, of this id. */
export function damage({ world }: Stage, id: string): void {
  world.dependencies.disks.of(id).files.write("/db/rstudio-pm.db", '{"tables":', { mode: 0o600, owner: "rstudio-pm" });
}

/** Takes the database out of the snapshot of this id. */
export const loseDatabase = ({ world }: Stage, id: string): void => world.dependencies.disks.of(id).files.remove("/db/rstudio-pm.db");

/** Leaves next to nothing in the snapshot of this id. */
export function empty({ world }: Stage, id: string): void {
  const { files } = world.dependencies.disks.of(id);
  const kept = JSON.parse(files.read("/db/rstudio-pm.db") ?? "{}") as object;
  files.write("/db/rstudio-pm.db", JSON.stringify({ ...kept, tables: { packages: 1 } }), { mode: 0o600, owner: "rstudio-pm" });
}

/** The rule by which a snapshot stays or goes, as a person is told. */
export async function ruleOf(stage: Stage, snapshotId: string | undefined): Promise<string | undefined> {
  const { Payload } = (await byHand(stage, (operator) =>
    operator("lambda", "Invoke", { FunctionName: "steward-demo-runbook", Payload: Buffer.from(JSON.stringify({ mode: "snapshots" })) }),
  )) as { Payload?: Uint8Array };
  const { lines } = JSON.parse(Buffer.from(Payload ?? []).toString()) as { lines: { snapshotId: string; rule: string }[] };
  return lines.find((line) => line.snapshotId === snapshotId)?.rule;
}
