import { after, before, lastFirst } from "../apply/duration.ts";
import type { FleetFacts } from "../fleet/facts.ts";
import { marksOf } from "../retention/marks.ts";
import type { SnapshotFacts } from "../retention/snapshot.ts";
import type { SnapshotPolicy } from "../settings/schema.ts";
import type { SlotRecord, SnapshotOrder } from "./slot-record.ts";
import { slotOf } from "./slots.ts";

type Schedule = SnapshotPolicy["schedules"][number];

/** EC2 may show a new snapshot late; until then the ledger's word is enough that it was made. */
const SHOWN_WITHIN = { minutes: 30 };

/** Attempts at one slot after which a set that EC2 gave up on is made up for by the next slot only. */
const TRIES = 3;

/** A slot that lies further back is not made up for under its own name: names of runs are counted over a day. */
const MADE_UP_WITHIN = { hours: 12 };

/** What is known of a fleet and its snapshots when the next one is looked for. */
export interface Outlook {
  fleet: FleetFacts;
  seen: SnapshotFacts;
  volumeId: string;
}

/** The newest slot until now for which a schedule has its snapshot; undefined where it has none. One that somebody gave a later slot covers nothing. */
export function coveredUntil(schedule: string, outlook: Outlook, now: Date): Date | undefined {
  const { seen, fleet, volumeId } = outlook;
  const slots = [
    ...seen.snapshots
      .filter((snapshot) => snapshot.volumeId === volumeId && EXISTS.has(snapshot.state))
      .flatMap((snapshot) => marksOf(snapshot, seen.stage) ?? []),
    ...fleet.slots.filter((record) => isMade(record, outlook) && after(record.at, SHOWN_WITHIN) > now),
  ].flatMap(({ schedules, slot }) => (schedules.includes(schedule) && slot <= now ? slot : []));
  return slots.toSorted(lastFirst)[0];
}

const EXISTS: ReadonlySet<string> = new Set(["pending", "completed"]);

/** The set of this slot was made, and as far as can be seen it did not fail afterwards. */
export const isMade = ({ state, volumeId, snapshotIds }: SlotRecord, { seen, volumeId: present }: Outlook): boolean =>
  state === "made" && volumeId === present && !hasFailed({ snapshotIds }, seen);

const hasFailed = ({ snapshotIds }: Pick<SlotRecord, "snapshotIds">, { snapshots }: SnapshotFacts): boolean =>
  snapshots.some(({ id, state }) => state === "error" && snapshotIds.includes(id));

/** Schedules that have no snapshot for their newest slot, in the order of the settings. */
export const uncovered = (outlook: Outlook, { schedules }: SnapshotPolicy, now: Date): Schedule[] =>
  schedules.filter(({ id, everyHours }) => {
    const until = coveredUntil(id, outlook, now);
    return until === undefined || until < slotOf(everyHours, now);
  });

/**
 * The one set of snapshots that is due now, for every schedule that has none for its newest slot; undefined where there is nothing to make,
 * or its turn comes later. One that EC2 gave up on is made again in its own slot, in place of that attempt (`instead`). A slot that is used
 * up, because that has come to nothing too often or another schedule had it alone, is made up for in the present hour.
 */
export function dueOrder(outlook: Outlook, policy: SnapshotPolicy, now: Date): Due | undefined {
  const missing = uncovered(outlook, policy, now);
  const [newest] = missing.map(({ everyHours }) => slotOf(everyHours, now)).toSorted(lastFirst);
  if (newest === undefined) return undefined;
  const { slots } = outlook.fleet;
  const recordOf = (slot: Date) => slots.find((record) => record.slot.getTime() === slot.getTime());
  const isUsedUp = isSpent(recordOf(newest), outlook) || newest < before(now, MADE_UP_WITHIN);
  const slot = isUsedUp ? slotOf(1, now) : newest;
  const record = recordOf(slot);
  if (record && (isSpent(record, outlook) || rests(record, now))) return undefined;
  const order = { slot, schedules: missing.map(({ id }) => id) };
  return record?.state === "made" ? { ...order, instead: record.attempt } : order;
}

type Due = Pick<SnapshotOrder, "slot" | "schedules" | "instead">;

/** Its set was made, and no other will be. */
const isSpent = (record: SlotRecord | undefined, { seen, volumeId }: Outlook): boolean =>
  record?.state === "made" && !(record.volumeId === volumeId && hasFailed(record, seen) && record.attempt < TRIES);

/** Each attempt that comes to nothing, at once or afterwards, makes the next one wait longer. */
const rests = ({ state, at, attempt }: SlotRecord, now: Date): boolean => (state === "failed" || state === "made") && after(at, { minutes: 5 * attempt }) > now;
