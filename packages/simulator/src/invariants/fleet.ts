import type { Deployed } from "../deploy/deploy.ts";
import type { SimulatedAccount } from "../simulated-account.ts";
import type { Moment } from "./invariant.ts";

/** Nodes that users come to, through the balancer or by the address, and that answer well: what the outside world calls serving. */
export function servingNodes({ account, ec2, machines }: SimulatedAccount, { topology, balancer, named }: Deployed): string[] {
  const { healthPath } = topology.service;
  const holder = ec2.addresses.get(named.address ?? "")?.association?.instanceId;
  return machines
    .all()
    .filter(({ instanceId }) => (balancer ? account.links.targetState(balancer.targetGroupArn, instanceId) === "healthy" : instanceId === holder))
    .filter((machine) => {
      const answer = machine.http(healthPath);
      return answer.kind === "answer" && answer.status === 200;
    })
    .map((machine) => machine.instanceId);
}

/** The fleet's group as Auto Scaling has it. */
export const groupOf = ({ world, deployed }: Moment) => world.autoscaling.groups.get(deployed.topology.group.name);
