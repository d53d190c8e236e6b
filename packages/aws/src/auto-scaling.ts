import {
  type AutoScalingClient,
  type AutoScalingGroup,
  CompleteLifecycleActionCommand,
  DescribeAutoScalingGroupsCommand,
  EnterStandbyCommand,
  paginateDescribeScalingActivities,
  SetDesiredCapacityCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import { Permanent, Retryable } from "@steward/core/errors";
import type { Activity, FleetFacts } from "@steward/core/fleet/facts";
import { answered, calling } from "./failures.ts";

export interface GroupView {
  name: string;
  desired: number;
  min: number;
  max: number;
  targetGroupArns: string[];
  template: FleetFacts["group"]["template"];
  /** Lifecycle state by instance id, as the group lists it. */
  instances: Map<string, string>;
}

export type AutoScaling = ReturnType<typeof createAutoScaling>;

/** The one group of a stage, in our words; every verb looks first, so that a repeat changes nothing. */
export function createAutoScaling(client: AutoScalingClient, groupName: string) {
  const AutoScalingGroupName = groupName;

  async function group(): Promise<GroupView> {
    const { AutoScalingGroups } = await calling("describe the group", () =>
      client.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [groupName] })),
    );
    const found = AutoScalingGroups?.[0];
    if (!found) throw new Permanent(`Auto Scaling knows no group ${groupName}`);
    return viewOf(found);
  }

  return {
    group,

    /** Scaling activities still in progress, and what the newest finished one said if it failed. AWS lists those in progress first (DescribeScalingActivities), so reading ends with the first finished one. */
    activities: (): Promise<{ activities: Activity[]; failure: string | null }> =>
      calling("describe scaling activities", async () => {
        const unfinished: Activity[] = [];
        let failure: string | null = null;
        for await (const page of paginateDescribeScalingActivities({ client }, { AutoScalingGroupName, MaxRecords: 100 })) {
          const running = (page.Activities ?? []).filter((activity) => !FINISHED.has(activity.StatusCode ?? ""));
          unfinished.push(...running.map(activityOf));
          const finished = (page.Activities ?? []).find((activity) => FINISHED.has(activity.StatusCode ?? ""));
          failure = finished?.StatusCode === "Failed" ? (finished.StatusMessage ?? "nothing") : null;
          if (finished) break;
        }
        return { activities: unfinished, failure };
      }),

    /** Takes one node out of the balancer; `keepDesired` makes the group launch a stand-in. A node that is leaving or gone is out already. */
    async enterStandby({ instanceId, keepDesired }: { instanceId: string; keepDesired: boolean }): Promise<void> {
      const lifecycle = (await group()).instances.get(instanceId);
      if (!lifecycle || OUT.test(lifecycle)) return;
      const command = new EnterStandbyCommand({ AutoScalingGroupName, InstanceIds: [instanceId], ShouldDecrementDesiredCapacity: !keepDesired });
      await calling(`move ${instanceId} to Standby`, () => client.send(command));
    },

    async setDesiredCapacity(desired: number): Promise<void> {
      if ((await group()).desired === desired) return;
      await calling(`set the desired capacity to ${desired}`, () =>
        client.send(new SetDesiredCapacityCommand({ AutoScalingGroupName, DesiredCapacity: desired, HonorCooldown: false })),
      );
    },

    /** All sizes at once, and the template where one is given. */
    async resize({
      min,
      max,
      desired,
      template,
    }: {
      min: number;
      max: number;
      desired: number;
      template: { name: string; version: number } | null;
    }): Promise<void> {
      const LaunchTemplate = template ? { LaunchTemplate: { LaunchTemplateName: template.name, Version: String(template.version) } } : {};
      const command = new UpdateAutoScalingGroupCommand({ AutoScalingGroupName, MinSize: min, MaxSize: max, DesiredCapacity: desired, ...LaunchTemplate });
      await calling(`size the group to ${desired}`, () => client.send(command));
    },

    /** Answers a hook by instance id. Answered or timed out before: done. Not waiting yet: `Retryable`, because the answer would be lost. */
    async completeLifecycle({ instanceId, hook, result }: { instanceId: string; hook: string; result: "CONTINUE" | "ABANDON" }): Promise<void> {
      const lifecycle = (await group()).instances.get(instanceId);
      if (lifecycle === "Pending" || lifecycle === "Terminating") throw new Retryable(`${instanceId} is ${lifecycle} and does not wait in ${hook} yet`);
      if (!lifecycle?.endsWith(":Wait")) return;
      const command = new CompleteLifecycleActionCommand({
        AutoScalingGroupName,
        LifecycleHookName: hook,
        InstanceId: instanceId,
        LifecycleActionResult: result,
      });
      await calling(`complete ${hook} of ${instanceId}`, () => client.send(command).catch(unless("ValidationError", /No active Lifecycle Action/i)));
    },

    /** Ends one named node through its group, which then launches another: the desired capacity stays. */
    async terminate(instanceId: string): Promise<void> {
      const lifecycle = (await group()).instances.get(instanceId);
      if (!lifecycle || lifecycle.startsWith("Terminat")) return;
      const command = new TerminateInstanceInAutoScalingGroupCommand({ InstanceId: instanceId, ShouldDecrementDesiredCapacity: false });
      await calling(`terminate ${instanceId}`, () => client.send(command).catch(unless("ValidationError", /No managed instance found/i)));
    },
  };
}

/** Source: Auto Scaling API reference, Activity.StatusCode. */
const FINISHED = new Set(["Successful", "Failed", "Cancelled"]);

/** Lifecycle states in which the group sends a node no traffic, or will not any more. */
const OUT = /^(Standby|EnteringStandby|Terminat|Detach)/;

/** AWS's way of saying that it is done already. */
const unless = (code: string, text: RegExp) => (error: unknown) => {
  if (!answered(error, code, text)) throw error;
};

const viewOf = (group: AutoScalingGroup): GroupView => ({
  name: group.AutoScalingGroupName ?? "",
  desired: group.DesiredCapacity ?? 0,
  min: group.MinSize ?? 0,
  max: group.MaxSize ?? 0,
  targetGroupArns: group.TargetGroupARNs ?? [],
  template: templateOf(group),
  instances: new Map((group.Instances ?? []).map((instance) => [instance.InstanceId ?? "", instance.LifecycleState ?? ""])),
});

function templateOf({ LaunchTemplate }: AutoScalingGroup): GroupView["template"] {
  const { LaunchTemplateName: name, Version: version } = LaunchTemplate ?? {};
  return name === undefined || version === undefined ? null : { name, version };
}

const activityOf = (activity: { ActivityId?: string; Description?: string; Cause?: string; StatusCode?: string; StartTime?: Date }): Activity => ({
  id: activity.ActivityId ?? "",
  description: activity.Description ?? "",
  cause: activity.Cause ?? "",
  status: activity.StatusCode ?? "",
  startedAt: activity.StartTime ?? new Date(0),
});
