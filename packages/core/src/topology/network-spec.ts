/** `nodes` lies in the first zone; every other pair spans both, because the balancer and RDS want two. */
export type SubnetId = "public-a" | "public-b" | "nodes" | "database-a" | "database-b";

export interface SubnetSpec {
  id: SubnetId;
  name: string;
  zone: string;
  cidr: string;
}

export type RouteTarget = "internet-gateway" | "nat-gateway";

export interface RouteTableSpec {
  id: "public" | "private" | "isolated";
  name: string;
  subnets: SubnetId[];
  /** Way out for everything that is not local; null where there is none. */
  defaultRoute: RouteTarget | null;
}

/** `drill` is that of the machine on which a restore is proven. */
export type SecurityGroupId = "balancer" | "nodes" | "database" | "endpoints" | "drill";

/** Other end of a rule: an address range, another group of the stage, or S3 by its prefix list. */
export type Peer = { cidr: string } | { group: SecurityGroupId };

export interface TrafficSpec {
  protocol: "tcp" | "udp";
  from: number;
  to: number;
  peer: Peer;
  /** Why this is open; becomes the rule's description. */
  because: string;
}

export interface SecurityGroupSpec {
  id: SecurityGroupId;
  name: string;
  description: string;
  ingress: TrafficSpec[];
  egress: TrafficSpec[];
}

export interface EndpointSpec {
  /** AWS's short name of the service, for example `s3` or `ssmmessages`. */
  service: string;
  name: string;
  at: { kind: "gateway"; routeTables: RouteTableSpec["id"][] } | { kind: "interface"; subnets: SubnetId[]; securityGroup: SecurityGroupId };
}

export interface NetworkSpec {
  vpc: { name: string; cidr: string };
  internetGateway: string;
  subnets: SubnetSpec[];
  /** The private nodes' way out, with its address; null where the nodes are public. */
  natGateway: { name: string; subnet: SubnetId } | null;
  routeTables: RouteTableSpec[];
  endpoints: EndpointSpec[];
  securityGroups: SecurityGroupSpec[];
}
