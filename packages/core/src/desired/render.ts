import type { HaSettings, SingleSettings, StageSettings } from "../settings/schema.ts";
import type { ConfigFiles } from "./documents.ts";
import { variableFor } from "./effective.ts";
import { type ConfigToWrite, writeConfig } from "./gcfg-write.ts";
import type { SettingName } from "./known-settings.ts";
import { LOGIN_USERS, type LoginId, type SecretReference } from "./vault.ts";

/** What a node is told of its surroundings; the same for every node of a fleet. */
export interface RenderFacts {
  /** Package Manager's data folder: in `single` on the data volume. */
  folder: string;
  /** The package bucket; null where there is none. */
  bucket: string | null;
  /** The empty database that Package Manager fills; null where there is none. */
  database: { name: string; port: number } | null;
}

/** Everything that makes Package Manager's configuration, without a secret; or why it is not to be had. */
export type RenderedConfig = ({ kind: "rendered" } & ConfigFiles) | { kind: "refused"; because: string };

/** Where the node puts what the config points to. */
export const CONFIG_PATHS = {
  config: "/etc/rstudio-pm/rstudio-pm.gcfg",
  /** Beside the image's own drop-in, which holds the conditions under which the service may start at all. */
  dropIn: "/etc/systemd/system/rstudio-pm.service.d/steward-config.conf",
  /** For root alone, because systemd reads it before it drops rights; in memory, so that nothing of it outlives the boot or gets into an image of the disk. */
  environment: "/run/steward/rstudio-pm.env",
  /** In memory too, and by paths that only root writes to. */
  certificate: "/run/steward/tls/server.crt",
  privateKey: "/run/steward/tls/server.key",
  /** Amazon's authorities for RDS, baked into the image. Source: RDS user guide, "Using SSL/TLS to encrypt a connection to a DB instance". */
  databaseAuthorities: "/opt/steward/etc/rds-global-bundle.pem",
} as const;

/** Schemas of the one database, as in Posit's own operator; made with the logins, before the first start. */
export const DATABASE_SCHEMAS = { main: "pm", usage: "metrics" } as const;

/** Takes the key's place at any age of Package Manager. Source: Admin Guide, "Configuration Encryption". */
export const KEY_VARIABLE = "PACKAGEMANAGER_ENCRYPTION_KEY";

/** What stands for the database in service until it is known. */
const HOST = "__database_host__";
const LOGIN = "__database_login__";

/** The configuration with the database in service and the login in service in it; throws on a host that is none. */
export function withDatabase(config: ConfigFiles, database: { host: string; login: LoginId } | null): ConfigFiles {
  if (!database) return config;
  const { host, login } = database;
  if (!/^[a-z0-9.-]+$/i.test(host)) throw new RangeError("the endpoint of the database is no host name");
  const ours = (reference: SecretReference): SecretReference => (reference.part === "password" ? { ...reference, secret: login } : reference);
  const environment = Object.fromEntries(Object.entries(config.environment).map(([name, reference]) => [name, ours(reference)]));
  return { ...config, text: config.text.replaceAll(HOST, host).replaceAll(LOGIN, LOGIN_USERS[login]), environment };
}

type Line = readonly [SettingName, string];
type Parts = { lines: Line[]; environment: ConfigFiles["environment"]; files: ConfigFiles["files"]; service: string[] };

/**
 * Package Manager's configuration for these settings: confirmed keys only, no secret, byte for byte the same on every node. The encryption
 * key comes as a variable, the one place that counts in every version and beside which Package Manager invents none; a missing file stops the start.
 * What the settings ask for and no confirmed key can say is refused, because a server without it would look right and not be.
 */
export function renderConfig(settings: StageSettings, facts: RenderFacts): RenderedConfig {
  const parts = settings.topology === "ha" ? ha(settings, facts) : single(settings, facts);
  if (typeof parts === "string") return { kind: "refused", because: parts };
  const pythons = settings.packageManager.pythonVersions;
  if (pythons.length > 1) return { kind: "refused", because: "no page of Posit says whether Server.PythonVersion takes more than one version" };
  const { lines, environment, files, service } = parts;
  const written = writeConfig({ sections: inSections([...common(settings, facts), ...lines]) });
  if (written.kind === "refused") return written;
  return {
    kind: "rendered",
    text: written.text,
    dropIn: ["[Service]", `EnvironmentFile=${CONFIG_PATHS.environment}`, ...service, ""].join("\n"),
    environment: { [KEY_VARIABLE]: { secret: "encryption-key", part: "text" }, ...environment },
    files,
  };
}

/**
 * Metrics listen on a bare port, the only form that Posit's page shows, so not on loopback alone: it is the security group,
 * which never opens 2112, that keeps them inside. Source: Admin Guide, "Operational Metrics".
 */
