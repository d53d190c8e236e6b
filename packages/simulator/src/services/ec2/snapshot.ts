import type * as sdk from "@aws-sdk/client-ec2";
import { ACCOUNT_ID } from "../../account/account.ts";
import type { Resource } from "./collection.ts";
import type { Fields } from "./filters.ts";
import { keyArn } from "./resource-arns.ts";
import type { Lock } from "./snapshot-lock.ts";
import { type Tiering, tierOf } from "./snapshot-tier.ts";
import { tagList } from "./template-data.ts";

/** An EBS snapshot; what it holds lies with the disks of the volumes, under its id. */
export interface Snapshot extends Resource {
  /** In the order of their making: a listing goes on after the last one it gave, also when that is gone meanwhile. */
  number: number;
  ownerId: string;
  volumeId: string;
  description: string;
  sizeGib: number;
  encrypted: boolean;
  keyId?: string | undefined;
  startedAt: Date;
  /** How long it is going to be pending, in milliseconds. */
  takesMs: number;
  completedAt?: Date;
  state: "pending" | "completed" | "error";
  stateMessage?: string;
  lock?: Lock | undefined;
  tiering?: Tiering | undefined;
  /** Before this time the API does not know it. */
  visibleFrom: number;
  /** Whether the file system on the volume stood still at its moment; EC2 neither knows nor tells. */
  appConsistent: boolean;
}

/** The disk that a snapshot is of. */
export type SnapshotDisk = Pick<Snapshot, "volumeId" | "sizeGib" | "encrypted" | "keyId">;

/** Source: EC2 API reference, DescribeSnapshots, `Filters`. */
export const SNAPSHOT_FIELDS: Fields<Snapshot> = {
  "snapshot-id": ({ id }) => [id],
  "volume-id": ({ volumeId }) => [volumeId],
  "volume-size": ({ sizeGib }) => [String(sizeGib)],
  description: ({ description }) => [description],
  encrypted: ({ encrypted }) => [String(encrypted)],
  "owner-id": ({ ownerId }) => [ownerId],
  progress: (snapshot) => [progressOf(snapshot)],
  "start-time": ({ startedAt }) => [startedAt.toISOString()],
  status: ({ state }) => [state],
  "storage-tier": (snapshot) => [tierOf(snapshot)],
};

/** Somebody else's, shown to everybody, as there are thousands in every region. */
export const PUBLIC_SNAPSHOT: Snapshot = {
  id: "snap-0a1b2c3d4e5f60718",
  tags: {},
  number: 0,
  ownerId: "099720109477",
  volumeId: "vol-ffffffff",
  description: "A data set for everybody",
  sizeGib: 8,
  encrypted: false,
  startedAt: new Date("2024-02-29T12:00:00.000Z"),
  takesMs: 60_000,
  completedAt: new Date("2024-02-29T12:01:00.000Z"),
  state: "completed",
  visibleFrom: 0,
  appConsistent: false,
};

/** How far a pending one is; EC2 says nothing of how even its progress is. */
function progressOf({ state, startedAt, takesMs }: Snapshot): string {
  if (state !== "pending") return state === "completed" ? "100%" : "0%";
  return `${Math.min(99, Math.floor(((Date.now() - startedAt.getTime()) / takesMs) * 100))}%`;
}

/** A snapshot as the creating operations answer it, before anybody knows what becomes of it. */
export const snapshotInfo = (snapshot: Snapshot): sdk.SnapshotInfo => ({
  SnapshotId: snapshot.id,
  VolumeId: snapshot.volumeId,
  State: snapshot.state,
  StartTime: snapshot.startedAt,
  Progress: progressOf(snapshot),
  OwnerId: ACCOUNT_ID,
  Description: snapshot.description,
  VolumeSize: snapshot.sizeGib,
  Encrypted: snapshot.encrypted,
  Tags: tagList(snapshot.tags),
});

/** A snapshot as it is described. */
export const snapshotShape = (snapshot: Snapshot): sdk.Snapshot => ({
  ...snapshotInfo(snapshot),
  OwnerId: snapshot.ownerId,
  StateMessage: snapshot.stateMessage,
  CompletionTime: snapshot.completedAt,
  KmsKeyId: snapshot.encrypted ? keyArn(snapshot.keyId) : undefined,
  StorageTier: tierOf(snapshot),
});
