import { before } from "../apply/duration.ts";
import { policyFingerprint } from "../retention/fingerprint.ts";
import { MARK, tagsOf } from "../retention/marks.ts";
import type { SnapshotPolicy } from "../settings/schema.ts";
import { dueDateOf } from "../snapshots/due-date.ts";
import type { SnapshotStore } from "../snapshots/ports.ts";
import type { CopyRecord } from "./copy-record.ts";
import { dueCopies, type Wanted } from "./due.ts";
import type { CopyBooks, CopyStore } from "./ports.ts";
import { type CopyPolicy, policyOfCopies } from "./shelf.ts";

/** Longer than an attempt is made again. */
export const REMEMBERED = { days: 60 };

/** What copying uses of the world. */
export interface CopyWorld {
  stage: string;
  store: Pick<SnapshotStore, "facts">;
  copies: CopyStore;
  ledger: CopyBooks;
  now: () => Date;
}

interface Copying {
  world: CopyWorld;
  policy: SnapshotPolicy;
  copy: CopyPolicy;
  key: string;
}

/**
 * Begins the copies whose turn it is. The ledger says that EC2 is being asked before it is, so that whoever comes next looks for what was
 * made before asking again. What fails keeps no other from being copied, and is tried again later.
 */
export async function copySnapshots(
  world: CopyWorld,
  { volumeId, policy, key }: { volumeId: string | null; policy: SnapshotPolicy; key: string },
): Promise<void> {
  const { copy } = policy;
  if (copy === null) return;
  const [seen, there, records] = await Promise.all([
    world.store.facts(volumeId),
    world.copies.facts(null),
    world.ledger.copies(before(world.now(), REMEMBERED)),
  ]);
  for (const wanted of dueCopies({ seen, there, records }, copy, world.now())) {
    const found = records.find(({ sourceId }) => sourceId === wanted.snapshot.id);
    if ((await begin({ world, policy, copy, key }, wanted, found)) === "full") return;
  }
}

async function begin(copying: Copying, wanted: Wanted, found: CopyRecord | undefined): Promise<"full" | undefined> {
  const { world, key } = copying;
  const at = world.now();
  const { attempt, since, revision } = found ?? { attempt: 0, since: at, revision: 0 };
  const asking: CopyRecord = {
    sourceId: wanted.snapshot.id,
    state: "asking",
    key,
    attempt: attempt + 1,
    since,
    at,
    copyId: null,
    because: null,
    revision: revision + 1,
  };
  if (!(await world.ledger.putCopy(asking))) return undefined;
  const write = (but: Partial<CopyRecord>) => world.ledger.putCopy({ ...asking, at: world.now(), revision: asking.revision + 1, ...but });
  const answer = await ask(copying, wanted);
  if (answer === "lost") return undefined;
  if (answer === "limit") {
    await write({ state: "failed", attempt: Math.max(1, attempt), because: "EC2 is copying as many as it takes at once" });
    return "full";
  }
  await write("id" in answer ? { state: "made", copyId: answer.id } : { state: "failed", because: answer.because });
  return undefined;
}

const ask = ({ world, policy, copy }: Copying, wanted: Wanted): Promise<{ id: string } | { because: string } | "lost" | "limit"> =>
  world.copies.copy({ sourceId: wanted.snapshot.id, tags: tagsOfCopy(world.stage, wanted, policyOfCopies(policy, copy)) }).catch((error: unknown) => ({
    because: String((error as Error).message),
  }));

/** What the source's tags say, but of the schedules and the due date of the copies. */
function tagsOfCopy(stage: string, { snapshot, marks: { slot, consistency }, schedules }: Wanted, policy: SnapshotPolicy): Record<string, string> {
  const order = { slot, schedules, volumeId: "", instanceId: null, dueAt: dueDateOf(slot, schedules, policy), unfrozen: policy.unfrozen };
  return { ...tagsOf(stage, { ...order, policy: policyFingerprint(policy) }), [MARK.consistency]: consistency, [MARK.copyOf]: snapshot.id };
}
