import type { AlarmBody, Subject } from "./alarm-body.ts";
import { FUNCTION_IDS, type FunctionId } from "./control-spec.ts";

/** One datapoint of at least 1 is a breach. Source for the dimension: Lambda developer guide, "Viewing metrics for Lambda functions". */
const ofFunction = (id: FunctionId, { n }: Subject) =>
  ({
    namespace: "AWS/Lambda",
    dimensions: { FunctionName: n.function(id) },
    statistic: "Sum",
    threshold: 1,
    comparison: "GreaterThanOrEqualToThreshold",
    missingData: "notBreaching",
    tells: ["people"],
    source: "steward",
  }) as const satisfies Partial<AlarmBody>;

/**
 * Attempts that failed. The retries of one event are one and two minutes apart, so that an event given up fails in three minutes of four, however
 * seldom the function is called; a failure that its retry heals fails in one. A durable function that can't even start is retried until its
 * execution times out, a day later: its attempts are told too. Source: Lambda developer guide, "How Lambda handles errors and retries with asynchronous invocation".
 */
const failing = (id: FunctionId, subject: Subject): AlarmBody => ({
  ...ofFunction(id, subject),
  metric: "Errors",
  periodSeconds: 60,
  evaluationPeriods: 15,
  datapointsToAlarm: 3,
  because: "a failure is retried: failures in three minutes of 15 are an event given up, or trouble that does not pass",
});

/**
 * The end of a whole execution: its invocations end well even when it fails, and nothing starts it again. The guide names no dimensions of these
 * metrics; every other metric of a function has its name. Source: Lambda developer guide, "Monitoring durable functions".
 */
const execution =
  (metric: string, because: string) =>
  (subject: Subject): AlarmBody => ({
    ...ofFunction("remediate", subject),
    metric,
    periodSeconds: 300,
    evaluationPeriods: 1,
    datapointsToAlarm: 1,
    because,
  });

/** Alarms of Steward's own functions by id: they tell people without any function of ours. */
export const FUNCTION_ALARMS: Record<string, (subject: Subject) => AlarmBody> = {
  ...Object.fromEntries(FUNCTION_IDS.map((id) => [`${id}-failing`, (subject: Subject) => failing(id, subject)])),
  "remediate-execution-failed": execution("DurableExecutionFailed", "a run that died is not started again by Lambda"),
  "remediate-execution-timed-out": execution("DurableExecutionTimedOut", "a run that took a whole day did not do what it was for"),
};
