import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { ComponentSpec } from "@steward/core/image/components";
import { contentVersion } from "@steward/core/image/version";
import type { BuilderSpec, DistributionSpec, ImageSpec, PipelineSpec, RecipeSpec } from "@steward/core/topology/image-spec";
import { fill } from "@steward/core/topology/placeholders";
import type { Topology } from "@steward/core/topology/topology";
import type { Keys } from "./keys.ts";
import type { Network } from "./network.ts";
import { optionsOf } from "./options.ts";
import type { Named } from "./placeholders.ts";
import { deployInstanceRole } from "./roles.ts";

interface Around {
  network: Network;
  keys: Keys;
  named: Named;
  /** What the first build needs: ways out, the state bucket's guards, log groups with an end. */
  after: $util.Resource[];
}

type Arn = $util.Output<string>;

/** How the golden image is made; answers the pipeline. A deploy builds nothing: the schedule does, or whoever starts the pipeline. */
export function deployImage({ image, buckets }: Topology, around: Around): Arn {
  const program = deployProgram(image, buckets.find(({ id }) => id === "state")?.name ?? "", around.after);
  const components = image.components.map((spec) => deployComponent(spec, program.checksum));
  const settings = {
    ...pipelineOf(image.pipeline),
    imageRecipeArn: deployRecipe(image.recipe, components, around.keys),
    infrastructureConfigurationArn: deployBuilder(image.builder, around),
    distributionConfigurationArn: deployDistribution(image.distribution, around.keys),
  };
  const options = { ...optionsOf("image-pipeline"), dependsOn: [program.object, ...around.after] };
  return new aws.imagebuilder.ImagePipeline("ImagePipeline", settings, options).arn;
}

/** The program that `npm run build` has made, under its own checksum; an older one stays, because an older recipe may ask for it. */
function deployProgram({ program }: ImageSpec, bucket: string, after: $util.Resource[]): { checksum: string; object: $util.Resource } {
  /** SST runs all of this as one bundle in `.sst/platform`, whatever the working directory: the repository is two folders up. */
  const path = resolve(import.meta.dirname, "../..", program.file);
  const checksum = createHash("sha256").update(readFileSync(path)).digest("hex");
  const settings = { bucket, key: fill(program.key, { program: checksum }), source: new $util.asset.FileAsset(path), contentType: "text/javascript" };
  return { checksum, object: new aws.s3.BucketObjectv2("NodeProgram", settings, { ...optionsOf("state-object"), dependsOn: after }) };
}

interface Component {
  arn: Arn;
  version: string;
}

/** Named by its content: what has changed is another version, made before the old one goes. */
function deployComponent({ id, name, description, data }: ComponentSpec, program: string): Component {
  const filled = fill(data, { program });
  const version = contentVersion(filled);
  const settings = { name, description, platform: "Linux", version, data: filled };
  return { arn: new aws.imagebuilder.Component(`ImageComponent-${id}`, settings, optionsOf("image-pipeline")).arn, version };
}

function deployRecipe(spec: RecipeSpec, components: Component[], keys: Keys): Arn {
  const { device, gib, type, key } = spec.rootVolume;
  const ebs = { volumeSize: gib, volumeType: type, encrypted: "true", kmsKeyId: keys.arn(key), deleteOnTermination: "true" };
  const settings = {
    name: spec.name,
    version: contentVersion(JSON.stringify([spec, components.map(({ version }) => version)])),
    parentImage: spec.parent,
    components: components.map(({ arn }) => ({ componentArn: arn })),
    blockDeviceMappings: [{ deviceName: device, ebs }],
    systemsManagerAgent: { uninstallAfterBuild: !spec.keepsAgent },
  };
  return new aws.imagebuilder.ImageRecipe("ImageRecipe", settings, optionsOf("image-pipeline")).arn;
}

function deployBuilder(spec: BuilderSpec, { network, named }: Around): Arn {
  const settings = {
    name: spec.name,
    instanceTypes: [spec.instanceType],
    instanceProfileName: deployInstanceRole("ImageBuilder", spec.role, named).name,
    subnetId: deployPlacement(spec, network),
    securityGroupIds: [deploySecurityGroup(spec, network)],
    instanceMetadataOptions: { httpTokens: spec.metadata.httpTokens, httpPutResponseHopLimit: spec.metadata.hopLimit },
    resourceTags: spec.tags,
    terminateInstanceOnFailure: spec.terminateOnFailure,
  };
  return new aws.imagebuilder.InfrastructureConfiguration("ImageBuilder", settings, optionsOf("image-pipeline")).arn;
}

function deployPlacement({ placement }: BuilderSpec, network: Network): Arn {
  if (placement.of === "nodes") return network.subnet(placement.id);
  const { name, zone, cidr } = placement.subnet;
  const settings = { vpcId: network.vpcId, availabilityZone: zone, cidrBlock: cidr, mapPublicIpOnLaunch: true, tags: { Name: name } };
  const subnetId = new aws.ec2.Subnet("ImageBuilderSubnet", settings, optionsOf("network")).id;
  const association = { subnetId, routeTableId: network.routeTable(placement.routeTable) };
  new aws.ec2.RouteTableAssociation("ImageBuilderRoute", association, optionsOf("traffic"));
  return subnetId;
}

function deploySecurityGroup({ securityGroup: { name, description, egress }, admittedBy }: BuilderSpec, network: Network): Arn {
  const securityGroupId = new aws.ec2.SecurityGroup(
    "ImageBuilderGroup",
    { vpcId: network.vpcId, name, description, tags: { Name: name } },
    optionsOf("network"),
  ).id;
  for (const { protocol, from, to, peer, because } of egress) {
    const reach = "cidr" in peer ? { cidrIpv4: peer.cidr } : { referencedSecurityGroupId: network.securityGroup(peer.group) };
    const rule = { securityGroupId, ipProtocol: protocol, fromPort: from, toPort: to, description: because, ...reach };
    new aws.vpc.SecurityGroupEgressRule(`ImageBuilderOut-${from}`, rule, optionsOf("traffic"));
  }
  for (const id of admittedBy) {
    const rule = { ipProtocol: "tcp", fromPort: 443, toPort: 443, description: "from the builder of images", referencedSecurityGroupId: securityGroupId };
    new aws.vpc.SecurityGroupIngressRule(`ImageBuilderInto-${id}`, { ...rule, securityGroupId: network.securityGroup(id) }, optionsOf("traffic"));
  }
  return securityGroupId;
}

const deployDistribution = ({ name, region, imageName, imageTags, key }: DistributionSpec, keys: Keys): Arn =>
  new aws.imagebuilder.DistributionConfiguration(
    "ImageDistribution",
    { name, distributions: [{ region, amiDistributionConfiguration: { name: imageName, amiTags: imageTags, kmsKeyId: keys.arn(key) } }] },
    optionsOf("image-pipeline"),
  ).arn;

const pipelineOf = ({ name, enabled, schedule, builds, tests, logs }: PipelineSpec) => ({
  name,
  status: enabled ? "ENABLED" : "DISABLED",
  schedule: {
    scheduleExpression: schedule,
    pipelineExecutionStartCondition: builds === "updates" ? "EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE" : "EXPRESSION_MATCH_ONLY",
    timezone: "Etc/UTC",
  },
  imageTestsConfiguration: { imageTestsEnabled: true, timeoutMinutes: tests.timeoutMinutes },
  loggingConfiguration: { imageLogGroupName: logs.image, pipelineLogGroupName: logs.pipeline },
});
