import type * as sdk from "@aws-sdk/client-auto-scaling";
import type { Operations } from "../../account/operation.ts";
import { toPass } from "../../iam/tagging.ts";
import type { Hook } from "./group.ts";
import { activeAction, complete, heartbeat } from "./hooks.ts";
import { onGroup } from "./rights.ts";
import { groupNamed, type Scaling } from "./scaling.ts";
import { hookOf } from "./settings.ts";

/** Lifecycle hooks and the actions that wait in them. */
export const hookOperations = (scaling: Scaling): Operations<typeof sdk> => ({
  PutLifecycleHook: {
    rights: (input) => [...onGroup(scaling, "PutLifecycleHook", input.AutoScalingGroupName), ...toPass(input.RoleARN, "autoscaling.amazonaws.com")],
    run: (input) => {
      const group = groupNamed(scaling, input.AutoScalingGroupName);
      const before = group.hooks.get(input.LifecycleHookName ?? "");
      const hook = hookOf({
        ...(before && asGiven(before)),
        ...defined(input),
        LifecycleHookName: input.LifecycleHookName,
        LifecycleTransition: input.LifecycleTransition ?? before?.transition,
      });
      group.hooks.set(hook.name, hook);
      return {};
    },
  },
  DescribeLifecycleHooks: {
    run: (input) => {
      const group = groupNamed(scaling, input.AutoScalingGroupName);
      const wanted = input.LifecycleHookNames;
      return {
        LifecycleHooks: [...group.hooks.values()].filter(({ name }) => !wanted?.length || wanted.includes(name)).map((hook) => hookShape(group.name, hook)),
      };
    },
  },
  CompleteLifecycleAction: {
    rights: (input) => onGroup(scaling, "CompleteLifecycleAction", input.AutoScalingGroupName),
    run: (input) => {
      const group = groupNamed(scaling, input.AutoScalingGroupName);
      complete(
        activeAction(group, input.LifecycleHookName, { token: input.LifecycleActionToken, instanceId: input.InstanceId }),
        input.LifecycleActionResult ?? "",
      );
      return {};
    },
  },
  RecordLifecycleActionHeartbeat: {
    rights: (input) => onGroup(scaling, "RecordLifecycleActionHeartbeat", input.AutoScalingGroupName),
    run: (input) => {
      const group = groupNamed(scaling, input.AutoScalingGroupName);
      heartbeat(activeAction(group, input.LifecycleHookName, { token: input.LifecycleActionToken, instanceId: input.InstanceId }));
      return {};
    },
  },
});

const asGiven = (hook: Hook): Partial<sdk.LifecycleHookSpecification> => ({
  LifecycleTransition: hook.transition,
  HeartbeatTimeout: hook.heartbeatSeconds,
  DefaultResult: hook.defaultResult,
  NotificationMetadata: hook.metadata,
});

/** What an update leaves out stays as it was. */
const defined = <T extends object>(given: T): Partial<T> => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<T>;

const hookShape = (group: string, hook: Hook): sdk.LifecycleHook => ({
  AutoScalingGroupName: group,
  LifecycleHookName: hook.name,
  LifecycleTransition: hook.transition,
  HeartbeatTimeout: hook.heartbeatSeconds,
  // Source: API reference, LifecycleHook: the smaller of 48 hours and 100 heartbeats.
  GlobalTimeout: Math.min(172_800, hook.heartbeatSeconds * 100),
  DefaultResult: hook.defaultResult,
  NotificationMetadata: hook.metadata,
});
