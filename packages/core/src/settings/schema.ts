import { z } from "zod";
import { isCidr, isPrivateCidr } from "./cidr.ts";
import { Archive, copyOf, Lock } from "./snapshot-options.ts";

/**
 * Everything that may be set for a stage, with its words beside it; defaults are the reference architectures'.
 * `steward config` and docs/settings.md print these words, so they are written for the operator: the description says what a
 * setting is for, `allowed` what it takes where the type alone does not say it, `example` stands in the docs where there is no
 * default, `masked` keeps everything after a URL's host from being shown, `by` tells a union's members apart.
 */
const text = (pattern: RegExp, allowed: string) => z.string().regex(pattern).meta({ allowed });
const gib = (min: number, max: number) => z.int().min(min).max(max);

const Cidr = z.string().refine(isCidr).meta({ allowed: "an IPv4 range like 203.0.113.0/24, its host bits zero" });
const PrivateCidr = z.string().refine(isPrivateCidr).meta({ allowed: "a private IPv4 range like 10.20.0.0/16 (in 10/8, 172.16/12 or 192.168/16), /16 to /22" });
const Zone = text(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, "an availability zone like us-east-1a");
const InstanceType = text(/^[a-z0-9-]+\.[a-z0-9-]+$/, "an EC2 instance type like m6i.xlarge");
const Release = text(/^\d+\.\d+\.\d+$/, "a version like 4.6.1");

const Network = z.strictObject({
  cidr: PrivateCidr.default("10.20.0.0/16").describe("Address range of the stage's own VPC."),
  zones: z
    .array(Zone)
    .length(2)
    .meta({ example: ["us-east-1a", "us-east-1b"] })
    .describe("Two availability zones of the region. The nodes lie in the first; the second is there because AWS wants two."),
  interfaceEndpoints: z
    .boolean()
    .default(false)
    .describe("Private ways to SSM, KMS, Secrets Manager and CloudWatch, billed by the hour; off, the nodes reach them through NAT or the internet gateway."),
});

const Access = z.strictObject({
  from: z
    .array(Cidr)
    .min(1)
    .meta({ example: ["203.0.113.0/24"] })
    .describe("IPv4 ranges that may reach Package Manager."),
  openToTheWorld: z
    .boolean()
    .default(false)
    .describe("Says that 0.0.0.0/0 in `access.from` is meant. Package Manager serves packages without a login unless told otherwise."),
});

const LICENSE = "file: a vaulted licence file, nothing to activate; floating: a licence server; key: a product key, bound to hardware and lost with a node.";
const License = z
  .discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("file").describe(LICENSE) }),
    z.strictObject({
      kind: z.literal("floating").describe(LICENSE),
      server: text(/^[a-z0-9.-]+:[1-9]\d{0,4}$/i, "host:port, the port from 1 to 65535")
        .refine((server) => Number(server.split(":")[1]) <= 65535)
        .meta({ example: "licences.example.com:8989" })
        .describe("The licence server; only with the kind floating."),
    }),
    z.strictObject({ kind: z.literal("key").describe(LICENSE) }),
  ])
  .meta({ by: "kind" });

const PackageManager = z.strictObject({
  version: text(/^\d{4}\.\d{2}\.\d+(-\d+)?$/, "a version like 2026.08.0")
    .default("2026.08.0")
    .describe("Version of Package Manager; every node runs exactly this one."),
  address: z
    .url({ protocol: /^https?$/ })
    .refine((url) => !url.includes("@"))
    .meta({ allowed: "a URL like https://packages.example.com, without a user or password" })
    .nullable()
    .default(null)
    .describe("Public address that users have, for generated links; null leaves it to Package Manager."),
  license: License.default({ kind: "file" }).describe("Kind of licence. The licence itself is vaulted, never written here."),
  rVersions: z.array(Release).default(["4.6.1"]).describe("R versions for Git builders, the same on every node."),
  pythonVersions: z.array(Release).default(["3.14.7"]).describe("Python versions for Git builders, the same on every node."),
  port: z.int().min(1024).max(65535).default(4242).describe("Port on which nodes listen; below 1024 the package would need a capability that upgrades drop."),
  healthPath: text(/^\/\S*$/, "a path that starts with a slash")
    .default("/__ping__")
    .describe("Path that says whether a node serves."),
});

