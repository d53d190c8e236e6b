import type { SnapshotPolicy } from "../settings/schema.ts";
import type { AlarmBody, Subject } from "./alarm-body.ts";
import { METRICS } from "./grants.ts";

/** Where the age of the last proven restore is published, in seconds; alarms read it by stage. */
export const PROOF_AGE = { namespace: METRICS, metric: "ProofAge" } as const;

const DAY = 86_400;

/** Alarms on proofs by id, for a stage that wants them every so many days. */
export const PROOF_ALARMS: Record<string, (subject: Subject, everyDays: number) => AlarmBody> = {
  "proof-old": ({ stage }, everyDays) => ({
    ...PROOF_AGE,
    dimensions: { Stage: stage },
    statistic: "Maximum",
    periodSeconds: 300,
    evaluationPeriods: 3,
    datapointsToAlarm: 3,
    threshold: (2 * everyDays + 1) * DAY,
    comparison: "GreaterThanThreshold",
    missingData: "notBreaching",
    tells: ["people"],
    because: "two drills in a row have proven no restore; that none was ever proven is an incident, and silence has an alarm of its own",
    source: "steward",
  }),
};

/** Those of a stage; none where nobody wants proofs by themselves. */
export const proofAlarms = ({ proof: { everyDays } }: SnapshotPolicy): Record<string, (subject: Subject) => AlarmBody> =>
  everyDays === null ? {} : Object.fromEntries(Object.entries(PROOF_ALARMS).map(([id, body]) => [id, (subject: Subject) => body(subject, everyDays)]));
