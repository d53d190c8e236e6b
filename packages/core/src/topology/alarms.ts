import type { Names } from "./names.ts";
import type { AlarmSpec } from "./topology.ts";

/** Their ids; a name is made of stage and id. */
export const alarmIds = ["unhealthy-hosts", "healthy-hosts-low", "target-5xx", "dead-letter"] as const;

const balancer = { LoadBalancer: "{loadBalancer}", TargetGroup: "{targetGroup}" };

/** Every alarm of a stage, with the reason for its threshold. */
export function alarms(n: Names): AlarmSpec[] {
  const base = { periodSeconds: 60, evaluationPeriods: 1, datapointsToAlarm: 1, missingData: "notBreaching" as const, tellsPeople: false };
  return [
    {
      ...base,
      name: n.alarm("unhealthy-hosts"),
      namespace: "AWS/ApplicationELB",
      metric: "UnHealthyHostCount",
      dimensions: balancer,
      statistic: "Maximum",
      threshold: 1,
      comparison: "GreaterThanOrEqualToThreshold",
      because: "one node of two that does not answer halves the fleet: look at once (Posit's own alarm waits 5 minutes)",
    },
    {
      ...base,
      name: n.alarm("healthy-hosts-low"),
      namespace: "AWS/ApplicationELB",
      metric: "HealthyHostCount",
      dimensions: balancer,
      statistic: "Minimum",
      evaluationPeriods: 3,
      datapointsToAlarm: 3,
      threshold: 2,
      comparison: "LessThanThreshold",
      missingData: "breaching",
      because: "a node that is gone is not unhealthy but missing",
    },
    {
      ...base,
      name: n.alarm("target-5xx"),
      namespace: "AWS/ApplicationELB",
      metric: "HTTPCode_Target_5XX_Count",
      dimensions: balancer,
      statistic: "Sum",
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
      threshold: 10,
      comparison: "GreaterThanOrEqualToThreshold",
      because: "Posit alarms on target 5xx over 5 minutes",
    },
    {
      ...base,
      name: n.alarm("dead-letter"),
      namespace: "AWS/SQS",
      metric: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName: n.deadLetter },
      statistic: "Maximum",
      threshold: 1,
      comparison: "GreaterThanOrEqualToThreshold",
      tellsPeople: true,
      because: "an event that nobody could handle is a duty undone",
    },
  ];
}
