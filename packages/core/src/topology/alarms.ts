import type { StageSettings } from "../settings/schema.ts";
import type { AlarmSpec, CompositeAlarmSpec, FunctionId, TopicId } from "./control-spec.ts";
import { METRICS } from "./grants.ts";
import type { Names } from "./names.ts";

type AlarmBody = Omit<AlarmSpec, "name" | "tellsRecovery">;
interface Subject {
  stage: string;
  n: Names;
}

/** A metric of whom: dimensions by what is watched. */
const balancer = { LoadBalancer: "{loadBalancer}", TargetGroup: "{targetGroup}" };
const group = ({ n }: Subject) => ({ AutoScalingGroupName: n.group });
const rds = ({ n }: Subject) => ({ DBInstanceIdentifier: n.database });

const minutely = { periodSeconds: 60, missingData: "notBreaching" as const, tells: [] };
/** So many minutes in a row. */
const forMinutes = (count: number) => ({ ...minutely, evaluationPeriods: count, datapointsToAlarm: count });
const GIB = 1024 ** 3;
const MIB = 1024 ** 2;

const ofBalancer = { namespace: "AWS/ApplicationELB", dimensions: balancer } as const;
const ofDatabase = (subject: Subject) => ({ namespace: "AWS/RDS", dimensions: rds(subject) });

/** Thresholds of the pair's own alarms. */
const PAIR: Record<string, (subject: Subject) => AlarmBody> = {
  "unhealthy-hosts": () => ({
    ...forMinutes(1),
    ...ofBalancer,
    metric: "UnHealthyHostCount",
    statistic: "Maximum",
    threshold: 1,
    comparison: "GreaterThanOrEqualToThreshold",
    because: "one node of two that does not answer halves the fleet: look at once (Posit's own alarm waits 5 minutes)",
    source: "steward",
  }),
  "healthy-hosts-low": () => ({
    ...forMinutes(3),
    ...ofBalancer,
    metric: "HealthyHostCount",
    statistic: "Minimum",
    threshold: 2,
    comparison: "LessThanThreshold",
    missingData: "breaching",
    because: "a node that is gone is not unhealthy but missing",
    source: "steward",
  }),
  "no-healthy-hosts": () => ({
    ...forMinutes(2),
    ...ofBalancer,
    metric: "HealthyHostCount",
    statistic: "Maximum",
    threshold: 1,
    comparison: "LessThanThreshold",
    missingData: "breaching",
    because: "no node serves anybody",
    source: "steward",
  }),
  "not-served-for-a-day": () => notServedForADay({ ...ofBalancer, metric: "HealthyHostCount" }),
  "target-5xx": () => ({
    ...minutely,
    ...ofBalancer,
    evaluationPeriods: 5,
    datapointsToAlarm: 3,
    metric: "HTTPCode_Target_5XX_Count",
    statistic: "Sum",
    threshold: 10,
    comparison: "GreaterThanOrEqualToThreshold",
    because: "Posit alarms on target 5xx over 5 minutes",
    source: "posit",
  }),
  latency: () => ({
    ...forMinutes(10),
    ...ofBalancer,
    metric: "TargetResponseTime",
    statistic: "Average",
    threshold: 5,
    comparison: "GreaterThanThreshold",
    because: "Posit alarms on the balancer's latency over 10 minutes; 5 s on average is far from a cached package",
    source: "posit",
  }),
  "database-cpu": (subject) => ({
    ...forMinutes(10),
    ...ofDatabase(subject),
    metric: "CPUUtilization",
    statistic: "Average",
    threshold: 80,
    comparison: "GreaterThanThreshold",
    because: "Posit alarms above 80 % for 10 minutes; the reference ran at 10-20 %",
    source: "posit",
  }),
  "database-storage": (subject) => ({
    ...forMinutes(5),
    ...ofDatabase(subject),
    metric: "FreeStorageSpace",
    statistic: "Minimum",
    threshold: 10 * GIB,
    comparison: "LessThanThreshold",
    tells: ["people"],
    because: "Posit warns below 10 GiB for 5 minutes",
    source: "posit",
  }),
  "database-full": (subject) => ({
    ...forMinutes(5),
    ...ofDatabase(subject),
    metric: "FreeStorageSpace",
    statistic: "Minimum",
    threshold: 5 * GIB,
    comparison: "LessThanThreshold",
    tells: ["people", "pager", "chat"],
    because: "Posit calls below 5 GiB for 5 minutes critical",
    source: "posit",
  }),
  "database-memory": (subject) => ({
    ...forMinutes(10),
    ...ofDatabase(subject),
    metric: "FreeableMemory",
    statistic: "Minimum",
    threshold: 256 * MIB,
    comparison: "LessThanThreshold",
    because: "Posit alarms below 256 MiB for 10 minutes",
    source: "posit",
  }),
  "database-connections": (subject) => ({
    ...forMinutes(5),
    ...ofDatabase(subject),
    metric: "DatabaseConnections",
    statistic: "Maximum",
    threshold: 80,
    comparison: "GreaterThanThreshold",
    because: "Posit alarms above 80 for 5 minutes: leaked connections hang Package Manager",
    source: "posit",
  }),
};

/**
 * Alarm while nobody has served for a whole day, and no data before anybody ever did: what is not in service yet, or was
 * taken out of it long ago, is no outage. A day, because the longest outage that is to be told begins with the first minute of it.
 */
