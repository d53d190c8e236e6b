import * as module from "@aws-sdk/client-cloudwatch";
import type { Account } from "../../account/account.ts";
import type { Operations } from "../../account/operation.ts";
import type { Alarm, CompositeAlarm } from "./alarm.ts";
import { alarmOperations } from "./alarm-operations.ts";
import { compositeOperations } from "./composite-operations.ts";
import { Composites } from "./composites.ts";
import { dashboardOperations } from "./dashboard-operations.ts";
import { Evaluator } from "./evaluator.ts";
import { metricOperations } from "./metric-operations.ts";
import { MetricStore, single } from "./metrics.ts";

/** CloudWatch of the account: metrics and the alarms on them. */
export interface CloudWatch {
  alarms: Map<string, Alarm>;
  composites: Map<string, CompositeAlarm>;
  /** Body by name. */
  dashboards: Map<string, string>;
  metrics: MetricStore;
}

/** Adds CloudWatch; services of the account report through `links.metric`. */
export function addCloudWatch(account: Account): CloudWatch {
  const metrics = new MetricStore();
  const evaluator = new Evaluator(account, metrics);
  const composites = new Composites(account, evaluator);
  const dashboards = new Map<string, string>();
  const operations: Operations<typeof module> = {
    ...metricOperations(metrics),
    ...alarmOperations({ account, evaluator, composites, metrics }),
    ...compositeOperations(composites, evaluator),
    ...dashboardOperations(dashboards),
  };
  account.add({ id: "cloudwatch", iamPrefix: "cloudwatch", module, protocol: "json1_0", operations });
  account.links.metric = (namespace, name, dimensions, value) => metrics.record({ namespace, name, dimensions }, single(value), Date.now());
  return { alarms: evaluator.alarms, composites: composites.all, dashboards, metrics };
}
