import type { StateValue } from "@aws-sdk/client-cloudwatch";
import { ACCOUNT_ID, type Account, REGION } from "../../account/account.ts";
import { AwsError } from "../../account/operation.ts";
import type { Alarm, AlarmStateRecord } from "./alarm.ts";
import { amazonTime } from "./reason.ts";

/** Source: CloudWatch user guide, "Alarm events and EventBridge", single-metric alarm. */
export function emitStateChange(account: Account, alarm: Alarm, previous: AlarmStateRecord): void {
  account.links.emit({
    source: "aws.cloudwatch",
    "detail-type": "CloudWatch Alarm State Change",
    resources: [alarm.arn],
    detail: { alarmName: alarm.name, configuration: shortConfiguration(alarm), previousState: stateDetail(previous), state: stateDetail(alarm.state) },
  });
}

/** The same page, "Alarm configuration change events". */
export function emitConfigurationChange(account: Account, alarm: Alarm, operation: "create" | "update" | "delete", previous?: Alarm): void {
  account.links.emit({
    source: "aws.cloudwatch",
    "detail-type": "CloudWatch Alarm Configuration Change",
    resources: [alarm.arn],
    detail: {
      alarmName: alarm.name,
      operation,
      state: stateDetail(alarm.state),
      configuration: fullConfiguration(alarm),
      ...(previous && { previousConfiguration: fullConfiguration(previous) }),
    },
  });
}

/** Publishes to the topics of the new state; a topic that is gone is a failed action, not a failed alarm. */
export function runActions(account: Account, alarm: Alarm, previous: StateValue): string[] {
  if (!alarm.actionsEnabled) return [];
  return alarm.actions[alarm.state.value].map((topic) => runAction(account, alarm, { topic, previous }));
}

/** Says how it went, in the words of the alarm's history. */
function runAction(account: Account, alarm: Alarm, { topic, previous }: { topic: string; previous: StateValue }): string {
  try {
    account.links.publish(topic, {
      subject: `${alarm.state.value}: "${alarm.name}" in US East (N. Virginia)`.slice(0, 100),
      body: JSON.stringify(message(alarm, previous)),
    });
    return `Successfully executed action ${topic}`;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return `Failed to execute action ${topic}. Received error: "${error.message}"`;
  }
}

const stateDetail = ({ value, reason, reasonData, updated }: AlarmStateRecord) => ({
  reason,
  ...(reasonData && { reasonData }),
  timestamp: amazonTime(updated),
  value,
});

const metricsDetail = (alarm: Alarm) => [
  {
    id: alarm.metricId,
    metricStat: {
      metric: { dimensions: alarm.dimensions, name: alarm.metric, namespace: alarm.namespace },
      period: alarm.periodSeconds,
      stat: alarm.statistic,
    },
    returnData: true,
  },
];

const shortConfiguration = (alarm: Alarm) => ({ ...(alarm.description && { description: alarm.description }), metrics: metricsDetail(alarm) });

const fullConfiguration = (alarm: Alarm) => ({
  alarmName: alarm.name,
  ...shortConfiguration(alarm),
  evaluationPeriods: alarm.criterion.evaluationPeriods,
  datapointsToAlarm: alarm.criterion.datapointsToAlarm,
  threshold: alarm.criterion.threshold,
  comparisonOperator: alarm.criterion.comparison,
  treatMissingData: alarm.criterion.missingData,
  actionsEnabled: alarm.actionsEnabled,
  okActions: alarm.actions.OK,
  alarmActions: alarm.actions.ALARM,
  insufficientDataActions: alarm.actions.INSUFFICIENT_DATA,
  timestamp: amazonTime(alarm.configured),
});

/** What an alarm action sends to a topic; worded as AWS sends it to mail subscribers. */
const message = (alarm: Alarm, previous: StateValue) => ({
  AlarmName: alarm.name,
  AlarmDescription: alarm.description ?? null,
  AWSAccountId: ACCOUNT_ID,
  NewStateValue: alarm.state.value,
  NewStateReason: alarm.state.reason,
  StateChangeTime: amazonTime(alarm.state.updated),
  Region: REGION === "us-east-1" ? "US East (N. Virginia)" : REGION,
  AlarmArn: alarm.arn,
  OldStateValue: previous,
  Trigger: {
    MetricName: alarm.metric,
    Namespace: alarm.namespace,
    Statistic: alarm.statistic.toUpperCase(),
    Dimensions: Object.entries(alarm.dimensions).map(([name, value]) => ({ value, name })),
    Period: alarm.periodSeconds,
    EvaluationPeriods: alarm.criterion.evaluationPeriods,
    ComparisonOperator: alarm.criterion.comparison,
    Threshold: alarm.criterion.threshold,
    TreatMissingData: alarm.criterion.missingData,
  },
});
