import { createHash } from "node:crypto";
import { contentVersion } from "@steward/core/image/version";
import type { BuilderSpec, BuilderSubnet, DistributionSpec, ImageSpec, PipelineSpec, RecipeSpec } from "@steward/core/topology/image-spec";
import type { NetworkSpec, TrafficSpec } from "@steward/core/topology/network-spec";
import { fill, fillAll } from "@steward/core/topology/placeholders";
import type { Topology } from "@steward/core/topology/topology";
import type { Account } from "../account/account.ts";
import type { Api } from "./api.ts";
import { type Named, nameOf } from "./named.ts";
import { given } from "./wait.ts";

/** What stands for the node's program in the state bucket: nobody runs it from there. */
const PROGRAM = new TextEncoder().encode("// the program of a simulated node\n");

/** How the golden image is made; answers the pipeline's ARN. A deploy builds nothing: the schedule does, or whoever starts the pipeline. */
export async function deployImage(account: Account, api: Api, topology: Topology, named: Named): Promise<string> {
  const { image, network, buckets } = topology;
  account.roles.set(image.builder.role.instanceProfile, fillAll(image.builder.role.policy, named));
  const checksum = createHash("sha256").update(PROGRAM).digest("hex");
  const Bucket = given(buckets.find(({ id }) => id === "state")?.name, "the state bucket");
  await api("s3", "PutObject", { Bucket, Key: fill(image.program.key, { program: checksum }), Body: PROGRAM, ContentType: "text/javascript" });
  const { imagePipelineArn } = await api("imagebuilder", "CreateImagePipeline", {
    ...pipelineOf(image.pipeline),
    imageRecipeArn: await deployRecipe(api, image, { checksum, named }),
    infrastructureConfigurationArn: await deployBuilder(api, image.builder, { network, named }),
    distributionConfigurationArn: await deployDistribution(api, image.distribution, named),
  });
  return given(imagePipelineArn, "the image pipeline's ARN");
}

async function deployRecipe(api: Api, { recipe, components }: ImageSpec, { checksum, named }: { checksum: string; named: Named }): Promise<string> {
  const made: { componentArn: string | undefined }[] = [];
  const versions: string[] = [];
  for (const { name, description, data } of components) {
    const filled = fill(data, { program: checksum });
    const semanticVersion = contentVersion(filled);
    const { componentBuildVersionArn } = await api("imagebuilder", "CreateComponent", { name, description, platform: "Linux", semanticVersion, data: filled });
    made.push({ componentArn: componentBuildVersionArn });
    versions.push(semanticVersion);
  }
  const { imageRecipeArn } = await api("imagebuilder", "CreateImageRecipe", {
    name: recipe.name,
    semanticVersion: contentVersion(JSON.stringify([recipe, versions])),
    parentImage: recipe.parent,
    components: made,
    blockDeviceMappings: [rootOf(recipe, named)],
    additionalInstanceConfiguration: { systemsManagerAgent: { uninstallAfterBuild: !recipe.keepsAgent } },
  });
  return given(imageRecipeArn, "the recipe's ARN");
}

const rootOf = ({ rootVolume: { device, gib, type, key } }: RecipeSpec, named: Named) => ({
  deviceName: device,
  ebs: { volumeSize: gib, volumeType: type as "gp3", encrypted: true, kmsKeyId: nameOf(named, `key:${key}`), deleteOnTermination: true },
});

interface Around {
  network: NetworkSpec;
  named: Named;
}

async function deployBuilder(api: Api, spec: BuilderSpec, around: Around): Promise<string> {
  const { infrastructureConfigurationArn } = await api("imagebuilder", "CreateInfrastructureConfiguration", {
    name: spec.name,
    instanceTypes: [spec.instanceType],
    instanceProfileName: spec.role.instanceProfile,
    subnetId: await deployPlacement(api, spec.placement, around),
    securityGroupIds: [await deploySecurityGroup(api, spec, around.named)],
    instanceMetadataOptions: { httpTokens: spec.metadata.httpTokens, httpPutResponseHopLimit: spec.metadata.hopLimit },
    resourceTags: spec.tags,
    terminateInstanceOnFailure: spec.terminateOnFailure,
  });
  return given(infrastructureConfigurationArn, "the infrastructure configuration's ARN");
}

