import type { Ledger } from "../apply/ports.ts";
import type { ImageFacts } from "./image-facts.ts";

/** A snapshot that stayed although its image is gone and nobody is known to need it, and why. */
export interface LeftBehind {
  snapshotId: string;
  because: string;
}

/** Images in our words. Whatever can't be read is thrown as `Retryable` or `Permanent`: nothing is decided by half a view. */
export interface ImageStore {
  facts(): Promise<ImageFacts>;
  /** Nobody can launch it any more, and whoever else could, can't again. */
  disable(imageId: string): Promise<void>;
  /** Writes a tag on an image that is disabled, or on a snapshot that is left. */
  mark(id: string, tags: Record<string, string>): Promise<void>;
  /**
   * Takes it away with its snapshots, as far as EC2 lets go of them; `gone` where somebody was quicker. One on which another image rests
   * stays as it should: it is not in the answer.
   */
  deregister(imageId: string): Promise<LeftBehind[] | "gone">;
  /** Deletes those snapshots of a former image that are still there. */
  deleteSnapshots(snapshotIds: string[]): Promise<LeftBehind[]>;
}

/** What taking images away uses of the world. */
export interface ImageWorld {
  store: ImageStore;
  ledger: Pick<Ledger, "noteImage">;
  now: () => Date;
}
