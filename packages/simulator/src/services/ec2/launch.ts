import type * as sdk from "@aws-sdk/client-ec2";
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
  return {
    ...given,
    imageId: resolveImage(data.ImageId),
    instanceType: data.InstanceType ?? "m1.small",
    tags: { ...tagsFor("instance", data.TagSpecifications), ...tags },
    volumeTags: tagsFor("volume", data.TagSpecifications),
    volumes: volumesOf(data.BlockDeviceMappings),
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

/** The image brings a root volume of 8 GiB; a mapping of its device changes it, others are added. */
function volumesOf(mappings: sdk.LaunchTemplateBlockDeviceMappingRequest[] | sdk.BlockDeviceMapping[] = []): LaunchVolume[] {
  const root = mappings.find(({ DeviceName }) => DeviceName === ROOT_DEVICE);
  const further = mappings.filter((mapping) => mapping !== root && mapping.Ebs !== undefined);
  return [volumeOf(root ?? { DeviceName: ROOT_DEVICE }), ...further.map(volumeOf)];
}

function volumeOf({ DeviceName, Ebs }: sdk.LaunchTemplateBlockDeviceMappingRequest | sdk.BlockDeviceMapping): LaunchVolume {
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
