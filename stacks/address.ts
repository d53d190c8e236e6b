import type { Topology } from "@steward/core/topology/topology";
import { optionsOf } from "./options.ts";

/** The fixed public address, where the topology has one; it is associated with nothing here, because Steward moves it. */
export function deployAddress({ address }: Topology): $util.Output<string> | null {
  if (!address) return null;
  const { publicIp } = new aws.ec2.Eip("Address", { domain: "vpc", tags: { ...address.tags, Name: address.name } }, optionsOf("address"));
  return publicIp;
}
