import type { Fault } from "./fault.ts";
import { machineOf, runningNodes } from "./nodes.ts";

export const bothHang: Fault = {
  id: "both-hang",
  summary: "Every running node hangs at the same moment; a restart helps.",
  inject: (world) => {
    for (const instanceId of runningNodes(world)) machineOf(world, instanceId).hang({ survivesRestart: false });
  },
};
