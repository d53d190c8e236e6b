import { DeclaredDocument, type DocumentPointer, pointerTo } from "../desired/documents.ts";
import { ACCOUNT } from "../desired/places.ts";
import { renderConfig } from "../desired/render.ts";
import type { SecretId } from "../desired/vault.ts";
import type { HaSettings, StageSettings } from "../settings/schema.ts";
import { bucketName, packageBucket } from "./arns.ts";
import { nodeDocument } from "./document.ts";
import { dataVolume, SERVING } from "./fleet.ts";
import type { Names } from "./names.ts";
import { accessLogPolicy, tlsOnly } from "./resource-policies.ts";
import type {
  BucketSpec,
  DatabaseSpec,
  DocumentSpec,
  LifecycleSpec,
  LogGroupSpec,
  ParameterSpec,
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
  "fingerprint-salt": "Keys the fingerprints of configurations; opens nothing",
};

/** Empty places in the vault: `steward secrets` fills them. */
export function secrets(settings: StageSettings, n: Names): SecretSpec[] {
  const logins: SecretId[] = settings.topology === "ha" ? ["database-login-a", "database-login-b"] : [];
  const certificate: SecretId[] = settings.topology === "single" && settings.tls === "vaulted" ? ["certificate"] : [];
  const license: SecretId[] = settings.packageManager.license.kind === "floating" ? [] : ["license"];
  const ids: SecretId[] = ["encryption-key", ...license, ...certificate, ...logins, "fingerprint-salt"];
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

/** What a deploy declares; Steward compares it with what is in effect, and decides. Throws where the settings can't be put into a configuration. */
export function declared(settings: StageSettings, { stage, n }: { stage: string; n: Names }): DeclaredDocument {
  const { topology, region, packageManager } = settings;
  const { version, rVersions, pythonVersions, license } = packageManager;
  const db = settings.topology === "ha" ? database(settings, n) : null;
  const bucket = settings.topology === "ha" ? packageBucket(stage, settings) : null;
  const config = renderConfig(settings, { folder: ACCOUNT.home, bucket, database: db });
  if (config.kind === "refused") throw new RangeError(config.because);
  const { text, dropIn, environment, files } = config;
  const volume = settings.topology === "single" ? dataVolume(settings, { stage, n }) : null;
  return {
    declared: 1,
    stage,
    topology,
    region,
    version,
    rVersions,
    pythonVersions,
    license,
    config: { text, dropIn, environment, files },
    database: db && { id: db.id, name: db.name, port: db.port, masterUser: db.masterUser },
    dataVolume: volume && { ...volume, key: n.key(volume.key) },
    serving: SERVING[topology],
    baseTemplate: n.baseTemplate,
    ubuntu: settings.nodes.ubuntu,
    secrets: secrets(settings, n).map(({ id }) => id),
  };
}

const declaredText = (settings: StageSettings, at: { stage: string; n: Names }): string => JSON.stringify(DeclaredDocument.parse(declared(settings, at)));

const declaredPointer = (settings: StageSettings, at: { stage: string; n: Names }): DocumentPointer =>
  pointerTo(bucketName(at.stage, settings.account, "state"), "declared", declaredText(settings, at));

export const objects = (settings: StageSettings, at: { stage: string; n: Names }): StateObjectSpec[] => [
  { key: declaredPointer(settings, at).key, content: declaredText(settings, at) },
];

/** The pointer that deploys write, and the switch that they write once. What is in effect is Steward's alone. */
export function parameters(settings: StageSettings, at: { stage: string; n: Names }): ParameterSpec[] {
  const { n } = at;
  const pointer = JSON.stringify(declaredPointer(settings, at));
  return [
    { name: n.declared, value: pointer, owner: "deploy", description: "What the last deploy declared: where the document lies, and its hash" },
    { name: n.switch, value: JSON.stringify({ position: "on" }), owner: "steward", description: "Steward's switch: on acts, off only watches and tells" },
  ];
}
