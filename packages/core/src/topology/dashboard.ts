import type { StageSettings } from "../settings/schema.ts";
import { alarms, composites } from "./alarms.ts";
import { type DashboardSpec, FUNCTION_IDS } from "./control-spec.ts";
import { METRICS } from "./grants.ts";
import type { Names } from "./names.ts";
import { PROOF_AGE } from "./proof-alarm.ts";
import { SNAPSHOT_AGE } from "./snapshot-alarms.ts";

/** One metric: namespace, name, then dimension names and values. */
type Metric = [namespace: string, name: string, ...dimensions: string[]];
interface Widget {
  title: string;
  metrics: Metric[];
  stat: "Average" | "Maximum" | "Minimum" | "Sum";
}

const alb = (name: string): Metric => ["AWS/ApplicationELB", name, "LoadBalancer", "{loadBalancer}", "TargetGroup", "{targetGroup}"];
const rds = (n: Names, name: string): Metric => ["AWS/RDS", name, "DBInstanceIdentifier", n.database];
const ec2 = (n: Names, name: string): Metric => ["AWS/EC2", name, "AutoScalingGroupName", n.group];
const lambda = (n: Names, name: string): Metric[] => FUNCTION_IDS.map((id): Metric => ["AWS/Lambda", name, "FunctionName", n.function(id)]);
const duty = (stage: string, name: string): Metric => [METRICS, "DutyAge", "Stage", stage, "Duty", name];

const pair = (n: Names): Widget[] => [
  { title: "Nodes that serve", metrics: [alb("HealthyHostCount"), alb("UnHealthyHostCount")], stat: "Maximum" },
  { title: "Requests", metrics: [alb("RequestCount")], stat: "Sum" },
  { title: "Answers that failed", metrics: [alb("HTTPCode_Target_5XX_Count"), alb("HTTPCode_Target_4XX_Count")], stat: "Sum" },
  { title: "Time to answer, s", metrics: [alb("TargetResponseTime")], stat: "Average" },
  { title: "Database: CPU, %", metrics: [rds(n, "CPUUtilization")], stat: "Average" },
  { title: "Database: connections", metrics: [rds(n, "DatabaseConnections")], stat: "Maximum" },
  { title: "Database: free storage, bytes", metrics: [rds(n, "FreeStorageSpace")], stat: "Minimum" },
];

const server = (stage: string): Widget[] => [
  { title: "Snapshots: age of the newest good one, s", metrics: [[SNAPSHOT_AGE.namespace, SNAPSHOT_AGE.metric, "Stage", stage]], stat: "Maximum" },
  { title: "Snapshots: age of the last proven restore, s", metrics: [[PROOF_AGE.namespace, PROOF_AGE.metric, "Stage", stage]], stat: "Maximum" },
];

const both = (n: Names, stage: string): Widget[] => [
  { title: "Nodes: CPU, %", metrics: [ec2(n, "CPUUtilization")], stat: "Average" },
  { title: "Nodes: status checks failed", metrics: [ec2(n, "StatusCheckFailed")], stat: "Maximum" },
  { title: "Nodes: network out, bytes", metrics: [ec2(n, "NetworkOut")], stat: "Sum" },
  {
    title: "Steward: seconds since a duty was last done",
    metrics: [duty(stage, "sweep"), duty(stage, "keep-snapshots")],
    stat: "Maximum",
  },
  { title: "Steward: failures", metrics: lambda(n, "Errors"), stat: "Sum" },
  { title: "Steward: undelivered", metrics: [["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", n.deadLetter]], stat: "Maximum" },
];

const [COLUMNS, WIDTH, HEIGHT] = [3, 8, 6];

/** What an operator looks at first: the alarms, whether users are served, the database, the nodes, Steward itself. Source: CloudWatch API reference, "Dashboard body structure and syntax". */
export function dashboard(settings: StageSettings, { stage, n }: { stage: string; n: Names }): DashboardSpec {
  const { region, topology } = settings;
  const arn = (name: string) => `arn:aws:cloudwatch:${region}:${settings.account}:alarm:${name}`;
  const watched = [...composites(settings, n), ...alarms(settings, { stage, n })].map(({ name }) => arn(name));
  const status = { type: "alarm", x: 0, y: 0, width: COLUMNS * WIDTH, height: 4, properties: { title: `Package Manager ${stage}`, alarms: watched } };
  const widgets = [...(topology === "ha" ? pair(n) : server(stage)), ...both(n, stage)].map((widget, index) => ({
    type: "metric",
    x: (index % COLUMNS) * WIDTH,
    y: 4 + Math.floor(index / COLUMNS) * HEIGHT,
    width: WIDTH,
    height: HEIGHT,
    properties: { ...widget, region, period: 60, view: "timeSeries" },
  }));
  return { name: n.dashboard, body: { widgets: [status, ...widgets] } };
}
