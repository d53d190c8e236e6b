import {
  AttachVolumeCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  DeleteTagsCommand,
  DeleteVolumeCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  DescribeSubnetsCommand,
  DescribeVolumesCommand,
  type EC2Client,
  type LaunchTemplateBlockDeviceMapping,
  type ResponseLaunchTemplateData,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  type TagSpecification,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { Permanent, Retryable } from "@steward/core/errors";
import { nodeUserData } from "@steward/core/fleet/node-settings";
import { DRILL_TAG } from "@steward/core/proof/drill-record";
import type { DrillMeans, TemplateVersion } from "@steward/core/proof/ports";
import { MARK, provenTag } from "@steward/core/retention/marks";
import type { Names } from "@steward/core/topology/names";
import { clientToken } from "./client-token.ts";
import { createDrillReads } from "./drill-reads.ts";
import { answered, calling } from "./failures.ts";
import type { Nodes } from "./nodes.ts";

interface Config {
  client: EC2Client;
  nodes: Pick<Nodes, "ask" | "count">;
  stage: string;
  region: string;
  names: Names;
}

/** What a drill makes and removes; everything carries its tags, and nothing the stage's. */
export function createDrillMeans({ client, nodes, stage, region, names }: Config): DrillMeans {
  const filters = (name: string, values: string[]) => [
    { Name: "tag:steward:stage", Values: [stage] },
    { Name: name, Values: values },
  ];

  const reads = createDrillReads(client, stage);

  /** What is gone has no tags by which IAM could judge: it refuses whoever changes it, where EC2 would say that there is none. */
  async function isThere(snapshotId: string): Promise<boolean> {
    const command = new DescribeSnapshotsCommand({ OwnerIds: ["self"], Filters: [{ Name: "snapshot-id", Values: [snapshotId] }] });
    const { Snapshots = [] } = await calling(`describe ${snapshotId}`, () => client.send(command));
    return Snapshots.length > 0;
  }

  /** The stage's public subnets; that of the fleet's own server first, so that a copy is where a restored volume would be. */
  async function subnets(): Promise<{ id: string; zone: string }[]> {
    const own = [names.subnet("public-a"), names.subnet("public-b")];
    const command = new DescribeSubnetsCommand({ Filters: filters("tag:Name", own) });
    const { Subnets = [] } = await calling("describe the public subnets", () => client.send(command));
    const found = own.flatMap((name) => Subnets.filter(({ Tags = [] }) => Tags.some(({ Key, Value }) => Key === "Name" && Value === name)));
    return found.flatMap(({ SubnetId, AvailabilityZone }) => (SubnetId && AvailabilityZone ? [{ id: SubnetId, zone: AvailabilityZone }] : []));
  }

  async function zoneForCopy(): Promise<string> {
    const [first] = await subnets();
    return first?.zone ?? missing(`there is no subnet by the name of ${names.subnet("public-a")}`);
  }

  /** A volume can be given to servers of its own zone alone. */
  async function subnetOf(copyId: string): Promise<string> {
    const { Volumes = [] } = await calling(`describe ${copyId}`, () => client.send(new DescribeVolumesCommand({ VolumeIds: [copyId] })));
    const zone = Volumes[0]?.AvailabilityZone;
    return (await subnets()).find((subnet) => subnet.zone === zone)?.id ?? missing(`${stage} has no public subnet in the zone of ${copyId}, ${zone}`);
  }

  async function securityGroup(): Promise<string> {
    const command = new DescribeSecurityGroupsCommand({ Filters: filters("group-name", [names.drill]) });
    const { SecurityGroups = [] } = await calling(`describe the security group ${names.drill}`, () => client.send(command));
    const id = SecurityGroups[0]?.GroupId;
    if (!id) throw new Permanent(`there is no security group by the name of ${names.drill}: a deploy makes it`);
    return id;
  }

  async function templateData({ name, version }: TemplateVersion): Promise<ResponseLaunchTemplateData> {
    const command = new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName: name, Versions: [version] });
    const { LaunchTemplateVersions = [] } = await calling(`describe version ${version} of ${name}`, () => client.send(command));
    const data = LaunchTemplateVersions[0]?.LaunchTemplateData;
    if (!data?.ImageId || !data.InstanceType) throw new Permanent(`version ${version} of ${name} names no image or no instance type`);
    return data;
  }

  const settings = { stage, region, topology: "single", group: names.group, launchHook: names.launchHook, table: names.table, desired: names.desired } as const;
  const UserData = Buffer.from(nodeUserData({ ...settings, purpose: "prove" })).toString("base64");

  const tagged = (id: string, ...types: NonNullable<TagSpecification["ResourceType"]>[]): TagSpecification[] =>
    types.map((ResourceType) => ({ ResourceType, Tags: asTags({ Name: names.drill, [DRILL_TAG.stage]: stage, [DRILL_TAG.id]: id }) }));

  return {
    makeCopy: async (id, snapshotId) => {
      const of = {
        AvailabilityZone: await zoneForCopy(),
        SnapshotId: snapshotId,
        VolumeType: "gp3" as const,
        ClientToken: clientToken(`${stage}/drill/${id}/copy`),
      };
      const command = new CreateVolumeCommand({ ...of, TagSpecifications: tagged(id, "volume") });
      const { VolumeId } = await calling(`make a volume of ${snapshotId}`, () => client.send(command));
      return VolumeId ?? nameless("the copy");
    },

    /** The template may have changed since a launch whose answer was lost: then this is another one, and both are removed by their tags. */
    launch: async ({ id, copyId, template }) => {
      const [SubnetId, group, data] = await Promise.all([subnetOf(copyId), securityGroup(), templateData(template)]);
      const command = new RunInstancesCommand({
        ...machineOf(data),
        MinCount: 1,
        MaxCount: 1,
        ClientToken: clientToken(`${stage}/drill/${id}/${template.name}/${template.version}`),
        IamInstanceProfile: { Name: names.drill },
        NetworkInterfaces: [{ DeviceIndex: 0, SubnetId, Groups: [group], AssociatePublicIpAddress: true, DeleteOnTermination: true }],
        InstanceInitiatedShutdownBehavior: "terminate",
        UserData,
        TagSpecifications: tagged(id, "instance", "volume", "network-interface"),
      });
      const { Instances = [] } = await calling("launch the server of a drill", () => client.send(command));
      return Instances[0]?.InstanceId ?? nameless("the server");
    },

    /** EC2 itself refuses a volume that another has; whoever asks looks again. */
    attach: async (VolumeId, InstanceId) => {
      const command = new AttachVolumeCommand({ VolumeId, InstanceId, Device: "/dev/sdf" });
      await calling(`attach ${VolumeId} to ${InstanceId}`, () => unless(["VolumeInUse"], client.send(command)));
    },

    ask: (instanceId) => nodes.ask(instanceId),
    count: (instanceId) => nodes.count(instanceId),

    remove: async (instanceIds, volumeIds) => {
      const [instances, volumes] = await Promise.all([reads.instances(), reads.volumes()]);
      const there = new Set([...instances.filter(({ state }) => !ENDING.has(state)), ...volumes].map(({ id }) => id));
      for (const id of instanceIds.filter((one) => there.has(one)))
        await calling(`end ${id}`, () => unless(["InvalidInstanceID.NotFound"], client.send(new TerminateInstancesCommand({ InstanceIds: [id] }))));
      for (const VolumeId of volumeIds.filter((one) => there.has(one)))
        await calling(`delete ${VolumeId}`, () => unless(["InvalidVolume.NotFound", "VolumeInUse"], client.send(new DeleteVolumeCommand({ VolumeId }))));
    },

    mark: async (snapshotId, proof) => {
      if (!(await isThere(snapshotId))) return;
      const Resources = [snapshotId];
      const marks: Record<string, string> = "failed" in proof ? { [MARK.proofFailed]: tagValue(proof.failed) } : { [MARK.proven]: provenTag(proof) };
      const command = new CreateTagsCommand({ Resources, Tags: asTags(marks) });
      await calling(`mark ${snapshotId}`, () => unless(["InvalidSnapshot.NotFound"], client.send(command)));
      if ("failed" in proof) return;
      const forget = new DeleteTagsCommand({ Resources, Tags: [{ Key: MARK.proofFailed }] });
      await calling(`mark ${snapshotId}`, () => unless(["InvalidSnapshot.NotFound"], client.send(forget)));
    },
  };
}

