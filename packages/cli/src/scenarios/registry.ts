import { alarmLost } from "./alarm-lost.ts";
import { alarmRepeated } from "./alarm-repeated.ts";
import { bothNodesHang } from "./both-nodes-hang.ts";
import { databaseDown } from "./database-down.ts";
import { functionKilled } from "./function-killed.ts";
import { main } from "./main.ts";
import { nodeHangs } from "./node-hangs.ts";
import { nodeKilled } from "./node-killed.ts";
import { quiet } from "./quiet.ts";
import type { Play } from "./scenario.ts";
import { serviceCrash } from "./service-crash.ts";
import type { ScenarioId } from "./summaries.ts";
import { throttled } from "./throttled.ts";

/** Every scenario by its name. */
export const SCENARIOS: Record<ScenarioId, Play> = {
  main,
  quiet,
  "node-hangs": nodeHangs,
  "node-killed": nodeKilled,
  "service-crash": serviceCrash,
  "database-down": databaseDown,
  "both-nodes-hang": bothNodesHang,
  "alarm-lost": alarmLost,
  "alarm-repeated": alarmRepeated,
  throttled,
  "function-killed": functionKilled,
};
