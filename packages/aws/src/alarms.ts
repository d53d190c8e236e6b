import { type CloudWatchClient, paginateDescribeAlarms } from "@aws-sdk/client-cloudwatch";
import type { FleetFacts } from "@steward/core/fleet/facts";
import { calling } from "./failures.ts";

export type AlarmView = FleetFacts["alarms"][number];

/** Metric alarms only: composite ones need `cloudwatch:DescribeAlarms` on every alarm of the account (DescribeAlarms API reference). */
export const createAlarms = (client: CloudWatchClient) => ({
  states: (prefix: string): Promise<AlarmView[]> =>
    calling("describe alarms", async () => {
      const found: AlarmView[] = [];
      for await (const page of paginateDescribeAlarms({ client, pageSize: 100 }, { AlarmNamePrefix: prefix, AlarmTypes: ["MetricAlarm"] })) {
        found.push(...(page.MetricAlarms ?? []).map((alarm) => ({ name: alarm.AlarmName ?? "", state: alarm.StateValue ?? "INSUFFICIENT_DATA" })));
      }
      return found;
    }),
});
export type Alarms = ReturnType<typeof createAlarms>;
