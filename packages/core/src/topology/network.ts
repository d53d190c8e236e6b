import { part } from "../settings/cidr.ts";
import type { HaSettings, SingleSettings, StageSettings } from "../settings/schema.ts";
import type { Names } from "./names.ts";
import type { EndpointSpec, NetworkSpec, Peer, RouteTableSpec, SecurityGroupId, SecurityGroupSpec, SubnetId, SubnetSpec, TrafficSpec } from "./network-spec.ts";

/**
 * Services that a node speaks to; S3 has its free gateway. Agents from 3.3.40 on need no `ec2messages`, which newer regions do not
 * have. Source: Systems Manager user guide, "Reference: ec2messages, ssmmessages, and other API operations".
 */
const PRIVATE_WAYS = ["ssm", "ssmmessages", "kms", "secretsmanager", "logs", "monitoring"];

/** The stage's own network: `single` is public with an allow-list, `ha` has its nodes in one private subnet behind the balancer. */
export const network = (settings: StageSettings, n: Names): NetworkSpec => (settings.topology === "ha" ? pair(settings, n) : single(settings, n));

function pair(settings: HaSettings, n: Names): NetworkSpec {
  const subnets = cut(settings, n, ["public-a", "public-b", "nodes", "database-a", "database-b"]);
  const tables: RouteTableSpec[] = [
    { id: "public", name: n.routeTable("public"), subnets: ["public-a", "public-b"], defaultRoute: "internet-gateway" },
    { id: "private", name: n.routeTable("private"), subnets: ["nodes"], defaultRoute: "nat-gateway" },
    { id: "isolated", name: n.routeTable("isolated"), subnets: ["database-a", "database-b"], defaultRoute: null },
  ];
  return {
    ...frame(settings, n),
    subnets,
    natGateway: { name: n.natGateway, subnet: "public-a" },
    routeTables: tables,
    endpoints: endpoints(settings, n, { table: "private", subnet: "nodes" }),
    securityGroups: [
      balancerGroup(settings, n),
      nodeGroup(settings, n, pairTraffic(settings)),
      databaseGroup(n),
      copyGroup(n),
      ...endpointGroup(settings, n, [fromNodes]),
    ],
  };
}

function single(settings: SingleSettings, n: Names): NetworkSpec {
  return {
    ...frame(settings, n),
    subnets: cut(settings, n, ["public-a", "public-b"]),
    natGateway: null,
    routeTables: [{ id: "public", name: n.routeTable("public"), subnets: ["public-a", "public-b"], defaultRoute: "internet-gateway" }],
    endpoints: endpoints(settings, n, { table: "public", subnet: "public-a" }),
    securityGroups: [
      nodeGroup(settings, n, { ingress: fromUsers(settings, settings.tls === "vaulted" ? 443 : settings.packageManager.port) }),
      drillGroup(n),
      ...endpointGroup(settings, n, [fromNodes, fromDrills]),
    ],
  };
}

const frame = ({ network: { cidr } }: StageSettings, n: Names) => ({ vpc: { name: n.vpc, cidr }, internetGateway: n.vpc });

/** Sixteen equal parts; `…-b` lies in the second zone, everything else in the first. */
function cut({ network: { cidr, zones } }: StageSettings, n: Names, ids: SubnetId[]): SubnetSpec[] {
  const bits = Number(cidr.split("/")[1]) + 4;
  const [first, second] = zones as [string, string];
  return ids.map((id, index) => ({ id, name: n.subnet(id), zone: id.endsWith("-b") ? second : first, cidr: part(cidr, bits, index) }));
}

function endpoints({ network: { interfaceEndpoints } }: StageSettings, n: Names, at: { table: RouteTableSpec["id"]; subnet: SubnetId }): EndpointSpec[] {
  const gateway: EndpointSpec = { service: "s3", name: n.endpoint("s3"), at: { kind: "gateway", routeTables: [at.table] } };
  if (!interfaceEndpoints) return [gateway];
  const ways = PRIVATE_WAYS.map(
    (service): EndpointSpec => ({ service, name: n.endpoint(service), at: { kind: "interface", subnets: [at.subnet], securityGroup: "endpoints" } }),
  );
  return [gateway, ...ways];
}

