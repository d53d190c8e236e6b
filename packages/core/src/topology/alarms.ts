import type { StageSettings } from "../settings/schema.ts";
import { AGENT_ALARMS } from "./agent-alarms.ts";
import type { AlarmBody, Subject } from "./alarm-body.ts";
import type { AlarmSpec, CompositeAlarmSpec, TopicId } from "./control-spec.ts";
import { FUNCTION_ALARMS } from "./function-alarms.ts";
import type { Names } from "./names.ts";
import { PROOF_ALARMS, proofAlarms } from "./proof-alarm.ts";
import { silent } from "./silence-alarm.ts";
import { SNAPSHOT_ALARMS } from "./snapshot-alarms.ts";

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
  "not-served-for-a-week": () => notServedForAWeek({ ...ofBalancer, metric: "HealthyHostCount" }),
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
 * Alarm while nobody has served for a whole week, and no data before anybody ever did: what is not in service yet, or was taken
 * out of it long ago, is no outage. CloudWatch looks back a week at most; a pager that hears of no recovery till then has heard enough.
 */
const notServedForAWeek = (of: Pick<AlarmBody, "namespace" | "metric" | "dimensions">): AlarmBody => ({
  ...of,
  statistic: "Maximum",
  periodSeconds: 3_600,
  evaluationPeriods: 168,
  datapointsToAlarm: 168,
  threshold: 1,
  comparison: "LessThanThreshold",
  missingData: "missing",
  tells: [],
  because: "nobody has served for a week: told long ago, or not in service yet",
  source: "steward",
});

const statusCheckFailed = (subject: Subject): AlarmBody => ({
  ...forMinutes(2),
  namespace: "AWS/EC2",
  metric: "StatusCheckFailed",
  dimensions: group(subject),
  statistic: "Maximum",
  threshold: 1,
  comparison: "GreaterThanOrEqualToThreshold",
  because: "EC2 says that a node, its system or its disk is impaired; twice, because one miss heals itself",
  source: "aws",
});

/** Alarms of either topology that watch the nodes, as EC2 has them and from within, and Steward itself. */
const BOTH: Record<string, (subject: Subject) => AlarmBody> = {
  ...AGENT_ALARMS,
  "status-check-failed": statusCheckFailed,
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
  "sweep-silent": silent("sweep", "Steward sweeps every 5 minutes: silent for 15, nobody watches the fleet"),
  "keep-snapshots-silent": silent("keep-snapshots", "Steward looks after snapshots and images every 5 minutes: silent for 15, nobody does, or says so"),
};

/**
 * The single server has no balancer that could say it. EC2 checks running instances only, and a group that judges no health goes on counting
 * one that has ended: its silence is the sign. Source: EC2 user guide, "Status checks for your instances".
 */
const SERVER: Record<string, (subject: Subject) => AlarmBody> = {
  "status-check-failed": (subject) => ({
    ...statusCheckFailed(subject),
    missingData: "breaching",
    because: "EC2 says that the server, its system or its disk is impaired, or checks it no more because it does not run",
  }),
  "not-served-for-a-week": (subject) => notServedForAWeek({ namespace: "AWS/AutoScaling", metric: "GroupInServiceInstances", dimensions: group(subject) }),
};

/** Their ids over both topologies; a name is made of stage and id. */
export const alarmIds: readonly string[] = [
  ...new Set([PAIR, BOTH, SERVER, SNAPSHOT_ALARMS, PROOF_ALARMS, FUNCTION_ALARMS].flatMap((table) => Object.keys(table))),
  "service-down",
];

/** A pager closes what it opened. */
const withRecovery = <Alarm extends { tells: TopicId[] }>(alarm: Alarm): Alarm & { tellsRecovery: TopicId[] } => ({
  ...alarm,
  tellsRecovery: alarm.tells.filter((id) => id === "pager"),
});

/** Every alarm of a stage, with the reason for its threshold and whose it is. */
export function alarms(settings: StageSettings, subject: Subject): AlarmSpec[] {
  const ofFleet = settings.topology === "ha" ? { ...PAIR, ...BOTH } : { ...BOTH, ...SERVER };
  const bodies = Object.entries({ ...ofFleet, ...FUNCTION_ALARMS }).map(([id, body]) => ({ id, body: body(subject) }));
  const ofSnapshots =
    settings.topology === "single" ? Object.entries(SNAPSHOT_ALARMS).map(([id, body]) => ({ id, body: body(subject, settings.snapshots) })) : [];
  const ofProofs = settings.topology === "single" ? Object.entries(proofAlarms(settings.snapshots)).map(([id, body]) => ({ id, body: body(subject) })) : [];
  return [...bodies, ...ofSnapshots, ...ofProofs].map(({ id, body }): AlarmSpec => withRecovery({ name: subject.n.alarm(id), ...body }));
}

/** Users are not served, by AWS's own word: told without any function of ours. */
export function composites({ topology }: StageSettings, n: Names): CompositeAlarmSpec[] {
  const alarm = (id: string) => `ALARM("${n.alarm(id)}")`;
  const when = topology === "ha" ? ["no-healthy-hosts", "no-node-in-service"] : ["status-check-failed", "no-node-in-service"];
  return [
    withRecovery({
      name: n.alarm("service-down"),
      rule: `(${when.map(alarm).join(" OR ")}) AND OK("${n.alarm("not-served-for-a-week")}")`,
      tells: ["people", "pager", "chat"],
      because: "Package Manager served within the last week, and serves nobody now",
    }),
  ];
}
