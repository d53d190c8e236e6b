import type { Deployed } from "../deploy/deploy.ts";
import type { SimulatedAccount } from "../simulated-account.ts";

/** The fleet's data volume by its name, whoever made it; undefined where there is none. */
export const dataVolumeOf = ({ ec2 }: SimulatedAccount, { topology }: Deployed) =>
  [...ec2.volumes.values()].find(({ tags }) => topology.dataVolume !== null && tags.Name === topology.dataVolume.name);
