import { beginDatabaseDrill } from "@steward/core/proof/database/begin";
import { askDatabaseProof, checkBucket, concludeDatabaseDrill, endDatabaseDrill, keepProven, restoreDatabase } from "@steward/core/proof/database/effects";
import type { DatabaseDrillMeans, DatabaseDrillWorld } from "@steward/core/proof/database/ports";
import type { DatabaseDrillRecord } from "@steward/core/proof/database/record";
import { describe, expect, test } from "vitest";
import { ago, FIRST, NOW } from "../../builders.ts";
import { COPY, DRILL, KEPT, look, record, restored, SNAPSHOT } from "./builders.ts";

/** A world with this record, and what was done in it. */
function worldWith(start: DatabaseDrillRecord | undefined, but: Partial<DatabaseDrillMeans> = {}) {
  const calls: unknown[][] = [];
  const state = { record: start };
  const says =
    <T>(name: string, answer: T) =>
    async (...given: unknown[]) => {
      calls.push([name, ...given]);
      return answer;
    };
  const means: DatabaseDrillMeans = {
    snapshots: async () => ({ databaseId: "steward-demo", snapshots: [], latestRestorableAt: null }),
    restore: says("restore", COPY),
    ask: says("ask", "command-1"),
    keep: says("keep", KEPT),
    remove: says("remove", undefined),
    mark: says("mark", undefined),
    bucketSettings: async () => ({ versioning: "Enabled", expiry: [] }),
    bucketPage: async () => ({ entries: [], next: null }),
    ...but,
  };
  const ledger: DatabaseDrillWorld["ledger"] = {
    databaseDrill: async () => state.record,
    putDatabaseDrill: async (next) => {
      state.record = next;
      return true;
    },
  };
  return { world: { means, ledger, now: () => NOW }, calls, state };
}

const because = "b";
const verdict = (state: "proven" | "failed" | "undecided") => ({
  do: "conclude-database-drill" as const,
  id: DRILL,
  servedAt: NOW,
  verdict: { state, because: "so", verdicts: ["so"] },
  because,
});

describe("what is on record is not done again", () => {
  test.each([
    [
      "restore",
      restored(),
      (w: DatabaseDrillWorld) => restoreDatabase(w, { do: "restore-database", id: DRILL, snapshotId: SNAPSHOT, instanceClass: "c", because }),
    ],
    ["check", restored(), (w: DatabaseDrillWorld) => checkBucket(w, { do: "check-bucket", id: DRILL, because })],
    [
      "ask",
      restored({ asked: { number: 1, at: NOW, commandId: "c", instanceId: FIRST } }),
      (w: DatabaseDrillWorld) =>
        askDatabaseProof(w, { do: "ask-database-proof", id: DRILL, instanceId: FIRST, copy: { host: "h", port: 1 }, number: 1, because }),
    ],
    ["conclude", restored({ state: "failed" }), (w: DatabaseDrillWorld) => concludeDatabaseDrill(w, verdict("proven"))],
    ["keep", restored({ keptId: KEPT }), (w: DatabaseDrillWorld) => keepProven(w, { do: "keep-proven", id: DRILL, snapshotId: SNAPSHOT, because })],
    ["end", restored({ endedAt: NOW }), (w: DatabaseDrillWorld) => endDatabaseDrill(w, { do: "end-database-drill", id: DRILL, endedAt: NOW, because })],
    [
      "another drill's",
      record({ id: "other" }),
      (w: DatabaseDrillWorld) => restoreDatabase(w, { do: "restore-database", id: DRILL, snapshotId: SNAPSHOT, instanceClass: "c", because }),
    ],
  ] as const)("%s", async (_what, known, effect) => {
    const { world, calls, state } = worldWith(known);
    await effect(world);
    expect([calls, state.record]).toEqual([[], known]);
  });
});

