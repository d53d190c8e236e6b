import { settingsOf } from "@steward/core/settings/read";
import { StageSettings } from "@steward/core/settings/schema";
import type { TopologyKind } from "@steward/core/topology/topology";
import ha from "../../demo-ha.config.ts";
import single from "../../demo-single.config.ts";
import type { ScenarioId } from "../scenarios/summaries.ts";

/** The reference architectures as they are deployed into the simulated account. */
export const SETTINGS: Record<TopologyKind, StageSettings> = { single: settingsOf(single, "demo"), ha: settingsOf(ha, "demo") };

/** Few snapshots, so that some are due within hours. */
const FEW_SNAPSHOTS = { schedules: [{ id: "hourly", everyHours: 1, keep: { count: 2 } }], floor: 1 } as const;

const ADAPTED: Partial<Record<ScenarioId, StageSettings>> = {
  "server-snapshots": StageSettings.parse({ ...SETTINGS.single, snapshots: FEW_SNAPSHOTS }),
};

/** What a scenario is played with: the reference architecture, but for what the story needs otherwise. */
export const settingsFor = (scenario: ScenarioId, topology: TopologyKind): StageSettings => ADAPTED[scenario] ?? SETTINGS[topology];
