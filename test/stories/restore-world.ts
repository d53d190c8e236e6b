import { plainItem } from "@steward/aws/plain-item";
import { byHand } from "@steward/cli/scenarios/server";
import type { Stage } from "@steward/cli/simulation/stage";
import { before } from "@steward/core/apply/duration";
import type { Duration } from "@steward/core/apply/run";
import { RestoreRecord } from "@steward/core/restore/restore-record";
import { openKeeping, volumeOf } from "./keeping-world.ts";

/** A server with one good snapshot, an hour's schedule, and a mark on its volume that only snapshots from now on would have. */
export async function openRestoring(seed: number): Promise<Stage> {
  const stage = await openKeeping(seed, { schedules: [{ id: "hourly", everyHours: 1, keep: { count: 24 } }] });
  write(stage, "since the snapshot");
  return stage;
}

const NOTE = "/notes/story.txt";

/** Something that users would miss. */
export const write = (stage: Stage, text: string): void =>
  stage.world.dependencies.disks.of(volumeOf(stage)).files.write(NOTE, text, { mode: 0o600, owner: "rstudio-pm" });

/** What users find of it on a volume; undefined where it is lost. */
export const noteOn = (stage: Stage, volumeId: string): string | undefined => stage.world.dependencies.disks.of(volumeId).files.read(NOTE);

/** What a function answers when a person invokes it. */
export async function invoke(stage: Stage, id: "runbook" | "approve", payload: object): Promise<Record<string, unknown>> {
  const { Payload } = (await byHand(stage, (operator) =>
    operator("lambda", "Invoke", { FunctionName: `steward-demo-${id}`, Payload: Buffer.from(JSON.stringify(payload)) }),
  )) as { Payload?: Uint8Array };
  return JSON.parse(Buffer.from(Payload ?? []).toString()) as Record<string, unknown>;
}

/** A person asks for a restore; what waits then is not done. */
export const requested = (stage: Stage, input: Record<string, unknown> = {}): Promise<Record<string, unknown>> =>
  invoke(stage, "runbook", { mode: "run", runbook: "restore-volume", input, reason: "the database is damaged", id: "story" });

export const approved = (stage: Stage, hash: unknown): Promise<Record<string, unknown>> => invoke(stage, "approve", { hash, reason: "we have to", by: "ada" });

/** Asked for and approved by one after the other; the answer to the approval. */
export async function restore(stage: Stage, input: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
  const { waitsFor } = await requested(stage, input);
  return await approved(stage, waitsFor);
}

/** The newest restore as it stands on the ledger. */
export function restoreOf({ world, deployed }: Stage): RestoreRecord | undefined {
  const item = world.dynamodb
    .items(deployed.topology.table.name)
    .map(plainItem)
    .find(({ pk }) => pk === "RESTORE");
  return item && RestoreRecord.parse(item);
}

export const isRestored = (stage: Stage): boolean => restoreOf(stage)?.state === "restored" && stage.nothingRuns;

/** As if it had been so long ago that users were first served from what was restored. */
export async function restoredAt(stage: Stage, ago: Duration): Promise<void> {
  const item = { TableName: stage.deployed.topology.table.name, Key: { pk: { S: "RESTORE" }, sk: { S: "newest" } } };
  const change = { UpdateExpression: "SET restoredAt = :at", ExpressionAttributeValues: { ":at": { S: before(new Date(), ago).toISOString() } } };
  await byHand(stage, (operator) => operator("dynamodb", "UpdateItem", { ...item, ...change }));
}