const nodes = (instanceType: string, rootGib: number) =>
  z
    .strictObject({
      instanceType: InstanceType.default(instanceType).describe("Size of a node."),
      rootGib: gib(20, 16384).default(rootGib).describe("Root volume, gp3, GiB."),
      ubuntu: z.enum(["22.04", "24.04"]).default("22.04").describe("Ubuntu of the golden image."),
    })
    .prefault({});

const DataVolume = z.strictObject({
  gib: gib(100, 16384).default(500).describe("Data volume, GiB; Posit's minimum is 100."),
  iops: z.int().min(3000).max(16000).default(3000).describe("gp3 operations a second; 3,000 cost nothing extra."),
  throughput: z.int().min(125).max(1000).default(125).describe("gp3 MiB/s; 125 cost nothing extra."),
});

/** Of how many periods that have a snapshot the last one is kept. */
const periods = (unit: string) => z.int().min(0).max(1000).optional().describe(`Keep the last snapshot of each of the newest n ${unit} that have one.`);

const Keep = z
  .strictObject({
    count: z.int().min(0).max(1000).optional().describe("Keep the newest n of this schedule."),
    days: z.int().min(0).max(3650).optional().describe("Keep all of the last n days of this schedule."),
    hourly: periods("hours"),
    daily: periods("days (UTC)"),
    weekly: periods("weeks (from Monday, UTC)"),
    monthly: periods("months (UTC)"),
    yearly: periods("years (UTC)"),
  })
  .describe("What to keep of this schedule. What any of its rules keeps is kept.");

const SnapshotSchedule = z.strictObject({
  id: text(/^[a-z][a-z0-9-]{0,15}$/, "a short name like daily, at most 16 lower-case letters, digits and dashes")
    .meta({ example: "daily" })
    .describe("Name of the schedule; each its own."),
  everyHours: z
    .literal([1, 2, 3, 4, 6, 8, 12, 24, 168, 672])
    .meta({ example: 24 })
    .describe("Hours between two snapshots, counted from midnight UTC; 168 is every Monday, 672 every fourth."),
  keep: Keep,
});

const Snapshots = z.strictObject({
  schedules: z
    .array(SnapshotSchedule)
    .min(1)
    .default([
      { id: "hourly", everyHours: 1, keep: { count: 24 } },
      { id: "daily", everyHours: 24, keep: { count: 14 } },
      { id: "weekly", everyHours: 168, keep: { count: 8 } },
    ])
    .describe("When to make a snapshot of the data volume and how long to keep it."),
  floor: z.int().min(1).max(1000).default(3).describe("Never fewer good snapshots than this, whatever the schedules say."),
  unfrozen: z
    .enum(["take", "skip"])
    .default("take")
    .describe("When the database can't be brought to rest: `take` the snapshot all the same and mark it crash-consistent, or `skip` it and tell people."),
  pruning: z
    .strictObject({
      perSecond: z
        .number()
        .min(0.1)
        .max(5)
        .meta({ allowed: "a number from 0.1 to 5" })
        .default(4)
        .describe("Deletions a second. EC2 takes 5 of a whole account and region; stages know nothing of each other, so several share them: 2 each for two."),
      burst: z
        .int()
        .min(1)
        .max(100)
        .default(20)
        .describe("Deletions that may come at once after a pause. EC2 takes 100, of everybody: several stages share them too."),
      atMost: z.int().min(1).max(100_000).default(50).describe("Nothing is deleted when more than this are due at once: then people are told."),
      atMostPercent: z.int().min(1).max(100).default(50).describe("Nothing is deleted when more than this share of all is due at once: then people are told."),
    })
    .prefault({})
    .describe("How snapshots that are due are deleted."),
  proof: z
    .strictObject({
      everyDays: z
        .int()
        .min(1)
        .max(90)
        .nullable()
        .default(7)
        .describe("Days between two drills: the newest good snapshot is restored on a server of its own and looked at. Null leaves them to people."),
      loadWithinHours: z
        .int()
        .min(0)
        .max(48)
        .default(6)
        .describe("How long a drill waits until the restored volume is read to its end, after which a restore is as fast as before; 0 does not wait."),
    })
    .prefault({})
    .describe("How it is proven that snapshots can be restored."),
  copy: copyOf(Keep.describe("How many copies are kept, apart from what is kept here. What any of its rules keeps is kept.")),
  archive: Archive,
  lock: Lock,
});
export type SnapshotPolicy = z.infer<typeof Snapshots>;

