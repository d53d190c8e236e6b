import type { Fault } from "./fault.ts";
import { victim } from "./nodes.ts";

export const kill: Fault = {
  id: "kill",
  summary: "Somebody terminates a node by hand.",
  inject: (world, target) => world.account.links.terminateInstance(victim(world, target)),
};
