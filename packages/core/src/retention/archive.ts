import { after, before } from "../apply/duration.ts";
import type { SnapshotPolicy } from "../settings/schema.ts";
import { BY_HAND } from "./marks.ts";
import type { Reason } from "./rules/rule.ts";
import type { Shelf } from "./shelf.ts";
import type { Snapshot } from "./snapshot.ts";
import { CLASSES, type Ours } from "./standing.ts";

/** What is put into the archive is paid for as long, however soon it goes. Source: EBS user guide, "Considerations and limitations for archiving Amazon EBS snapshots". */
export const LEAST_ARCHIVED = { days: 90 };

/** EC2 is moving it; that can't be stopped, and ends with a snapshot of which nothing can be made at once. */
export const isBeingArchived = ({ tiering }: Pick<Snapshot, "tiering">): boolean => tiering?.status === "archival-in-progress";

/** A volume can be made of it right away: nothing has to be brought back from the archive first, which takes up to 72 hours. */
export const isAtHand = (snapshot: Pick<Snapshot, "tier" | "tiering">): boolean => snapshot.tier === "standard" && !isBeingArchived(snapshot);

/** What decides over one that is kept. */
interface Kept {
  reasons: readonly (Reason & { rule: string })[];
  /** When it will be due; null where nobody can say. */
  dueAt: Date | null;
}

/**
 * Whether one that is kept is to be kept in the archive: old enough, wanted for as long as it is paid for there, by a schedule or by a person
 * who made it, and by nothing that might need it at once: no drill's last success, no image, no lock, no hold, and not the floor.
 */
export function belongsInArchive(one: Ours, { reasons, dueAt }: Kept, { policy, shelf, now }: { policy: SnapshotPolicy; shelf: Shelf; now: Date }): boolean {
  const { archive } = policy;
  if (archive === null || !shelf.isPresent || !CLASSES.good(one) || !isAtHand(one.snapshot)) return false;
  const [decides] = reasons;
  const isWanted = decides?.rule === "schedule" || (decides?.rule === "due-date" && one.marks.schedules.every((id) => id === BY_HAND));
  const isOld = one.marks.slot <= before(now, { days: archive.afterDays });
  const staysLong = dueAt === null || dueAt >= after(now, LEAST_ARCHIVED);
  return isWanted && isOld && staysLong && !reasons.some(({ rule }) => rule === "floor");
}
