import type * as sdk from "@aws-sdk/client-ec2";
import { ACCOUNT_ID } from "../../account/account.ts";
import { AwsError, type Operations } from "../../account/operation.ts";
import { between } from "../../world/chance.ts";
import { matches } from "./filters.ts";
import { findAll } from "./lookup.ts";
import { page } from "./page.ts";
import { onInstances } from "./rights.ts";
import { PUBLIC_SNAPSHOT, SNAPSHOT_FIELDS, type Snapshot, snapshotInfo, snapshotShape } from "./snapshot.ts";
import { onSnapshot, toSnapshot } from "./snapshot-rights.ts";
import type { Ec2State } from "./state.ts";
import { tagsFor } from "./template-data.ts";
import type { Volume } from "./volumes.ts";

/** Before the moment of a snapshot and after it, until EC2 answers, in ms; assumed. */
const HALF_MS = [150, 1_500] as const;
/** Source: EC2 API reference, DescribeSnapshots: 5 to 1,000 at once, more is cut to that. */
const PAGE = { least: 5, most: 1_000 };
/** Source: EC2 API reference, InstanceSpecification. */
const MOST_EXCLUDED = 40;
/** Source: EC2 user guide, "Tag restrictions". */
const MOST_TAGS = 50;

/** Snapshots of volumes, one by one and as sets of one moment. They take no client token: asked twice, EC2 makes two. */
export const snapshotOperations = (state: Ec2State): Operations<typeof sdk> => ({
  CreateSnapshot: {
    rights: ({ VolumeId = "*", TagSpecifications }) =>
      toSnapshot(state.volumes, "CreateSnapshot", { volumeId: VolumeId, tags: tagsFor("snapshot", TagSpecifications) }),
    run: async (input) => {
      checkRequest(input);
      const volume = snapshotable(state.volumes.the(input.VolumeId));
      const tags = checkedTags(tagsFor("snapshot", input.TagSpecifications));
      const [made] = await taken(state, { volumes: [volume], description: input.Description, isSet: false, tagsOf: () => tags });
      return made ? snapshotInfo(made) : {};
    },
  },
  CreateSnapshots: {
    rights: (input) => setRights(state, input),
    run: async (input) => {
      checkRequest(input);
      const tagsOf = (volume: Volume) => checkedTags(setTags(input, volume));
      const set = await taken(state, { volumes: volumesOf(state, input), description: input.Description, isSet: true, tagsOf });
      return { Snapshots: set.map(snapshotInfo) };
    },
  },
  DescribeSnapshots: { run: (input) => described(state, input) },
  DeleteSnapshot: {
    rights: ({ SnapshotId }) => [onSnapshot(state.snapshots, "DeleteSnapshot", SnapshotId)],
    run: ({ SnapshotId }) => {
      deleteSnapshot(state, state.snapshots.the(SnapshotId));
      return {};
    },
  },
  ListSnapshotsInRecycleBin: {
    run: ({ SnapshotIds = [], MaxResults, NextToken }) => {
      const found = state.snapshots.bin.all().filter(({ snapshot }) => SnapshotIds.length === 0 || SnapshotIds.includes(snapshot.id));
      const limit = Math.min(MaxResults ?? PAGE.most, PAGE.most);
      const { items, nextToken } = page(found, { keyOf: ({ snapshot }) => snapshot.id, limit, token: NextToken, invalidToken });
      const shape = ({ snapshot: { id, description, volumeId }, enteredAt, exitsAt }: (typeof items)[number]): sdk.SnapshotRecycleBinInfo => ({
        SnapshotId: id,
        Description: description,
        VolumeId: volumeId,
        RecycleBinEnterTime: enteredAt,
        RecycleBinExitTime: exitsAt,
      });
      return { Snapshots: items.map(shape), NextToken: nextToken };
    },
  },
  RestoreSnapshotFromRecycleBin: {
    rights: ({ SnapshotId }) => [onSnapshot(state.snapshots, "RestoreSnapshotFromRecycleBin", SnapshotId)],
    run: ({ SnapshotId = "" }) => snapshotInfo(state.snapshots.add(state.snapshots.bin.release(SnapshotId))),
  },
});