const ENDING: ReadonlySet<string> = new Set(["shutting-down", "terminated"]);

const asTags = (tags: Record<string, string>) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

/** EC2 allows no more than 256 characters in a value, and an empty one would say that nothing failed; what a database says of itself has lines. */
const tagValue = (text: string): string => text.replace(/\s+/g, " ").trim().slice(0, 250) || "it gives no reason";

const missing = (because: string): never => {
  throw new Permanent(because);
};

const nameless = (what: string): never => {
  throw new Retryable(`EC2 took the request and did not name ${what}`);
};

/** Some answers say that there is nothing to do. */
const unless = (codes: readonly string[], call: Promise<unknown>): Promise<unknown> =>
  call.catch((error: unknown) => {
    if (!codes.some((code) => answered(error, code))) throw error;
  });

/** What makes the fleet's servers what they are; neither their rights nor their tags nor their way in. */
const machineOf = ({ ImageId, InstanceType, BlockDeviceMappings, MetadataOptions }: ResponseLaunchTemplateData) => ({
  ImageId,
  InstanceType,
  ...(BlockDeviceMappings && { BlockDeviceMappings: BlockDeviceMappings.map(withoutAfterlife) }),
  ...(MetadataOptions && {
    MetadataOptions: {
      HttpTokens: MetadataOptions.HttpTokens,
      HttpPutResponseHopLimit: MetadataOptions.HttpPutResponseHopLimit,
      HttpEndpoint: MetadataOptions.HttpEndpoint,
      InstanceMetadataTags: MetadataOptions.InstanceMetadataTags,
    } as RunInstancesCommandInput["MetadataOptions"],
  }),
});

const withoutAfterlife = (mapping: LaunchTemplateBlockDeviceMapping) => ({
  ...mapping,
  ...(mapping.Ebs && { Ebs: { ...mapping.Ebs, DeleteOnTermination: true } }),
});
