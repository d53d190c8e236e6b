import { readSettings } from "@steward/core/settings/read";
import type { StageSettings } from "@steward/core/settings/schema";
import type { TopologyKind } from "@steward/core/topology/topology";
import { ACCOUNT_ID, REGION } from "@steward/simulator/account/account";

const common = { account: ACCOUNT_ID, region: REGION, network: { zones: [`${REGION}a`, `${REGION}b`] }, alerts: { people: ["people@example.com"] } };

/** The reference architectures as they are deployed into the simulated account. */
export const SETTINGS = readSettings({
  stages: { single: { topology: "single", ...common, access: { from: ["203.0.113.0/24"] } }, ha: { topology: "ha", ...common, plainHttp: true } },
}) as Record<TopologyKind, StageSettings>;
