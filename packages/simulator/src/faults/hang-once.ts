import type { Fault } from "./fault.ts";
import { machineOf, victim } from "./nodes.ts";

export const hangOnce: Fault = {
  id: "hang-once",
  summary: "A node accepts requests no more until Package Manager is restarted.",
  inject: (world, target) => machineOf(world, victim(world, target)).hang({ survivesRestart: false }),
};