function common({ packageManager: { address, rVersions, pythonVersions, license } }: StageSettings, { folder }: RenderFacts): Line[] {
  return [
    ...(address === null ? [] : [["Server.Address", address] as const]),
    ["Server.DataDir", folder],
    ...rVersions.map((version) => ["Server.RVersion", `/opt/R/${version}`] as const),
    ...pythonVersions.map((version) => ["Server.PythonVersion", `/opt/python/${version}/bin/python`] as const),
    ["Licensing.LicenseType", license.kind === "floating" ? "remote" : "local"],
    ["Metrics.Enabled", "true"],
    ["Metrics.Listen", "2112"],
  ];
}

/**
 * SQLite lies beside the packages, on the one volume that snapshots hold. With a certificate the world gets port 443 and plain HTTP
 * stays on loopback, where the node's own probe asks; the right to a low port comes from the unit, since a package upgrade
 * would drop it from the binary. Sources: Admin Guide, "Networking" and "Database"; systemd.exec(5), "AmbientCapabilities".
 */
function single({ tls, packageManager: { port } }: SingleSettings, { folder }: RenderFacts): Parts {
  const data: Line[] = [
    ["Database.Provider", "sqlite"],
    ["SQLite.Dir", `${folder}/db`],
  ];
  if (tls === "none") return { lines: [...plainHttp(port), ...data], environment: {}, files: {}, service: [] };
  const https: Line[] = [
    ["HTTP.Listen", `127.0.0.1:${port}`],
    ["HTTPS.Listen", ":443"],
    ["HTTPS.Certificate", CONFIG_PATHS.certificate],
    ["HTTPS.Key", CONFIG_PATHS.privateKey],
  ];
  const files: Parts["files"] = {
    [CONFIG_PATHS.certificate]: { secret: "certificate", part: "certificate" },
    [CONFIG_PATHS.privateKey]: { secret: "certificate", part: "private-key" },
  };
  return { lines: [...https, ...data], environment: {}, files, service: ["AmbientCapabilities=CAP_NET_BIND_SERVICE"] };
}

/** The balancer ends TLS, so the nodes speak plain HTTP; the unused protocol is blanked, as the page "Networking" advises. */
const plainHttp = (port: number): Line[] => [
  ["HTTP.Listen", `:${port}`],
  ["HTTPS.Listen", ""],
];

/**
 * Both passwords come as variables: they never stand in a file that is fingerprinted, collected or compared, do not depend on the
 * encryption key as an encrypted value would, and both are confirmed names. Both are set, because one version did not fall
 * back from one to the other. Source: rstudio/helm, charts/rstudio-pm, README.md.
 */
function ha({ region, storage, packageManager: { port } }: HaSettings, { bucket, database }: RenderFacts): Parts | string {
  if (storage.clientSideEncryption) return "the name of the setting for client-side encryption is not confirmed, and without it nothing would be encrypted";
  if (bucket === null) return "the package bucket is not known";
  if (database === null) return "the database is not known";
  const login: SecretReference = { secret: "database-login-a", part: "password" };
  const prefix: Line[] = storage.prefix === "" ? [] : [["S3Storage.Prefix", storage.prefix]];
  return {
    lines: [
      ...plainHttp(port),
      ["Database.Provider", "postgres"],
      ["Postgres.URL", databaseUrl(database, DATABASE_SCHEMAS.main)],
      ["Postgres.UsageDataURL", databaseUrl(database, DATABASE_SCHEMAS.usage)],
      ["Storage.Default", "s3"],
      ["Storage.Persistent", "s3"],
      ["S3Storage.Bucket", bucket],
      ...prefix,
      ["S3Storage.Region", region],
    ],
    environment: { [variableFor("Postgres", "Password")]: login, [variableFor("Postgres", "UsageDataPassword")]: login },
    files: {},
    service: [],
  };
}

/** Without a password. Sources: Admin Guide, "Database", for the schema in the URL; PostgreSQL, "SSL Support", for verify-full and the authorities. */
function databaseUrl({ port, name }: NonNullable<RenderFacts["database"]>, schema: string): string {
  const options = new URLSearchParams({ sslmode: "verify-full", sslrootcert: CONFIG_PATHS.databaseAuthorities, search_path: schema });
  return `postgres://${LOGIN}@${HOST}:${port}/${encodeURIComponent(name)}?${options}`;
}

/** One section per name, in the order in which they come up. */
function inSections(lines: Line[]): ConfigToWrite["sections"] {
  const sections = new Map<string, { key: string; value: string }[]>();
  for (const [name, value] of lines) {
    const [section, key] = name.split(".") as [string, string];
    sections.set(section, [...(sections.get(section) ?? []), { key, value }]);
  }
  return [...sections].map(([name, entries]) => ({ name, subsection: null, entries }));
}
