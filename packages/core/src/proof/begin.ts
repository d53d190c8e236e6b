import { Permanent } from "../errors.ts";
import type { StepContext, StepOf } from "../runbooks/steps.ts";
import { chooseSnapshot } from "./choose.ts";
import { newDrill } from "./new-drill.ts";
import type { DrillWorld } from "./ports.ts";

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
  await ledger.putDrill(newDrill(of, last));
}
