import { names } from "@steward/core/topology/names";
import type { Deployed } from "../deploy/deploy.ts";
import type { Volume } from "../services/ec2/volumes.ts";
import type { SimulatedAccount } from "../simulated-account.ts";

/** The fleet's data volume: the one that is in effect, and before anything is, the one by its name, whoever made it; undefined where there is none. */
export function dataVolumeOf({ ec2, ssm }: SimulatedAccount, { topology }: Deployed): Volume | undefined {
  if (topology.dataVolume === null) return undefined;
  const { name } = topology.dataVolume;
  const text = ssm.value(names(topology.stage).desired);
  const { dataVolume } = text === undefined ? {} : (JSON.parse(text) as { dataVolume?: string });
  return dataVolume === undefined ? [...ec2.volumes.values()].find(({ tags }) => tags.Name === name) : ec2.volumes.get(dataVolume);
}
