import { settingsOf } from "@steward/core/settings/read";
import type { StageSettings } from "@steward/core/settings/schema";
import type { TopologyKind } from "@steward/core/topology/topology";
import ha from "../../demo-ha.config.ts";
import single from "../../demo-single.config.ts";

/** The reference architectures as they are deployed into the simulated account. */
export const SETTINGS: Record<TopologyKind, StageSettings> = { single: settingsOf(single, "demo"), ha: settingsOf(ha, "demo") };
