import {
  CreateSnapshotCommand,
  CreateSnapshotsCommand,
  CreateTagsCommand,
  DeleteSnapshotCommand,
  type EC2Client,
  type Filter,
  LockSnapshotCommand,
  ModifySnapshotTierCommand,
  type Tag,
} from "@aws-sdk/client-ec2";
import { Permanent, Retryable } from "@steward/core/errors";
import { MARK } from "@steward/core/retention/marks";
import type { Needed, Snapshot } from "@steward/core/retention/snapshot";
import type { Archival, Deletion, SnapshotStore } from "@steward/core/snapshots/ports";
import { names } from "@steward/core/topology/names";
import { answered, calling, describe, refused, sortFailure } from "./failures.ts";
import { createSnapshotReads, type Tiering } from "./snapshot-reads.ts";

interface Config {
  stage: string;
  archives?: boolean;
  now: () => Date;
  /** What Steward itself is at, by its own records. */
  needed: (at: Date) => Promise<Needed[]>;
}

/**
 * EBS snapshots of one stage. `creator` must try once: EC2 takes no client token for a new snapshot, so a repetition would be a second
 * one; and deletions are paced by whoever asks for them, which repetitions on their own would exceed. With `archives` it is asked who is in
 * the archive since when, too.
 */
export function createSnapshots(client: EC2Client, creator: EC2Client, { stage, archives = false, now, needed }: Config): SnapshotStore {
  const reads = createSnapshotReads(client, stage, names(stage).launchTemplate);
  const ofStage = { Name: `tag:${MARK.stage}`, Values: [stage] };

  /** Selections overlap, and an answer about thousands takes far more memory than what is kept of it: only one is held at a time. */
  async function inTurn(selections: readonly Filter[][]): Promise<Map<string, Snapshot>> {
    const found = new Map<string, Snapshot>();
    for (const filters of selections) for (const snapshot of await reads.snapshots(filters)) found.set(snapshot.id, snapshot);
    return found;
  }

  async function matching(...selections: Filter[][]): Promise<Snapshot[]> {
    const tiers = archives ? reads.tiers() : new Map<string, Tiering>();
    const [locks, moves, found] = await Promise.all([reads.locks(), tiers, inTurn(selections)]);
    const whole = (snapshot: Snapshot): Snapshot => {
      const tiering = moves.get(snapshot.id);
      return { ...snapshot, lock: locks.get(snapshot.id) ?? null, ...(tiering && { tiering }) };
    };
    return [...found.values()].map(whole);
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

    async archive(snapshotId): Promise<Archival> {
      try {
        await client.send(new ModifySnapshotTierCommand({ SnapshotId: snapshotId, StorageTier: "archive" }));
        return { kind: "archiving" };
      } catch (error) {
        if (answered(error, NOT_FOUND)) return { kind: "gone" };
        if (isLimit(error)) throw new Retryable(`archive ${snapshotId}: ${describe(error)}`, { cause: error });
        const failure = sortFailure(`archive ${snapshotId}`, error);
        if (failure instanceof Retryable || !refused(error)) throw failure;
        return { kind: "failed", because: refusal(error as Error) };
      }
    },

    async lock(snapshotId, days) {
      const command = new LockSnapshotCommand({ SnapshotId: snapshotId, LockMode: "governance", LockDuration: days });
      await client.send(command).catch((error: unknown) => {
        if (!answered(error, NOT_FOUND)) throw sortFailure(`lock ${snapshotId}`, error);
      });
    },
  };
}

/** EC2 documents no code for too many that are being archived; those of its other quotas end so. Source: EC2 API reference, "Error codes". */
const isLimit = (error: unknown): boolean => error instanceof Error && error.name.endsWith("LimitExceeded");

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
