import { createHash } from "node:crypto";
import type { HaSettings, StageSettings } from "../settings/schema.ts";
import { bucketName, packageBucket } from "./arns.ts";
import { nodeDocument } from "./document.ts";
import { type Names, names } from "./names.ts";
import { accessLogPolicy, tlsOnly } from "./resource-policies.ts";
import type {
  BucketSpec,
  DatabaseSpec,
  DocumentSpec,
  LifecycleSpec,
  LogGroupSpec,
  ParameterSpec,
  SecretId,
  SecretSpec,
  StateObjectSpec,
  TableSpec,
} from "./state-spec.ts";

const unfinishedUploads: LifecycleSpec = { id: "unfinished-uploads", abortUploadsDays: 7, expireDays: null };

/** Package Manager's objects are never expired or moved: only uploads that nobody finished. */
export function buckets(settings: StageSettings, stage: string): BucketSpec[] {
  const named = (id: BucketSpec["id"]) => ({ id, name: bucketName(stage, settings.account, id) });
  const plain = (name: string) => ({ versioned: true, events: false, lifecycle: [unfinishedUploads], policy: tlsOnly(name) });
  const state = named("state");
  const stateBucket: BucketSpec = {
    ...state,
    ...plain(state.name),
    purpose: "Documents of Steward: declared and desired state, evidence, handbook",
    encryption: { algorithm: "aws:kms", key: "data" },
  };
  if (settings.topology === "single") return [stateBucket];
  const [packages, logs] = [{ id: "packages" as const, name: packageBucket(stage, settings) }, named("access-logs")];
  return [
    {
      ...packages,
      ...plain(packages.name),
      purpose: "Packages, sources and cached metadata of Package Manager",
      encryption: { algorithm: "AES256" },
      events: true,
    },
    stateBucket,
    {
      ...logs,
      purpose: "Access logs of the load balancer, which can write with S3's own key only",
      versioned: false,
      encryption: { algorithm: "AES256" },
      events: false,
      lifecycle: [{ id: "old-logs", abortUploadsDays: 7, expireDays: settings.logDays }],
      policy: accessLogPolicy(logs.name, { account: settings.account, stage }),
    },
  ];
}

const SECRETS: Record<SecretId, string> = {
  "encryption-key": "Package Manager's encryption key; losing it loses every secret in the database",
  license: "Licence of Package Manager",
  certificate: "Certificate and private key of the server",
  "database-login-a": "First of two logins to the database",
  "database-login-b": "Second of two logins to the database, so that one can change while the other serves",
};

/** Empty places in the vault: `steward secrets` fills them. */
export function secrets(settings: StageSettings, n: Names): SecretSpec[] {
  const logins: SecretId[] = settings.topology === "ha" ? ["database-login-a", "database-login-b"] : [];
  const certificate: SecretId[] = settings.topology === "single" && settings.tls === "vaulted" ? ["certificate"] : [];
  const ids: SecretId[] = ["encryption-key", "license", ...certificate, ...logins];
  return ids.map((id) => ({ id, name: n.secret(id), description: SECRETS[id], key: "vault", recoveryDays: 30 }));
}

/** RDS makes its own log groups without an end, unless they are there. Source: RDS user guide, "Publishing database logs to Amazon CloudWatch Logs". */
export function logGroups(settings: StageSettings, n: Names): LogGroupSpec[] {
  const ofDatabase = settings.topology === "ha" ? database(settings, n).logExports.map((log) => `/aws/rds/instance/${n.database}/${log}`) : [];
  return [n.nodeLogs, ...ofDatabase].map((name) => ({ name, retentionDays: settings.logDays }));
}

/** The parameter group is called after its family, so that another major's can be made beside it. */
export function database({ database: db }: HaSettings, n: Names): DatabaseSpec {
  const family = `postgres${db.engineVersion.split(".")[0]}`;
  return {
    id: n.database,
    name: "rstudio_pm",
    engine: "postgres",
    engineVersion: db.engineVersion,
    instanceClass: db.instanceClass,
    storageGib: db.storageGib,
    maxStorageGib: db.maxStorageGib,
    multiAz: db.multiAz,
    backupDays: db.backupDays,
    backupWindow: "03:00-03:30",
    maintenanceWindow: "sun:04:00-sun:05:00",
    port: 5432,
    masterUser: "postgres",
    certificateAuthority: "rds-ca-rsa2048-g1",
    key: "data",
    subnetGroup: { name: n.database, subnets: ["database-a", "database-b"] },
    securityGroup: "database",
    parameterGroup: { name: `${n.database}-${family}`, family, parameters: { "rds.force_ssl": "1" } },
    deletionProtection: true,
    logExports: ["postgresql", "upgrade"],
  };
}

export const table = (n: Names): TableSpec => ({ name: n.table, partitionKey: "pk", sortKey: "sk", pointInTimeRecovery: true, deletionProtection: true });

export const document = (n: Names): DocumentSpec => ({ name: n.document, content: nodeDocument });

/** What a deploy declares of the nodes; Steward compares it with what is in effect, and decides. */
function declared(settings: StageSettings, stage: string): StateObjectSpec {
  const { topology, region, packageManager, nodes } = settings;
  const storage = settings.topology === "ha" ? { ...settings.storage, bucket: packageBucket(stage, settings) } : null;
  const content = JSON.stringify({ declared: 1, stage, topology, region, packageManager, nodes, storage, database: databaseOf(settings, names(stage)) });
  return { key: `declared/${createHash("sha256").update(content).digest("hex")}.json`, content };
}

/** Which database it is; another one would be an empty one. */
function databaseOf(settings: StageSettings, n: Names): { id: string; name: string } | null {
  if (settings.topology === "single") return null;
  const { id, name } = database(settings, n);
  return { id, name };
}

export const objects = (settings: StageSettings, stage: string): StateObjectSpec[] => [declared(settings, stage)];

/** The pointer that deploys write, and the switch that they write once. The desired state is Steward's alone. */
export function parameters(settings: StageSettings, { stage, n }: { stage: string; n: Names }): ParameterSpec[] {
  const { key } = declared(settings, stage);
  const pointer = { bucket: bucketName(stage, settings.account, "state"), key, sha256: key.slice("declared/".length, -".json".length) };
  return [
    { name: n.declared, value: JSON.stringify(pointer), owner: "deploy", description: "What the last deploy declared: where the document lies, and its hash" },
    { name: n.switch, value: JSON.stringify({ position: "on" }), owner: "steward", description: "Steward's switch: on acts, off only watches and tells" },
  ];
}
