import {
  CreateSnapshotCommand,
  CreateSnapshotsCommand,
  CreateTagsCommand,
  DeleteSnapshotCommand,
  type EC2Client,
  type Filter,
  type Tag,
} from "@aws-sdk/client-ec2";
import { Permanent, Retryable } from "@steward/core/errors";
import { MARK } from "@steward/core/retention/marks";
import type { Needed, Snapshot } from "@steward/core/retention/snapshot";
import type { Deletion, SnapshotStore } from "@steward/core/snapshots/ports";
import { names } from "@steward/core/topology/names";
import { answered, calling, describe, refused, sortFailure } from "./failures.ts";
import { createSnapshotReads } from "./snapshot-reads.ts";

interface Config {
  stage: string;
  now: () => Date;
  /** What Steward itself is at, by its own records. */
  needed: (at: Date) => Promise<Needed[]>;
}

/**
 * EBS snapshots of one stage. `creator` must try once: EC2 takes no client token for a new snapshot, so a repetition would be a second
 * one; and deletions are paced by whoever asks for them, which repetitions on their own would exceed.
 */
export function createSnapshots(client: EC2Client, creator: EC2Client, { stage, now, needed }: Config): SnapshotStore {
  const reads = createSnapshotReads(client, stage, names(stage).launchTemplate);
  const ofStage = { Name: `tag:${MARK.stage}`, Values: [stage] };

  async function matching(...selections: Filter[][]): Promise<Snapshot[]> {
    const [locks, ...found] = await Promise.all([reads.locks(), ...selections.map(reads.snapshots)]);
    return [...new Map(found.flat().map((snapshot) => [snapshot.id, { ...snapshot, lock: locks.get(snapshot.id) ?? null }])).values()];
  }

  return {
    async facts(volumeId) {
      const at = now();
      const ofVolume = volumeId === null ? [] : [[{ Name: "volume-id", Values: [volumeId] }]];
      const [snapshots, images, templates, wanted] = await Promise.all([matching([ofStage], ...ofVolume), reads.images(), reads.templates(), needed(at)]);
      const volumes = await reads.volumes([...new Set(snapshots.map((snapshot) => snapshot.volumeId))]);
      return { stage, at, volumeId, volumes, snapshots, images, templates, needed: wanted };
    },

    again: async (snapshotIds) => (snapshotIds.length === 0 ? [] : reads.snapshots([{ Name: "snapshot-id", Values: snapshotIds }])),

    ofSlot: (slot) => matching([ofStage, { Name: `tag:${MARK.slot}`, Values: [slot.toISOString()] }]),

    async create({ instanceId, volumeId, tags }) {
      try {
        return await make(creator, { instanceId, volumeId, Tags: asTags(tags) });
      } catch (error) {
        if (error instanceof Permanent || refused(error)) throw sortFailure(`make a snapshot of ${volumeId}`, error);
        return "lost";
      }
    },

    async mark(snapshotIds, consistency) {
      const command = new CreateTagsCommand({ Resources: snapshotIds, Tags: asTags({ [MARK.consistency]: consistency }) });
      await calling(`mark ${snapshotIds.join(", ")}`, () => onceShown(() => client.send(command)));
    },

    async delete(snapshotId): Promise<Deletion> {
      try {
        await creator.send(new DeleteSnapshotCommand({ SnapshotId: snapshotId }));
        return { kind: "deleted" };
      } catch (error) {
        if (answered(error, NOT_FOUND)) return { kind: "gone" };
        const failure = sortFailure(`delete ${snapshotId}`, error);
        if (failure instanceof Retryable || !refused(error)) throw failure;
        return { kind: "failed", because: refusal(error as Error) };
      }
    },
  };
}

const NOT_FOUND = "InvalidSnapshot.NotFound";

const asTags = (tags: Record<string, string>): Tag[] => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

interface Wanted {
  instanceId: string | null;
  volumeId: string;
  Tags: Tag[];
}

/**
 * One set of one moment; the boot volume holds nothing that the image does not. Only the volume's own is named: whatever else somebody has
 * attached never stood still, and stays `unproven`. Source: EC2 API reference, "CreateSnapshots".
 */
async function make(client: EC2Client, { instanceId, volumeId, Tags }: Wanted): Promise<string[]> {
  const TagSpecifications = [{ ResourceType: "snapshot" as const, Tags }];
  if (instanceId === null) {
    const { SnapshotId } = await client.send(new CreateSnapshotCommand({ VolumeId: volumeId, TagSpecifications }));
    return [SnapshotId ?? ""];
  }
  const InstanceSpecification = { InstanceId: instanceId, ExcludeBootVolume: true };
  const { Snapshots = [] } = await client.send(new CreateSnapshotsCommand({ InstanceSpecification, TagSpecifications }));
  const own = Snapshots.filter(({ VolumeId }) => VolumeId === volumeId);
  if (own.length === 0) throw new Permanent(`the set that EC2 made of ${instanceId} lacks ${volumeId}`);
  return own.map(({ SnapshotId = "" }) => SnapshotId);
}

const TRIES = 6;
const PAUSE_MS = 2_000;

/** EC2 may deny for a few seconds what it has just made. Source: EC2 developer guide, "Eventual consistency". */
async function onceShown<T>(call: () => Promise<T>, attempt = 1): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!answered(error, NOT_FOUND)) throw error;
    if (attempt === TRIES) throw new Retryable("EC2 does not show a snapshot that it has just made", { cause: error });
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    return onceShown(call, attempt + 1);
  }
}

/** EC2's words; they name the image, the lock or the policy. */
const refusal = (error: Error): string =>
  (error.name === "UnauthorizedOperation" ? `it is held, or a right is missing (${describe(error)})` : describe(error)).slice(0, 300);
