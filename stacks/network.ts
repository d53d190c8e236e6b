import type { EndpointSpec, NetworkSpec, SecurityGroupId, SecurityGroupSpec, SubnetId, TrafficSpec } from "@steward/core/topology/network-spec";
import type { Topology } from "@steward/core/topology/topology";
import { byId } from "./by-id.ts";
import { optionsOf } from "./options.ts";

type Id = $util.Output<string>;

export interface Network {
  vpcId: Id;
  subnet: (id: SubnetId) => Id;
  securityGroup: (id: SecurityGroupId) => Id;
  routeTable: (id: NetworkSpec["routeTables"][number]["id"]) => Id;
  /** Ways in and out; nodes must not start before them. */
  ways: $util.Resource[];
}

/** The stage's own VPC. Rules of security groups and routes are resources of their own, so that the groups and tables can outlive them. */
export function deployNetwork({ network, place }: Topology): Network {
  const vpc = new aws.ec2.Vpc(
    "Vpc",
    { cidrBlock: network.vpc.cidr, enableDnsSupport: true, enableDnsHostnames: true, tags: { Name: network.vpc.name } },
    optionsOf("network"),
  );
  const subnet = byId(
    network.subnets,
    ({ id, name, zone, cidr }) =>
      new aws.ec2.Subnet(
        `Subnet-${id}`,
        { vpcId: vpc.id, availabilityZone: zone, cidrBlock: cidr, mapPublicIpOnLaunch: false, tags: { Name: name } },
        optionsOf("network"),
      ).id,
  );
  const routes = deployRoutes(network, { vpcId: vpc.id, subnet });
  const securityGroup = byId(
    network.securityGroups,
    ({ id, name, description }) =>
      new aws.ec2.SecurityGroup(`SecurityGroup-${id}`, { vpcId: vpc.id, name, description, tags: { Name: name } }, optionsOf("network")).id,
  );
  const rules = network.securityGroups.flatMap((spec) => deployTraffic(spec, securityGroup));
  const endpoints = network.endpoints.map((spec) => deployEndpoint(spec, { vpcId: vpc.id, region: place.region, subnet, securityGroup, table: routes.table }));
  return { vpcId: vpc.id, subnet, securityGroup, routeTable: routes.table, ways: [...routes.made, ...rules, ...endpoints] };
}

function deployRoutes(network: NetworkSpec, { vpcId, subnet }: { vpcId: Id; subnet: Network["subnet"] }) {
  const gateway = new aws.ec2.InternetGateway("InternetGateway", { vpcId, tags: { Name: network.internetGateway } }, optionsOf("network"));
  const natGatewayId = deployNat(network.natGateway, subnet, gateway);
  const target = { "internet-gateway": { gatewayId: gateway.id }, "nat-gateway": { natGatewayId } };
  const made: $util.Resource[] = [];
  const table = byId(network.routeTables, ({ id, name, subnets, defaultRoute }) => {
    const routeTableId = new aws.ec2.RouteTable(`RouteTable-${id}`, { vpcId, tags: { Name: name } }, optionsOf("network")).id;
    for (const member of subnets) {
      made.push(new aws.ec2.RouteTableAssociation(`RouteTableAssociation-${member}`, { routeTableId, subnetId: subnet(member) }, optionsOf("traffic")));
    }
    if (defaultRoute)
      made.push(new aws.ec2.Route(`Route-${id}`, { routeTableId, destinationCidrBlock: "0.0.0.0/0", ...target[defaultRoute] }, optionsOf("traffic")));
    return routeTableId;
  });
  return { table, made };
}

function deployNat(spec: NetworkSpec["natGateway"], subnet: Network["subnet"], gateway: aws.ec2.InternetGateway): Id | undefined {
  if (!spec) return undefined;
  const address = new aws.ec2.Eip("NatAddress", { domain: "vpc", tags: { Name: `${spec.name}-nat` } }, { ...optionsOf("traffic"), dependsOn: gateway });
  const settings = { allocationId: address.allocationId, subnetId: subnet(spec.subnet), tags: { Name: spec.name } };
  return new aws.ec2.NatGateway("NatGateway", settings, { ...optionsOf("traffic"), dependsOn: gateway }).id;
}

function deployTraffic({ id, ingress, egress }: SecurityGroupSpec, securityGroup: Network["securityGroup"]): $util.Resource[] {
  const settings = (spec: TrafficSpec) => ({
    securityGroupId: securityGroup(id),
    ipProtocol: spec.protocol,
    fromPort: spec.from,
    toPort: spec.to,
    description: spec.because,
    ...("cidr" in spec.peer ? { cidrIpv4: spec.peer.cidr } : { referencedSecurityGroupId: securityGroup(spec.peer.group) }),
  });
  return [
    ...ingress.map((spec) => new aws.vpc.SecurityGroupIngressRule(`In-${id}-${label(spec)}`, settings(spec), optionsOf("traffic"))),
    ...egress.map((spec) => new aws.vpc.SecurityGroupEgressRule(`Out-${id}-${label(spec)}`, settings(spec), optionsOf("traffic"))),
  ];
}

/** Named by content: by position, a range taken off the list would replace all that follow, and AWS refuses a rule that is still there. */
const label = ({ protocol, from, to, peer }: TrafficSpec): string => `${protocol}-${from}-${to}-${"cidr" in peer ? peer.cidr.replace("/", "-") : peer.group}`;

interface EndpointContext extends Pick<Network, "vpcId" | "subnet" | "securityGroup"> {
  region: string;
  table: (id: NetworkSpec["routeTables"][number]["id"]) => Id;
}

function deployEndpoint({ service, name, at }: EndpointSpec, { vpcId, region, subnet, securityGroup, table }: EndpointContext): $util.Resource {
  const where =
    at.kind === "gateway"
      ? { vpcEndpointType: "Gateway", routeTableIds: at.routeTables.map(table) }
      : { vpcEndpointType: "Interface", subnetIds: at.subnets.map(subnet), securityGroupIds: [securityGroup(at.securityGroup)], privateDnsEnabled: true };
  const settings = { vpcId, serviceName: `com.amazonaws.${region}.${service}`, ...where, tags: { Name: name } };
  return new aws.ec2.VpcEndpoint(`Endpoint-${service}`, settings, optionsOf("traffic"));
}