const ImageRetention = z.strictObject({
  keep: z.int().min(1).max(100).default(3).describe("Keep the newest n images that have served, and the newest n that have not yet."),
  days: z.int().min(0).max(3650).default(30).describe("Keep every image that a node was launched from within the last n days."),
  disableFirst: z.boolean().default(false).describe("Disable an image that is due, and deregister it only the next day."),
});

const InstanceClass = text(/^db\.[a-z0-9-]+\.[a-z0-9-]+$/, "an RDS instance class like db.t3.xlarge");

const DatabaseProof = z.strictObject({
  everyDays: z
    .int()
    .min(1)
    .max(90)
    .nullable()
    .default(7)
    .describe(
      "Days between two drills: the newest snapshot is restored to a database of its own, looked at beside the bucket, and removed. Null leaves them to people.",
    ),
  instanceClass: InstanceClass.default("db.t3.small").describe("RDS instance class of the restored database, for the hour or so that it is there."),
});

/** What a pair's drills have to know of the settings; a bucket that is not named has the stage's own name. */
const DatabaseKeeping = z.strictObject({ proof: DatabaseProof, bucket: z.string().nullable(), prefix: z.string() });
export type DatabaseKeeping = z.infer<typeof DatabaseKeeping>;

/** What is kept of what Steward makes: all that its functions have to know of the settings for it. */
export const Keeping = z.strictObject({ snapshots: Snapshots.nullable(), images: ImageRetention, database: DatabaseKeeping.optional() });
export type Keeping = z.infer<typeof Keeping>;

const Database = z.strictObject({
  instanceClass: InstanceClass.default("db.t3.xlarge").describe("RDS instance class; the reference ran a million installs a day at 10-20 % of db.t3.xlarge."),
  engineVersion: text(/^\d{2}(\.\d+)?$/, "a PostgreSQL version like 16 or 16.4")
    .default("16")
    .describe(
      "PostgreSQL version; a major alone lets RDS choose and patch the minor. A deploy never takes a database to another major: RDS refuses it, that upgrade is made by hand, and this follows.",
    ),
  storageGib: gib(20, 65536).default(100).describe("Storage at first, GiB; RDS can grow it, never shrink it."),
  maxStorageGib: gib(20, 65536).default(500).describe("How far RDS may grow the storage by itself, GiB."),
  multiAz: z.boolean().default(false).describe("A standby in the other zone; doubles the price of the database."),
  backupDays: z.int().min(1).max(35).default(7).describe("Days of automated backups."),
  proof: DatabaseProof.prefault({}).describe("How it is proven that the database can be restored."),
});

/** Prefixes and suffixes that S3 keeps for itself: S3 User Guide, "General purpose bucket naming rules". */
const RESERVED_BUCKET = /^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|--x-s3|--table-s3)$/;

const Storage = z.strictObject({
  bucket: text(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/, "a bucket name: 3 to 63 lower-case letters, digits and dashes, none of S3's reserved prefixes and suffixes")
    .refine((name) => !RESERVED_BUCKET.test(name))
    .nullable()
    .default(null)
    .describe("Name of the package bucket; null gives it the stage's own name."),
  prefix: text(/^([\w.-]+(\/[\w.-]+)*)?$/, "a path without a leading or trailing slash, or nothing")
    .default("")
    .describe("Folder in the bucket."),
  clientSideEncryption: z.boolean().default(false).describe("Package Manager encrypts its objects itself with a KMS key; losing the key loses everything."),
});

const Topics = z.strictObject({
  people: z
    .array(z.email().meta({ allowed: "an e-mail address" }))
    .default([])
    .describe("E-mail addresses that are told of incidents; each must confirm its subscription."),
  pager: z
    .array(z.url({ protocol: /^https$/ }).meta({ allowed: "an https URL" }))
    .default([])
    .meta({ masked: true })
    .describe("HTTPS receivers of machine-readable alerts, such as a paging service; shown without their paths, which often are secrets."),
});

