import type { Account } from "../../account/account.ts";
import type { Instance } from "./instance.ts";

const METRICS = ["StatusCheckFailed", "StatusCheckFailed_Instance", "StatusCheckFailed_System"];

/**
 * Reports the status checks of a minute, 0 or 1, by instance and by group; an instance whose first checks are not over
 * has no data. What breaks the host and what breaks its system look alike from outside, so both metrics say the same.
 * Source: EC2 user guide, "CloudWatch metrics that are available for your instances".
 */
export function publishStatus({ links }: Account, instances: Instance[]): void {
  for (const { instanceId, groupName, state, checks } of instances) {
    if (state !== "running" || checks === "initializing") continue;
    const failed = checks === "impaired" ? 1 : 0;
    for (const name of METRICS) {
      links.metric("AWS/EC2", name, { InstanceId: instanceId }, failed);
      if (groupName !== undefined) links.metric("AWS/EC2", name, { AutoScalingGroupName: groupName }, failed);
    }
  }
}
