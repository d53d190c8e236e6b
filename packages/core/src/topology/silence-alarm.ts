import type { AlarmBody, Subject } from "./alarm-body.ts";
import { METRICS } from "./grants.ts";

/** Nobody said within 15 minutes that a duty was done that is done every five: whoever should say so has fallen silent. */
export const silent =
  (duty: string, because: string) =>
  ({ stage }: Subject): AlarmBody => ({
    namespace: METRICS,
    metric: "DutyAge",
    dimensions: { Stage: stage, Duty: duty },
    statistic: "Maximum",
    periodSeconds: 300,
    evaluationPeriods: 3,
    datapointsToAlarm: 3,
    threshold: 900,
    comparison: "GreaterThanOrEqualToThreshold",
    missingData: "breaching",
    tells: ["people", "pager", "chat"],
    because,
    source: "steward",
  });