const common = {
  account: text(/^\d{12}$/, "the 12 digits of an AWS account, as text")
    .meta({ example: "111122223333" })
    .describe("The only AWS account that this stage may be deployed to."),
  region: text(/^[a-z]{2}(-[a-z]+)+-\d$/, "a region like us-east-1")
    .meta({ example: "us-east-1" })
    .describe("AWS region."),
  network: Network.describe("Where the stage lives."),
  packageManager: PackageManager.prefault({}).describe("What the nodes run."),
  alerts: Topics.prefault({}).describe("Who is told."),
  images: ImageRetention.prefault({}).describe("Which golden images are kept; one in use never goes."),
  logDays: z.literal([7, 14, 30, 60, 90, 180, 365]).default(30).describe("Days that logs are kept."),
};

export const SingleSettings = z.strictObject({
  topology: z.literal("single").describe("One server with its data on an EBS volume and SQLite: up to a million installs a month."),
  ...common,
  access: Access.describe("Who may reach the server. There is no default: the server has a public address."),
  tls: z
    .enum(["vaulted", "none"])
    .default("vaulted")
    .describe("`vaulted`: HTTPS with the certificate from the vault. `none`: plain HTTP, a deliberate choice."),
  nodes: nodes("m6i.xlarge", 50).describe("The server."),
  dataVolume: DataVolume.prefault({}).describe("The volume with the packages and the database. It outlives servers and deploys."),
  snapshots: Snapshots.prefault({}).describe("Snapshots of the data volume."),
});

export const HaSettings = z.strictObject({
  topology: z.literal("ha").describe("Two nodes behind a load balancer with S3 and Postgres: up to thirty million installs a month."),
  ...common,
  access: Access.prefault({ from: ["0.0.0.0/0"], openToTheWorld: true }).describe("Who may reach the load balancer."),
  certificateArn: text(/^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[0-9a-f-]{36}$/, "the ARN of an ACM certificate")
    .nullable()
    .default(null)
    .describe("Certificate of the load balancer; with it plain HTTP is redirected. Null goes with `plainHttp` alone."),
  plainHttp: z.boolean().default(false).describe("Says that plain HTTP is meant, tokens included; without it a certificate is needed."),
  nodes: nodes("c5.4xlarge", 100).describe("The nodes."),
  database: Database.prefault({}).describe("RDS Postgres."),
  storage: Storage.prefault({}).describe("The package bucket."),
});

export const StageSettings = z.discriminatedUnion("topology", [SingleSettings, HaSettings]).meta({ by: "topology" });
export type SingleSettings = z.infer<typeof SingleSettings>;
export type HaSettings = z.infer<typeof HaSettings>;
/** The effective settings of one stage: everything filled in. */
export type StageSettings = z.infer<typeof StageSettings>;

/** What the functions have to know of the settings for keeping and pruning. */
export const keepingOf = (settings: StageSettings): Keeping => ({
  snapshots: settings.topology === "single" ? settings.snapshots : null,
  images: settings.images,
  ...(settings.topology === "ha" && {
    database: { proof: settings.database.proof, bucket: settings.storage.bucket, prefix: settings.storage.prefix },
  }),
});
/** What an operator writes for one stage. */
export type StageInput = z.input<typeof StageSettings>;

/**
 * RDS takes no identifier or parameter group that ends with a dash or has two in a row (RDS API reference, "CreateDBInstance" and
 * "CreateDBParameterGroup"), and a load balancer none that ends with one (ELB API reference, "CreateLoadBalancer").
 */
export const StageName = text(/^(?=.{1,12}$)[a-z](-?[a-z0-9])*$/, "at most 12 lower-case letters and digits, a letter first, single dashes between them");

/** What `steward.config.ts` exports: a fleet per stage. */
export interface StewardConfigInput {
  stages: Record<string, StageInput>;
}
/** Types what an operator writes; it is checked when it is read. */
export const defineConfig = (config: StewardConfigInput): StewardConfigInput => config;
