import type { Instance } from "./instance.ts";
import { endpointService, type Network, type SecurityRule } from "./network.ts";

/** Services by which Systems Manager's agent is reached. Source: Systems Manager user guide, "Reference: ec2messages, ssmmessages, and other API operations". */
const AGENT = ["ssm", "ssmmessages"].map(endpointService);
const ANYWHERE = "cidr:0.0.0.0/0";

/**
 * Whether an instance gets through to Systems Manager: its groups let HTTPS out, and there is a way. Names lead to private ways where a
 * network has some; else packets need a route and, by an internet gateway, a public address to come back to. An account in which nobody
 * made a network has its networks from elsewhere. Sources: VPC user guide, "Enable internet access for a VPC using an internet gateway";
 * PrivateLink guide, "Access an AWS service using an interface VPC endpoint".
 */
export function reachesAgentService(network: Network, instance: Instance, hasPublicAddress: boolean): boolean {
  const subnet = network.subnets.items.get(instance.subnetId);
  if (!subnet) return network.vpcs.items.size === 0;
  return AGENT.every((service) => {
    const own = network.endpoints.all().find((endpoint) => endpoint.vpcId === subnet.vpcId && endpoint.service === service && endpoint.privateDns);
    if (own) return own.state === "available" && own.securityGroups.some((group) => isLetThrough(network, instance, group));
    return letsOut(network, instance, [ANYWHERE]) && hasRoute(network, { ...subnet, hasPublicAddress });
  });
}

const isHttps = ({ protocol, from, to }: SecurityRule): boolean => protocol === "-1" || (protocol === "tcp" && from <= 443 && 443 <= to);

/** An instance without a group of its own has its network's default one, which lets everything out. */
const letsOut = ({ securityGroups }: Network, { securityGroups: groups }: Instance, peers: string[]): boolean =>
  groups.length === 0 ||
  groups.some((id) => securityGroups.items.get(id)?.rules.some((rule) => rule.isEgress && isHttps(rule) && peers.includes(rule.peer)) ?? false);

/** Out of the instance's groups and into the endpoint's; of ranges, only the one of all addresses is understood. */
function isLetThrough(network: Network, instance: Instance, endpointGroup: string): boolean {
  const peers = [ANYWHERE, ...instance.securityGroups.map((id) => `group:${id}`)];
  const into = network.securityGroups.items.get(endpointGroup)?.rules.some((rule) => !rule.isEgress && isHttps(rule) && peers.includes(rule.peer));
  return into === true && letsOut(network, instance, [ANYWHERE, `group:${endpointGroup}`]);
}

function hasRoute({ routeTables, natGateways }: Network, { id, vpcId, hasPublicAddress }: { id: string; vpcId: string; hasPublicAddress: boolean }): boolean {
  const tables = routeTables.all().filter((table) => table.vpcId === vpcId);
  const table =
    tables.find(({ associations }) => associations.some(({ subnetId }) => subnetId === id)) ??
    tables.find(({ associations }) => associations.some(({ isMain }) => isMain));
  const target = table?.routes.find(({ destination }) => destination === "0.0.0.0/0")?.target ?? "";
  return target.startsWith("igw-") ? hasPublicAddress : natGateways.items.get(target)?.state === "available";
}
