import { HaSettings, SingleSettings, type StageInput } from "@steward/core/settings/schema";
import { topologyOf } from "@steward/core/topology/topology-of";

type Different<Kind> = Partial<Extract<StageInput, { topology: Kind }>>;

const common = { account: "123456789012", region: "us-east-1", network: { zones: ["us-east-1a", "us-east-1b"] }, alerts: { people: ["people@example.com"] } };

/** Settings of a pair, with plain HTTP unless a certificate is given; the reference architecture but for what is given. */
export const haSettings = (different: Different<"ha"> = {}): HaSettings =>
  HaSettings.parse({ topology: "ha", plainHttp: !different.certificateArn, ...common, ...different });

/** Settings of a single server; the reference architecture but for what is given. */
export const singleSettings = (different: Different<"single"> = {}): SingleSettings =>
  SingleSettings.parse({ topology: "single", access: { from: ["203.0.113.0/24"] }, ...common, ...different });

export const haTopology = (stage = "demo", different: Parameters<typeof haSettings>[0] = {}) => topologyOf(stage, haSettings(different));
export const singleTopology = (stage = "demo", different: Parameters<typeof singleSettings>[0] = {}) => topologyOf(stage, singleSettings(different));
