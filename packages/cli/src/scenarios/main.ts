import { databaseDown } from "./database-down.ts";
import { nodeHangs } from "./node-hangs.ts";
import type { Play } from "./scenario.ts";

/** The main job in two acts: repair what can be repaired, and leave alone what is not a node's fault. */
export const main: Play = async (stage) => {
  stage.act("One node hangs", "a restart will not help: its storage is stuck");
  await nodeHangs(stage);
  await stage.run({ minutes: 2 });
  stage.act("The database goes down", "both nodes look sick, and neither is");
  await databaseDown(stage);
};
