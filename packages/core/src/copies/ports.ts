import type { SnapshotStore } from "../snapshots/ports.ts";
import type { CopyRecord } from "./copy-record.ts";

/** Snapshots in the other region, in our words; what holds at home of reading and deleting holds there. */
export interface CopyStore extends Pick<SnapshotStore, "facts" | "again" | "delete"> {
  /** Begins a copy, asked once and never repeated: EC2 takes no client token. `lost` where its answer did not come, `limit` where too many are on their way. */
  copy(of: { sourceId: string; tags: Record<string, string> }): Promise<{ id: string } | "lost" | "limit">;
}

/** What is on the ledger of copies. */
export interface CopyBooks {
  /** Those last changed since then. */
  copies(since: Date): Promise<CopyRecord[]>;
  /** Compare-and-set: `revision` counts up by one, from 1; false when another was quicker. */
  putCopy(record: CopyRecord): Promise<boolean>;
}
