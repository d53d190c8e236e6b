import { Retryable } from "../errors.ts";
import { type Rate, slowedDown, type Tokens, takeTurn } from "./pace.ts";
import type { Deletion, SnapshotWorld } from "./ports.ts";

/** At most so many deletions are under way at once. */
const AT_ONCE = 32;

/** What keeps deletions below the rate that is meant: one bucket for all of them. */
export interface Pace {
  rate: Rate;
  tokens: Tokens;
  /** No deletion begins after this. */
  until: Date;
}

/** What came of one that was to be deleted; `deferred` where there was no time left, or EC2 was too busy for it. */
export type Deleted = Deletion | { kind: "deferred" };
type Deleting = Pick<SnapshotWorld, "store" | "now" | "sleep">;

/** Deletes these at this pace; what goes wrong with one is said of it and keeps no other from going. The pace knows afterwards what it has left. */
export async function deletePaced(world: Deleting, snapshotIds: readonly string[], pace: Pace): Promise<Map<string, Deleted>> {
  const results = new Map<string, Deleted>();
  const underWay = new Set<Promise<void>>();
  for (const id of snapshotIds) {
    if (underWay.size >= AT_ONCE) await Promise.race(underWay);
    if (!(await turn(world, pace))) results.set(id, { kind: "deferred" });
    else {
      const one: Promise<void> = deleteOne(world, id, pace).then((deleted) => {
        results.set(id, deleted);
        underWay.delete(one);
      });
      underWay.add(one);
    }
  }
  await Promise.all(underWay);
  return results;
}

/** Waits for its turn; false where that would come too late. */
async function turn({ now, sleep }: Deleting, pace: Pace): Promise<boolean> {
  const { tokens, waitMs } = takeTurn(pace.tokens, pace.rate, now());
  if (now().getTime() + waitMs >= pace.until.getTime()) return false;
  pace.tokens = tokens;
  if (waitMs > 0) await sleep(waitMs);
  return true;
}

/** One that EC2 was too busy for is tried once more, when everybody has slowed down. */
async function deleteOne(world: Deleting, id: string, pace: Pace): Promise<Deleted> {
  const first = await attempt(world, id);
  if (first.kind !== "busy") return first;
  pace.tokens = slowedDown(pace.tokens, pace.rate);
  const second = (await turn(world, pace)) ? await attempt(world, id) : first;
  return second.kind === "busy" ? { kind: "deferred" } : second;
}

const attempt = ({ store }: Deleting, id: string): Promise<Deletion | { kind: "busy" }> =>
  store.delete(id).catch((error: unknown) => (error instanceof Retryable ? { kind: "busy" } : { kind: "failed", because: String((error as Error).message) }));
