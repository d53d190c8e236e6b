import type { Fault } from "./fault.ts";
import { victim } from "./nodes.ts";

export const stop: Fault = {
  id: "stop",
  summary: "Somebody stops a node by hand; its disks stay with it.",
  inject: (world, target) => void world.account.call(world.operator, "ec2", "StopInstances", { InstanceIds: [victim(world, target)] }),
};
