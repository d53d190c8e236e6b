import { type EffectiveSetting, effectiveSettings } from "./effective.ts";
import { type Config, lastValue } from "./gcfg.ts";
import type { SettingName } from "./known-settings.ts";
import type { VariableName } from "./unit-environment.ts";

/** Where an encryption key may lie; never the key. */
export type KeyPlace = { kind: "environment"; where: string } | { kind: "file"; path: string } | { kind: "object"; bucket: string; key: string };

/** The one place from which Package Manager takes its key, with those it leaves aside; or all readings, where no page decides. */
export type KeySource = { kind: "one"; place: KeyPlace; shadowed: KeyPlace[] } | { kind: "unknown"; readings: KeyPlace[]; because: string };

interface KeyFacts {
  /** Package Manager's version; null where it could not be read. */
  version: string | null;
  config: Config;
  variables: readonly VariableName[];
}

const VARIABLE = "PACKAGEMANAGER_ENCRYPTION_KEY";
const DATA_DIR = "/var/lib/rstudio-pm";
const IN_PERSISTENT = "persistent/encryption/rstudio-pm.key";

/** What the places of the key are made of. */
const INPUTS: SettingName[] = ["Server.DataDir", "Server.EncryptionKeyPath", "Storage.Default", "Storage.Persistent", "S3Storage.Bucket", "S3Storage.Prefix"];

/**
 * Which key counts: the variable at any age, else the file of older versions, else the persistent storage of newer ones.
 * Sources: Posit Package Manager Admin Guide, "Configuration Encryption", in its older and its newer form, and "Storage Classes".
 */
export function keySource(facts: KeyFacts): KeySource {
  const stored = storedKey(facts);
  const variable = facts.variables.find(({ name }) => name === VARIABLE);
  if (!variable) return stored;
  const shadowed = stored.kind === "one" ? [stored.place] : stored.readings;
  return { kind: "one", place: { kind: "environment", where: variable.where }, shadowed };
}

function storedKey({ version, config, variables }: KeyFacts): KeySource {
  const readings = { older: [olderPlace(config)], newer: newerPlaces(config) };
  const doubtful = effectiveSettings(config, variables).find(isDoubtfulInput);
  if (doubtful) return unknown([...readings.older, ...readings.newer], `it is not known which value of ${doubtful.name} counts`);
  const age = ageOf(version);
  if (age === "unknown")
    return unknown([...readings.older, ...readings.newer], "the version in which the key moved into the persistent storage is not confirmed");
  if (age === "newer" && lastValue(config, "Server", "EncryptionKeyPath"))
    return unknown([...readings.older, ...readings.newer], "no page says whether newer versions still look at Server.EncryptionKeyPath");
  return only(readings[age]);
}

const isDoubtfulInput = ({ name, answer }: EffectiveSetting): boolean => answer.kind === "unknown" && INPUTS.some((input) => input === name);

const unknown = (readings: KeyPlace[], because: string): KeySource => ({ kind: "unknown", readings, because });

function only(places: KeyPlace[]): KeySource {
  const [place, ...others] = places;
  if (place && others.length === 0) return { kind: "one", place, shadowed: [] };
  return unknown(places, place ? "no page says whether S3Storage.Prefix stands before the key's path" : "the persistent storage is not one that is known here");
}

/** The change came between 2024.11 and the end of 2025, as far as the ages of Posit's pages tell; nothing closer is confirmed. */
function ageOf(version: string | null): "older" | "newer" | "unknown" {
  const [, year, month] = /^(\d{4})\.(\d{2})\.\d+(?:-\d+)?$/.exec(version ?? "") ?? [];
  if (year === undefined || month === undefined) return "unknown";
  const months = Number(year) * 12 + Number(month);
  if (months < 2024 * 12 + 11) return "older";
  return Number(year) >= 2026 ? "newer" : "unknown";
}

const dataDir = (config: Config): string => (lastValue(config, "Server", "DataDir") || DATA_DIR).replace(/\/$/, "");

const olderPlace = (config: Config): KeyPlace => ({
  kind: "file",
  path: lastValue(config, "Server", "EncryptionKeyPath") || `${dataDir(config)}/rstudio-pm.key`,
});

/** None where the storage is of a kind that is not known; two where the bucket has a prefix. */
function newerPlaces(config: Config): KeyPlace[] {
  const storage = (lastValue(config, "Storage", "Persistent") || lastValue(config, "Storage", "Default") || "file").toLowerCase();
  if (storage === "file") return [{ kind: "file", path: `${dataDir(config)}/${IN_PERSISTENT}` }];
  const bucket = lastValue(config, "S3Storage", "Bucket");
  if (storage !== "s3" || !bucket) return [];
  const prefix = lastValue(config, "S3Storage", "Prefix");
  const keys = prefix ? [IN_PERSISTENT, `${prefix}/${IN_PERSISTENT}`] : [IN_PERSISTENT];
  return keys.map((key) => ({ kind: "object", bucket, key }));
}
