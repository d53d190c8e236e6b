import { Permanent } from "../../errors.ts";
import type { StepContext, StepOf } from "../../runbooks/steps.ts";
import type { DatabaseSnapshot } from "./facts.ts";
import type { DatabaseDrillWorld } from "./ports.ts";
import type { DatabaseDrillRecord } from "./record.ts";

/** Chooses the snapshot and puts a new drill on the ledger; nothing where one is under way. `Permanent` where there is none to prove. */
export async function beginDatabaseDrill(
  { ledger, means, now }: DatabaseDrillWorld,
  step: StepOf<"begin-database-drill">,
  { key }: Pick<StepContext, "key">,
): Promise<void> {
  const last = await ledger.databaseDrill();
  if (last && (last.id === step.id || last.endedAt === null)) return;
  const { databaseId, snapshots, latestRestorableAt } = await means.snapshots();
  const chosen = choose(snapshots, step.snapshotId);
  const startedAt = now();
  const since = (at: Date): number => Math.max(0, Math.round((startedAt.getTime() - at.getTime()) / 1000));
  const of = { id: step.id, key, snapshotId: chosen.id, snapshotAt: chosen.at, databaseId, startedAt };
  const lost = { rpoSeconds: since(chosen.at), latestSeconds: latestRestorableAt && since(latestRestorableAt) };
  const same = last?.databaseId === databaseId ? last : undefined;
  const known = { provenAt: same?.provenAt ?? null, baseline: same?.baseline ?? null, unproven: same?.unproven ?? null };
  await ledger.putDatabaseDrill({ ...NEW, ...of, ...lost, ...known, revision: (last?.revision ?? 0) + 1 });
}

/** The one that is asked for, else the newest. */
function choose(snapshots: readonly DatabaseSnapshot[], asked: string | null): DatabaseSnapshot {
  const found = asked === null ? snapshots.at(0) : snapshots.find(({ id }) => id === asked);
  if (found) return found;
  throw new Permanent(
    asked === null ? "nothing to prove: RDS has no snapshot that is available" : `nothing to prove: ${asked} is no available snapshot of the fleet's database`,
  );
}

const NEW = {
  state: "under-way" as const,
  because: null,
  decidedAt: null,
  verdicts: [],
  copyId: null,
  restoreAt: null,
  servedAt: null,
  bucket: null,
  asked: null,
  keptId: null,
  endedAt: null,
} satisfies Partial<DatabaseDrillRecord>;
