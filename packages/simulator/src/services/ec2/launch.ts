import type * as sdk from "@aws-sdk/client-ec2";
import { AwsError } from "../../account/operation.ts";
import type { Image } from "./images.ts";
import type { LaunchRequest, LaunchVolume } from "./instance.ts";
import { resolveImage } from "./public-images.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Ec2State } from "./state.ts";
import { checkUserData, securityGroupsOf, type TemplateData, tagsFor } from "./template-data.ts";

/** Root device of Ubuntu's images. */
const ROOT_DEVICE = "/dev/sda1";

/** What a launch takes from nowhere but the request: place, maker, marks. */
type Given = Pick<LaunchRequest, "subnetId" | "launchedBy" | "groupName" | "reservationId" | "clientToken"> & { tags: Record<string, string> };

/** Everything that a launch from a template's data needs; refuses what does not fit together. */
export function launchOf(state: Ec2State, data: TemplateData, { tags, ...given }: Given): LaunchRequest {
  checkUserData(data.UserData);
  const profile = data.IamInstanceProfile?.Name ?? data.IamInstanceProfile?.Arn;
  requireProfile(state, profile);
  const imageId = resolveImage(data.ImageId);
  state.images.requireLaunchable(imageId);
  return {
    ...given,
    imageId,
    instanceType: data.InstanceType ?? "m1.small",
    tags: { ...tagsFor("instance", data.TagSpecifications), ...tags },
    volumeTags: tagsFor("volume", data.TagSpecifications),
    volumes: volumesOf(state, data.BlockDeviceMappings, state.images.items.get(imageId)),
    securityGroups: knownGroups(state, securityGroupsOf(data)),
    publicIp: data.NetworkInterfaces?.[0]?.AssociatePublicIpAddress,
    metadata: data.MetadataOptions ?? {},
    userData: data.UserData && Buffer.from(data.UserData, "base64").toString("utf8"),
    ...(profile !== undefined && { instanceProfile: profile }),
  };
}

/** Where the account has roles of instances, a profile must be one of theirs: EC2 asks IAM at each launch. */
function requireProfile({ account: { roles } }: Ec2State, profile: string | undefined): void {
  if (profile === undefined || roles.size === 0 || roles.has(profile.split("/").at(-1) ?? "")) return;
  throw new AwsError("InvalidParameterValue", `Value (${profile}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name`);
}

/** Where the account has networks, a group must be one of theirs. */
function knownGroups({ network }: Ec2State, ids: string[]): string[] {
  if (network.vpcs.items.size > 0) for (const id of ids) network.securityGroups.the(id);
  return ids;
}

type Mapping = sdk.LaunchTemplateBlockDeviceMappingRequest | sdk.BlockDeviceMapping;

/**
 * The image brings its disks, a root volume of 8 GiB where nobody described the image; a mapping of a disk's device changes it,
 * others are added, blank or from a snapshot.
 */
function volumesOf({ snapshots }: Ec2State, mappings: Mapping[] = [], image?: Image): LaunchVolume[] {
  const disks = image ? [{ device: image.rootDevice, snapshot: image.snapshot }, ...image.further] : [{ device: ROOT_DEVICE, snapshot: undefined }];
  const added = mappings.filter(({ DeviceName, Ebs }) => Ebs !== undefined && !disks.some(({ device }) => device === DeviceName));
  const own = (id: string | undefined) => (id === undefined ? undefined : snapshots.the(id));
  return [
    ...disks.map(({ device, snapshot }) => volumeOf(mappings.find(({ DeviceName }) => DeviceName === device) ?? { DeviceName: device }, snapshot)),
    ...added.map((mapping) => volumeOf(mapping, own(mapping.Ebs?.SnapshotId))),
  ];
}

/** What is encrypted stays so, with its key unless another is named. Source: EBS user guide, "EBS encryption": encryption outcomes. */
function volumeOf({ DeviceName, Ebs }: Mapping, snapshot: Snapshot | undefined): LaunchVolume {
  const type = Ebs?.VolumeType ?? "gp2";
  const least = snapshot?.sizeGib ?? 0;
  const sizeGib = Ebs?.VolumeSize ?? snapshot?.sizeGib ?? 8;
  if (sizeGib < least)
    throw new AwsError("InvalidBlockDeviceMapping", `Volume of size ${sizeGib}GB is smaller than snapshot '${snapshot?.id}', expect size >= ${least}GB`);
  return {
    device: DeviceName ?? "",
    sizeGib,
    type,
    iops: Ebs?.Iops ?? (type === "gp3" ? 3_000 : undefined),
    throughput: Ebs?.Throughput ?? (type === "gp3" ? 125 : undefined),
    encrypted: Ebs?.Encrypted === true || snapshot?.encrypted === true,
    keyId: Ebs?.KmsKeyId ?? snapshot?.keyId,
    snapshotId: snapshot?.id,
    deleteOnTermination: Ebs?.DeleteOnTermination ?? true,
  };
}
