import { type CloudWatchClient, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { DUTY_AGE, type dutyAges } from "@steward/core/survey/duties";
import { PROOF_AGE } from "@steward/core/topology/proof-alarm";
import { SNAPSHOT_AGE } from "@steward/core/topology/snapshot-alarms";
import { calling } from "./failures.ts";

/** Steward's own metrics; silence is what alarms listen for, so whoever publishes says what it knows and nothing else. */
export interface Metrics {
  publishAges(ages: ReturnType<typeof dutyAges>): Promise<void>;
  /** How many seconds ago the slot of the newest good snapshot was. */
  publishSnapshotAge(seconds: number): Promise<void>;
  /** How many seconds ago a restore was last proven. */
  publishProofAge(seconds: number): Promise<void>;
}

export const createMetrics = (client: CloudWatchClient, stage: string): Metrics => ({
  async publishAges(ages) {
    if (ages.length === 0) return;
    const MetricData = ages.map(({ duty, seconds }) => ({
      MetricName: DUTY_AGE.metric,
      Dimensions: [
        { Name: "Stage", Value: stage },
        { Name: "Duty", Value: duty },
      ],
      Unit: "Seconds" as const,
      Value: seconds,
    }));
    await calling("publish the ages of the duties", () => client.send(new PutMetricDataCommand({ Namespace: DUTY_AGE.namespace, MetricData })));
  },
  publishSnapshotAge: (seconds) => publishAge(client, "the newest snapshot", { ...SNAPSHOT_AGE, stage, seconds }),
  publishProofAge: (seconds) => publishAge(client, "the last proof", { ...PROOF_AGE, stage, seconds }),
});

async function publishAge(
  client: CloudWatchClient,
  what: string,
  { namespace, metric, stage, seconds }: { namespace: string; metric: string; stage: string; seconds: number },
): Promise<void> {
  const MetricData = [{ MetricName: metric, Dimensions: [{ Name: "Stage", Value: stage }], Unit: "Seconds" as const, Value: seconds }];
  await calling(`publish the age of ${what}`, () => client.send(new PutMetricDataCommand({ Namespace: namespace, MetricData })));
}
