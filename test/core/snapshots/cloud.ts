import { after } from "@steward/core/apply/duration";
import type { Ledger } from "@steward/core/apply/ports";
import { Permanent, Retryable } from "@steward/core/errors";
import { MARK } from "@steward/core/retention/marks";
import type { Snapshot, SnapshotFacts } from "@steward/core/retention/snapshot";
import type { StepContext } from "@steward/core/runbooks/steps";
import type { Deletion, Quiescing, SnapshotStore, SnapshotWorld } from "@steward/core/snapshots/ports";
import { FIRST } from "../builders.ts";

export const VOLUME = "vol-0123456789abcdef0";
/** A new snapshot does not show at once. */
const SHOWN_AFTER = { seconds: 20 };
const DEADMAN = { seconds: 30 };

/** How EC2 and the node take what is asked of them. */
export interface Mood {
  /** `late`: the answer "frozen" comes when the dead man's timer has gone off already. */
  quiesce: "works" | "refuses" | "late" | "breaks";
  thaw: "works" | "breaks";
  /** The answer gets lost, and the set was made or not; it is refused, throttled, or nothing comes of it. */
  create: "works" | "lost" | "never arrives" | "refused" | "throttled" | "empty";
  archive: "works" | "refused" | "busy" | "gone";
  lock: "works" | "refused" | "throttled";
  /** What comes of deleting one. */
  delete: (id: string) => Deletion | "busy";
}

/** The part of an account that has to do with snapshots, and what was really done in it. */
export interface Cloud {
  snapshots: Snapshot[];
  volumes: string[];
  mood: Mood;
  /** Ids of those for which the volume really stood still. */
  still: Set<string>;
  /** Every command to the node, and every call that changes something. */
  calls: string[];
  /** Moments at which EC2 was asked to delete. */
  deletions: Date[];
  frozenAt: Date | null;
  receipts: Map<string, { frozen: true } | { frozen: false; because: string }>;
}

export const cloud = (but: Partial<Mood> = {}, snapshots: Snapshot[] = []): Cloud => ({
  snapshots,
  volumes: [VOLUME],
  mood: { quiesce: "works", thaw: "works", create: "works", archive: "works", lock: "works", delete: () => ({ kind: "deleted" }), ...but },
  still: new Set(),
  calls: [],
  deletions: [],
  frozenAt: null,
  receipts: new Map(),
});

type Time = { now: () => Date; pass: (ms: number) => void };
type Books = Pick<Ledger, "slot" | "putSlot" | "pruning" | "putPruning">;

/** All that taking and pruning may use of it. */
export const worldOf = (sky: Cloud, ledger: Books, time: Time): SnapshotWorld & { stage: string } => ({
  stage: "demo",
  ledger,
  store: storeOf(sky, time),
  nodes: nodeOf(sky, time),
  now: time.now,
  sleep: async (ms) => time.pass(ms),
});

const isFrozen = ({ frozenAt }: Cloud, now: Date): boolean => frozenAt !== null && after(frozenAt, DEADMAN) > now;

