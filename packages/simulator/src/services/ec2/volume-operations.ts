import type * as sdk from "@aws-sdk/client-ec2";
import { AwsError, type Operations, type Right } from "../../account/operation.ts";
import { findAll } from "./lookup.ts";
import { once, type Remembered } from "./once.ts";
import { arnOf, keyArn } from "./resource-arns.ts";
import { onInstances, toCreate } from "./rights.ts";
import type { Snapshot } from "./snapshot.ts";
import { onSnapshot } from "./snapshot-rights.ts";
import { tierOf } from "./snapshot-tier.ts";
import type { Ec2State } from "./state.ts";
import { tagList, tagsFor } from "./template-data.ts";
import type { Attachment, Volume, VolumeWish } from "./volumes.ts";
import { requireZone } from "./zones.ts";

/** EBS volumes. */
export const volumeOperations = (state: Ec2State, made: Remembered<Volume> = new Map()): Operations<typeof sdk> => ({
  CreateVolume: {
    rights: (input) => toCreateVolume(state, input),
    run: (input, call) =>
      volumeShape(
        once(made, input, () => {
          const snapshot = input.SnapshotId === undefined ? undefined : restorable(state.snapshots.the(input.SnapshotId));
          return state.volumes.create(wish(input, snapshot), call.principal, snapshot);
        }),
      ),
  },
  DescribeVolumes: {
    run: (input) => {
      const { items, nextToken } = state.volumes.describe({
        ids: input.VolumeIds,
        filters: input.Filters,
        maxResults: input.MaxResults,
        token: input.NextToken,
      });
      return { Volumes: items.map(volumeShape), NextToken: nextToken };
    },
  },
  AttachVolume: {
    rights: (input) => [
      ...state.volumes.rightsOn("AttachVolume", [input.VolumeId]),
      ...onInstances(state.instances, "ec2:AttachVolume", [input.InstanceId ?? ""]),
    ],
    run: (input) => attach(state, input),
  },
  DetachVolume: {
    rights: (input) => {
      const instanceId = input.InstanceId ?? state.volumes.items.get(input.VolumeId ?? "")?.attachment?.instanceId;
      return [...state.volumes.rightsOn("DetachVolume", [input.VolumeId]), ...onInstances(state.instances, "ec2:DetachVolume", instanceId ? [instanceId] : [])];
    },
    run: (input) => detach(state, input),
  },
  DeleteVolume: {
    rights: (input) => state.volumes.rightsOn("DeleteVolume", [input.VolumeId]),
    run: (input) => {
      state.volumes.delete(state.volumes.the(input.VolumeId));
      return {};
    },
  },
});

const typeOf = ({ VolumeType }: sdk.CreateVolumeRequest): string => VolumeType ?? "gp2";

/** Source: EBS user guide, "Amazon EBS volume types": GiB that each type may have. */
const SIZES: Record<string, [number, number]> = {
  gp2: [1, 16_384],
  gp3: [1, 65_536],
  io1: [4, 16_384],
  io2: [4, 65_536],
  st1: [125, 16_384],
  sc1: [125, 16_384],
};

/** A volume of a snapshot is a right on that snapshot too. Source: service authorization reference, Amazon EC2, CreateVolume. */
function toCreateVolume({ snapshots }: Ec2State, input: sdk.CreateVolumeRequest): Right[] {
  const { AvailabilityZone: zone = "", SnapshotId } = input;
  const encrypted = (input.Encrypted ?? false) || (snapshots.items.get(SnapshotId ?? "")?.encrypted ?? false);
  const parent: Record<string, string> = SnapshotId === undefined ? {} : { "ec2:ParentSnapshot": arnOf("snapshot", SnapshotId) };
  return [
    ...toCreate("CreateVolume", "volume", {
      tags: tagsFor("volume", input.TagSpecifications),
      context: { "ec2:AvailabilityZone": zone, "ec2:Encrypted": String(encrypted), "ec2:VolumeType": typeOf(input), ...parent },
    }),
    ...(SnapshotId === undefined ? [] : [onSnapshot(snapshots, "CreateVolume", SnapshotId)]),
  ];
}

/** Nothing is made of a snapshot before it is complete, nor of one in the archive; EC2's code for that is not documented: assumed. */
function restorable(snapshot: Snapshot): Snapshot {
  if (snapshot.state !== "completed") throw new AwsError("IncorrectState", `Snapshot '${snapshot.id}' is in the '${snapshot.state}' state.`);
  if (tierOf(snapshot) === "archive") throw new AwsError("IncorrectState", `Snapshot '${snapshot.id}' is archived: restore it from the archive tier first.`);
  return snapshot;
}

