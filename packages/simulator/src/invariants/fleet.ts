import type { Deployed } from "../deploy/deploy.ts";
import type { SimulatedAccount } from "../simulated-account.ts";
import type { Moment } from "./invariant.ts";

/** Nodes that the balancer sends to and that answer well: what the outside world calls serving. */
export function servingNodes({ account, machines }: SimulatedAccount, { topology, targetGroupArn }: Deployed): string[] {
  const { path } = topology.targetGroup.health;
  return machines
    .all()
    .filter((machine) => account.links.targetState(targetGroupArn, machine.instanceId) === "healthy")
    .filter((machine) => {
      const answer = machine.http(path);
      return answer.kind === "answer" && answer.status === 200;
    })
    .map((machine) => machine.instanceId);
}

/** The fleet's group as Auto Scaling has it. */
export const groupOf = ({ world, deployed }: Moment) => world.autoscaling.groups.get(deployed.topology.group.name);
