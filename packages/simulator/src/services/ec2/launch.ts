import type * as sdk from "@aws-sdk/client-ec2";
import { AwsError } from "../../account/operation.ts";
import type { Image } from "./images.ts";
import type { LaunchRequest, LaunchVolume } from "./instance.ts";
import { resolveImage } from "./public-images.ts";
import type { Ec2State } from "./state.ts";
import { checkUserData, securityGroupsOf, type TemplateData, tagsFor } from "./template-data.ts";

/** Root device of Ubuntu's images. */
const ROOT_DEVICE = "/dev/sda1";

/** What a launch takes from nowhere but the request: place, maker, marks. */
type Given = Pick<LaunchRequest, "subnetId" | "launchedBy" | "groupName" | "reservationId"> & { tags: Record<string, string> };

/** Everything that a launch from a template's data needs; refuses what does not fit together. */
export function launchOf(state: Ec2State, data: TemplateData, { tags, ...given }: Given): LaunchRequest {
  checkUserData(data.UserData);
  const profile = data.IamInstanceProfile?.Name ?? data.IamInstanceProfile?.Arn;
  const imageId = resolveImage(data.ImageId);
  state.images.requireLaunchable(imageId);
  return {
    ...given,
    imageId,
    instanceType: data.InstanceType ?? "m1.small",
    tags: { ...tagsFor("instance", data.TagSpecifications), ...tags },
    volumeTags: tagsFor("volume", data.TagSpecifications),
    volumes: volumesOf(data.BlockDeviceMappings, state.images.items.get(imageId)),
    securityGroups: knownGroups(state, securityGroupsOf(data)),
    publicIp: data.NetworkInterfaces?.[0]?.AssociatePublicIpAddress,
    metadata: data.MetadataOptions ?? {},
    userData: data.UserData && Buffer.from(data.UserData, "base64").toString("utf8"),
    ...(profile !== undefined && { instanceProfile: profile }),
  };
}

/** Where the account has networks, a group must be one of theirs. */
function knownGroups({ network }: Ec2State, ids: string[]): string[] {
  if (network.vpcs.items.size > 0) for (const id of ids) network.securityGroups.the(id);
  return ids;
}

type Mapping = sdk.LaunchTemplateBlockDeviceMappingRequest | sdk.BlockDeviceMapping;

/** The image brings a root volume, of 8 GiB where nobody described the image; a mapping of its device changes it, others are added. */
function volumesOf(mappings: Mapping[] = [], image?: Image): LaunchVolume[] {
  const device = image?.rootDevice ?? ROOT_DEVICE;
  const root = mappings.find(({ DeviceName }) => DeviceName === device);
  const further = mappings.filter((mapping) => mapping !== root && mapping.Ebs !== undefined);
  const volume = volumeOf(root ?? { DeviceName: device });
  return [image ? fromSnapshot(volume, image, root) : volume, ...further.map(volumeOf)];
}

/** What is encrypted stays so, with its key unless another is named. Source: EBS user guide, "EBS encryption": encryption outcomes. */
function fromSnapshot(volume: LaunchVolume, { snapshot }: Image, root: Mapping | undefined): LaunchVolume {
  const sizeGib = root?.Ebs?.VolumeSize ?? snapshot.sizeGib;
  if (sizeGib < snapshot.sizeGib)
    throw new AwsError(
      "InvalidBlockDeviceMapping",
      `Volume of size ${sizeGib}GB is smaller than snapshot '${snapshot.id}', expect size >= ${snapshot.sizeGib}GB`,
    );
  return { ...volume, sizeGib, encrypted: volume.encrypted || snapshot.encrypted, keyId: volume.keyId ?? snapshot.keyId };
}

function volumeOf({ DeviceName, Ebs }: Mapping): LaunchVolume {
  const type = Ebs?.VolumeType ?? "gp2";
  return {
    device: DeviceName ?? "",
    sizeGib: Ebs?.VolumeSize ?? 8,
    type,
    iops: Ebs?.Iops ?? (type === "gp3" ? 3_000 : undefined),
    throughput: Ebs?.Throughput ?? (type === "gp3" ? 125 : undefined),
    encrypted: Ebs?.Encrypted ?? false,
    keyId: Ebs?.KmsKeyId,
    deleteOnTermination: Ebs?.DeleteOnTermination ?? true,
  };
}