/** At least as large as its snapshot, and encrypted where that is. Source: EC2 API reference, CreateVolume; EBS user guide, "EBS encryption". */
function wish(input: sdk.CreateVolumeRequest, snapshot: Snapshot | undefined): VolumeWish {
  const size = input.Size ?? snapshot?.sizeGib;
  if (size === undefined) throw new AwsError("MissingParameter", "The request must contain the parameter size/snapshotId");
  const type = typeOf(input);
  const range = SIZES[type];
  if (!range) throw new AwsError("UnknownVolumeType", `Unsupported volume type '${type}' for volume creation.`);
  if (snapshot && size < snapshot.sizeGib)
    throw new AwsError("InvalidParameterValue", `Volume of ${size}GiB is smaller than snapshot '${snapshot.id}', expect size >= ${snapshot.sizeGib}GiB.`);
  if (size < range[0] || size > range[1])
    throw new AwsError("InvalidParameterValue", `Volume of ${size}GiB is out of range for volume type ${type}: ${range[0]} to ${range[1]} GiB.`);
  if (input.KmsKeyId !== undefined && !input.Encrypted)
    throw new AwsError("InvalidParameterDependency", "The parameter KmsKeyId requires the parameter Encrypted to be set.");
  return {
    zone: requireZone(input.AvailabilityZone),
    sizeGib: size,
    type,
    iops: input.Iops ?? (type === "gp3" ? 3_000 : undefined),
    throughput: input.Throughput ?? (type === "gp3" ? 125 : undefined),
    encrypted: input.Encrypted === true || snapshot?.encrypted === true,
    keyId: input.KmsKeyId ?? snapshot?.keyId,
    snapshotId: snapshot?.id,
    tags: tagsFor("volume", input.TagSpecifications),
  };
}

function attach({ volumes, instances }: Ec2State, input: sdk.AttachVolumeRequest): sdk.VolumeAttachment {
  const volume = volumes.the(input.VolumeId);
  const [instance] = findAll(instances, [input.InstanceId ?? ""]);
  const device = input.Device ?? "";
  if (!/^\/dev\/(sd[b-z]|xvd[b-z]|xvd[b-d][a-z])$/.test(device))
    throw new AwsError("InvalidParameterValue", `Value (${device}) for parameter device is invalid. ${device} is not a valid EBS device name.`);
  if (!instance) throw new AwsError("InvalidInstanceID.NotFound", `The instance ID '${input.InstanceId}' does not exist`);
  return attachmentShape(volume, volumes.attach(volume, instance, device));
}

function detach({ volumes, instances }: Ec2State, input: sdk.DetachVolumeRequest): sdk.VolumeAttachment {
  const volume = volumes.the(input.VolumeId);
  const { attachment } = volume;
  const differs = (wanted: string | undefined, actual: string | undefined) => wanted !== undefined && wanted !== actual;
  if (attachment && (differs(input.InstanceId, attachment.instanceId) || differs(input.Device, attachment.device)))
    throw new AwsError("InvalidAttachment.NotFound", `The volume '${volume.id}' is not attached to the instance or device that was named.`);
  return attachmentShape(volume, volumes.detach(volume, instances.all.get(attachment?.instanceId ?? ""), input.Force === true));
}

const attachmentShape = ({ id }: Volume, attachment: Attachment): sdk.VolumeAttachment => ({
  VolumeId: id,
  InstanceId: attachment.instanceId,
  Device: attachment.device,
  State: attachment.state,
  AttachTime: attachment.at,
  DeleteOnTermination: attachment.deleteOnTermination,
});

const volumeShape = (volume: Volume): sdk.Volume => ({
  VolumeId: volume.id,
  AvailabilityZone: volume.zone,
  Size: volume.sizeGib,
  VolumeType: volume.type as sdk.VolumeType,
  Iops: volume.iops,
  Throughput: volume.throughput,
  Encrypted: volume.encrypted,
  // An encrypted volume without a key of the customer's uses AWS's own.
  KmsKeyId: volume.encrypted ? keyArn(volume.keyId) : undefined,
  SnapshotId: volume.snapshotId ?? "",
  CreateTime: volume.createdAt,
  State: volume.state,
  MultiAttachEnabled: false,
  Attachments: volume.attachment ? [attachmentShape(volume, volume.attachment)] : [],
  Tags: tagList(volume.tags),
});
