import { after } from "../apply/duration.ts";
import { EffectiveDocument } from "../desired/documents.ts";
import { Permanent } from "../errors.ts";
import type { StepOf } from "../runbooks/steps.ts";
import { copyDocument } from "./copy-document.ts";
import type { DrillRecord } from "./drill-record.ts";
import type { DrillWorld } from "./ports.ts";

/**
 * Does something for a drill and notes what came of it, once. Killed between the two it is done again, which gives the same; where another
 * has written the ledger meanwhile the next look tells how far it is.
 */
async function noting(
  { ledger }: Pick<DrillWorld, "ledger">,
  id: string,
  { unless, effect }: { unless: (record: DrillRecord) => boolean; effect: (record: DrillRecord) => Promise<Partial<DrillRecord>> },
): Promise<void> {
  const record = await ledger.drill();
  if (record?.id !== id || unless(record)) return;
  await ledger.putDrill({ ...record, ...(await effect(record)), revision: record.revision + 1 });
}

/** Makes the volume that is looked at in the place of the fleet's own. */
export const makeCopy = (world: DrillWorld, { id, snapshotId }: StepOf<"make-copy">): Promise<void> =>
  noting(world, id, { unless: ({ copyId }) => copyId !== null, effect: async () => ({ copyId: await world.means.makeCopy(id, snapshotId) }) });

/** Writes down what the copy's server is to become: what is in effect, cut off from everybody. */
export const writeCopyDocument = (world: DrillWorld, { id, copyId, of }: StepOf<"write-drill-document">): Promise<void> =>
  noting(world, id, {
    unless: ({ document }) => document !== null,
    effect: async () => {
      const effective = understood(await world.documents.read(of.document));
      const { pointer, text } = copyDocument(effective, { bucket: of.document.bucket, copyId });
      await world.documents.write(pointer, text);
      const { version, configFingerprint, keyFingerprint } = of;
      return { document: { pointer, version, configFingerprint, keyFingerprint, starts: effective.license.kind === "file" } };
    },
  });

/** Its hash was right, so it is what some version of Steward wrote; not understood once, it never will be. */
function understood(text: string): EffectiveDocument {
  const { data, error } = EffectiveDocument.safeParse(JSON.parse(text));
  if (!data) throw new Permanent(`the document in effect is none that this version understands: ${error.issues.map(({ path }) => path.join(".")).join(", ")}`);
  return data;
}

/** Launches the copy's server, where the copy is. */
export const launchProver = (world: DrillWorld, { id, copyId, template }: StepOf<"launch-prover">): Promise<void> =>
  noting(world, id, {
    unless: ({ instanceId }) => instanceId !== null,
    effect: async () => ({ instanceId: await world.means.launch({ id, copyId, template }), launchedAt: world.now() }),
  });

export const noteDrill = (world: Pick<DrillWorld, "ledger">, { id, note }: StepOf<"note-drill">): Promise<void> =>
  noting(world, id, { unless: (record) => isNoted(record, note), effect: async () => note });

/** Whether the record has it already, with whatever time or number. */
export const isNoted = (record: DrillRecord, note: StepOf<"note-drill">["note"]): boolean =>
  Object.keys(note).every((name) => record[name as "fleet" | "look" | "servedAt" | "loadedAt" | "endedAt"] !== null);

/** Sends the command that looks at the copy; its answer is read later by the command's name. */
export const askProof = (world: DrillWorld, { id, instanceId, number }: StepOf<"ask-proof">): Promise<void> =>
  noting(world, id, {
    unless: ({ asked }) => (asked?.number ?? 0) >= number,
    effect: async () => ({ asked: { number, at: world.now(), commandId: await world.means.ask(instanceId) } }),
  });

/** Asks the fleet's own server how much it has; its answer is read later by the command's name. */
export const askCount = (world: DrillWorld, { id, instanceId, number }: StepOf<"ask-count">): Promise<void> =>
  noting(world, id, {
    unless: ({ counted }) => (counted?.number ?? 0) >= number,
    effect: async () => ({ counted: { number, at: world.now(), commandId: await world.means.count(instanceId), instanceId } }),
  });

/** For so long a snapshot with which a proof failed is evidence. */
export const EVIDENCE = { days: 14 };

/** Says on the ledger how it came out, and there alone; an undecided drill says nothing of the snapshot. */
export const concludeDrill = (
  world: Pick<DrillWorld, "ledger" | "now">,
  { id, verdict: { state, because, verdicts } }: StepOf<"conclude-drill">,
): Promise<void> =>
  noting(world, id, {
    unless: (record) => record.state !== "under-way",
    effect: async ({ snapshotId, slot, document, provenAt, unproven, evidence }) => {
      const decidedAt = world.now();
      const decided = { state, because, verdicts, decidedAt };
      if (state === "undecided") return decided;
      // That an older one restores says nothing of the newer one that did not.
      const isOlder = unproven !== null && slot < (unproven.slot ?? slot);
      if (state === "proven")
        return {
          ...decided,
          scope: document?.starts === false ? "data-only" : "served",
          ...(isOlder ? { provenAt, unproven } : { provenAt: decidedAt, unproven: null }),
        };
      const recent = evidence.filter((one) => one.snapshotId !== snapshotId && after(one.failedAt, EVIDENCE) > decidedAt);
      return { ...decided, unproven: unproven ?? { since: decidedAt, snapshotId, slot, because }, evidence: [...recent, { snapshotId, failedAt: decidedAt }] };
    },
  });

/** Says on the snapshot what the ledger says of it. */
export const markProof = (world: DrillWorld, { id }: StepOf<"mark-proof">): Promise<void> =>
  noting(world, id, {
    unless: ({ markedAt, decidedAt, state }) => markedAt !== null || decidedAt === null || state === "undecided",
    effect: async ({ snapshotId, state, because, decidedAt, scope }) => {
      const markedAt = world.now();
      const proof = state === "proven" ? { provenAt: decidedAt ?? markedAt, dataOnly: scope === "data-only" } : { failed: because ?? "" };
      await world.means.mark(snapshotId, proof);
      return { markedAt };
    },
  });
