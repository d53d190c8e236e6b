import type { Topology } from "@steward/core/topology/topology";
import type { Account } from "../account/account.ts";
import { AwsError } from "../account/operation.ts";
import type { Api } from "./api.ts";
import { waitUntil } from "./wait.ts";

/**
 * The fleet as a finished first deploy leaves it: every node answers, has left its launch hook and serves.
 * The operator completes the hooks, so this needs nobody that watches the group.
 */
export async function admitAll(account: Account, operator: Api, topology: Topology, targetGroupArn: string): Promise<void> {
  const { group } = topology;
  await waitUntil(
    `${group.desired} serving nodes of ${group.name}`,
    async () => {
      await admitAnswering(account, operator, topology);
      return healthyTargets(operator, targetGroupArn);
    },
    (healthy) => healthy >= group.desired,
  );
}

async function admitAnswering(account: Account, operator: Api, { group, targetGroup }: Topology): Promise<void> {
  const hook = group.hooks.find(({ transition }) => transition === "autoscaling:EC2_INSTANCE_LAUNCHING");
  const { AutoScalingGroups } = await operator("autoscaling", "DescribeAutoScalingGroups", { AutoScalingGroupNames: [group.name] });
  const waiting = AutoScalingGroups?.[0]?.Instances?.filter((instance) => instance.LifecycleState === "Pending:Wait") ?? [];
  for (const { InstanceId = "" } of waiting) {
    const answer = account.links.machine(InstanceId)?.http(targetGroup.health.path);
    if (answer?.kind !== "answer" || answer.status !== 200) continue;
    await complete(operator, { group: group.name, hook: hook?.name ?? "", instanceId: InstanceId });
  }
}

/** Whoever was first completes the hook; for the second there is no active action any more. */
async function complete(operator: Api, { group, hook, instanceId }: { group: string; hook: string; instanceId: string }): Promise<void> {
  try {
    await operator("autoscaling", "CompleteLifecycleAction", {
      AutoScalingGroupName: group,
      LifecycleHookName: hook,
      InstanceId: instanceId,
      LifecycleActionResult: "CONTINUE",
    });
  } catch (error) {
    if (!(error instanceof AwsError && error.message.startsWith("No active Lifecycle Action"))) throw error;
  }
}

async function healthyTargets(operator: Api, targetGroupArn: string): Promise<number> {
  const { TargetHealthDescriptions } = await operator("elbv2", "DescribeTargetHealth", { TargetGroupArn: targetGroupArn });
  return TargetHealthDescriptions?.filter(({ TargetHealth }) => TargetHealth?.State === "healthy").length ?? 0;
}