const tcp = (port: number, peer: Peer, because: string): TrafficSpec => ({ protocol: "tcp", from: port, to: port, peer, because });
const everywhere: Peer = { cidr: "0.0.0.0/0" };

const fromUsers = ({ access: { from } }: StageSettings, port: number): TrafficSpec[] => from.map((cidr) => tcp(port, { cidr }, "users of Package Manager"));

function balancerGroup(settings: HaSettings, n: Names): SecurityGroupSpec {
  const ports = settings.certificateArn ? [443, 80] : [80];
  return {
    id: "balancer",
    name: n.securityGroup("balancer"),
    description: "Load balancer of Package Manager",
    ingress: ports.flatMap((port) => fromUsers(settings, port)),
    egress: [tcp(settings.packageManager.port, { group: "nodes" }, "to the nodes")],
  };
}

const pairTraffic = ({ packageManager: { port } }: HaSettings) => ({
  ingress: [tcp(port, { group: "balancer" }, "from the load balancer")],
  egress: [tcp(5432, { group: "database" }, "to the database"), tcp(5432, { group: "drill" }, "to the copy of a drill")],
});

/** A node speaks to AWS, to Posit's package service and to Git hosts, whose addresses change: all over 443 and 22. */
function nodeGroup(settings: StageSettings, n: Names, { ingress, egress = [] }: { ingress: TrafficSpec[]; egress?: TrafficSpec[] }): SecurityGroupSpec {
  const out = [tcp(443, everywhere, "AWS and the Posit package service"), tcp(22, everywhere, "Git hosts of the builders")];
  return {
    id: "nodes",
    name: n.securityGroup("nodes"),
    description: "Nodes of Package Manager",
    ingress,
    egress: [...out, ...licenseServer(settings, out), ...egress],
  };
}

/** On a port that is open to everywhere already there is nothing to add: EC2 refuses the same rule twice. */
function licenseServer({ packageManager: { license } }: StageSettings, open: readonly TrafficSpec[]): TrafficSpec[] {
  if (license.kind !== "floating") return [];
  const port = Number(license.server.split(":")[1]);
  return open.some(({ from }) => from === port) ? [] : [tcp(port, everywhere, "floating licence server")];
}

const databaseGroup = (n: Names): SecurityGroupSpec => ({
  id: "database",
  name: n.securityGroup("database"),
  description: "Database of Package Manager",
  ingress: [tcp(5432, { group: "nodes" }, "from the nodes")],
  egress: [],
});

/** Of the database that a drill restores: whoever may ask the fleet's own may ask it, and it asks nobody. */
const copyGroup = (n: Names): SecurityGroupSpec => ({
  id: "drill",
  name: n.drill,
  description: "Database that a restore drill looks at",
  ingress: [tcp(5432, { group: "nodes" }, "from the nodes")],
  egress: [],
});

/**
 * Nothing comes in, and AWS alone is spoken to. Names are resolved all the same: security groups don't filter what goes to Amazon's own
 * DNS. Source: VPC user guide, "Control traffic to your AWS resources using security groups".
 */
const drillGroup = (n: Names): SecurityGroupSpec => ({
  id: "drill",
  name: n.drill,
  description: "Machine on which a restore is proven: nothing comes in",
  ingress: [],
  egress: [tcp(443, everywhere, "AWS, whose addresses change")],
});

const fromNodes = tcp(443, { group: "nodes" }, "from the nodes");
const fromDrills = tcp(443, { group: "drill" }, "from a restore drill");

/** With them, AWS's names lead nowhere else: who is not let in here has no way to AWS, whatever address it has. */
function endpointGroup({ network: { interfaceEndpoints } }: StageSettings, n: Names, ingress: TrafficSpec[]): SecurityGroupSpec[] {
  if (!interfaceEndpoints) return [];
  const id: SecurityGroupId = "endpoints";
  return [{ id, name: n.securityGroup(id), description: "Private ways to AWS", ingress, egress: [] }];
}
