import type { AlarmSpec } from "@steward/core/topology/control-spec";
import type { Topology } from "@steward/core/topology/topology";
import type { Messaging } from "./messaging.ts";
import { optionsOf } from "./options.ts";
import { filled, type Named } from "./placeholders.ts";

/** Alarms over metrics, once what they watch for silence has spoken, then the alarms over alarms, which AWS refuses while one that they name is missing. */
export function deployAlarms(
  { alarms, composites }: Topology,
  { named, messaging, after }: { named: Named; messaging: Messaging; after: $util.Resource[] },
): void {
  const tell = ({ tells, tellsRecovery }: Pick<AlarmSpec, "tells" | "tellsRecovery">) => ({
    alarmActions: tells.map(messaging.topicArn),
    okActions: tellsRecovery.map(messaging.topicArn),
  });
  const made = alarms.map(
    (spec) =>
      new aws.cloudwatch.MetricAlarm(
        `Alarm-${spec.name}`,
        {
          name: spec.name,
          alarmDescription: spec.because,
          namespace: spec.namespace,
          metricName: spec.metric,
          dimensions: filled(spec.dimensions, named),
          statistic: spec.statistic,
          period: spec.periodSeconds,
          evaluationPeriods: spec.evaluationPeriods,
          datapointsToAlarm: spec.datapointsToAlarm,
          threshold: spec.threshold,
          comparisonOperator: spec.comparison,
          treatMissingData: spec.missingData,
          ...tell(spec),
        },
        { ...optionsOf("alarm"), dependsOn: after },
      ),
  );
  for (const spec of composites) {
    const settings = { alarmName: spec.name, alarmRule: spec.rule, alarmDescription: spec.because, ...tell(spec) };
    new aws.cloudwatch.CompositeAlarm(`Alarm-${spec.name}`, settings, { ...optionsOf("alarm"), dependsOn: made });
  }
}
