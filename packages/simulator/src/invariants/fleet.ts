import type { Deployed } from "../deploy/deploy.ts";
import type { SimulatedAccount } from "../simulated-account.ts";
import type { Moment } from "./invariant.ts";

/** Nodes that the balancer sends to and that answer well: what the outside world calls serving. */
export function servingNodes({ account, machines }: SimulatedAccount, { topology, balancer }: Deployed): string[] {
  const { healthPath } = topology.service;
  return machines
    .all()
    .filter((machine) => balancer === undefined || account.links.targetState(balancer.targetGroupArn, machine.instanceId) === "healthy")
    .filter((machine) => {
      const answer = machine.http(healthPath);
      return answer.kind === "answer" && answer.status === 200;
    })
    .map((machine) => machine.instanceId);
}

/** The fleet's group as Auto Scaling has it. */
export const groupOf = ({ world, deployed }: Moment) => world.autoscaling.groups.get(deployed.topology.group.name);
