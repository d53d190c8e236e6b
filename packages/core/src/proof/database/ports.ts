import type { Ledger } from "../../apply/ports.ts";
import type { BucketSettings, VersionPage } from "./bucket.ts";
import type { DatabaseSnapshot } from "./facts.ts";

/**
 * What a pair's drill makes and removes in AWS, and what it asks. Everything it makes carries the drill's tags and is named after the
 * drill, so making something again under the same id finds the first one.
 */
export interface DatabaseDrillMeans {
  /** Available snapshots of the fleet's database, newest first, and the last moment to which RDS could bring it back. */
  snapshots(): Promise<{ databaseId: string; snapshots: DatabaseSnapshot[]; latestRestorableAt: Date | null }>;
  /** Orders a database to be restored, where nobody but the nodes can reach it; returns its identifier. */
  restore(id: string, snapshotId: string, instanceClass: string): Promise<string>;
  /** Asks a node what is in the copy and what in the fleet's own; returns the name of the command. */
  ask(instanceId: string, copy: { host: string; port: number }): Promise<string>;
  /** Copies a proven snapshot into one that no rule of RDS expires; returns its identifier. */
  keep(id: string, snapshotId: string): Promise<string>;
  /** Deletes these databases without a last snapshot or backup, and these kept snapshots; only such that carry the drills' tag. */
  remove(copyIds: readonly string[], keptIds: readonly string[]): Promise<void>;
  /** Says on a snapshot what its last proof came to; one that is gone meanwhile is no error. */
  mark(snapshotId: string, proof: { provenAt: Date } | { failed: string }): Promise<void>;
  bucketSettings(): Promise<BucketSettings>;
  bucketPage(from: { key: string; version: string | null } | null): Promise<VersionPage>;
}

/** What a pair's drill uses of the world. */
export interface DatabaseDrillWorld {
  means: DatabaseDrillMeans;
  ledger: Pick<Ledger, "databaseDrill" | "putDatabaseDrill">;
  now: () => Date;
}
