import type { EC2Client } from "@aws-sdk/client-ec2";
import { IMAGE_MARK, type ImageFacts, type OwnImage } from "@steward/core/image/image-facts";
import { MARK } from "@steward/core/retention/marks";
import type { Snapshot } from "@steward/core/retention/snapshot";
import { names } from "@steward/core/topology/names";
import { createSnapshotReads } from "./snapshot-reads.ts";

/** Values that one filter takes. Source: EC2 user guide, "List and filter your resources". */
const FILTER_VALUES = 200;

/**
 * What these images rest on, and whatever has the pipeline's tags and no image any more; each read whole or not at all. An image in the
 * Recycle Bin is not seen to need its snapshots. Source: EBS user guide, "Considerations for Recycle Bin".
 */
export async function readImageSnapshots(client: EC2Client, stage: string, images: readonly OwnImage[]): Promise<Pick<ImageFacts, "snapshots" | "users">> {
  const reads = createSnapshotReads(client, stage, names(stage).launchTemplate);
  const golden = [
    { Name: `tag:${MARK.stage}`, Values: [stage] },
    { Name: "tag-key", Values: [IMAGE_MARK.golden] },
  ];
  const [tagged, locks, all, templates] = await Promise.all([reads.snapshots(golden), reads.locks(), reads.images(), reads.templates()]);
  const found = new Set(tagged.map(({ id }) => id));
  const untagged = [...new Set(images.flatMap(({ snapshotIds }) => snapshotIds))].filter((id) => !found.has(id));
  const snapshots = [...tagged, ...(await byId(reads, untagged))];
  const own = new Set(images.map(({ imageId }) => imageId));
  const users = [
    ...all.filter(({ imageId }) => !own.has(imageId)).map(({ imageId, snapshotIds }) => ({ who: imageId, snapshotIds })),
    ...templates.map(({ templateId, version, snapshotIds }) => ({ who: `version ${version} of launch template ${templateId}`, snapshotIds })),
  ];
  const ids = new Set(snapshots.map(({ id }) => id));
  return {
    snapshots: snapshots.map(({ id, state, startedAt, tags }) => ({ id, state, startedAt, lock: locks.get(id) ?? null, tags })),
    users: users
      .map(({ who, snapshotIds }) => ({ who, snapshotIds: snapshotIds.filter((id) => ids.has(id)) }))
      .filter(({ snapshotIds }) => snapshotIds.length > 0),
  };
}

/** By filter, so that what is gone is missing from the answer instead of an error. */
async function byId(reads: Pick<ReturnType<typeof createSnapshotReads>, "snapshots">, ids: readonly string[]): Promise<Snapshot[]> {
  const found: Snapshot[] = [];
  for (let from = 0; from < ids.length; from += FILTER_VALUES)
    found.push(...(await reads.snapshots([{ Name: "snapshot-id", Values: ids.slice(from, from + FILTER_VALUES) }])));
  return found;
}
