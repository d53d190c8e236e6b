import type { AlarmSpec, TopicId } from "@steward/core/topology/control-spec";
import { fillAll } from "@steward/core/topology/placeholders";
import type { Topology } from "@steward/core/topology/topology";
import type { Api } from "./api.ts";
import type { Named } from "./named.ts";

/** Every alarm, then the alarms over alarms and the dashboard, with what AWS has named filled in. */
export async function deployAlarms(api: Api, topology: Topology, { named, topicArns }: { named: Named; topicArns: Record<TopicId, string> }): Promise<void> {
  const told = ({ tells, tellsRecovery }: Pick<AlarmSpec, "tells" | "tellsRecovery">) => ({
    AlarmActions: tells.map((id) => topicArns[id]),
    OKActions: tellsRecovery.map((id) => topicArns[id]),
  });
  for (const alarm of topology.alarms)
    await api("cloudwatch", "PutMetricAlarm", {
      AlarmName: alarm.name,
      AlarmDescription: alarm.because,
      Namespace: alarm.namespace,
      MetricName: alarm.metric,
      Dimensions: Object.entries(fillAll(alarm.dimensions, named)).map(([Name, Value]) => ({ Name, Value })),
      Statistic: alarm.statistic,
      Period: alarm.periodSeconds,
      EvaluationPeriods: alarm.evaluationPeriods,
      DatapointsToAlarm: alarm.datapointsToAlarm,
      Threshold: alarm.threshold,
      ComparisonOperator: alarm.comparison,
      TreatMissingData: alarm.missingData,
      ...told(alarm),
    });
  for (const alarm of topology.composites)
    await api("cloudwatch", "PutCompositeAlarm", { AlarmName: alarm.name, AlarmRule: alarm.rule, AlarmDescription: alarm.because, ...told(alarm) });
  const { name, body } = topology.dashboard;
  await api("cloudwatch", "PutDashboard", { DashboardName: name, DashboardBody: JSON.stringify(fillAll(body, named)) });
}
