import type * as sdk from "@aws-sdk/client-ec2";
import { ACCOUNT_ID, arn, REGION } from "../../account/account.ts";
import { AwsError, type Operations } from "../../account/operation.ts";
import { hex } from "../../world/chance.ts";
import { contains, overlaps, readCidr } from "./cidr.ts";
import type { Network, Subnet, Vpc } from "./network.ts";
import { toCreate } from "./rights.ts";
import { newSecurityGroup } from "./security-group-operations.ts";
import { tagList, tagsFor } from "./template-data.ts";
import { requireZone, ZONES } from "./zones.ts";

/** Networks and their subnets. */
export const vpcOperations = (network: Network): Operations<typeof sdk> => ({
  CreateVpc: {
    rights: (input) => toCreate("CreateVpc", "vpc", { tags: tagsFor("vpc", input.TagSpecifications) }),
    run: (input) => ({ Vpc: vpcShape(createVpc(network, input)) }),
  },
  DescribeVpcs: {
    run: (input) => {
      const { items, nextToken } = network.vpcs.describe({ ids: input.VpcIds, filters: input.Filters, maxResults: input.MaxResults, token: input.NextToken });
      return { Vpcs: items.map(vpcShape), NextToken: nextToken };
    },
  },
  ModifyVpcAttribute: {
    rights: (input) => network.vpcs.rightsOn("ModifyVpcAttribute", [input.VpcId]),
    run: (input) => {
      const vpc = network.vpcs.the(input.VpcId);
      if (input.EnableDnsSupport && input.EnableDnsHostnames) throw new AwsError("InvalidParameterCombination", "Only one attribute can be modified at a time");
      vpc.dnsSupport = input.EnableDnsSupport?.Value ?? vpc.dnsSupport;
      vpc.dnsHostnames = input.EnableDnsHostnames?.Value ?? vpc.dnsHostnames;
      return {};
    },
  },
  DescribeVpcAttribute: {
    rights: (input) => network.vpcs.rightsOn("DescribeVpcAttribute", [input.VpcId]),
    run: (input) => {
      const { id, dnsSupport, dnsHostnames } = network.vpcs.the(input.VpcId);
      return input.Attribute === "enableDnsHostnames"
        ? { VpcId: id, EnableDnsHostnames: { Value: dnsHostnames } }
        : { VpcId: id, EnableDnsSupport: { Value: dnsSupport } };
    },
  },
  CreateSubnet: {
    rights: (input) => toCreate("CreateSubnet", "subnet", { tags: tagsFor("subnet", input.TagSpecifications), within: [input.VpcId && `vpc/${input.VpcId}`] }),
    run: (input) => ({ Subnet: subnetShape(createSubnet(network, input)) }),
  },
  ModifySubnetAttribute: {
    rights: (input) => network.subnets.rightsOn("ModifySubnetAttribute", [input.SubnetId]),
    run: (input) => {
      const subnet = network.subnets.the(input.SubnetId);
      subnet.givesPublicIp = input.MapPublicIpOnLaunch?.Value ?? subnet.givesPublicIp;
      return {};
    },
  },
  DescribeSubnets: {
    run: (input) => {
      const { items, nextToken } = network.subnets.describe({
        ids: input.SubnetIds,
        filters: input.Filters,
        maxResults: input.MaxResults,
        token: input.NextToken,
      });
      return { Subnets: items.map(subnetShape), NextToken: nextToken };
    },
  },
  DescribeAvailabilityZones: {
    run: () => ({
      AvailabilityZones: ZONES.map((zone, index) => ({
        ZoneName: zone,
        ZoneId: `use1-az${index + 1}`,
        State: "available",
        RegionName: REGION,
        ZoneType: "availability-zone",
      })),
    }),
  },
});

/** A new network comes with a main route table and a default security group. Source: VPC user guide, "VPC basics". */
function createVpc(network: Network, input: sdk.CreateVpcRequest): Vpc {
  const range = readCidr(input.CidrBlock);
  if (!range) throw invalidCidr(input.CidrBlock);
  if (range.bits < 16 || range.bits > 28) throw new AwsError("InvalidVpc.Range", `The CIDR '${input.CidrBlock}' is invalid.`);
  const tags = tagsFor("vpc", input.TagSpecifications);
  const vpc = network.vpcs.add({ id: network.vpcs.newId(), cidr: input.CidrBlock ?? "", dnsSupport: true, dnsHostnames: false, tags });
  network.routeTables.add({
    id: network.routeTables.newId(),
    vpcId: vpc.id,
    routes: [{ destination: vpc.cidr, target: "local" }],
    associations: [{ id: `rtbassoc-0${hex(16)}`, isMain: true }],
    tags: {},
  });
  newSecurityGroup(network, { name: "default", description: "default VPC security group", vpcId: vpc.id, tags: {} });
  return vpc;
}

const invalidCidr = (cidr: string | undefined): AwsError =>
  new AwsError("InvalidParameterValue", `Value (${cidr}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`);

function createSubnet(network: Network, input: sdk.CreateSubnetRequest): Subnet {
  const vpc = network.vpcs.the(input.VpcId);
  const [range, whole] = [readCidr(input.CidrBlock), readCidr(vpc.cidr)];
  if (!range || !whole) throw invalidCidr(input.CidrBlock);
  if (range.bits < 16 || range.bits > 28 || !contains(whole, range)) throw new AwsError("InvalidSubnet.Range", `The CIDR '${input.CidrBlock}' is invalid.`);
  const taken = network.subnets.all().flatMap(({ vpcId, cidr }) => (vpcId === vpc.id ? (readCidr(cidr) ?? []) : []));
  if (taken.some((other) => overlaps(other, range)))
    throw new AwsError("InvalidSubnet.Conflict", `The CIDR '${input.CidrBlock}' conflicts with another subnet`);
  return network.subnets.add({
    id: network.subnets.newId(),
    vpcId: vpc.id,
    zone: requireZone(input.AvailabilityZone ?? ZONES[0]),
    cidr: input.CidrBlock ?? "",
    givesPublicIp: false,
    tags: tagsFor("subnet", input.TagSpecifications),
  });
}

const vpcShape = ({ id, cidr, tags }: Vpc): sdk.Vpc => ({
  VpcId: id,
  CidrBlock: cidr,
  State: "available",
  OwnerId: ACCOUNT_ID,
  InstanceTenancy: "default",
  IsDefault: false,
  Tags: tagList(tags),
});

/** AWS keeps five addresses of every subnet. Source: VPC user guide, "Subnet CIDR blocks". */
const subnetShape = ({ id, vpcId, zone, cidr, givesPublicIp, tags }: Subnet): sdk.Subnet => ({
  SubnetId: id,
  SubnetArn: arn("ec2", `subnet/${id}`),
  VpcId: vpcId,
  AvailabilityZone: zone,
  CidrBlock: cidr,
  AvailableIpAddressCount: 2 ** (32 - (readCidr(cidr)?.bits ?? 32)) - 5,
  MapPublicIpOnLaunch: givesPublicIp,
  DefaultForAz: false,
  State: "available",
  OwnerId: ACCOUNT_ID,
  Tags: tagList(tags),
});
