import { arn, REGION } from "../../account/account.ts";
import type { Right } from "../../account/operation.ts";
import { requestTagKeys } from "../../iam/tagging.ts";
import { arnOf, onResource } from "./resource-arns.ts";
import { tagAtCreation } from "./rights.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Snapshots } from "./snapshots.ts";
import type { Volumes } from "./volumes.ts";

const volumeArn = (id: string): string => arn("ec2", `volume/${id}`);

/** What EC2 tells the evaluator of a snapshot besides its tags. Source: service authorization reference, Amazon EC2, "Condition keys". */
const keysOf = ({ volumeId, ownerId, sizeGib, startedAt }: Snapshot): Record<string, string> => ({
  "ec2:ParentVolume": volumeArn(volumeId),
  "ec2:Owner": ownerId,
  "ec2:VolumeSize": String(sizeGib),
  "ec2:SnapshotTime": startedAt.toISOString(),
});

/** One action on a snapshot, as EC2 has it although describe calls may not know it yet. */
export function onSnapshot({ items }: Snapshots, action: string, id = "*"): Right {
  const found = items.get(id);
  const right = onResource(action, "snapshot", found ?? { id, tags: {} });
  return { ...right, context: { ...right.context, ...(found && keysOf(found)) } };
}

/** A new snapshot of a volume with these tags: rights on the volume, on the snapshot to come, and to tag it. */
export function toSnapshot(volumes: Volumes, action: string, { volumeId, tags }: { volumeId: string; tags: Record<string, string> }): Right[] {
  const context = { "ec2:Region": REGION, "ec2:ParentVolume": volumeArn(volumeId), ...requestTagKeys(tags) };
  return [
    ...volumes.rightsOn(action, [volumeId]),
    { action: `ec2:${action}`, resources: [arnOf("snapshot", "*")], context },
    ...tagAtCreation(action, "snapshot", tags),
  ];
}
