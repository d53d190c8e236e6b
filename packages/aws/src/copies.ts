import { CopySnapshotCommand, type EC2Client } from "@aws-sdk/client-ec2";
import type { CopyStore } from "@steward/core/copies/ports";
import { Permanent } from "@steward/core/errors";
import { answered, refused, sortFailure } from "./failures.ts";
import { createSnapshots } from "./snapshots.ts";

/** From where and under which key there. */
export interface CopiesConfig {
  stage: string;
  /** Region of the snapshots that are copied. */
  from: string;
  kmsKeyArn: string;
  now: () => Date;
}

/**
 * Copies in another region. Both clients are of that region, because EC2 copies to where it is asked; the SDK signs the address of the source
 * itself. `creator` must try once. Source: EC2 API reference, "CopySnapshot".
 */
export function createCopies(client: EC2Client, creator: EC2Client, { stage, from, kmsKeyArn, now }: CopiesConfig): CopyStore {
  const { facts, again, delete: remove } = createSnapshots(client, creator, { stage, now, needed: async () => [] });
  return {
    facts,
    again,
    delete: remove,
    async copy({ sourceId, tags }) {
      const TagSpecifications = [{ ResourceType: "snapshot" as const, Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }];
      const command = new CopySnapshotCommand({ SourceRegion: from, SourceSnapshotId: sourceId, Encrypted: true, KmsKeyId: kmsKeyArn, TagSpecifications });
      try {
        const { SnapshotId } = await creator.send(command);
        return SnapshotId === undefined ? "lost" : { id: SnapshotId };
      } catch (error) {
        if (answered(error, "ResourceLimitExceeded") || answered(error, "RequestLimitExceeded")) return "limit";
        if (error instanceof Permanent || refused(error)) throw sortFailure(`copy ${sourceId}`, error);
        return "lost";
      }
    },
  };
}
