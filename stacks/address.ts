import type { Topology } from "@steward/core/topology/topology";
import { optionsOf } from "./options.ts";
import type { Named } from "./placeholders.ts";

export interface Address {
  publicIp: $util.Output<string> | null;
  named: Named;
}

/** The fixed public address, where the topology has one; it is associated with nothing here, because Steward moves it. */
export function deployAddress({ address }: Topology): Address {
  if (!address) return { publicIp: null, named: {} };
  const { publicIp } = new aws.ec2.Eip("Address", { domain: "vpc", tags: { ...address.tags, Name: address.name } }, optionsOf("address"));
  return { publicIp, named: { address: publicIp } };
}
