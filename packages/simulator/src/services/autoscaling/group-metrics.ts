import type * as sdk from "@aws-sdk/client-auto-scaling";
import type { Operations } from "../../account/operation.ts";
import type { Group, Member } from "./group.ts";
import { onGroup } from "./rights.ts";
import { groupNamed, type Scaling, validationError } from "./scaling.ts";

const NAMESPACE = "AWS/AutoScaling";
const MINUTE_MS = 60_000;

const inState =
  (state: RegExp) =>
  ({ members }: Group): number =>
    [...members.values()].filter((member: Member) => state.test(member.state)).length;

/** Source: Auto Scaling user guide, "Auto Scaling group metrics"; those of warm pools and weights are not modelled. */
const METRICS: Record<string, (group: Group) => number> = {
  GroupMinSize: ({ min }) => min,
  GroupMaxSize: ({ max }) => max,
  GroupDesiredCapacity: ({ desired }) => desired,
  GroupInServiceInstances: inState(/^InService$/),
  GroupPendingInstances: inState(/^Pending/),
  GroupStandbyInstances: inState(/^(Entering)?Standby$/),
  GroupTerminatingInstances: inState(/^Terminating/),
  GroupTotalInstances: ({ members }) => members.size,
};

/** Which of a group's own metrics are sent to CloudWatch, once a minute; none until somebody asks. */
export const metricOperations = (scaling: Scaling): Operations<typeof sdk> => ({
  EnableMetricsCollection: {
    rights: (input) => onGroup(scaling, "EnableMetricsCollection", input.AutoScalingGroupName),
    run: (input) => {
      if (input.Granularity !== "1Minute") throw validationError("1 validation error detected: the only valid value of Granularity is 1Minute");
      const group = groupNamed(scaling, input.AutoScalingGroupName);
      const isNew = group.metrics.size === 0;
      for (const name of namesOf(input.Metrics)) group.metrics.add(name);
      if (isNew) publish(scaling, group);
      return {};
    },
  },
  DisableMetricsCollection: {
    rights: (input) => onGroup(scaling, "DisableMetricsCollection", input.AutoScalingGroupName),
    run: (input) => {
      const group = groupNamed(scaling, input.AutoScalingGroupName);
      for (const name of namesOf(input.Metrics)) group.metrics.delete(name);
      return {};
    },
  },
});

/** An empty list means all. */
function namesOf(given: string[] | undefined): string[] {
  const names = given?.length ? given : Object.keys(METRICS);
  const unknown = names.filter((name) => !Object.hasOwn(METRICS, name));
  if (unknown.length > 0) throw validationError(`the simulated account does not model the group metrics ${unknown.join(", ")}`);
  return names;
}

function publish(scaling: Scaling, group: Group): void {
  setTimeout(() => {
    if (group.metrics.size === 0 || !scaling.groups.has(group.name)) return;
    for (const name of group.metrics) scaling.account.links.metric(NAMESPACE, name, { AutoScalingGroupName: group.name }, METRICS[name]?.(group) ?? 0);
    publish(scaling, group);
  }, MINUTE_MS);
}
