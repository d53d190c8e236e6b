import type { SnapshotPolicy } from "../settings/schema.ts";
import type { AlarmBody, Subject } from "./alarm-body.ts";
import { METRICS } from "./grants.ts";

/** Where the age of the newest good snapshot is published, in seconds since its slot; alarms read it by stage. */
export const SNAPSHOT_AGE = { namespace: METRICS, metric: "SnapshotAge" } as const;

const HOUR = 3_600;

/** Two misses in a row of the schedule that comes most often, and an hour for the last one to be made. */
function tooOld({ schedules }: SnapshotPolicy): number {
  return (2 * Math.min(...schedules.map(({ everyHours }) => everyHours)) + 1) * HOUR;
}

/** Alarms on snapshots by id, for a stage that makes them. */
export const SNAPSHOT_ALARMS: Record<string, (subject: Subject, policy: SnapshotPolicy) => AlarmBody> = {
  "snapshot-old": ({ stage }, policy) => ({
    ...SNAPSHOT_AGE,
    dimensions: { Stage: stage },
    statistic: "Maximum",
    periodSeconds: 300,
    evaluationPeriods: 3,
    datapointsToAlarm: 3,
    threshold: tooOld(policy),
    comparison: "GreaterThanThreshold",
    missingData: "notBreaching",
    tells: ["people"],
    because: "the schedule that comes most often has missed two snapshots in a row; that nobody says how old the newest is has an alarm of its own",
    source: "steward",
  }),
};
