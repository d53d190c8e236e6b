import { MARK, tagsOf } from "@steward/core/retention/marks";
import { planRetention, type RetentionLine } from "@steward/core/retention/plan";
import type { Snapshot, SnapshotFacts } from "@steward/core/retention/snapshot";
import type { SnapshotPolicy } from "@steward/core/settings/schema";
import type { Consistency } from "@steward/core/snapshots/slot-record";
import { ago, NOW } from "../builders.ts";

export const STAGE = "demo";
export const VOLUME = "vol-0a1b2c3d4e5f60718";
export const FORMER_VOLUME = "vol-0fedcba9876543210";

export interface Shot extends Partial<Omit<Snapshot, "tags">> {
  slot?: Date;
  schedules?: string[];
  consistency?: Consistency;
  dueAt?: Date | null;
  tags?: Record<string, string>;
}

/** A good snapshot of the fleet's volume, made by the daily schedule at its slot; it names itself by its slot. */
export function shot({ slot = NOW, schedules = ["daily"], consistency = "application", dueAt = null, tags = {}, ...but }: Shot = {}): Snapshot {
  const order = { slot, schedules, dueAt, volumeId: VOLUME, instanceId: null, unfrozen: "take", policy: "c0ffee" } as const;
  return {
    id: `snap-${slot.getTime().toString(16)}`,
    volumeId: VOLUME,
    state: "completed",
    stateMessage: null,
    startedAt: slot,
    sizeGib: 500,
    tier: "standard",
    lock: null,
    tags: { ...tagsOf(STAGE, order), [MARK.consistency]: consistency, ...tags },
    ...but,
  };
}

/** One that somebody else made of the same volume. */
export const foreign = (but: Partial<Snapshot> = {}): Snapshot => ({ ...shot(), id: "snap-of-somebody", tags: {}, ...but });

export const facts = (snapshots: Snapshot[], but: Partial<SnapshotFacts> = {}): SnapshotFacts => ({
  stage: STAGE,
  at: NOW,
  volumeId: VOLUME,
  volumes: [VOLUME],
  snapshots,
  images: [],
  templates: [],
  needed: [],
  ...but,
});

type Schedule = SnapshotPolicy["schedules"][number];
export const daily = (keep: Schedule["keep"]): Schedule => ({ id: "daily", everyHours: 24, keep });
export const hourly = (keep: Schedule["keep"]): Schedule => ({ id: "hourly", everyHours: 1, keep });

/** Schedules that keep nothing unless told otherwise, and a floor of one, so that one rule can be looked at alone. */
export const policy = (but: Partial<SnapshotPolicy> = {}): SnapshotPolicy => ({
  schedules: [daily({})],
  floor: 1,
  unfrozen: "take",
  pruning: { perSecond: 4, burst: 20, atMost: 50, atMostPercent: 50 },
  proof: { everyDays: 7, loadWithinHours: 6 },
  copy: null,
  archive: null,
  lock: null,
  ...but,
});

/** The line of the snapshot that is asked about. */
export function lineOf(
  asked: Snapshot,
  { among = [], by = policy(), now = NOW, ...but }: Partial<SnapshotFacts> & { among?: Snapshot[]; by?: SnapshotPolicy; now?: Date } = {},
): RetentionLine {
  const line = planRetention(facts([asked, ...among], but), by, now).find(({ snapshotId }) => snapshotId === asked.id);
  if (!line) throw new Error(`the plan says nothing of ${asked.id}`);
  return line;
}

/** Ids of everything that a plan deletes. */
export const deleted = (lines: readonly RetentionLine[]): string[] => lines.filter(({ verdict }) => verdict === "delete").map(({ snapshotId }) => snapshotId);

/** A moment in UTC. */
export const at = (text: string): Date => new Date(`${text}Z`);

/** The newest midnights, as many as asked for. */
export const midnights = (n: number): Date[] => Array.from({ length: n }, (_, day) => ago({ hours: 3 + 24 * day }));

/** One good snapshot for each of these slots. */
export const made = (slots: Date[], but: Shot = {}): Snapshot[] => slots.map((slot) => shot({ slot, ...but }));
