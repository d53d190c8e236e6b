import { configFingerprint } from "@steward/core/desired/config-fingerprint";
import { type KeyReading, readKey } from "@steward/core/desired/key-fingerprint";
import { setting } from "./gcfg.ts";
import type { Host } from "./host.ts";
import { PATHS, UNIT } from "./paths.ts";

const DPKG_TIMEOUT_MS = 10_000;

/** What is on the disk of this node. Fingerprints only: the key itself never leaves `readKey`. */
export interface Installed {
  version: string | null;
  config: string | undefined;
  configFingerprint: string | null;
  key: KeyReading;
}

export async function installed(host: Host): Promise<Installed> {
  const config = await host.readFile(PATHS.config);
  return { version: await version(host), config, configFingerprint: config === undefined ? null : configFingerprint(config), key: await key(host, config) };
}

/** Posit's calendar versions, for example 2026.08.0 or 2025.12.0-14; anything else is no version. */
export const knownVersion = (text: unknown): string | null => (typeof text === "string" && /^\d{4}\.\d{2}\.\d+(-\d+)?$/.test(text) ? text : null);

async function version(host: Host): Promise<string | null> {
  const { exitCode, stdout } = await host.exec("dpkg-query", ["-W", "-f=$" + "{Version}", UNIT], DPKG_TIMEOUT_MS);
  return exitCode === 0 ? knownVersion(stdout.trim()) : null;
}

async function key(host: Host, config: string | undefined): Promise<KeyReading> {
  const path = (config !== undefined && setting(config, "Server", "EncryptionKeyPath")) || PATHS.key;
  const text = await host.readFile(path);
  return text === undefined ? { kind: "invalid", because: "there is no key file" } : readKey(text);
}
