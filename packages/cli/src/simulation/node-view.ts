import type { SimulatedAccount } from "@steward/simulator/simulated-account";

/** One node for the eye: Auto Scaling's state, and the balancer's with its reason. */
export interface NodeView {
  instanceId: string;
  /** `gone` once the group has let it go. */
  lifecycle: string;
  target: string;
  reason: string;
}

/** Where there is no balancer, nobody checks the node from outside. */
function targetOf({ account, elbv2 }: SimulatedAccount, targetGroupArn: string | undefined, instanceId: string): Pick<NodeView, "target" | "reason"> {
  if (!targetGroupArn) return { target: "", reason: "" };
  return { target: account.links.targetState(targetGroupArn, instanceId) ?? "not registered", reason: elbv2.targetReason(targetGroupArn, instanceId) ?? "" };
}

export function nodeViews(world: SimulatedAccount, groupName: string, targetGroupArn?: string): NodeView[] {
  const members = world.autoscaling.groups.get(groupName)?.members;
  return [...world.ec2.instances.values()]
    .filter(({ tags }) => tags["aws:autoscaling:groupName"] === groupName)
    .map(({ instanceId }) => ({
      instanceId,
      lifecycle: members?.get(instanceId)?.state ?? "gone",
      ...targetOf(world, targetGroupArn, instanceId),
    }));
}
