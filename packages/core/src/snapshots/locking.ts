import { after, before } from "../apply/duration.ts";
import { Permanent, Retryable } from "../errors.ts";
import type { FleetFacts } from "../fleet/facts.ts";
import { marksOf } from "../retention/marks.ts";
import type { Snapshot, SnapshotFacts } from "../retention/snapshot.ts";
import { CLASSES, newestFirst } from "../retention/standing.ts";
import type { SnapshotPolicy } from "../settings/schema.ts";
import type { SnapshotWorld } from "./ports.ts";

/** Subjects of the runs that lock snapshots begin with this. */
export const LOCK_DUTY = "duty-lock-";

/** After a failure the next run waits for so long. */
const AGAIN_AFTER = { minutes: 55 };

/**
 * Those among the newest good ones of the fleet's volume, the best of each slot, that are not locked, or not for much longer; newest first.
 * What somebody locked for longer, or in compliance mode, is left as it is: a lock is only ever extended. Only finished ones: EC2 would take
 * a pending one too, but nobody knows yet whether it becomes a good one. Source: EBS user guide, "Lock an Amazon EBS snapshot".
 */
export function unlocked({ snapshots, stage, volumeId }: SnapshotFacts, { lock }: Pick<SnapshotPolicy, "lock">, now: Date): string[] {
  if (lock === null) return [];
  const good = snapshots
    .flatMap((snapshot) => {
      const marks = snapshot.volumeId === volumeId ? marksOf(snapshot, stage) : undefined;
      return marks ? [{ snapshot, marks }] : [];
    })
    .filter((one) => CLASSES.good(one))
    .toSorted(newestFirst);
  const ofSlots = [...Map.groupBy(good, ({ marks }) => marks.slot.getTime()).values()].flatMap(([best]) => best ?? []);
  return ofSlots
    .slice(0, lock.newest)
    .filter(({ snapshot }) => endsSoon(snapshot, lock.days, now))
    .map(({ snapshot }) => snapshot.id);
}

/** Renewed at half its time, so that one that is late is still in force. */
const endsSoon = ({ lock }: Pick<Snapshot, "lock">, days: number, now: Date): boolean =>
  lock === null || (lock.mode === "governance" && lock.until !== null && lock.until < after(now, { hours: days * 12 }));

/** Whether a run that failed lies so little back that the next one waits. */
export const restsFromLocking = ({ attempts }: FleetFacts, now: Date): boolean =>
  attempts.some(({ runbook, outcome, startedAt }) => runbook === "lock-snapshots" && outcome === "failed" && startedAt > before(now, AGAIN_AFTER));

/** Why some are not locked that should be: the last run's own words; none while nothing has failed. */
export function failedLocks({ attempts }: FleetFacts, left: readonly string[]): string[] {
  const last = attempts.findLast(({ runbook, outcome }) => runbook === "lock-snapshots" && (outcome === "done" || outcome === "failed"));
  return last?.outcome === "failed" && left.length > 0 ? [`the attempt of ${last.startedAt.toISOString()}: ${last.because}`] : [];
}

/** Locks what is to be locked right now; one that can't be keeps no other from it. Throws afterwards what went wrong. */
export async function lockSnapshots(
  { store, now }: Pick<SnapshotWorld, "store" | "now">,
  { volumeId, policy }: { volumeId: string | null; policy: SnapshotPolicy },
): Promise<void> {
  const { days } = policy.lock ?? { days: 0 };
  const failures: Error[] = [];
  for (const id of unlocked(await store.facts(volumeId), policy, now())) {
    await store.lock(id, days).catch((error: unknown) => void failures.push(error as Error));
  }
  const passing = failures.find((error) => error instanceof Retryable);
  if (passing) throw passing;
  if (failures.length > 0) throw new Permanent(failures.map(({ message }) => message).join("; "));
}
