import { Permanent } from "../errors.ts";
import type { StepContext, StepOf } from "../runbooks/steps.ts";
import { chooseSnapshot } from "./choose.ts";
import type { DrillRecord } from "./drill-record.ts";
import type { DrillWorld } from "./ports.ts";
import { lastProven } from "./view.ts";

type Beginning = Pick<DrillWorld, "ledger" | "snapshots" | "now">;

/** Chooses the snapshot and puts a new drill on the ledger; nothing where one is under way. `Permanent` where there is none to prove. */
export async function beginDrill({ ledger, snapshots, now }: Beginning, step: StepOf<"begin-drill">, { key }: Pick<StepContext, "key">): Promise<void> {
  const last = await ledger.drill();
  if (last && (last.id === step.id || last.endedAt === null)) return;
  const chosen = chooseSnapshot(await snapshots.facts(step.volumeId), step.snapshotId);
  if (typeof chosen === "string") throw new Permanent(`nothing to prove: ${chosen}`);
  const { snapshot, marks } = chosen;
  const startedAt = now();
  const rpoSeconds = Math.max(0, Math.round((startedAt.getTime() - snapshot.startedAt.getTime()) / 1000));
  const of = { id: step.id, key, snapshotId: snapshot.id, slot: marks.slot, volumeId: snapshot.volumeId, startedAt, rpoSeconds };
  const same = last?.volumeId === snapshot.volumeId ? last : undefined;
  const carried = { provenAt: same?.provenAt ?? null, lastProven: same ? lastProven(same) : null };
  await ledger.putDrill({ ...NEW, ...of, ...carried, unproven: same?.unproven ?? null, revision: (last?.revision ?? 0) + 1 });
}

const NEW: Omit<
  DrillRecord,
  "id" | "key" | "snapshotId" | "slot" | "volumeId" | "startedAt" | "rpoSeconds" | "provenAt" | "lastProven" | "unproven" | "revision"
> = {
  state: "under-way",
  because: null,
  decidedAt: null,
  verdicts: [],
  copyId: null,
  document: null,
  instanceId: null,
  launchedAt: null,
  servedAt: null,
  loadedAt: null,
  asked: null,
  endedAt: null,
};
