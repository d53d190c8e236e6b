import { TOPOLOGIES } from "@steward/core/topology/topology";
import type { RuntimeConfig } from "../runtime.ts";

/** What every function reads of its environment. */
export function fromEnvironment(): RuntimeConfig {
  const { STEWARD_STAGE: stage, STEWARD_ACCOUNT: account, STEWARD_TOPOLOGY: kind, AWS_REGION: region } = process.env;
  const topology = TOPOLOGIES.find((known) => known === kind);
  if (!stage || !account || !topology || !region)
    throw new Error(
      `STEWARD_STAGE, STEWARD_ACCOUNT, STEWARD_TOPOLOGY (${TOPOLOGIES.join(" or ")}) and AWS_REGION must be set: the deploy sets the first three, Lambda the fourth`,
    );
  return { stage, topology, place: { account, region }, clients: { region } };
}
