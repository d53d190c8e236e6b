import { names } from "@steward/core/topology/names";
import type { Topology } from "@steward/core/topology/topology";
import type { Api } from "./api.ts";
import { type Named, nameOf, tagList } from "./named.ts";
import { given, waitUntil } from "./wait.ts";

export interface FirstFleet {
  /** The golden image. */
  imageId: string;
  /** Text of the desired state document. */
  desired: string;
}

/**
 * The fleet as a finished first deploy leaves it, made by the operator's hands: the desired state written, Steward's own
 * template with the golden image, the data volume where there is one, and the group raised.
 */
export async function raiseFleet(api: Api, topology: Topology, { named, fleet }: { named: Named; fleet: FirstFleet }): Promise<Named> {
  const n = names(topology.stage);
  await api("ssm", "PutParameter", { Name: n.desired, Value: fleet.desired, Type: "String" });
  const volume = await makeDataVolume(api, topology, named);
  await ownTemplate(api, topology, fleet.imageId);
  const { min, max, desired } = topology.group.serving;
  await api("autoscaling", "UpdateAutoScalingGroup", {
    AutoScalingGroupName: topology.group.name,
    LaunchTemplate: { LaunchTemplateName: n.launchTemplate, Version: "1" },
    MinSize: min,
    MaxSize: max,
    DesiredCapacity: desired,
  });
  return volume;
}

/** The base template's data with the golden image in it. */
async function ownTemplate(api: Api, topology: Topology, ImageId: string): Promise<void> {
  const { LaunchTemplateVersions } = await api("ec2", "DescribeLaunchTemplateVersions", { LaunchTemplateName: topology.launchTemplate.name, Versions: ["1"] });
  const base = given(LaunchTemplateVersions?.[0]?.LaunchTemplateData, "the base template's data");
  await api("ec2", "CreateLaunchTemplate", { LaunchTemplateName: names(topology.stage).launchTemplate, LaunchTemplateData: { ...base, ImageId } as never });
}

async function makeDataVolume(api: Api, { dataVolume }: Topology, named: Named): Promise<Named> {
  if (!dataVolume) return {};
  const { VolumeId } = await api("ec2", "CreateVolume", {
    AvailabilityZone: dataVolume.zone,
    Size: dataVolume.gib,
    VolumeType: dataVolume.type,
    Iops: dataVolume.iops,
    Throughput: dataVolume.throughput,
    Encrypted: true,
    KmsKeyId: nameOf(named, `key:${dataVolume.key}`),
    TagSpecifications: [{ ResourceType: "volume", Tags: tagList(dataVolume.tags) }],
  });
  const id = given(VolumeId, "the data volume's id");
  await waitUntil(
    `data volume ${id}`,
    () => api("ec2", "DescribeVolumes", { VolumeIds: [id] }),
    ({ Volumes }) => Volumes?.[0]?.State === "available",
  );
  return { dataVolume: id };
}