test("a failure is said on the snapshot, and the first since the last proof stays on record", async () => {
  const first = worldWith(restored());
  await concludeDatabaseDrill(first.world, verdict("failed"));
  expect(first.calls).toEqual([["mark", SNAPSHOT, { failed: "so" }]]);
  expect(first.state.record).toMatchObject({ state: "failed", servedAt: NOW, unproven: { since: NOW, snapshotId: SNAPSHOT, because: "so" }, revision: 2 });
  const before = { since: ago({ days: 1 }), snapshotId: "older", because: "other" };
  const second = worldWith(restored({ unproven: before }));
  await concludeDatabaseDrill(second.world, verdict("failed"));
  expect(second.state.record?.unproven).toEqual(before);
});

test("a proof of an older snapshot does not make up for a newer one that failed", async () => {
  const failed = { since: ago({ hours: 1 }), snapshotId: "newer", snapshotAt: NOW, because: "other" };
  const baseline = { at: ago({ days: 7 }), objects: 3 };
  const older = worldWith(restored({ unproven: failed, provenAt: ago({ days: 7 }), baseline }));
  await concludeDatabaseDrill(older.world, verdict("proven"));
  expect(older.state.record).toMatchObject({ state: "proven", provenAt: ago({ days: 7 }), unproven: failed, baseline });
  const newer = worldWith(restored({ unproven: { ...failed, snapshotAt: ago({ days: 30 }) } }));
  await concludeDatabaseDrill(newer.world, verdict("proven"));
  expect(newer.state.record).toMatchObject({ provenAt: NOW, unproven: null });
  const unknown = worldWith(restored({ unproven: { since: NOW, snapshotId: "older", because: "other" } }));
  await concludeDatabaseDrill(unknown.world, verdict("proven"));
  expect(unknown.state.record?.unproven).toBeNull();
});

test("an undecided drill says nothing of the snapshot", async () => {
  const { world, calls, state } = worldWith(restored());
  await concludeDatabaseDrill(world, verdict("undecided"));
  expect([calls, state.record?.state, state.record?.unproven]).toEqual([[], "undecided", null]);
});

test("a proof counts for the next one only where the whole bucket was read", async () => {
  const baseline = { at: ago({ days: 7 }), objects: 3 };
  const part = worldWith(restored({ bucket: look({ isWhole: false }), baseline }));
  await concludeDatabaseDrill(part.world, verdict("proven"));
  expect(part.state.record?.baseline).toEqual(baseline);
  const none = worldWith(restored({ bucket: null, baseline }));
  await concludeDatabaseDrill(none.world, verdict("proven"));
  expect(none.state.record?.baseline).toEqual(baseline);
});

test("a drill begins with what RDS says, and none while one is under way", async () => {
  const snapshots = async () => ({ databaseId: "steward-demo", snapshots: [{ id: SNAPSHOT, at: ago({ hours: 2 }) }], latestRestorableAt: ago({ minutes: 5 }) });
  const step = { do: "begin-database-drill" as const, id: DRILL, snapshotId: null, because };
  const fresh = worldWith(undefined, { snapshots });
  await beginDatabaseDrill(fresh.world, step, { key: "k" });
  expect(fresh.state.record).toMatchObject({
    id: DRILL,
    key: "k",
    snapshotId: SNAPSHOT,
    rpoSeconds: 7200,
    latestSeconds: 300,
    revision: 1,
    state: "under-way",
  });
  for (const known of [record(), record({ id: "other" })]) {
    const busy = worldWith(known, { snapshots });
    await beginDatabaseDrill(busy.world, step, { key: "k" });
    expect(busy.state.record).toBe(known);
  }
  const next = worldWith(record({ id: "other", endedAt: NOW, provenAt: ago({ days: 7 }), revision: 4 }), { snapshots });
  await beginDatabaseDrill(next.world, step, { key: "k" });
  expect(next.state.record).toMatchObject({ provenAt: ago({ days: 7 }), revision: 5 });
});

test("without a snapshot that is available, or without the one that is asked for, none begins", async () => {
  const { world } = worldWith(undefined);
  await expect(beginDatabaseDrill(world, { do: "begin-database-drill", id: DRILL, snapshotId: null, because }, { key: "k" })).rejects.toThrow(
    "RDS has no snapshot",
  );
  await expect(beginDatabaseDrill(world, { do: "begin-database-drill", id: DRILL, snapshotId: "x", because }, { key: "k" })).rejects.toThrow(
    "x is no available snapshot",
  );
});
