import { NODE_METRICS } from "../image/agent-config.ts";
import type { AlarmSpec } from "./control-spec.ts";
import type { Names } from "./names.ts";

type AlarmBody = Omit<AlarmSpec, "name" | "tellsRecovery">;
interface Subject {
  n: Names;
}

/** So many minutes in a row. */
const forMinutes = (count: number) => ({
  periodSeconds: 60,
  evaluationPeriods: count,
  datapointsToAlarm: count,
  missingData: "notBreaching" as const,
  tells: [],
});

/** What the agents on the nodes measure; the worst of all nodes and disks counts. A node that says nothing is told by other alarms. */
const ofAgents = ({ n }: Subject) => ({ namespace: NODE_METRICS, dimensions: { AutoScalingGroupName: n.group } });

/** Alarms over what the agents on the nodes measure. */
export const AGENT_ALARMS: Record<string, (subject: Subject) => AlarmBody> = {
  "disk-filling": (subject) => ({
    ...forMinutes(5),
    ...ofAgents(subject),
    metric: "disk_used_percent",
    statistic: "Maximum",
    threshold: 80,
    comparison: "GreaterThanOrEqualToThreshold",
    because: "between the 70 % and 85 % at which Posit's own dashboard turns amber and red: time to grow the disk",
    source: "steward",
  }),
  "disk-full": (subject) => ({
    ...forMinutes(5),
    ...ofAgents(subject),
    metric: "disk_used_percent",
    statistic: "Maximum",
    threshold: 90,
    comparison: "GreaterThanOrEqualToThreshold",
    tells: ["people", "pager", "chat"],
    because: "past the 85 % at which Posit's own dashboard turns red: a full disk fails downloads and SQLite's writes",
    source: "steward",
  }),
  "inodes-low": (subject) => ({
    ...forMinutes(5),
    ...ofAgents(subject),
    metric: "disk_inodes_free",
    statistic: "Minimum",
    threshold: 100_000,
    comparison: "LessThanThreshold",
    tells: ["people"],
    because: "a cache of small files can end a disk's inodes before its space; the smallest disk here begins with over a million",
    source: "steward",
  }),
  "memory-high": (subject) => ({
    ...forMinutes(10),
    ...ofAgents(subject),
    metric: "mem_used_percent",
    statistic: "Maximum",
    threshold: 90,
    comparison: "GreaterThanOrEqualToThreshold",
    because: "without the page cache a node needs a fraction of its memory: 90 % for 10 minutes ends in the kernel's hands",
    source: "steward",
  }),
  "clock-off": (subject) => ({
    ...forMinutes(5),
    ...ofAgents(subject),
    metric: "clock_offset_ms",
    statistic: "Maximum",
    threshold: 1_000,
    comparison: "GreaterThanOrEqualToThreshold",
    because: "Posit wants all clocks synchronised: a second's skew misjudges permits of the queue, minutes fail S3",
    source: "steward",
  }),
};
