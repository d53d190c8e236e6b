import { fingerprint } from "@steward/core/desired/digest";
import type { Config } from "@steward/core/desired/gcfg";
import { type KeyReading, readKey } from "@steward/core/desired/key-fingerprint";
import { type KeyPlace, keySource } from "@steward/core/desired/key-source";
import { KEY_VARIABLE } from "@steward/core/desired/render";
import type { ProbeReport } from "@steward/core/fleet/probe";
import { readConfig } from "./addresses.ts";
import { readEnvironment } from "./environment-file.ts";
import type { Host } from "./host.ts";
import { PATHS } from "./paths.ts";
import { LINES, run } from "./programs.ts";
import { isSalt } from "./secrets.ts";
import { serviceVariables } from "./service-environment.ts";

const LOOK = { ms: 5_000 };

/** What is on the disk of this node. Fingerprints only: the key itself never leaves `readKey`. */
export interface Installed {
  version: string | null;
  config: Config | undefined;
  configFingerprint: string | null;
  keyFingerprint: string | null;
  keySource: ProbeReport["more"]["keySource"];
}

export async function installed(host: Host): Promise<Installed> {
  const [version, config, salt] = await Promise.all([installedVersion(host), readConfig(host), readSalt(host)]);
  return {
    version,
    config,
    configFingerprint: config && salt !== null ? fingerprint(config, salt) : null,
    ...(config ? await keyOf(host, version, config) : { keyFingerprint: null, keySource: null }),
  };
}

/** What keys the fingerprints of this stage; null while the node has none. */
export async function readSalt(host: Host): Promise<string | null> {
  const salt = await host.readFile(PATHS.salt);
  return salt !== undefined && isSalt(salt) ? salt : null;
}

/** Posit's calendar versions, for example 2026.08.0 or 2025.12.0-14; anything else is no version. */
export const knownVersion = (text: unknown): string | null => (typeof text === "string" && /^\d{4}\.\d{2}\.\d+(-\d+)?$/.test(text) ? text : null);

/** Version of the installed package; null where there is none. */
export async function installedVersion(host: Host): Promise<string | null> {
  const { exitCode, stdout } = await run(host, LINES.installedVersion, LOOK);
  return exitCode === 0 ? knownVersion(stdout.trim()) : null;
}

async function keyOf(host: Host, version: string | null, config: Config): Promise<Pick<Installed, "keyFingerprint" | "keySource">> {
  const source = keySource({ version, config, variables: await serviceVariables(host) });
  if (source.kind === "unknown") return { keyFingerprint: null, keySource: null };
  const found = readKey((await keyAt(host, source.place)) ?? "");
  const others = await Promise.all([...source.shadowed, ...OTHER_FILES].map(async (place) => ((await isFile(host, place)) ? [inWords(place)] : [])));
  const from = inWords(source.place);
  return {
    keyFingerprint: found.kind === "key" ? found.fingerprint : null,
    keySource: { from, others: [...new Set(others.flat())].filter((other) => other !== from) },
  };
}

/** Wherever the key is taken from, one of these may lie about. */
const OTHER_FILES: KeyPlace[] = [
  { kind: "file", path: PATHS.key },
  { kind: "file", path: PATHS.persistentKey },
];

/** Text of the key at this place; a variable is read in the file that this program writes, and nowhere else. */
async function keyAt(host: Host, place: KeyPlace): Promise<string | undefined> {
  if (place.kind === "file") return host.readFile(place.path);
  if (place.kind === "object" || !place.where.startsWith(`${PATHS.environment}:`)) return undefined;
  return readEnvironment(await host.readFile(PATHS.environment)).get(KEY_VARIABLE);
}

const isFile = async (host: Host, place: KeyPlace): Promise<boolean> => place.kind === "file" && (await host.entry(place.path)) !== undefined;

function inWords(place: KeyPlace): string {
  if (place.kind === "environment") return `the variable in ${place.where}`;
  return place.kind === "file" ? place.path : `s3://${place.bucket}/${place.key}`;
}

/** A sentence where a key lies on this node that is not the fleet's: nobody but a human may take it away. */
export async function foreignKey(host: Host, keyFingerprint: string): Promise<string | undefined> {
  for (const path of [PATHS.key, PATHS.persistentKey]) {
    const text = await host.readFile(path);
    if (text !== undefined && !isKey(readKey(text), keyFingerprint)) return `encryption key: ${path} holds another key than the vault`;
  }
  return undefined;
}

const isKey = (found: KeyReading, keyFingerprint: string): boolean => found.kind === "key" && found.fingerprint === keyFingerprint;