/** Deletes a snapshot that no image rests on; with an image in any state, disabled ones too, EC2 refuses. Source: EBS user guide, "Delete an Amazon EBS snapshot". */
export function deleteSnapshot({ images, snapshots }: Ec2State, snapshot: Snapshot): void {
  const user = images.restingOn(snapshot);
  if (user) throw new AwsError("InvalidSnapshot.InUse", `The snapshot ${snapshot.id} is currently in use by ${user.id}`);
  snapshots.delete(snapshot);
}

interface Taking {
  volumes: Volume[];
  description: string | undefined;
  isSet: boolean;
  tagsOf: (volume: Volume) => Record<string, string>;
}

/** The one moment of all lies somewhere between the call and its answer. */
async function taken({ snapshots }: Ec2State, { volumes, description = "", isSet, tagsOf }: Taking): Promise<Snapshot[]> {
  const wishes = volumes.map((volume) => ({ volume, tags: tagsOf(volume) }));
  snapshots.admit(volumes);
  await after(between(...HALF_MS));
  const set = snapshots.take(wishes, { description, isSet });
  await after(between(...HALF_MS));
  return set;
}

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function setRights(state: Ec2State, input: sdk.CreateSnapshotsRequest) {
  const instanceId = input.InstanceSpecification?.InstanceId ?? "*";
  const attached = state.volumes.on(instanceId);
  const volumes = attached.filter((volume) => isWanted(state, input, volume));
  const created = volumes.flatMap((volume) => toSnapshot(state.volumes, "CreateSnapshots", { volumeId: volume.id, tags: setTags(input, volume) }));
  const unknown = () => toSnapshot(state.volumes, "CreateSnapshots", { volumeId: "*", tags: tagsFor("snapshot", input.TagSpecifications) });
  return [...onInstances(state.instances, "ec2:CreateSnapshots", [instanceId]), ...(volumes.length > 0 ? created : unknown())];
}

/** The volumes of an instance that a set is of. Source: EC2 API reference, CreateSnapshots and InstanceSpecification. */
function volumesOf(state: Ec2State, input: sdk.CreateSnapshotsRequest): Volume[] {
  const { InstanceId = "", ExcludeDataVolumeIds: excluded = [] } = input.InstanceSpecification ?? {};
  const [instance] = findAll(state.instances, [InstanceId]);
  const attached = state.volumes.on(InstanceId);
  if (excluded.length > MOST_EXCLUDED) throw invalid(`You can exclude up to ${MOST_EXCLUDED} volumes per request.`);
  for (const id of excluded) {
    const found = attached.find((volume) => volume.id === id);
    if (!found) throw invalid(`The volume '${id}' is not attached to the instance '${InstanceId}'.`);
    if (found.attachment?.device === instance?.rootDevice) throw invalid(`The volume '${id}' is the root volume: use ExcludeBootVolume.`);
  }
  const wanted = attached.filter((volume) => isWanted(state, input, volume));
  if (wanted.length === 0) throw invalid(`The instance '${InstanceId}' has no volume to make a snapshot of.`);
  return wanted.map(snapshotable);
}

function isWanted({ instances }: Ec2State, { InstanceSpecification: of }: sdk.CreateSnapshotsRequest, { id, attachment }: Volume): boolean {
  const isRoot = attachment?.device === instances.all.get(of?.InstanceId ?? "")?.rootDevice;
  if (isRoot) return !of?.ExcludeBootVolume;
  return attachment?.state !== "attaching" && !of?.ExcludeDataVolumeIds?.includes(id);
}

