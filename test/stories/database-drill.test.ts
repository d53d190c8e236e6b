import type { Stage } from "@steward/cli/simulation/stage";
import { rtoSeconds } from "@steward/core/proof/database/record";
import { MARK } from "@steward/core/retention/marks";
import { expect, test } from "vitest";
import { copiesIn, drillOf, keptIn, openDatabaseDrilling, production, put, remove } from "./database-drill-world.ts";
import { ask, leftBehind, NOTHING_LEFT, pages } from "./keeping-world.ts";

const SEED = 4;

/** A person asks for a drill of the newest snapshot; the answer is that snapshot, once nothing of the drill is left. */
async function drilled(stage: Stage, request: string): Promise<string> {
  await ask(stage, "prove-restore", {}, request);
  expect(await stage.waitFor(() => drillOf(stage)?.key.includes(request) === true && drillOf(stage)?.endedAt != null && stage.nothingRuns, { hours: 4 })).toBe(true);
  return drillOf(stage)?.snapshotId ?? "";
}

const tagOf = ({ world: { rds } }: Stage, id: string, tag: string): string | undefined => rds.snapshots.get(id)?.tags.get(tag);

function expectProven(stage: Stage, id: string, before: unknown): void {
  expect(drillOf(stage)).toMatchObject({ state: "proven", snapshotId: id, unproven: null });
  expect(tagOf(stage, id, MARK.proven)).toBe(drillOf(stage)?.provenAt?.toISOString());
  expect(tagOf(stage, id, MARK.proofFailed)).toBeUndefined();
  expect([copiesIn(stage), keptIn(stage)]).toEqual([[], [id]]);
  expect(production(stage)).toEqual(before);
  expect(pages(stage)).toEqual([]);
  expect(leftBehind(stage)).toEqual(NOTHING_LEFT);
}

test("a drill proves the snapshot of the database beside the bucket, measures, keeps a copy of it and leaves nothing", async () => {
  const stage = await openDatabaseDrilling(SEED);
  await put(stage, "packages/a.tar.gz");
  await remove(stage, "packages/b.tar.gz");
  const before = production(stage);
  const id = await drilled(stage, "whole");
  console.log(JSON.stringify(drillOf(stage), null, 1));
  expectProven(stage, id, before);
  expect(drillOf(stage)?.verdicts).toEqual(expect.arrayContaining([expect.stringMatching(/3 objects of that time, 2 of them changed or deleted since/)]));
  const record = drillOf(stage);
  expect(record?.rpoSeconds).toBeGreaterThan(60);
  expect(record && rtoSeconds(record)).toBeGreaterThan(900);
});
