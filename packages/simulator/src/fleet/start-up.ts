import { variableFor } from "@steward/core/desired/effective";
import { type Config, lastValue, parseConfig } from "@steward/core/desired/gcfg";
import { type KeyReading, readKey } from "@steward/core/desired/key-fingerprint";
import { keySource } from "@steward/core/desired/key-source";
import { ACCOUNT } from "@steward/core/desired/places";
import { CONFIG_PATHS, KEY_VARIABLE } from "@steward/core/desired/render";
import { hex } from "../world/chance.ts";
import type { FileSystem } from "./file-system.ts";

/** One way into a Postgres database, as the server has it from its configuration and its environment. */
export interface Login {
  host: string;
  user: string;
  password: string;
  schema: string;
}

export type DatabaseChoice = { kind: "sqlite"; file: string } | { kind: "postgres"; logins: Login[] };

/** What a server process has found at its start; it does not look again until it is restarted. */
export interface Setup {
  /** Where plain HTTP is answered, and whether others than this machine are. */
  http: { port: number; toAll: boolean } | undefined;
  https: boolean;
  keyFingerprint: string;
  database: DatabaseChoice;
  storage: "s3" | "file";
}

interface Found {
  files: FileSystem;
  environment: ReadonlyMap<string, string>;
  version: string;
}

/** A sentence for the server's log where it can't go on; never a secret. */
export type SetupReading = { kind: "setup"; setup: Setup } | { kind: "ends"; because: string };

const ends = (because: string): { kind: "ends"; because: string } => ({ kind: "ends", because });

/**
 * What Package Manager makes of its configuration, its environment and its files. What it says and does where one of them is wrong is
 * assumed: it ends itself, as the vendor's start scripts want it to with a licence that is none.
 */
export function readSetup(found: Found): SetupReading {
  const text = readAsService(found.files, CONFIG_PATHS.config);
  const reading = text === undefined ? undefined : parseConfig(text);
  if (reading?.kind !== "config") return ends(`${CONFIG_PATHS.config} can't be read`);
  const { config } = reading;
  const unlicensed = licenseTrouble(found, config);
  if (unlicensed) return ends(unlicensed);
  const [http, https] = [httpListener(config), httpsListener(found, config)];
  if (https === "unusable") return ends("the certificate or its key can't be read");
  const database = databaseChoice(found, config);
  if (!database) return ends("the database is not configured");
  const key = encryptionKey(found, config);
  if (key.kind === "invalid") return ends(`encryption key: ${key.because}`);
  const storage = lastValue(config, "Storage", "Default")?.toLowerCase() === "s3" ? "s3" : "file";
  return { kind: "setup", setup: { http, https: https === "open", keyFingerprint: key.fingerprint, database, storage } };
}

/** Text of a file that the service's account may read. */
function readAsService(files: FileSystem, path: string): string | undefined {
  const entry = files.entry(path);
  const mayRead = entry && (entry.owner === ACCOUNT.name ? entry.mode & 0o400 : entry.mode & 0o004);
  return mayRead ? files.read(path) : undefined;
}

function httpListener(config: Config): Setup["http"] {
  const listen = lastValue(config, "HTTP", "Listen") ?? ":4242";
  const [, host = "", port] = /^(.*):(\d+)$/.exec(listen) ?? [];
  return port === undefined ? undefined : { port: Number(port), toAll: !/^(127\.|localhost$|\[::1\]$)/.test(host) };
}

function httpsListener({ files }: Found, config: Config): "open" | "none" | "unusable" {
  if (!lastValue(config, "HTTPS", "Listen")) return "none";
  const paths = ["Certificate", "Key"].map((name) => lastValue(config, "HTTPS", name) ?? "");
  return paths.every((path) => readAsService(files, path)) ? "open" : "unusable";
}

/** A licence without a line `Expiration` never ends; the real file is opaque. A floating one is taken to be granted where its server was named. */
function licenseTrouble({ files }: Found, config: Config): string | undefined {
  if (lastValue(config, "Licensing", "LicenseType")?.toLowerCase() === "remote")
    return files.entry(LICENSE_SERVER) ? undefined : "no license server is configured";
  const text = licenseText(files);
  if (text === undefined) return files.entry(ACTIVATION) ? undefined : "there is no license";
  return Date.now() < licenseEnd(text).getTime() ? undefined : "the license has expired";
}

/** Where `license-manager license-server` keeps what it was told (assumed). */
export const LICENSE_SERVER = "/var/lib/.prof/license-server";

/** Where an activated product key leaves its mark (assumed): on this machine, for this machine alone. */
export const ACTIVATION = "/var/lib/.prof/activation";

/** The licence file that the service's account may read; undefined where there is none. */
export function licenseText(files: FileSystem): string | undefined {
  const names = files.list(ACCOUNT.home).filter((name) => name.endsWith(".lic"));
  return names.map((name) => readAsService(files, `${ACCOUNT.home}/${name}`)).find((text) => text?.trim());
}

export const licenseEnd = (text: string): Date => new Date(/^Expiration: (\d{4}-\d\d-\d\d)$/m.exec(text)?.[1] ?? "9999-12-31");

/** The name of the file is assumed; the vendor's pages name the folder alone. */
function databaseChoice(found: Found, config: Config): DatabaseChoice | undefined {
  const provider = (lastValue(config, "Database", "Provider") ?? "sqlite").toLowerCase();
  const folder = lastValue(config, "SQLite", "Dir") ?? `${lastValue(config, "Server", "DataDir") ?? ACCOUNT.home}/db`;
  if (provider === "sqlite") return { kind: "sqlite", file: `${folder}/rstudio-pm.db` };
  const logins = [login(found, config, { url: "URL", password: "Password" }), login(found, config, { url: "UsageDataURL", password: "UsageDataPassword" })];
  const complete = logins.filter((one) => one !== undefined);
  return provider === "postgres" && complete.length === logins.length ? { kind: "postgres", logins: complete } : undefined;
}

/** The variable counts before the file. A certificate authority that is named and not there ends every connection. */
function login({ files, environment }: Found, config: Config, keys: { url: string; password: string }): Login | undefined {
  const text = lastValue(config, "Postgres", keys.url);
  if (text === undefined || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const authorities = url.searchParams.get("sslrootcert");
  if (authorities !== null && readAsService(files, authorities) === undefined) return undefined;
  const password = environment.get(variableFor("Postgres", keys.password)) ?? lastValue(config, "Postgres", keys.password) ?? decodeURIComponent(url.password);
  return { host: url.hostname, user: decodeURIComponent(url.username), password, schema: url.searchParams.get("search_path") ?? "public" };
}

/** The variable, else a file, else one that it invents: what it invents lies in the data folder, where everybody can see that it was made. */
function encryptionKey({ files, environment, version }: Found, config: Config): KeyReading {
  const variable = environment.get(KEY_VARIABLE);
  if (variable !== undefined) return readKey(variable);
  const source = keySource({ version, config, variables: [] });
  const place = source.kind === "one" ? source.place : source.readings[0];
  if (place?.kind !== "file") return { kind: "invalid", because: "none is given, and the role of a node may put none into the bucket" };
  const known = readAsService(files, place.path);
  if (known !== undefined) return readKey(known);
  const invented = hex(1024);
  files.write(place.path, invented, { mode: 0o600, owner: ACCOUNT.name });
  return readKey(invented);
}
