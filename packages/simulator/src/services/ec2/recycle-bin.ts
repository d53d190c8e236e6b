import { AwsError } from "../../account/operation.ts";
import type { Snapshot } from "./snapshot.ts";

const DAY_MS = 86_400_000;

/** A snapshot in the bin, and until when. */
interface Binned {
  snapshot: Snapshot;
  enteredAt: Date;
  exitsAt: Date;
}

/** The Recycle Bin of the region, as far as one rule for all snapshots goes. Source: EBS user guide, "Recycle Bin". */
export class RecycleBin {
  /** Days for which deleted snapshots are kept; without a rule they are gone at once. */
  days: number | undefined;
  private readonly binned = new Map<string, Binned>();

  /** Keeps a deleted snapshot where there is a rule. */
  take(snapshot: Snapshot): void {
    const enteredAt = new Date();
    if (this.days !== undefined) this.binned.set(snapshot.id, { snapshot, enteredAt, exitsAt: new Date(enteredAt.getTime() + this.days * DAY_MS) });
  }

  all(): Binned[] {
    return [...this.binned.values()].filter(({ exitsAt }) => exitsAt > new Date());
  }

  /** Gives a snapshot back; throws where the bin does not have it. */
  release(id: string): Snapshot {
    const found = this.all().find(({ snapshot }) => snapshot.id === id);
    if (!found) throw new AwsError("InvalidSnapshot.NotFound", `The snapshot '${id}' does not exist.`);
    this.binned.delete(id);
    return found.snapshot;
  }
}
