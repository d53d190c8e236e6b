import { Permanent } from "@steward/core/errors";
import { beginRestore, confirmRestore, makeRestoreVolume, noteRestored, writeRestoreDocument } from "@steward/core/restore/effects";
import type { RestoreWorld } from "@steward/core/restore/ports";
import { neededBy, type RestoreRecord } from "@steward/core/restore/restore-record";
import { describe, expect, test, vi } from "vitest";
import { desired, NOW } from "../builders.ts";
import { effective } from "../proof/builders.ts";
import { FORMER, RESTORED, record, SNAPSHOT } from "./builders.ts";

/** A restore's world whose ledger holds this. */
function worldWith(last?: RestoreRecord, text = JSON.stringify(effective())) {
  const put = vi.fn(async (_record: RestoreRecord) => true);
  const means = { makeVolume: vi.fn(async () => RESTORED), mark: vi.fn(async () => undefined), release: vi.fn(async () => undefined) };
  const documents = { read: vi.fn(async () => text), write: vi.fn(async (_pointer: object, _text: string) => undefined) };
  const world: RestoreWorld = { means, documents, ledger: { restore: async () => last, putRestore: put }, now: () => NOW };
  return { world, put, means, documents, written: () => put.mock.calls.at(-1)?.[0] };
}

const because = "a test";
const id = record().id;

describe("a beginning", () => {
  const begin = {
    do: "begin-restore",
    id,
    plan: record().plan,
    from: { kind: "snapshot", snapshotId: SNAPSHOT },
    formerId: FORMER,
    after: 0,
    because,
  } as const;

  test("puts the restore on the ledger, once", async () => {
    const { world, written } = worldWith();
    await beginRestore(world, begin);
    expect(written()).toEqual(record({ startedAt: NOW, volumeId: null, revision: 1 }));
    const again = worldWith(record());
    await beginRestore(again.world, begin);
    expect(again.put).not.toHaveBeenCalled();
  });

  test("takes over what an open one has kept, and its volume, but for the one that it goes back to", async () => {
    const { world, written } = worldWith(record({ id: "before", state: "restored", revision: 5 }));
    await beginRestore(world, { ...begin, from: { kind: "volume", volumeId: FORMER }, formerId: RESTORED, after: 5 });
    expect(written()).toMatchObject({ volumeId: FORMER, formerId: RESTORED, kept: [RESTORED], revision: 6 });
    const third = worldWith(record({ id: "before", volumeId: null, revision: 5 }));
    await beginRestore(third.world, { ...begin, formerId: null, after: 5 });
    expect(third.written()).toMatchObject({ kept: [FORMER] });
  });

  test("keeps nothing of one that was confirmed", async () => {
    const { world, written } = worldWith(record({ id: "before", state: "confirmed", kept: ["vol-0old"], revision: 5 }));
    await beginRestore(world, { ...begin, formerId: RESTORED, after: 5 });
    expect(written()).toMatchObject({ kept: [RESTORED] });
  });

  test("is none where another has begun since it was planned", async () => {
    await expect(beginRestore(worldWith(record({ id: "other" })).world, begin)).rejects.toThrow(new Permanent("another restore has begun meanwhile: other"));
    await expect(beginRestore(worldWith().world, { ...begin, after: 3 })).rejects.toThrow("none is on the ledger");
  });
});

test("the volume is made once, and noted", async () => {
  const step = { do: "make-restore-volume", id, snapshotId: SNAPSHOT, like: FORMER, because } as const;
  const { world, written, means } = worldWith(record({ volumeId: null }));
  await makeRestoreVolume(world, step);
  expect([written()?.volumeId, written()?.revision]).toEqual([RESTORED, 3]);
  const made = worldWith(record());
  await makeRestoreVolume(made.world, step);
  const stranger = worldWith();
  await makeRestoreVolume(stranger.world, step);
  expect([means.makeVolume.mock.calls.length, made.means.makeVolume.mock.calls.length, stranger.put.mock.calls.length]).toEqual([1, 0, 0]);
});

describe("the document", () => {
  const step = { do: "write-restore-document", id, volumeId: RESTORED, of: desired, because } as const;

  test("is what is in effect with the volume in it, under its own hash", async () => {
    const { world, written, documents } = worldWith(record());
    await writeRestoreDocument(world, step);
    const [pointer, text] = documents.write.mock.calls[0] ?? [];
    expect(JSON.parse(text ?? "")).toEqual({ ...effective(), dataVolume: RESTORED });
    expect(written()?.desired).toEqual({ ...desired, revision: desired.revision + 1, document: pointer, dataVolume: RESTORED });
  });

  test("is not written twice", async () => {
    const { world, put } = worldWith(record({ desired: { ...desired, revision: desired.revision + 1 } }));
    await writeRestoreDocument(world, step);
    expect(put).not.toHaveBeenCalled();
  });

  test("of a version that is not understood is not guessed", async () => {
    await expect(writeRestoreDocument(worldWith(record(), "{}").world, step)).rejects.toThrow(/none that this version understands: effective/);
  });
});

test("that it serves is noted once", async () => {
  const step = { do: "note-restored", id, restoredAt: NOW, because } as const;
  const { world, written } = worldWith(record());
  await noteRestored(world, step);
  expect(written()).toMatchObject({ state: "restored", restoredAt: NOW });
  const again = worldWith(record({ state: "restored" }));
  await noteRestored(again.world, step);
  expect(again.put).not.toHaveBeenCalled();
});

test("a confirmation lets go of what was kept, of a restore that serves", async () => {
  const step = { do: "confirm-restore" as const, id, kept: [FORMER], because };
  const { world, written, means } = worldWith(record({ state: "restored" }));
  await confirmRestore(world, step);
  expect([means.release.mock.calls, written()?.state, written()?.confirmedAt]).toEqual([[[[FORMER]]], "confirmed", NOW]);
  const early = worldWith(record());
  await confirmRestore(early.world, step);
  expect(early.put).not.toHaveBeenCalled();
});

test("the snapshot that it came from is needed until it is confirmed", () => {
  expect(neededBy(record({ state: "restored" }))).toEqual([{ snapshotId: SNAPSHOT, by: `the restore ${id}, which nobody has confirmed` }]);
  expect(neededBy(record({ from: { kind: "volume", volumeId: FORMER } }))).toEqual([]);
  expect([neededBy(record({ state: "confirmed" })), neededBy(null)]).toEqual([[], []]);
});
