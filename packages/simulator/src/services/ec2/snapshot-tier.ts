import type * as sdk from "@aws-sdk/client-ec2";
import { AwsError } from "../../account/operation.ts";
import type { Snapshot } from "./snapshot.ts";
import { tagList } from "./template-data.ts";

/** How long a snapshot is on its way into the archive; EBS documents no time for it, 24 to 72 hours to come back: assumed. */
const ARCHIVING_MS = 4 * 3_600_000;
/** Source: EBS user guide, "Archive Amazon EBS snapshots", quotas. */
const MOST_UNDER_WAY = 25;
const MOST_OF_VOLUME = 25;

/** The way of a snapshot into the archive; brought back from there is none here. */
export interface Tiering {
  startedAt: Date;
  /** How long it takes, in milliseconds. */
  takesMs: number;
}

type Tiered = Pick<Snapshot, "tiering">;

const endOf = ({ startedAt, takesMs }: Tiering): Date => new Date(startedAt.getTime() + takesMs);

/** While it is on its way it can still be used. Source: EBS user guide, "Archive an Amazon EBS snapshot". */
export const tierOf = ({ tiering }: Tiered): sdk.StorageTier => (tiering && endOf(tiering) <= new Date() ? "archive" : "standard");

const isUnderWay = ({ tiering }: Tiered): boolean => tiering !== undefined && endOf(tiering) > new Date();

/**
 * Sends one on its way; refuses what EBS does. Codes are not documented for this operation: assumed after those of other quotas and states.
 * Source: EBS user guide, "Considerations and limitations for archiving Amazon EBS snapshots".
 */
export function sendToArchive(snapshot: Snapshot, all: readonly Snapshot[], isNeeded: boolean): Tiering {
  const { id, state, volumeId } = snapshot;
  if (state !== "completed") throw new AwsError("IncorrectState", `The snapshot '${id}' is in the '${state}' state.`);
  if (snapshot.tiering) throw new AwsError("IncorrectState", `The snapshot '${id}' is archived, or is being archived.`);
  if (isNeeded) throw new AwsError("InvalidSnapshot.InUse", `The snapshot '${id}' is associated with an AMI that is not disabled.`);
  const archived = all.filter((other) => other.volumeId === volumeId && other.tiering);
  if (all.filter(isUnderWay).length >= MOST_UNDER_WAY) throw new AwsError("InProgressSnapshotArchiveLimitExceeded", "Too many snapshots are being archived.");
  if (archived.length >= MOST_OF_VOLUME) throw new AwsError("ArchivedSnapshotsPerVolumeLimitExceeded", "Too many snapshots of the volume are archived.");
  snapshot.tiering = { startedAt: new Date(), takesMs: ARCHIVING_MS };
  return snapshot.tiering;
}

/** What EC2 says of the tier of a snapshot; of one that never moved, only where it is. */
export function tierShape(snapshot: Snapshot): sdk.SnapshotTierStatus {
  const { id, volumeId, state, ownerId, tags, tiering } = snapshot;
  const shape = { SnapshotId: id, VolumeId: volumeId, Status: state, OwnerId: ownerId, Tags: tagList(tags), StorageTier: tierOf(snapshot) };
  if (!tiering) return shape;
  const isOver = endOf(tiering) <= new Date();
  return {
    ...shape,
    LastTieringStartTime: tiering.startedAt,
    LastTieringOperationStatus: isOver ? "archival-completed" : "archival-in-progress",
    LastTieringProgress: isOver ? 100 : Math.floor(((Date.now() - tiering.startedAt.getTime()) / tiering.takesMs) * 100),
    ArchivalCompleteTime: isOver ? endOf(tiering) : undefined,
  };
}