function storeOf(sky: Cloud, { now, pass }: Time): SnapshotStore {
  const shown = () => structuredClone(sky.snapshots.filter(({ startedAt }) => after(startedAt, SHOWN_AFTER) <= now()));
  return {
    facts: async (volumeId) => factsOf(sky, shown(), volumeId, now()),
    again: async (ids) => structuredClone(sky.snapshots.filter(({ id }) => ids.includes(id))),
    ofSlot: async (slot) => shown().filter(({ tags }) => tags[MARK.slot] === slot.toISOString()),
    create: async (of) => {
      sky.calls.push("create");
      pass(1_000);
      const { create } = sky.mood;
      if (create === "refused") throw new Permanent("UnauthorizedOperation");
      if (create === "throttled") throw new Retryable("RequestLimitExceeded");
      if (create === "never arrives") return "lost";
      if (create === "empty") return [];
      const id = `snap-${sky.calls.length}`;
      sky.snapshots.push(snapshot({ id, volumeId: of.volumeId, startedAt: now(), tags: of.tags }));
      if (isFrozen(sky, now())) sky.still.add(id);
      return create === "lost" ? "lost" : [id];
    },
    mark: async (ids, consistency) => {
      for (const one of sky.snapshots) if (ids.includes(one.id)) one.tags = { ...one.tags, [MARK.consistency]: consistency };
    },
    delete: async (id) => {
      sky.deletions.push(now());
      const answer = sky.mood.delete(id);
      if (answer === "busy") throw new Retryable("RequestLimitExceeded");
      if (answer.kind === "deleted") sky.snapshots = sky.snapshots.filter((one) => one.id !== id);
      return answer;
    },
    archive: async (id) => {
      sky.calls.push(`archive ${id}`);
      const { archive } = sky.mood;
      if (archive === "busy") throw new Retryable("SnapshotArchiveLimitExceeded");
      if (archive === "refused") return { kind: "failed", because: "UnauthorizedOperation" };
      if (archive === "gone") return { kind: "gone" };
      for (const one of sky.snapshots) if (one.id === id) one.tiering = { status: "archival-in-progress", archivedAt: null };
      return { kind: "archiving" };
    },
    lock: async (id, days) => {
      sky.calls.push(`lock ${id}`);
      if (sky.mood.lock === "refused") throw new Permanent(`lock ${id}: UnauthorizedOperation`);
      if (sky.mood.lock === "throttled") throw new Retryable("RequestLimitExceeded");
      for (const one of sky.snapshots) if (one.id === id) one.lock = { mode: "governance", until: after(now(), { days }) };
    },
  };
}

const factsOf = ({ volumes }: Cloud, snapshots: Snapshot[], volumeId: string | null, at: Date): SnapshotFacts => ({
  stage: "demo",
  at,
  volumeId,
  volumes,
  snapshots,
  images: [],
  templates: [],
  needed: [],
});

/** A node does a command once by its key, and thaws by itself 30 s after it was frozen. */
function nodeOf(sky: Cloud, { now, pass }: Time): Quiescing {
  const frozen = (key: string) => {
    sky.frozenAt = now();
    sky.receipts.set(key, { frozen: true });
    return { frozen: true } as const;
  };
  return {
    quiesce: async (instanceId, { key, notAfter }: StepContext) => {
      sky.calls.push(`quiesce ${instanceId}`);
      const { quiesce } = sky.mood;
      if (quiesce === "breaks") throw new Retryable("Systems Manager is busy");
      const said = sky.receipts.get(key);
      if (said) return said;
      if (quiesce === "refuses" || now() > notAfter) return { frozen: false, because: "the databases took too long to be written" };
      const answer = frozen(key);
      pass(quiesce === "late" ? 40_000 : 2_000);
      return answer;
    },
    thaw: async (instanceId) => {
      sky.calls.push(`thaw ${instanceId}`);
      if (sky.mood.thaw === "breaks") throw new Retryable("Systems Manager is busy");
      const held = isFrozen(sky, now());
      sky.frozenAt = null;
      pass(1_000);
      return held ? { held } : { held, because: "the dead man's timer had thawed the volume" };
    },
  };
}

/** One of the hourly schedule, finished, of the fleet's volume. */
export const snapshot = (but: Partial<Snapshot> = {}): Snapshot => ({
  id: "snap-0",
  volumeId: VOLUME,
  state: "completed",
  stateMessage: null,
  startedAt: new Date(0),
  sizeGib: 500,
  tier: "standard",
  lock: null,
  tags: {},
  ...but,
});

/** One of ours, of a slot, started ten seconds after it. */
export function ours(slot: Date, { tags = {}, schedules = ["hourly"], ...but }: Partial<Snapshot> & { schedules?: string[] } = {}): Snapshot {
  const marks = { [MARK.stage]: "demo", [MARK.volume]: "data", [MARK.slot]: slot.toISOString(), [MARK.schedules]: schedules.join(" ") };
  const all = { ...marks, [MARK.consistency]: "application", [MARK.due]: "never", [MARK.policy]: "p", ...tags };
  return snapshot({ id: `snap-${slot.toISOString()}`, startedAt: after(slot, { seconds: 10 }), ...but, tags: all });
}

/** The data volume of the fleet, with its server. */
export const dataVolume = { id: VOLUME, state: "in-use", attachedTo: FIRST, isNew: false };
