import * as sdk from "@aws-sdk/client-auto-scaling";
import type { Account } from "../../account/account.ts";
import { capacityOperations } from "./capacity-operations.ts";
import { describeOperations } from "./describe-operations.ts";
import { metricOperations } from "./group-metrics.ts";
import { groupOperations } from "./group-operations.ts";
import { hookOperations } from "./hook-operations.ts";
import { lifecycleTarget } from "./lifecycle-target.ts";
import type { Scaling } from "./scaling.ts";

/** Auto Scaling's state for whoever looks from outside the API. */
export interface AutoScaling {
  groups: Scaling["groups"];
  /** While withheld, every launch by a group fails with `InsufficientInstanceCapacity` and is tried again later. */
  withholdCapacity: (withheld: boolean) => void;
  /** Whether an abandoned launch passes the terminate hooks; see `Scaling`. */
  abandonedLaunchRunsTerminateHook: (runsIt: boolean) => void;
}

/** Adds EC2 Auto Scaling to the account: groups that keep their desired capacity, with lifecycle hooks and Standby. */
export function addAutoScaling(account: Account): AutoScaling {
  const scaling: Scaling = { account, groups: new Map(), isOutOfCapacity: false, abandonedLaunchRunsTerminateHook: true };
  account.add({
    id: "autoscaling",
    iamPrefix: "autoscaling",
    module: sdk,
    protocol: "query",
    namespace: "http://autoscaling.amazonaws.com/doc/2011-01-01/",
    operations: {
      ...groupOperations(scaling),
      ...capacityOperations(scaling),
      ...hookOperations(scaling),
      ...metricOperations(scaling),
      ...describeOperations(scaling),
    },
  });
  account.links.lifecycleTarget = (instanceId) => lifecycleTarget(scaling, instanceId);
  return {
    groups: scaling.groups,
    withholdCapacity: (withheld) => {
      scaling.isOutOfCapacity = withheld;
    },
    abandonedLaunchRunsTerminateHook: (runsIt) => {
      scaling.abandonedLaunchRunsTerminateHook = runsIt;
    },
  };
}
