import type { Ledger } from "../apply/ports.ts";
import type { DocumentPointer } from "../desired/documents.ts";

/** What a restore changes in AWS. It takes nothing from anybody, and deletes nothing. */
export interface RestoreMeans {
  /** Makes a volume of the snapshot, of the kind of `like`, or as it was declared where that is gone; once for each id. */
  makeVolume(of: { id: string; snapshotId: string; like: string | null }): Promise<string>;
  /** Gives the data volume its name, and the kept ones another with the mark of the restore for which they are kept. */
  mark(of: { id: string; volumeId: string; kept: readonly string[] }): Promise<void>;
  /** Takes that mark off. */
  release(volumeIds: readonly string[]): Promise<void>;
}

/** What a restore uses of the world. */
export interface RestoreWorld {
  means: RestoreMeans;
  documents: { read(pointer: DocumentPointer): Promise<string>; write(pointer: DocumentPointer, text: string): Promise<void> };
  ledger: Pick<Ledger, "restore" | "putRestore">;
  now: () => Date;
}
