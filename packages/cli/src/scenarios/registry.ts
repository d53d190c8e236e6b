import type { TopologyKind } from "@steward/core/topology/topology";
import { alarmLost } from "./alarm-lost.ts";
import { alarmRepeated } from "./alarm-repeated.ts";
import { bothNodesHang } from "./both-nodes-hang.ts";
import { databaseDown } from "./database-down.ts";
import { firstDeploy } from "./first-deploy.ts";
import { functionKilled } from "./function-killed.ts";
import { main } from "./main.ts";
import { nodeHangs } from "./node-hangs.ts";
import { nodeKilled } from "./node-killed.ts";
import { quiet } from "./quiet.ts";
import type { Play } from "./scenario.ts";
import { serverDrill } from "./server-drill.ts";
import { serverHangs } from "./server-hangs.ts";
import { serverKilled } from "./server-killed.ts";
import { serverMain } from "./server-main.ts";
import { serverSnapshots } from "./server-snapshots.ts";
import { serverStopped } from "./server-stopped.ts";
import { serviceCrash } from "./service-crash.ts";
import type { SCENARIO_SUMMARIES, ScenarioId } from "./summaries.ts";
import { throttled } from "./throttled.ts";

/** One play for each topology that the scenario has a summary for. */
const SCENARIOS: { [Id in ScenarioId]: Record<keyof (typeof SCENARIO_SUMMARIES)[Id], Play> } = {
  main: { ha: main, single: serverMain },
  "first-deploy": { ha: firstDeploy, single: firstDeploy },
  quiet: { ha: quiet, single: quiet },
  "node-hangs": { ha: nodeHangs, single: serverHangs },
  "node-killed": { ha: nodeKilled, single: serverKilled },
  "server-stopped": { single: serverStopped },
  "server-snapshots": { single: serverSnapshots },
  "server-drill": { single: serverDrill },
  "service-crash": { ha: serviceCrash, single: serviceCrash },
  "database-down": { ha: databaseDown },
  "both-nodes-hang": { ha: bothNodesHang },
  "alarm-lost": { ha: alarmLost },
  "alarm-repeated": { ha: alarmRepeated },
  throttled: { ha: throttled },
  "function-killed": { ha: functionKilled },
};

/** The play of a scenario in a topology; throws where there is none. */
export function playOf(scenario: ScenarioId, topology: TopologyKind): Play {
  const plays: Partial<Record<TopologyKind, Play>> = SCENARIOS[scenario];
  const play = plays[topology];
  if (!play) throw new Error(`scenario ${scenario} is not for topology ${topology}`);
  return play;
}
