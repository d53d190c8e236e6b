import type { Ledger } from "../apply/ports.ts";
import type { Snapshot, SnapshotFacts } from "../retention/snapshot.ts";
import type { StepContext } from "../runbooks/steps.ts";
import type { Consistency } from "./slot-record.ts";

/** What came of one deletion. `gone`: somebody was quicker. */
export type Deletion = { kind: "deleted" } | { kind: "gone" } | { kind: "failed"; because: string };

/** What came of moving one into the archive, which goes on for hours. `gone`: there is none to move. */
export type Archival = { kind: "archiving" } | { kind: "gone" } | { kind: "failed"; because: string };

/** EBS snapshots in our words. Whatever can't be read is thrown as `Retryable` or `Permanent`: nothing is decided by half a view. */
export interface SnapshotStore {
  facts(volumeId: string | null): Promise<SnapshotFacts>;
  /** Reads these again, right now, without their locks and their way into the archive: EC2 itself refuses what is locked. What is gone is missing from the answer. At most 200 at once. */
  again(snapshotIds: string[]): Promise<Snapshot[]>;
  /** Those that carry a slot's tag. EC2 shows a new one only after a while. */
  ofSlot(slot: Date): Promise<Snapshot[]>;
  /**
   * Makes a snapshot of each of a server's data volumes, as one set of one moment; without a server, of the volume alone. Asked once and
   * never repeated: EC2 takes no client token here. Returns the ids of the volume's own; `lost` where EC2's answer did not come.
   */
  create(of: { instanceId: string | null; volumeId: string; tags: Record<string, string> }): Promise<string[] | "lost">;
  /** Says how a set was made, once that is known. */
  mark(snapshotIds: string[], consistency: Consistency): Promise<void>;
  delete(snapshotId: string): Promise<Deletion>;
  /** Begins to move it into the archive; `Retryable` where EC2 is at too many already. */
  archive(snapshotId: string): Promise<Archival>;
  /** Locks it in governance mode for so many days from now, or makes its lock last until then; never call it to shorten one. What is gone needs none. */
  lock(snapshotId: string, days: number): Promise<void>;
}

/** Brings the database of a server to rest and its volume to a stop, and lets both go on. */
export interface Quiescing {
  /** `frozen` only when the node said so in time; a late answer is none. */
  quiesce(instanceId: string, context: StepContext): Promise<{ frozen: true } | { frozen: false; because: string }>;
  /** `held`: the volume stood still from the freeze of this key until now. Without a key it is only let go. */
  thaw(instanceId: string, context: StepContext & { freeze?: string }): Promise<{ held: true } | { held: false; because: string }>;
}

/** What taking and pruning use of the world. */
export interface SnapshotWorld {
  store: SnapshotStore;
  nodes: Quiescing;
  ledger: Pick<Ledger, "slot" | "putSlot" | "pruning" | "putPruning">;
  now: () => Date;
  sleep: (milliseconds: number) => Promise<void>;
}
