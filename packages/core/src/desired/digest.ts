import { createHmac } from "node:crypto";
import { type Config, type Entry, folded } from "./gcfg.ts";
import { type SettingName, settingNamed, takes } from "./known-settings.ts";

/** Shortest salt that is taken, in characters: 32 random bytes in hexadecimal. */
const SALT_LENGTH = 64;

export type Comparison = "same" | "different" | "unknown";

/**
 * Names a config by its meaning, keyed by the stage's own salt: order, comments, case and repeated sections do not matter, and
 * equal values in two fleets do not show. `v1:<which salt>:<HMAC-SHA-256>`; the salt is as secret as what it hides.
 */
export function fingerprint(config: Config, salt: string): string {
  if (salt.length < SALT_LENGTH) throw new RangeError(`a fingerprint's salt has at least ${SALT_LENGTH} characters`);
  const of = (what: string) => createHmac("sha256", salt).update(what).digest("hex");
  return `v1:${of("which salt").slice(0, 8)}:${of(`config\n${JSON.stringify(normalised(config))}`)}`;
}

const SCHEMES = /^(v0|v1:[0-9a-f]{8}):[0-9a-f]{64}$/;

/** Fingerprints of two schemes or two salts say nothing of each other, and neither does a missing one: that is no drift. */
export function compareFingerprints(a: string | null, b: string | null): Comparison {
  const [schemeOfA, schemeOfB] = [a, b].map((text) => SCHEMES.exec(text ?? "")?.[1]);
  if (schemeOfA === undefined || schemeOfA !== schemeOfB) return "unknown";
  return a === b ? "same" : "different";
}

/** Where two configs differ in meaning, as `section.key` in small letters, never with a value; a subsection stands between the two. */
export function differingSettings(a: Config, b: Config): string[] {
  const [inA, inB] = [new Map(normalised(a)), new Map(normalised(b))];
  const ids = [...new Set([...inA.keys(), ...inB.keys()])].filter((id) => JSON.stringify(inA.get(id)) !== JSON.stringify(inB.get(id)));
  return ids.sort().map((id) => (JSON.parse(id) as (string | null)[]).filter((part) => part !== null && part !== "").join("."));
}

type Values = (string | boolean | null)[];

/** What a config says, whichever way it is written: `[[section, subsection, key], values]`, sorted. A subsection counts by being there. */
function normalised({ sections }: Config): [string, Values][] {
  const found = new Map<string, [SettingName | undefined, Entry[]]>();
  const slot = (section: string, subsection: string | null, key: string): Entry[] => {
    const id = JSON.stringify([section, subsection, key]);
    const [known, entries] = found.get(id) ?? [subsection === null ? settingNamed(section, key) : undefined, []];
    found.set(id, [known, entries]);
    return entries;
  };
  for (const { name, subsection, entries } of sections) {
    if (subsection !== null) slot(folded(name), subsection, "");
    for (const entry of entries) slot(folded(name), subsection, folded(entry.key)).push(entry);
  }
  return [...found].map(([id, [known, entries]]): [string, Values] => [id, values(known, entries)]).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Where nobody has said whether a key takes one value or many, everything that is written counts: doubt is a difference. */
function values(known: SettingName | undefined, entries: Entry[]): Values {
  const written = entries.map(({ value }) => value);
  const how = takes(known);
  if (how === "unsure") return written;
  if (how === "many") return written.slice(written.lastIndexOf(null) + 1);
  const last = written.slice(-1);
  return how === "flag" ? last.map(flag) : last;
}

/** gcfg's words for yes and no; a bare key is a yes. Source: gopkg.in/gcfg.v1 1.2.3, doc.go, "Parsing of values". */
function flag(value: string | null): string | boolean {
  const word = value?.toLowerCase() ?? "true";
  if (["true", "yes", "on", "1"].includes(word)) return true;
  return ["false", "no", "off", "0"].includes(word) ? false : word;
}
