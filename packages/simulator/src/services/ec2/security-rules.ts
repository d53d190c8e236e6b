import type { IpPermission } from "@aws-sdk/client-ec2";
import { ACCOUNT_ID } from "../../account/account.ts";
import { AwsError } from "../../account/operation.ts";
import { readCidr } from "./cidr.ts";
import type { Network, SecurityRule } from "./network.ts";

/** One rule per other end, as EC2 counts them. */
export const rulesOf = (network: Network, permissions: IpPermission[] | undefined, isEgress: boolean): SecurityRule[] =>
  (permissions ?? []).flatMap((permission) => {
    const peers = peersOf(network, permission);
    if (peers.length === 0)
      throw new AwsError("InvalidParameterValue", "Invalid value '' for the source or destination. Specify a CIDR, group or prefix list.");
    return peers.map((peer) => ({ isEgress, ...portsOf(permission), ...peer }));
  });

function portsOf({ IpProtocol = "", FromPort, ToPort }: IpPermission): Pick<SecurityRule, "protocol" | "from" | "to"> {
  if (IpProtocol === "-1") return { protocol: "-1", from: -1, to: -1 };
  if (!["tcp", "udp", "icmp"].includes(IpProtocol))
    throw new AwsError("InvalidPermission.Malformed", `Unsupported IP protocol "${IpProtocol}" - supported: [tcp, udp, icmp]`);
  const [from, to] = [FromPort ?? -1, ToPort ?? -1];
  if (IpProtocol !== "icmp" && (from < 0 || to < from || to > 65_535))
    throw new AwsError("InvalidParameterValue", `Invalid value '${from}-${to}' for portRange. Must specify both from and to ports with TCP/UDP.`);
  return { protocol: IpProtocol, from, to };
}

type Peer = Pick<SecurityRule, "peer" | "description">;

function peersOf(network: Network, permission: IpPermission): Peer[] {
  return [
    ...(permission.IpRanges ?? []).map(({ CidrIp, Description }) => ({ peer: `cidr:${validCidr(CidrIp)}`, description: Description })),
    ...(permission.UserIdGroupPairs ?? []).map(({ GroupId, Description }) => ({
      peer: `group:${network.securityGroups.the(GroupId).id}`,
      description: Description,
    })),
    ...(permission.PrefixListIds ?? []).map(({ PrefixListId, Description }) => ({ peer: `list:${validList(PrefixListId)}`, description: Description })),
  ];
}

function validCidr(cidr: string | undefined): string {
  if (cidr === undefined || !readCidr(cidr)) throw new AwsError("InvalidParameterValue", `CIDR block ${cidr} is malformed`);
  return cidr;
}

function validList(id: string | undefined): string {
  if (id === undefined || !/^pl-[0-9a-f]{8,17}$/.test(id)) throw new AwsError("InvalidPrefixListID.NotFound", `The prefix list ID '${id}' does not exist`);
  return id;
}

/** Rules are the same whatever their description says. */
export const sameRule = (one: SecurityRule, other: SecurityRule): boolean =>
  one.isEgress === other.isEgress && one.protocol === other.protocol && one.from === other.from && one.to === other.to && one.peer === other.peer;

/** Rules as the API lists them: one permission per protocol and ports. */
export function permissionsOf(rules: SecurityRule[]): IpPermission[] {
  const grouped = Map.groupBy(rules, ({ protocol, from, to }) => `${protocol}:${from}:${to}`);
  return [...grouped.values()].map((same) => ({
    IpProtocol: same[0]?.protocol,
    ...(same[0]?.protocol !== "-1" && { FromPort: same[0]?.from, ToPort: same[0]?.to }),
    IpRanges: ends(same, "cidr").map(({ id, Description }) => ({ CidrIp: id, Description })),
    UserIdGroupPairs: ends(same, "group").map(({ id, Description }) => ({ GroupId: id, UserId: ACCOUNT_ID, Description })),
    PrefixListIds: ends(same, "list").map(({ id, Description }) => ({ PrefixListId: id, Description })),
  }));
}

const ends = (rules: SecurityRule[], kind: string): { id: string; Description: string | undefined }[] =>
  rules.flatMap(({ peer, description }) => (peer.startsWith(`${kind}:`) ? [{ id: peer.slice(kind.length + 1), Description: description }] : []));