/** What the request gives, and the volume's own tags where they are to be copied; not those that belong to AWS. */
function setTags({ CopyTagsFromSource, TagSpecifications }: sdk.CreateSnapshotsRequest, { tags }: Volume): Record<string, string> {
  const copied = CopyTagsFromSource === "volume" ? Object.entries(tags).filter(([key]) => !key.startsWith("aws:")) : [];
  return { ...Object.fromEntries(copied), ...tagsFor("snapshot", TagSpecifications) };
}

function checkRequest({ OutpostArn, Location, TagSpecifications = [] }: sdk.CreateSnapshotRequest | sdk.CreateSnapshotsRequest): void {
  if (OutpostArn !== undefined || (Location ?? "regional") !== "regional")
    throw new AwsError("UnknownOperationException", "the simulated account does not model snapshots outside of the region", 501);
  const other = TagSpecifications.find(({ ResourceType }) => ResourceType !== "snapshot");
  if (other) throw invalid(`'${other.ResourceType}' is not a valid taggable resource type for this operation.`);
}

function checkedTags(tags: Record<string, string>): Record<string, string> {
  if (Object.keys(tags).some((key) => key.startsWith("aws:"))) throw invalid("Tag keys starting with 'aws:' are reserved for internal use");
  if (Object.keys(tags).length > MOST_TAGS) throw new AwsError("TagLimitExceeded", "The maximum number of tags has been reached.");
  return tags;
}

function snapshotable(volume: Volume): Volume {
  if (volume.state !== "available" && volume.state !== "in-use")
    throw new AwsError("IncorrectState", `Volume '${volume.id}' is in the '${volume.state}' state.`);
  return volume;
}

/** Without owners EC2 shows everybody's public ones too. Source: EC2 API reference, DescribeSnapshots. */
function described({ snapshots }: Ec2State, input: sdk.DescribeSnapshotsRequest): sdk.DescribeSnapshotsResult {
  const { SnapshotIds: ids = [], OwnerIds: owners = [], MaxResults, NextToken } = input;
  if (input.RestorableByUserIds?.length)
    throw new AwsError("UnknownOperationException", "the simulated account does not model who else may restore a snapshot", 501);
  if (ids.length > 0 && MaxResults !== undefined)
    throw new AwsError("InvalidParameterCombination", "The parameter snapshotSet cannot be used with the parameter maxResults");
  if (MaxResults !== undefined && MaxResults < PAGE.least)
    throw invalid(`Value ( ${MaxResults} ) for parameter maxResults is invalid. Expecting a value greater than or equal to ${PAGE.least}.`);
  const named = ids.length > 0 ? ids.map((id) => snapshots.the(id)) : [PUBLIC_SNAPSHOT, ...snapshots.all()];
  const isOwned = ({ ownerId }: Snapshot) => owners.length === 0 || owners.some((owner) => (owner === "self" ? ACCOUNT_ID : owner) === ownerId);
  const found = named.filter((snapshot) => isOwned(snapshot) && matches(snapshot, SNAPSHOT_FIELDS, input.Filters));
  const limit = MaxResults === undefined ? Number.POSITIVE_INFINITY : Math.min(MaxResults, PAGE.most);
  const last = NextToken === undefined ? -1 : numberIn(NextToken);
  const rest = found.filter(({ number }) => number > last).sort((a, b) => a.number - b.number);
  const { items, nextToken } = page(rest, { keyOf: ({ number }) => String(number), limit, token: undefined, invalidToken });
  return { Snapshots: items.map(snapshotShape), NextToken: nextToken };
}

function numberIn(token: string): number {
  const text = Buffer.from(token, "base64").toString();
  if (!/^\d+$/.test(text)) throw invalidToken();
  return Number(text);
}

const invalid = (message: string): AwsError => new AwsError("InvalidParameterValue", message);
const invalidToken = (): AwsError => new AwsError("InvalidNextToken", "The specified token is not valid.");
