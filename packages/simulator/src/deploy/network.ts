import type { NetworkSpec, Peer, RouteTableSpec, SecurityGroupSpec, TrafficSpec } from "@steward/core/topology/network-spec";
import type { Api } from "./api.ts";
import { type Named, nameOf, tagList } from "./named.ts";
import { given, waitUntil } from "./wait.ts";

type Kind = "vpc" | "subnet" | "internet-gateway" | "route-table" | "natgateway" | "security-group" | "elastic-ip" | "vpc-endpoint";
/** The API, and how what it makes is named and tagged: as the deploy's provider tags everything. */
interface Hands {
  api: Api;
  tagged: (type: Kind, name: string) => { TagSpecifications: { ResourceType: Kind; Tags: { Key: string; Value: string }[] }[] };
}

/** The stage's network: answers `vpc`, `subnet:<id>` and `securityGroup:<id>`. */
export async function deployNetwork(api: Api, network: NetworkSpec, tags: Record<string, string>): Promise<Named> {
  const tagged: Hands["tagged"] = (ResourceType, Name) => ({ TagSpecifications: [{ ResourceType, Tags: tagList({ ...tags, Name }) }] });
  const hands = { api, tagged };
  const { Vpc } = await api("ec2", "CreateVpc", { CidrBlock: network.vpc.cidr, ...tagged("vpc", network.vpc.name) });
  const vpc = given(Vpc?.VpcId, "the network's id");
  const gateway = await deployGateway(hands, vpc, network.internetGateway);
  const subnets = await deploySubnets(hands, vpc, network);
  const nat = await deployNat(hands, network, subnets);
  for (const table of network.routeTables) await deployRoutes(hands, table, { vpc, subnets, gateway, nat });
  return { vpc, ...subnets, ...(await deployGroups(hands, vpc, network.securityGroups)) };
}

async function deployGateway({ api, tagged }: Hands, VpcId: string, name: string): Promise<string> {
  const { InternetGateway } = await api("ec2", "CreateInternetGateway", tagged("internet-gateway", name));
  const InternetGatewayId = given(InternetGateway?.InternetGatewayId, "the internet gateway's id");
  await api("ec2", "AttachInternetGateway", { InternetGatewayId, VpcId });
  return InternetGatewayId;
}

async function deploySubnets({ api, tagged }: Hands, VpcId: string, { subnets }: NetworkSpec): Promise<Named> {
  const named: Record<string, string> = {};
  for (const { id, name, zone, cidr } of subnets) {
    const { Subnet } = await api("ec2", "CreateSubnet", { VpcId, CidrBlock: cidr, AvailabilityZone: zone, ...tagged("subnet", name) });
    named[`subnet:${id}`] = given(Subnet?.SubnetId, "the subnet's id");
  }
  return named;
}

async function deployNat({ api, tagged }: Hands, { natGateway }: NetworkSpec, subnets: Named): Promise<string | undefined> {
  if (!natGateway) return undefined;
  const { AllocationId } = await api("ec2", "AllocateAddress", { Domain: "vpc", ...tagged("elastic-ip", `${natGateway.name}-nat`) });
  const SubnetId = nameOf(subnets, `subnet:${natGateway.subnet}`);
  const { NatGateway } = await api("ec2", "CreateNatGateway", { SubnetId, AllocationId, ...tagged("natgateway", natGateway.name) });
  const id = given(NatGateway?.NatGatewayId, "the NAT gateway's id");
  const read = () => api("ec2", "DescribeNatGateways", { NatGatewayIds: [id] });
  await waitUntil(`NAT gateway ${id}`, read, ({ NatGateways }) => NatGateways?.[0]?.State === "available");
  return id;
}

interface Ways {
  vpc: string;
  subnets: Named;
  gateway: string;
  nat: string | undefined;
}

async function deployRoutes({ api, tagged }: Hands, table: RouteTableSpec, { vpc, subnets, gateway, nat }: Ways): Promise<void> {
  const { RouteTable } = await api("ec2", "CreateRouteTable", { VpcId: vpc, ...tagged("route-table", table.name) });
  const RouteTableId = given(RouteTable?.RouteTableId, "the route table's id");
  for (const subnet of table.subnets) await api("ec2", "AssociateRouteTable", { RouteTableId, SubnetId: nameOf(subnets, `subnet:${subnet}`) });
  if (!table.defaultRoute) return;
  const way = table.defaultRoute === "nat-gateway" ? { NatGatewayId: nat } : { GatewayId: gateway };
  await api("ec2", "CreateRoute", { RouteTableId, DestinationCidrBlock: "0.0.0.0/0", ...way });
}

/** Groups name each other, so all are made before any has rules. */
async function deployGroups({ api, tagged }: Hands, VpcId: string, specs: SecurityGroupSpec[]): Promise<Named> {
  const named: Record<string, string> = {};
  for (const { id, name, description } of specs) {
    const { GroupId } = await api("ec2", "CreateSecurityGroup", { VpcId, GroupName: name, Description: description, ...tagged("security-group", name) });
    named[`securityGroup:${id}`] = given(GroupId, "the security group's id");
  }
  for (const spec of specs) await deployRules(api, spec, named);
  return named;
}

const EVERYTHING_OUT = [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }];

/** A new group lets everything out until it is told otherwise. */
async function deployRules(api: Api, { id, ingress, egress }: SecurityGroupSpec, named: Named): Promise<void> {
  const GroupId = nameOf(named, `securityGroup:${id}`);
  await api("ec2", "RevokeSecurityGroupEgress", { GroupId, IpPermissions: EVERYTHING_OUT });
  if (ingress.length > 0) await api("ec2", "AuthorizeSecurityGroupIngress", { GroupId, IpPermissions: ingress.map((rule) => permission(rule, named)) });
  if (egress.length > 0) await api("ec2", "AuthorizeSecurityGroupEgress", { GroupId, IpPermissions: egress.map((rule) => permission(rule, named)) });
}

const permission = ({ protocol, from, to, peer, because }: TrafficSpec, named: Named) => ({
  IpProtocol: protocol,
  FromPort: from,
  ToPort: to,
  ...other(peer, because, named),
});

function other(peer: Peer, Description: string, named: Named) {
  if ("cidr" in peer) return { IpRanges: [{ CidrIp: peer.cidr, Description }] };
  return { UserIdGroupPairs: [{ GroupId: nameOf(named, `securityGroup:${peer.group}`), Description }] };
}