async function deployPlacement(api: Api, placement: BuilderSubnet, { network, named }: Around): Promise<string> {
  if (placement.of === "nodes") return nameOf(named, `subnet:${placement.id}`);
  const { zone, cidr, name } = placement.subnet;
  const TagSpecifications = [{ ResourceType: "subnet" as const, Tags: [{ Key: "Name", Value: name }] }];
  const { Subnet } = await api("ec2", "CreateSubnet", { VpcId: nameOf(named, "vpc"), CidrBlock: cidr, AvailabilityZone: zone, TagSpecifications });
  const SubnetId = given(Subnet?.SubnetId, "the subnet's id");
  await api("ec2", "ModifySubnetAttribute", { SubnetId, MapPublicIpOnLaunch: { Value: true } });
  const table = given(network.routeTables.find(({ id }) => id === placement.routeTable)?.name, "the route table");
  const { RouteTables } = await api("ec2", "DescribeRouteTables", { Filters: [{ Name: "tag:Name", Values: [table] }] });
  await api("ec2", "AssociateRouteTable", { SubnetId, RouteTableId: given(RouteTables?.[0]?.RouteTableId, "the route table's id") });
  return SubnetId;
}

async function deploySecurityGroup(api: Api, { securityGroup: { name, description, egress }, admittedBy }: BuilderSpec, named: Named): Promise<string> {
  const { GroupId } = await api("ec2", "CreateSecurityGroup", { VpcId: nameOf(named, "vpc"), GroupName: name, Description: description });
  const groupId = given(GroupId, "the security group's id");
  await api("ec2", "RevokeSecurityGroupEgress", { GroupId: groupId, IpPermissions: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }] });
  await api("ec2", "AuthorizeSecurityGroupEgress", { GroupId: groupId, IpPermissions: egress.map((rule) => permission(rule, named)) });
  for (const id of admittedBy)
    await api("ec2", "AuthorizeSecurityGroupIngress", {
      GroupId: nameOf(named, `securityGroup:${id}`),
      IpPermissions: [{ IpProtocol: "tcp", FromPort: 443, ToPort: 443, UserIdGroupPairs: [{ GroupId: groupId, Description: "from the builder of images" }] }],
    });
  return groupId;
}

function permission({ protocol, from, to, peer, because }: TrafficSpec, named: Named) {
  const other =
    "cidr" in peer
      ? { IpRanges: [{ CidrIp: peer.cidr, Description: because }] }
      : { UserIdGroupPairs: [{ GroupId: nameOf(named, `securityGroup:${peer.group}`), Description: because }] };
  return { IpProtocol: protocol, FromPort: from, ToPort: to, ...other };
}

async function deployDistribution(api: Api, { name, region, imageName, imageTags, key }: DistributionSpec, named: Named): Promise<string> {
  const amiDistributionConfiguration = { name: imageName, amiTags: imageTags, kmsKeyId: nameOf(named, `key:${key}`) };
  const { distributionConfigurationArn } = await api("imagebuilder", "CreateDistributionConfiguration", {
    name,
    distributions: [{ region, amiDistributionConfiguration }],
  });
  return given(distributionConfigurationArn, "the distribution configuration's ARN");
}

const pipelineOf = ({ name, enabled, schedule, builds, tests, logs }: PipelineSpec) => ({
  name,
  status: enabled ? ("ENABLED" as const) : ("DISABLED" as const),
  schedule: {
    scheduleExpression: schedule,
    pipelineExecutionStartCondition: builds === "updates" ? ("EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE" as const) : ("EXPRESSION_MATCH_ONLY" as const),
    timezone: "Etc/UTC",
  },
  imageTestsConfiguration: { imageTestsEnabled: true, timeoutMinutes: tests.timeoutMinutes },
  loggingConfiguration: { imageLogGroupName: logs.image, pipelineLogGroupName: logs.pipeline },
});
