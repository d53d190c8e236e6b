import type { SimulatedMachine } from "../fleet/machine.ts";
import type { SimulatedAccount } from "../simulated-account.ts";
import { chance } from "../world/chance.ts";
import type { FaultTarget } from "./fault.ts";

/** Running instances of any group, in the order in which they were launched. */
export const runningNodes = (world: SimulatedAccount): string[] =>
  [...world.ec2.instances.values()]
    .filter(({ state, tags }) => state === "running" && tags["aws:autoscaling:groupName"] !== undefined)
    .map(({ instanceId }) => instanceId);

/** The node that a fault hits: the one that was named, else any that answers, else any that runs. */
export function victim(world: SimulatedAccount, { instanceId }: FaultTarget = {}): string {
  const running = runningNodes(world);
  const answering = running.filter((id) => world.account.links.machine(id)?.http("/__ping__").kind === "answer");
  const candidates = answering.length > 0 ? answering : running;
  const chosen = instanceId ?? candidates[Math.floor(chance() * candidates.length)];
  if (chosen === undefined) throw new Error("no node is running that could suffer");
  return chosen;
}

/** The computer behind a node. */
export function machineOf(world: SimulatedAccount, instanceId: string): SimulatedMachine {
  const machine = world.machines.get(instanceId);
  if (!machine) throw new Error(`there is no machine behind ${instanceId}`);
  return machine;
}
