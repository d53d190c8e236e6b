import { REGION } from "../../account/account.ts";
import { AwsError } from "../../account/operation.ts";
import { Collection, notFound, type Resource } from "./collection.ts";
import { assumedZone } from "./zones.ts";

/** A network of the account. */
export interface Vpc extends Resource {
  cidr: string;
  dnsSupport: boolean;
  dnsHostnames: boolean;
}

/** A part of a network, in one zone. */
export interface Subnet extends Resource {
  vpcId: string;
  zone: string;
  cidr: string;
  givesPublicIp: boolean;
}

/** A way between a network and the internet; without a network until it is attached. */
export interface InternetGateway extends Resource {
  vpcId?: string | undefined;
}

/** What a route leads to, by the id that the request gave. */
export interface Route {
  destination: string;
  target: string;
}

/** Where the packets of some subnets go; the main one serves every subnet without one of its own. */
export interface RouteTable extends Resource {
  vpcId: string;
  routes: Route[];
  associations: { id: string; subnetId?: string | undefined; isMain: boolean }[];
}

/** A way out for subnets without public addresses. */
export interface NatGateway extends Resource {
  vpcId: string;
  subnetId: string;
  allocationId: string;
  state: "pending" | "available";
  createdAt: Date;
}

/** A way to one service of AWS that does not leave the network. */
export interface VpcEndpoint extends Resource {
  vpcId: string;
  service: string;
  type: "Gateway" | "Interface";
  routeTables: string[];
  subnets: string[];
  securityGroups: string[];
  privateDns: boolean;
  policy: string;
  state: "pending" | "available";
  createdAt: Date;
}

/** One rule: a protocol with its ports and one other end. */
export interface SecurityRule {
  isEgress: boolean;
  protocol: string;
  from: number;
  to: number;
  /** `cidr:0.0.0.0/0`, `group:sg-1` or `list:pl-1`. */
  peer: string;
  description?: string | undefined;
}

/** What may reach, and be reached from, whatever has this group. */
export interface SecurityGroup extends Resource {
  name: string;
  description: string;
  vpcId: string;
  rules: SecurityRule[];
}

const inVpc = ({ vpcId }: { vpcId?: string | undefined }): string[] => [vpcId ?? []].flat();

/** The networks of the account: records with EC2's own checks. Packets are not modelled. */
export class Network {
  readonly vpcs = new Collection<Vpc>({
    type: "vpc",
    prefix: "vpc",
    missing: notFound("InvalidVpcID.NotFound", "vpc ID"),
    fields: { "vpc-id": ({ id }) => [id], cidr: ({ cidr }) => [cidr], state: () => ["available"], "is-default": () => ["false"] },
  });
  readonly subnets = new Collection<Subnet>({
    type: "subnet",
    prefix: "subnet",
    missing: notFound("InvalidSubnetID.NotFound", "subnet ID"),
    fields: {
      "subnet-id": ({ id }) => [id],
      "vpc-id": inVpc,
      "availability-zone": ({ zone }) => [zone],
      "cidr-block": ({ cidr }) => [cidr],
      state: () => ["available"],
    },
  });
  readonly gateways = new Collection<InternetGateway>({
    type: "internet-gateway",
    prefix: "igw",
    missing: notFound("InvalidInternetGatewayID.NotFound", "internetGateway ID"),
    fields: { "internet-gateway-id": ({ id }) => [id], "attachment.vpc-id": inVpc },
  });
  readonly routeTables = new Collection<RouteTable>({
    type: "route-table",
    prefix: "rtb",
    missing: notFound("InvalidRouteTableID.NotFound", "routeTable ID"),
    fields: {
      "route-table-id": ({ id }) => [id],
      "vpc-id": inVpc,
      "association.main": ({ associations }) => associations.map(({ isMain }) => String(isMain)),
      "association.subnet-id": ({ associations }) => associations.flatMap(({ subnetId }) => subnetId ?? []),
    },
  });
  readonly natGateways = new Collection<NatGateway>({
    type: "natgateway",
    prefix: "nat",
    missing: (id) => new AwsError("NatGatewayNotFound", `NatGateway ${id} was not found`),
    fields: { "nat-gateway-id": ({ id }) => [id], "vpc-id": inVpc, "subnet-id": ({ subnetId }) => [subnetId], state: ({ state }) => [state] },
  });
  readonly endpoints = new Collection<VpcEndpoint>({
    type: "vpc-endpoint",
    prefix: "vpce",
    missing: (id) => new AwsError("InvalidVpcEndpointId.NotFound", `The Vpc Endpoint Id '${id}' does not exist`),
    fields: { "vpc-endpoint-id": ({ id }) => [id], "vpc-id": inVpc, "service-name": ({ service }) => [service], "vpc-endpoint-state": ({ state }) => [state] },
  });
  readonly securityGroups = new Collection<SecurityGroup>({
    type: "security-group",
    prefix: "sg",
    missing: notFound("InvalidGroup.NotFound", "security group"),
    fields: { "group-id": ({ id }) => [id], "group-name": ({ name }) => [name], "vpc-id": inVpc, description: ({ description }) => [description] },
  });

  /** Zones of subnets that were there before the account's first one was made. */
  private readonly assumed = new Map<string, string>();

  /**
   * The zone of a subnet. An account in which nobody made a subnet has its networks from elsewhere: there any id is a
   * subnet of an assumed zone; otherwise an unknown id is refused as EC2 refuses it.
   */
  zoneOf(subnetId: string): string {
    if (this.subnets.items.size === 0) this.assumed.set(subnetId, assumedZone(subnetId));
    return this.assumed.get(subnetId) ?? this.subnets.the(subnetId).zone;
  }
}

/** Name of a service's endpoint in the account's region. */
export const endpointService = (service: string): string => `com.amazonaws.${REGION}.${service}`;
