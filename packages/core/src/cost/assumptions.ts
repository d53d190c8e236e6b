import type { TopologyKind } from "../topology/topology.ts";

/** A figure that no setting says, and where it is taken from. */
interface Assumption {
  what: string;
  value: number;
  unit: string;
  because: string;
}

const ENVELOPE = "Posit's reference architecture: the most that it is meant for; a tenth of the installs is about a tenth of what follows from them";

/** What the estimate assumes of a month's use; changed by no setting. */
export const ASSUMED = {
  singleInstalls: { what: "installs on one server", value: 1_000_000, unit: "a month", because: ENVELOPE },
  haInstalls: { what: "installs on the pair", value: 30_000_000, unit: "a month", because: ENVELOPE },
  installMb: {
    what: "download of one install",
    value: 2,
    unit: "MB",
    because: "general knowledge: the usual R or Python package, as a binary, has one to three; all leave AWS over the internet",
  },
  cachedGb: {
    what: "packages kept",
    value: 200,
    unit: "GB",
    because: "Posit: the cache of a connected server grows to 50 to 100 GB for R alone, and further with Bioconductor and PyPI",
  },
  fetchedGb: { what: "packages and metadata fetched through the NAT gateway", value: 100, unit: "GB a month", because: "the cache fills in about two months" },
  changedGb: { what: "data of the server that changes", value: 2, unit: "GB a day", because: "the same fetches and the database, spread over a month" },
  snapshotDays: { what: "reach of the snapshots", value: 56, unit: "days", because: "the longest default schedule keeps eight weeks" },
  snapshotRuns: {
    what: "runs that make or delete snapshots",
    value: 1_460,
    unit: "a month",
    because: "the default schedules make one an hour, and then one an hour goes",
  },
  snapshotRunSeconds: { what: "duration of such a run", value: 30, unit: "s", because: "a freeze, EC2's answer and the thaw, each through Run Command" },
  snapshotOperations: {
    what: "durable operations of such a run",
    value: 15,
    unit: "",
    because: "eleven checkpoints on the simulated account, and room for retries",
  },
  drills: { what: "restore drills", value: 4.35, unit: "a month", because: "one a week, by default" },
  drillHours: {
    what: "duration of a restore drill",
    value: 3,
    unit: "hours",
    because: "minutes to the first answer; most of it is the reading of the whole volume, once, at 50 MiB/s",
  },
  nodeLogBytes: { what: "log of one install on a node", value: 300, unit: "bytes", because: "one line of an access log" },
  accessLogBytes: { what: "log of one install at the load balancer", value: 100, unit: "bytes", because: "one line of an access log, compressed" },
  databaseLogGb: { what: "each log of the database", value: 0.5, unit: "GB a month", because: "connections, slow statements and errors only" },
  incidents: { what: "incidents", value: 10, unit: "a month", because: "more than a healthy fleet has" },
  incidentOperations: { what: "durable operations of an incident", value: 100, unit: "", because: "about eighty checkpoints on the simulated account" },
  incidentEvents: { what: "events and messages of an incident", value: 6, unit: "", because: "opened, acted, escalated, resolved, and what CloudWatch adds" },
  sweepSeconds: {
    what: "duration of a sweep, or of a look after snapshots",
    value: 2,
    unit: "s",
    because: "up to 35 calls of 5 to 40 ms on the simulated account, and room for slow ones",
  },
  sweepReads: {
    what: "ledger reads of a sweep, or of a look after snapshots",
    value: 16,
    unit: "read units",
    because: "up to twelve queries on the simulated account, and room for larger items",
  },
  sweepWrites: {
    what: "ledger writes of a sweep, or of a look after snapshots",
    value: 2,
    unit: "write units",
    because: "one put on the simulated account, and room for larger items",
  },
  sweepMetricRequests: {
    what: "CloudWatch requests of a sweep, or of a look after snapshots",
    value: 3,
    unit: "",
    because: "one to read the alarms, up to two to publish",
  },
  sweepLogKb: { what: "log of a sweep, or of a look after snapshots", value: 4, unit: "KB", because: "Lambda's own three lines and a few of ours" },
  ledgerGb: { what: "ledger", value: 0.1, unit: "GB", because: "incidents, runs and leases are small" },
  imageBuilds: { what: "builds of the golden image", value: 5, unit: "a month", because: "every Monday on which Canonical has a new image" },
  imageBuildHours: {
    what: "instances of a build, building and testing",
    value: 2,
    unit: "hours",
    because: "languages and updates take most of it; the tests have an instance of their own",
  },
  imagesKept: { what: "golden images kept", value: 3, unit: "", because: "the one in service, the one before, and a candidate" },
  imageGb: { what: "snapshot of a golden image", value: 12, unit: "GB", because: "Ubuntu, Package Manager, R and Python; empty blocks are not stored" },
  stateGb: { what: "documents of Steward", value: 0.1, unit: "GB", because: "declared and desired states, evidence" },
} as const satisfies Record<string, Assumption>;

export const installsOf = (kind: TopologyKind): number => (kind === "ha" ? ASSUMED.haInstalls : ASSUMED.singleInstalls).value;

/** What is paid and not in the estimate. */
export const NOT_COUNTED: readonly string[] = [
  "Package Manager's licence, support plans, taxes",
  "free tiers and discounts, which are the account's",
  "a key's yearly rotation: one dollar a month more after the first, another after the second, and no more",
  "requests to KMS and Secrets Manager, and what durable runs write and retain: cents",
  "a third node while one is replaced",
  "credits of burstable instances above their baseline, and backups of the database beyond its own size",
  "traffic between zones, and data through interface endpoints",
];
