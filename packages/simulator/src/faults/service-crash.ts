import type { Fault } from "./fault.ts";
import { machineOf, victim } from "./nodes.ts";

export const serviceCrash: Fault = {
  id: "service-crash",
  summary: "Package Manager dies on one node; a restart helps.",
  inject: (world, target) => machineOf(world, victim(world, target)).crashService(),
};
