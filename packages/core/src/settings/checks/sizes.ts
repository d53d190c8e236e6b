import { type Check, each, type Finding, when } from "../check.ts";
import type { StageSettings } from "../schema.ts";

/**
 * What the reference load needs of a database. Posit's reference architecture ran more than a million installs a day on
 * db.t3.xlarge (4 vCPU) at 10-20 % and 100 GB: 0.4 to 0.8 vCPU. A micro sustains 0.2 (2 vCPU at a baseline of 10 %: EC2 User
 * Guide, "Key concepts for burstable performance instances"); a nano does not exist.
 */
const TOO_SMALL_CLASS = /\.(nano|micro)$/;
const REFERENCE_STORAGE_GIB = 100;

const databaseClass = (settings: StageSettings): Finding[] =>
  settings.topology === "ha"
    ? when(TOO_SMALL_CLASS.test(settings.database.instanceClass), "database.instanceClass", `is ${settings.database.instanceClass}, which sustains 0.2 vCPU`, {
        allowed: "db.t3.small or larger: the reference load of a million installs a day took 0.4 to 0.8 vCPU (10-20 % of db.t3.xlarge)",
      })
    : [];

const databaseStorage = (settings: StageSettings): Finding[] =>
  settings.topology === "ha"
    ? when(settings.database.storageGib < REFERENCE_STORAGE_GIB, "database.storageGib", `is ${settings.database.storageGib}`, {
        allowed: `${REFERENCE_STORAGE_GIB} or more: what Posit's reference ran on, and nothing less is known to hold its load`,
      })
    : [];

/** Source: RDS User Guide, "Managing capacity automatically with Amazon RDS storage autoscaling". */
function databaseGrowth(settings: StageSettings): Finding[] {
  if (settings.topology !== "ha") return [];
  const { storageGib, maxStorageGib } = settings.database;
  const least = Math.ceil((storageGib * 11) / 10);
  return when(maxStorageGib < least, "database.maxStorageGib", `is ${maxStorageGib}`, {
    allowed: `${least} or more: RDS wants at least 10 % above database.storageGib, ${storageGib}`,
    reads: ["database.storageGib"],
  });
}

/** Graviton families have a g after the generation: m6g, c7gn, x2gd, im4gn; a1 was the first. Posit publishes the package for amd64. */
const ARM = /^(a1|[a-z]+\d+[a-z]*g[a-z-]*)\./;
const nodeArchitecture = ({ nodes: { instanceType } }: StageSettings): Finding[] =>
  when(ARM.test(instanceType), "nodes.instanceType", `is ${instanceType}, an ARM processor`, {
    allowed: "an x86 type like m6i.xlarge: the package exists for amd64 only",
  });

const nodeSize = ({ nodes: { instanceType } }: StageSettings): Finding[] =>
  when(/\.(nano|micro)$/.test(instanceType), "nodes.instanceType", `is ${instanceType}, with 1 GiB of memory or less`, {
    allowed: "a type with 2 GiB or more, Posit's minimum; 16 GiB are recommended",
  });

/** Source: EBS User Guide, "General Purpose SSD volumes": 0.25 MiB/s for each operation a second. */
const volumeThroughput = (settings: StageSettings): Finding[] =>
  settings.topology === "single"
    ? when(settings.dataVolume.throughput * 4 > settings.dataVolume.iops, "dataVolume.throughput", `is ${settings.dataVolume.throughput}`, {
        allowed: `${Math.floor(settings.dataVolume.iops / 4)} or less with ${settings.dataVolume.iops} iops: gp3 gives a quarter MiB/s for each`,
        reads: ["dataVolume.iops"],
      })
    : [];

export const sizeChecks: readonly Check[] = [
  { id: "database-class", level: "refuse", words: "The database's class sustains the reference load.", of: each(databaseClass) },
  {
    id: "database-storage",
    level: "refuse",
    words: `The database has at least ${REFERENCE_STORAGE_GIB} GiB, as the reference has.`,
    of: each(databaseStorage),
  },
  { id: "database-growth", level: "refuse", words: "The database may grow by at least 10 %, as RDS wants it.", of: each(databaseGrowth) },
  { id: "node-architecture", level: "refuse", words: "Nodes are x86: the package exists for amd64 only.", of: each(nodeArchitecture) },
  { id: "node-size", level: "refuse", words: "Nodes have Posit's minimum of 2 GiB of memory.", of: each(nodeSize) },
  {
    id: "volume-throughput",
    level: "refuse",
    words: "The data volume's throughput is at most a quarter of its operations a second.",
    of: each(volumeThroughput),
  },
];
