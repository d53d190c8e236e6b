import * as module from "@aws-sdk/client-cloudwatch";
import type { Account } from "../../account/account.ts";
import type { Operations } from "../../account/operation.ts";
import type { Alarm } from "./alarm.ts";
import { alarmOperations } from "./alarm-operations.ts";
import { Evaluator } from "./evaluator.ts";
import { metricOperations } from "./metric-operations.ts";
import { MetricStore, single } from "./metrics.ts";

/** CloudWatch of the account: metrics and the alarms on them. */
export interface CloudWatch {
  alarms: Map<string, Alarm>;
  metrics: MetricStore;
}

/** Adds CloudWatch; services of the account report through `links.metric`. */
export function addCloudWatch(account: Account): CloudWatch {
  const metrics = new MetricStore();
  const evaluator = new Evaluator(account, metrics);
  const operations: Operations<typeof module> = { ...metricOperations(metrics), ...alarmOperations(account, evaluator, metrics) };
  account.add({ id: "cloudwatch", iamPrefix: "cloudwatch", module, protocol: "json1_0", operations });
  account.links.metric = (namespace, name, dimensions, value) => metrics.record({ namespace, name, dimensions }, single(value), Date.now());
  return { alarms: evaluator.alarms, metrics };
}
