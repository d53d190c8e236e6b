import type { Fault } from "./fault.ts";
import { machineOf, victim } from "./nodes.ts";

export const hang: Fault = {
  id: "hang",
  summary: "A node accepts requests no more, and restarts do not help.",
  inject: (world, target) => machineOf(world, victim(world, target)).hang({ survivesRestart: true }),
};
