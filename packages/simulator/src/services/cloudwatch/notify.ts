import type { StateValue } from "@aws-sdk/client-cloudwatch";
import { ACCOUNT_ID, type Account, REGION } from "../../account/account.ts";
import { AwsError } from "../../account/operation.ts";
import { type Alarm, type AlarmStateRecord, type AnyAlarm, isComposite } from "./alarm.ts";
import { amazonTime } from "./reason.ts";

/** Source: CloudWatch user guide, "Alarm events and EventBridge", single-metric alarm and composite alarm. */
export function emitStateChange(account: Account, alarm: AnyAlarm, previous: AlarmStateRecord): void {
  account.links.emit({
    source: "aws.cloudwatch",
    "detail-type": "CloudWatch Alarm State Change",
    resources: [alarm.arn],
    detail: { alarmName: alarm.name, configuration: shortConfiguration(alarm), previousState: stateDetail(previous), state: stateDetail(alarm.state) },
  });
}

/** The same page, "Alarm configuration change events". */
export function emitConfigurationChange(account: Account, alarm: AnyAlarm, operation: "create" | "update" | "delete", previous?: AnyAlarm): void {
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
export function runActions(account: Account, alarm: AnyAlarm, previous: StateValue): string[] {
  if (!alarm.actionsEnabled) return [];
  return alarm.actions[alarm.state.value].map((topic) => runAction(account, alarm, { topic, previous }));
}

/** Says how it went, in the words of the alarm's history. */
function runAction(account: Account, alarm: AnyAlarm, { topic, previous }: { topic: string; previous: StateValue }): string {
  try {
    const subject = `${alarm.state.value}: "${alarm.name}" in US East (N. Virginia)`.slice(0, 100);
    const source = { principal: "cloudwatch.amazonaws.com", arn: alarm.arn };
    account.links.publish(topic, { subject, body: JSON.stringify(message(alarm, previous)) }, source);
    return `Successfully executed action ${topic}`;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return `Failed to execute action ${topic}. Received error: "${shown(error)}"`;
  }
}

/** Source: AWS knowledge center, "How do I configure a CloudWatch alarm with an encrypted SNS topic". */
const shown = ({ code, message }: AwsError): string =>
  code === "KMSAccessDenied" ? "CloudWatch Alarms is not authorized to access the SNS topic encryption key." : message;

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

const shortConfiguration = (alarm: AnyAlarm) => ({
  ...(alarm.description && { description: alarm.description }),
  ...(isComposite(alarm) ? { alarmRule: alarm.ruleText } : { metrics: metricsDetail(alarm) }),
});

const criterionDetail = ({ criterion }: Alarm) => ({
  evaluationPeriods: criterion.evaluationPeriods,
  datapointsToAlarm: criterion.datapointsToAlarm,
  threshold: criterion.threshold,
  comparisonOperator: criterion.comparison,
  treatMissingData: criterion.missingData,
});

const fullConfiguration = (alarm: AnyAlarm) => ({
  alarmName: alarm.name,
  ...shortConfiguration(alarm),
  ...(!isComposite(alarm) && criterionDetail(alarm)),
  actionsEnabled: alarm.actionsEnabled,
  okActions: alarm.actions.OK,
  alarmActions: alarm.actions.ALARM,
  insufficientDataActions: alarm.actions.INSUFFICIENT_DATA,
  timestamp: amazonTime(alarm.configured),
});

/** What an alarm action sends to a topic; worded as AWS sends it to mail subscribers. */
const message = (alarm: AnyAlarm, previous: StateValue) => ({
  AlarmName: alarm.name,
  AlarmDescription: alarm.description ?? null,
  AWSAccountId: ACCOUNT_ID,
  NewStateValue: alarm.state.value,
  NewStateReason: alarm.state.reason,
  StateChangeTime: amazonTime(alarm.state.updated),
  Region: REGION === "us-east-1" ? "US East (N. Virginia)" : REGION,
  AlarmArn: alarm.arn,
  OldStateValue: previous,
  ...(isComposite(alarm) ? { AlarmRule: alarm.ruleText } : { Trigger: triggerOf(alarm) }),
});

const triggerOf = (alarm: Alarm) => ({
  MetricName: alarm.metric,
  Namespace: alarm.namespace,
  Statistic: alarm.statistic.toUpperCase(),
  Dimensions: Object.entries(alarm.dimensions).map(([name, value]) => ({ value, name })),
  Period: alarm.periodSeconds,
  EvaluationPeriods: alarm.criterion.evaluationPeriods,
  ComparisonOperator: alarm.criterion.comparison,
  Threshold: alarm.criterion.threshold,
  TreatMissingData: alarm.criterion.missingData,
});