const notServedForADay = (of: Pick<AlarmBody, "namespace" | "metric" | "dimensions">): AlarmBody => ({
  ...of,
  statistic: "Maximum",
  periodSeconds: 3_600,
  evaluationPeriods: 24,
  datapointsToAlarm: 24,
  threshold: 1,
  comparison: "LessThanThreshold",
  missingData: "missing",
  tells: [],
  because: "nobody has served for a day: told long ago, or not in service yet",
  source: "steward",
});

/** Alarms of either topology that watch the nodes as EC2 has them, and Steward itself. */
const BOTH: Record<string, (subject: Subject) => AlarmBody> = {
  "status-check-failed": (subject) => ({
    ...forMinutes(2),
    namespace: "AWS/EC2",
    metric: "StatusCheckFailed",
    dimensions: group(subject),
    statistic: "Maximum",
    threshold: 1,
    comparison: "GreaterThanOrEqualToThreshold",
    because: "EC2 says that a node, its system or its disk is impaired; twice, because one miss heals itself",
    source: "aws",
  }),
  "no-node-in-service": (subject) => ({
    ...forMinutes(2),
    namespace: "AWS/AutoScaling",
    metric: "GroupInServiceInstances",
    dimensions: group(subject),
    statistic: "Maximum",
    threshold: 1,
    comparison: "LessThanThreshold",
    because: "the group has no node that could serve",
    source: "steward",
  }),
  "dead-letter": ({ n }) => ({
    ...forMinutes(1),
    namespace: "AWS/SQS",
    metric: "ApproximateNumberOfMessagesVisible",
    dimensions: { QueueName: n.deadLetter },
    statistic: "Maximum",
    threshold: 1,
    comparison: "GreaterThanOrEqualToThreshold",
    tells: ["people"],
    because: "an event that nobody could handle is a duty undone",
    source: "steward",
  }),
  "sweep-silent": ({ stage }) => ({
    namespace: METRICS,
    metric: "DutyAge",
    dimensions: { Stage: stage, Duty: "sweep" },
    statistic: "Maximum",
    periodSeconds: 300,
    evaluationPeriods: 3,
    datapointsToAlarm: 3,
    threshold: 900,
    comparison: "GreaterThanOrEqualToThreshold",
    missingData: "breaching",
    tells: ["people", "pager", "chat"],
    because: "Steward sweeps every 5 minutes: silent for 15, nobody watches the fleet",
    source: "steward",
  }),
};

/** The single server has no balancer that could say it. */
const SERVER: Record<string, (subject: Subject) => AlarmBody> = {
  "not-served-for-a-day": (subject) => notServedForADay({ namespace: "AWS/AutoScaling", metric: "GroupInServiceInstances", dimensions: group(subject) }),
};

const FUNCTIONS: readonly FunctionId[] = ["observe", "remediate", "alert", "runbook"];

const failing = (id: FunctionId, { n }: Subject): AlarmBody => ({
  namespace: "AWS/Lambda",
  metric: "Errors",
  dimensions: { FunctionName: n.function(id) },
  statistic: "Sum",
  periodSeconds: 300,
  evaluationPeriods: 3,
  datapointsToAlarm: 3,
  threshold: 1,
  comparison: "GreaterThanOrEqualToThreshold",
  missingData: "notBreaching",
  tells: ["people"],
  because: "one failure is retried; failures in three windows of 5 minutes are not passing",
  source: "steward",
});

/** Their ids over both topologies; a name is made of stage and id. */
export const alarmIds: readonly string[] = [...Object.keys(PAIR), ...Object.keys(BOTH), ...FUNCTIONS.map((id) => `${id}-failing`), "service-down"];

/** A pager closes what it opened. */
const withRecovery = <Alarm extends { tells: TopicId[] }>(alarm: Alarm): Alarm & { tellsRecovery: TopicId[] } => ({
  ...alarm,
  tellsRecovery: alarm.tells.filter((id) => id === "pager"),
});

/** Every alarm of a stage, with the reason for its threshold and whose it is. */
export function alarms({ topology }: StageSettings, subject: Subject): AlarmSpec[] {
  const { n } = subject;
  const table = topology === "ha" ? { ...PAIR, ...BOTH } : { ...SERVER, ...BOTH };
  const watched = Object.entries(table).map(([id, body]): AlarmSpec => withRecovery({ name: n.alarm(id), ...body(subject) }));
  return [...watched, ...FUNCTIONS.map((id): AlarmSpec => withRecovery({ name: n.alarm(`${id}-failing`), ...failing(id, subject) }))];
}

/** Users are not served, by AWS's own word: told without any function of ours. */
export function composites({ topology }: StageSettings, n: Names): CompositeAlarmSpec[] {
  const alarm = (id: string) => `ALARM("${n.alarm(id)}")`;
  const when = topology === "ha" ? ["no-healthy-hosts", "no-node-in-service"] : ["status-check-failed", "no-node-in-service"];
  return [
    withRecovery({
      name: n.alarm("service-down"),
      rule: `(${when.map(alarm).join(" OR ")}) AND OK("${n.alarm("not-served-for-a-day")}")`,
      tells: ["people", "pager", "chat"],
      because: "Package Manager served within the last day, and serves nobody now",
    }),
  ];
}
