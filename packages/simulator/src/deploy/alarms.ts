import type { AlarmSpec } from "@steward/core/topology/topology";
import type { Api } from "./api.ts";

/** Every alarm, with the names that AWS gave filled into its dimensions. */
export async function deployAlarms(api: Api, alarms: AlarmSpec[], { named, topicArn }: { named: Record<string, string>; topicArn: string }): Promise<void> {
  for (const alarm of alarms)
    await api("cloudwatch", "PutMetricAlarm", {
      AlarmName: alarm.name,
      AlarmDescription: alarm.because,
      Namespace: alarm.namespace,
      MetricName: alarm.metric,
      Dimensions: Object.entries(alarm.dimensions).map(([Name, value]) => ({ Name, Value: filled(value, named) })),
      Statistic: alarm.statistic,
      Period: alarm.periodSeconds,
      EvaluationPeriods: alarm.evaluationPeriods,
      DatapointsToAlarm: alarm.datapointsToAlarm,
      Threshold: alarm.threshold,
      ComparisonOperator: alarm.comparison,
      TreatMissingData: alarm.missingData,
      AlarmActions: alarm.tellsPeople ? [topicArn] : [],
    });
}

function filled(value: string, named: Record<string, string>): string {
  return value.replace(/\{(\w+)\}/g, (placeholder, name: string) => {
    const found = named[name];
    if (found === undefined) throw new Error(`nothing in the account answers to the placeholder ${placeholder}`);
    return found;
  });
}
