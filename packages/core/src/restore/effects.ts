import { EffectiveDocument, pointerTo } from "../desired/documents.ts";
import { Permanent } from "../errors.ts";
import type { StepOf } from "../runbooks/steps.ts";
import type { RestoreWorld } from "./ports.ts";
import { isOpen, type RestoreRecord } from "./restore-record.ts";

/** Puts the restore on the ledger; nothing where it is there. One that it follows hands over what it has kept. */
export async function beginRestore({ ledger, now }: Pick<RestoreWorld, "ledger" | "now">, step: StepOf<"begin-restore">): Promise<void> {
  const { id, plan, from, formerId, after } = step;
  const last = await ledger.restore();
  if (last?.id === id) return;
  if ((last?.revision ?? 0) !== after) throw new Permanent(`another restore has begun meanwhile: ${last?.id ?? "none is on the ledger"}`);
  const volumeId = from.kind === "volume" ? from.volumeId : null;
  const all = [...(isOpen(last) ? [...last.kept, last.volumeId] : []), formerId];
  const kept = [...new Set(all.filter((one) => one !== null))].filter((one) => one !== volumeId);
  const open = { desired: null, restoredAt: null, confirmedAt: null, state: "under-way" as const };
  await ledger.putRestore({ ...open, id, plan, from, formerId, startedAt: now(), volumeId, kept, revision: after + 1 });
}

/** Does something for the restore that is meant, unless its record says that it was done, and puts on record what came of it. */
async function noting(
  { ledger }: Pick<RestoreWorld, "ledger">,
  id: string,
  { unless, effect }: { unless: (record: RestoreRecord) => boolean; effect: (record: RestoreRecord) => Promise<Partial<RestoreRecord>> },
): Promise<void> {
  const record = await ledger.restore();
  if (record?.id !== id || unless(record)) return;
  await ledger.putRestore({ ...record, ...(await effect(record)), revision: record.revision + 1 });
}

/** Makes the volume from which users will be served. */
export const makeRestoreVolume = (world: RestoreWorld, { id, snapshotId, like }: StepOf<"make-restore-volume">): Promise<void> =>
  noting(world, id, {
    unless: ({ volumeId }) => volumeId !== null,
    effect: async () => ({ volumeId: await world.means.makeVolume({ id, snapshotId, like }) }),
  });

/** Writes down what is in effect, with another volume in it; nothing is in effect by that. */
export const writeRestoreDocument = (world: RestoreWorld, { id, volumeId, of }: StepOf<"write-restore-document">): Promise<void> =>
  noting(world, id, {
    unless: ({ desired }) => desired?.revision === of.revision + 1,
    effect: async () => {
      const { data, error } = EffectiveDocument.safeParse(JSON.parse(await world.documents.read(of.document)));
      if (!data)
        throw new Permanent(`the document in effect is none that this version understands: ${error.issues.map(({ path }) => path.join(".")).join(", ")}`);
      const text = JSON.stringify({ ...data, dataVolume: volumeId } satisfies EffectiveDocument);
      const document = pointerTo(of.document.bucket, "effective", text);
      await world.documents.write(document, text);
      return { desired: { ...of, revision: of.revision + 1, document, dataVolume: volumeId } };
    },
  });

/** From now on it can be confirmed, or gone back on. */
export const noteRestored = (world: Pick<RestoreWorld, "ledger">, { id, restoredAt }: StepOf<"note-restored">): Promise<void> =>
  noting(world, id, { unless: ({ state }) => state !== "under-way", effect: async () => ({ state: "restored", restoredAt }) });

/** Lets go of what was kept, which stays there, and ends the restore. */
export const confirmRestore = (world: RestoreWorld, { id, kept }: StepOf<"confirm-restore">): Promise<void> =>
  noting(world, id, {
    unless: ({ state }) => state !== "restored",
    effect: async () => {
      await world.means.release(kept);
      return { state: "confirmed", confirmedAt: world.now() };
    },
  });
