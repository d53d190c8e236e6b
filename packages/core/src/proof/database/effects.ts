import { after } from "../../apply/duration.ts";
import type { StepOf } from "../../runbooks/steps.ts";
import { type BucketLook, beginLook, readPage } from "./bucket.ts";
import type { DatabaseDrillWorld } from "./ports.ts";
import type { DatabaseDrillRecord } from "./record.ts";

type Noting = { unless: (record: DatabaseDrillRecord) => boolean; effect: (record: DatabaseDrillRecord) => Promise<Partial<DatabaseDrillRecord>> };

/**
 * Does something for a drill and notes what came of it, once. Killed between the two it is done again, which gives the same; where another
 * has written the ledger meanwhile the next look tells how far it is.
 */
async function noting({ ledger }: Pick<DatabaseDrillWorld, "ledger">, id: string, { unless, effect }: Noting): Promise<void> {
  const record = await ledger.databaseDrill();
  if (record?.id !== id || unless(record)) return;
  await ledger.putDatabaseDrill({ ...record, ...(await effect(record)), revision: record.revision + 1 });
}

/** Orders the database that is looked at in the place of the fleet's own. The time is that before the order, so that a restore never looks shorter than it was. */
export const restoreDatabase = (world: DatabaseDrillWorld, { id, snapshotId, instanceClass }: StepOf<"restore-database">): Promise<void> =>
  noting(world, id, {
    unless: ({ copyId }) => copyId !== null,
    effect: async () => {
      const restoreAt = world.now();
      return { copyId: await world.means.restore(id, snapshotId, instanceClass), restoreAt };
    },
  });

/** Pages of a bucket that one effect reads: ten seconds of S3's answers or so. */
const PAGES_AT_ONCE = 20;

/** Looks through some more pages of the bucket; the next one goes on where this one stopped. */
export const checkBucket = (world: DatabaseDrillWorld, { id }: StepOf<"check-bucket">): Promise<void> =>
  noting(world, id, { unless: ({ bucket }) => bucket?.isOver === true, effect: async (record) => ({ bucket: await lookOn(world, record) }) });

async function lookOn({ means, now }: DatabaseDrillWorld, { bucket, snapshotAt, baseline }: DatabaseDrillRecord): Promise<BucketLook> {
  let look = bucket ?? beginLook(await means.bucketSettings(), daysSince(snapshotAt, now()));
  if (look.versioning !== "Enabled") return { ...look, isOver: true };
  const times = { time: after(snapshotAt, SLACK), earlier: baseline?.at ?? null };
  for (let page = 0; page < PAGES_AT_ONCE && !look.isOver; page++) look = readPage(look, await means.bucketPage(look.next), times);
  return look;
}

/** S3 tells times by the second, and its clocks are not RDS's. */
const SLACK = { seconds: 1 };

const daysSince = (then: Date, now: Date): number => (now.getTime() - then.getTime()) / 86_400_000;

/** Sends the command that looks at the copy; its answer is read later by the command's name. */
export const askDatabaseProof = (world: DatabaseDrillWorld, { id, instanceId, copy, number }: StepOf<"ask-database-proof">): Promise<void> =>
  noting(world, id, {
    unless: ({ asked }) => (asked?.number ?? 0) >= number,
    effect: async () => ({ asked: { number, at: world.now(), commandId: await world.means.ask(instanceId, copy), instanceId } }),
  });

/** Says on the snapshot and then on the ledger how it came out; an undecided drill says nothing of the snapshot. */
export const concludeDatabaseDrill = (world: DatabaseDrillWorld, { id, servedAt, verdict }: StepOf<"conclude-database-drill">): Promise<void> =>
  noting(world, id, {
    unless: (record) => record.state !== "under-way",
    effect: async ({ snapshotId, snapshotAt, bucket, baseline, provenAt, unproven }) => {
      const decidedAt = world.now();
      const decided = { ...verdict, decidedAt, servedAt };
      if (verdict.state === "undecided") return decided;
      if (verdict.state === "failed") {
        await world.means.mark(snapshotId, { failed: verdict.because });
        return { ...decided, provenAt, unproven: unproven ?? { since: decidedAt, snapshotId, snapshotAt, because: verdict.because } };
      }
      await world.means.mark(snapshotId, { provenAt: decidedAt });
      // That an older one restores says nothing of the newer one that did not, nor of what the bucket has had since.
      if (unproven !== null && snapshotAt < (unproven.snapshotAt ?? snapshotAt)) return { ...decided, provenAt };
      const counted = bucket?.isWhole ? { at: after(snapshotAt, SLACK), objects: bucket.objects } : baseline;
      return { ...decided, provenAt: decidedAt, baseline: counted, unproven: null };
    },
  });

/** Copies the proven snapshot into one of Steward's own. */
export const keepProven = (world: DatabaseDrillWorld, { id, snapshotId }: StepOf<"keep-proven">): Promise<void> =>
  noting(world, id, { unless: ({ keptId }) => keptId !== null, effect: async () => ({ keptId: await world.means.keep(id, snapshotId) }) });

export const endDatabaseDrill = (world: Pick<DatabaseDrillWorld, "ledger">, { id, endedAt }: StepOf<"end-database-drill">): Promise<void> =>
  noting(world, id, { unless: (record) => record.endedAt !== null, effect: async () => ({ endedAt }) });
