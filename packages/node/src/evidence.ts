import { type Config, type Entry, parseConfig } from "@steward/core/desired/gcfg";
import { settingNamed } from "@steward/core/desired/known-settings";
import { CONFIG_PATHS } from "@steward/core/desired/render";
import { readEnvironment } from "./environment-file.ts";
import type { Host } from "./host.ts";
import { PATHS } from "./paths.ts";

const HIDDEN = "[redacted]";

/** Shorter words say nothing, and would be found everywhere. */
const SHORTEST_SECRET = 8;

/** A text without any secret that lies on this node, and without what looks like one. */
export type Redact = (text: string) => string;

/** Reads every secret on this node, so that none of them gets out by the way of a log. */
export async function redaction(host: Host): Promise<Redact> {
  const whole = await Promise.all(SECRET_FILES.map((path) => host.readFile(path)));
  const values = readEnvironment(await host.readFile(PATHS.environment)).values();
  const texts = [...whole, ...values].filter((text) => text !== undefined);
  const lines = texts.flatMap((text) => [text, ...text.split("\n")]).map((text) => text.trim());
  const secrets = [...new Set(lines)].filter((text) => text.length >= SHORTEST_SECRET).sort((a, b) => b.length - a.length);
  return (text) => secrets.reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), withoutCredentials(text));
}

const SECRET_FILES = [PATHS.license, PATHS.salt, PATHS.key, PATHS.persistentKey, CONFIG_PATHS.privateKey];

/** What is assigned to a word: a quoted text whole, also one within a quoted text, else up to the next blank. */
const VALUE = String.raw`(?:\\?["'])?\s{0,4}(?:[=:]|%3D)\s{0,4})(?:\\"[^"]*"?|"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|[^\s"',;&]+)`;
const ASSIGNED = new RegExp(String.raw`((?:password|passwd|secret|token|encryption_key|x-amz-signature|x-amz-credential)[\w-]{0,40}${VALUE}`, "gi");
/** Whose scheme and value are words of their own, so everything to the end of the line or the quotes goes. */
const AUTHORIZATION = /(authorization(?:\\?["'])?\s{0,4}[=:]\s{0,4})(?:\\"[^"\r\n]*"?|"(?:[^"\\\r\n]|\\.)*"?|[^\r\n]+)/gi;
/** Source: GitHub documentation, "About authentication to GitHub", section "GitHub's token formats". */
const GITHUB_TOKEN = /\b(?:gh[pousr]_[A-Za-z0-9]{10,255}|github_pat_\w{10,255})/g;

/** User and password of URLs, credentials of requests, and what is assigned to a word for a secret; bounded, because a log may be one endless line. */
const withoutCredentials: Redact = (text) =>
  text
    .replace(/:\/\/[^\s"'<>]{1,500}@/g, `://${HIDDEN}@`)
    .replace(AUTHORIZATION, `$1${HIDDEN}`)
    .replace(ASSIGNED, `$1${HIDDEN}`)
    .replace(GITHUB_TOKEN, HIDDEN);

/** The configuration with its shape and without its secrets: comments go, and so does every value of a key that nobody here knows. */
export function redactedConfig(text: string): string {
  const found = parseConfig(text);
  if (found.kind === "invalid") return `not readable, line ${found.at.line}: ${found.because}`;
  return found.config.sections.map(sectionText).join("\n");
}

const sectionText = ({ name, subsection, entries }: Config["sections"][number]): string =>
  [subsection === null ? `[${name}]` : `[${name} "${HIDDEN}"]`, ...entries.map((entry) => `${entry.key} = ${shown(name, subsection, entry)}`)].join("\n");

function shown(section: string, subsection: string | null, { key, value }: Entry): string {
  const known = subsection === null ? settingNamed(section, key) : undefined;
  if (known === undefined || /(password|secret|token)$/i.test(known)) return HIDDEN;
  return withoutCredentials(value ?? "");
}
