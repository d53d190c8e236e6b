import { after } from "../apply/duration.ts";
import { Permanent } from "../errors.ts";
import { tagsOf } from "../retention/marks.ts";
import type { StepContext } from "../runbooks/steps.ts";
import { consistencyOf, freeze, letGo, type Stillness, type Taking } from "./freeze.ts";
import { isHeldByAnother } from "./held.ts";
import type { Consistency, SlotRecord, SnapshotOrder } from "./slot-record.ts";

/** How long a set whose answer was lost is looked for by its slot before another is made: EC2 shows a new one late, and takes no client token. */
const LOOKED_FOR = { minutes: 5 };

/**
 * Makes the one set of snapshots of a slot, or goes on where an earlier attempt was broken off. The slot is claimed first, and the ledger
 * says that EC2 is being asked before it is: so whoever comes next looks for what was made before making it again.
 */
export async function takeSnapshots(world: Taking["world"], step: SnapshotOrder, context: StepContext): Promise<void> {
  const taking = { world, step, context };
  const found = await world.ledger.slot(step.slot);
  if (found && (isSettled(found, context.key, world.now()) || (found.state === "made" && !(await hasComeToNothing(taking, found))))) return;
  if (found?.state === "creating" && (await lookForLost(taking, found)) !== "nothing") return;
  const claimed = await write(taking, claimOf(taking, found));
  if (claimed) await make(taking, claimed);
}

const isSettled = (found: SlotRecord, key: string, now: Date): boolean => (found.state === "failed" && found.key === key) || isHeldByAnother(found, key, now);

/** EC2 gave up on all that was made of the slot, as the order says: so whoever does it makes no second good one, however often it is done. */
async function hasComeToNothing({ world, step }: Taking, { attempt, volumeId }: SlotRecord): Promise<boolean> {
  if (step.instead === undefined || attempt > step.instead) return false;
  const made = (await world.store.ofSlot(step.slot)).filter((snapshot) => snapshot.volumeId === volumeId);
  return made.length > 0 && made.every(({ state }) => state === "error");
}

const claimOf = ({ world, step, context }: Taking, found: SlotRecord | undefined): SlotRecord => ({
  slot: step.slot,
  volumeId: step.volumeId,
  schedules: step.schedules,
  state: "claimed",
  key: context.key,
  attempt: (found?.attempt ?? 0) + 1,
  at: world.now(),
  askedAt: null,
  snapshotIds: [],
  consistency: null,
  because: null,
  revision: found?.revision ?? 0,
});

/** Undefined where somebody else has written the slot since it was read. */
async function write({ world, context: { key } }: Taking, record: SlotRecord, but: Partial<SlotRecord> = {}): Promise<SlotRecord | undefined> {
  const next: SlotRecord = { ...record, ...but, key, at: world.now(), revision: record.revision + 1 };
  return (await world.ledger.putSlot(next)) ? next : undefined;
}

/** EC2 was asked, and nobody knows what came of it. What is found is taken on, but nobody can say any more that the volume stood still for it. */
async function lookForLost(taking: Taking, found: SlotRecord): Promise<"taken on" | "later" | "nothing"> {
  const { world, step } = taking;
  const made = (await world.store.ofSlot(step.slot)).filter(({ volumeId, state }) => volumeId === found.volumeId && state !== "error");
  if (made.length === 0) return after(found.at, LOOKED_FOR) <= world.now() ? "nothing" : "later";
  await letGo(taking, found.attempt);
  const snapshotIds = made.map(({ id }) => id);
  await settle(taking, found, { snapshotIds, consistency: "crash", because: "the attempt that made it was broken off" });
  return "taken on";
}

/** How it was made stands in the tags before the ledger calls the slot made: broken off in between, it is looked at again. */
async function settle(taking: Taking, record: SlotRecord, made: Pick<SlotRecord, "snapshotIds" | "because"> & { consistency: Consistency }): Promise<void> {
  await taking.world.store.mark(made.snapshotIds, made.consistency);
  await write(taking, record, { ...made, state: "made" });
}

async function make(taking: Taking, claimed: SlotRecord): Promise<void> {
  const frozen = await freeze(taking, claimed.attempt);
  const made = await create(taking, claimed, frozen);
  const thawed = await letGo(taking, claimed.attempt, frozen);
  if (made === "open") return;
  if (made.kind === "threw") throw made.error;
  if (made.kind === "nothing") await write(taking, made.record, { state: "failed", because: made.because });
  if (made.kind === "set") await settle(taking, made.record, { snapshotIds: made.ids, ...consistencyOf(frozen, thawed) });
}

type Creation =
  | { kind: "set"; record: SlotRecord; ids: string[] }
  | { kind: "nothing"; record: SlotRecord; because: string }
  /** Another has the slot, or the answer is still to be looked for. */
  | "open"
  | { kind: "threw"; error: unknown };

/** Never throws: whatever comes of it, the server is to be let go first. */
async function create(taking: Taking, claimed: SlotRecord, frozen: Stillness): Promise<Creation> {
  const { world, step } = taking;
  if (frozen.kind === "moving" && step.unfrozen === "skip") return { kind: "nothing", record: claimed, because: frozen.because };
  let record = claimed;
  try {
    const asking = await write(taking, claimed, { state: "creating", askedAt: world.now() });
    if (!asking) return "open";
    record = asking;
    const ids = await world.store.create({ instanceId: step.instanceId, volumeId: step.volumeId, tags: tagsOf(world.stage, step) });
    if (ids === "lost") return "open";
    return ids.length > 0 ? { kind: "set", record, ids } : { kind: "nothing", record, because: "EC2 made no snapshot: the server has no data volume" };
  } catch (error) {
    return error instanceof Permanent && record !== claimed ? { kind: "nothing", record, because: error.message } : { kind: "threw", error };
  }
}
