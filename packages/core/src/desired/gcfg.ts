import { isUtf8 } from "node:buffer";
import { Failure, type Position, Scanner } from "./gcfg-scanner.ts";

/** One line of a config; the value is null for a bare key, which gcfg takes for `true`, or for "forget what was listed so far". */
export interface Entry {
  key: string;
  value: string | null;
  at: Position;
}

/** One stretch under a heading; a file may hold several of the same name, which gcfg merges. Names are kept as written. */
export interface Section {
  name: string;
  subsection: string | null;
  at: Position;
  entries: Entry[];
}

export interface Config {
  sections: Section[];
}

/** Longer files are not read, in bytes or UTF-16 units; the vendor's own list of all settings has a hundredth of it. */
const MAX_LENGTH = 4 * 1024 * 1024;

/** Why a text is no config; the words never repeat anything of it, because it may hold secrets. */
export interface ConfigError {
  kind: "invalid";
  because: string;
  at: Position;
}
export type ConfigReading = { kind: "config"; config: Config } | ConfigError;

/**
 * Reads `rstudio-pm.gcfg` as the Go library does that Package Manager's format is named after, in time linear in its length.
 * Give it the file's bytes where you have them: gcfg refuses what is not UTF-8, and a decoded string no longer shows that.
 * Sources: gopkg.in/gcfg.v1 1.2.3, scanner/scanner.go and read.go; Posit Package Manager Admin Guide, "Configuration", "File Format".
 */
export function parseConfig(source: string | Uint8Array): ConfigReading {
  if (source.length > MAX_LENGTH) return { kind: "invalid", because: "the file is longer than 4 MiB", at: { line: 1, column: 1 } };
  const text = (typeof source === "string" ? source : Buffer.from(source).toString("utf8")).replace(/^\uFEFF/, "");
  const scanner = new Scanner(text);
  const foreign = foreignCharacter(source, text) ?? document(scanner);
  if (foreign instanceof Failure) return { kind: "invalid", because: foreign.because, at: scanner.positionOf(foreign.offset) };
  return { kind: "config", config: foreign };
}

/** gcfg takes neither NUL nor broken UTF-8, not even in comments. */
function foreignCharacter(source: string | Uint8Array, text: string): Failure | undefined {
  const nul = text.indexOf("\0");
  if (nul >= 0) return new Failure("there is a NUL character, which gcfg refuses", nul);
  if (typeof source !== "string" && !isUtf8(source)) return new Failure("the file is not UTF-8", text.indexOf("\uFFFD"));
  const half = text.search(/\p{Surrogate}/u);
  return half >= 0 ? new Failure("there is half a character, which UTF-8 cannot hold", half) : undefined;
}

function document(scanner: Scanner): Config | Failure {
  const sections: Section[] = [];
  for (scanner.skipBlank(); !scanner.atEnd(); scanner.skipBlank()) {
    const failure = scanner.take("[") ? heading(scanner, sections) : setting(scanner, sections.at(-1));
    if (failure) return failure;
  }
  return { sections };
}

function heading(scanner: Scanner, sections: Section[]): Failure | undefined {
  const at = scanner.positionOf(scanner.offset - 1);
  scanner.skipSpace();
  const name = scanner.identifier();
  if (name === undefined) return scanner.fail("there is no section name after `[`");
  scanner.skipSpace();
  const subsection = scanner.take('"') ? scanner.subsection() : null;
  if (subsection instanceof Failure) return subsection;
  scanner.skipSpace();
  if (!scanner.take("]")) return scanner.fail("a section heading is not closed by `]`");
  sections.push({ name, subsection, at, entries: [] });
  return scanner.endOfLine("there is something after a section heading");
}

function setting(scanner: Scanner, section: Section | undefined): Failure | undefined {
  const start = scanner.offset;
  const key = scanner.identifier();
  if (key === undefined) return scanner.fail("this is neither a section heading nor a setting nor a comment");
  if (!section) return new Failure("a setting stands before the first section heading", start);
  scanner.skipSpace();
  const value = scanner.take("=") ? scanner.value() : null;
  if (value instanceof Failure) return value;
  section.entries.push({ key, value, at: scanner.positionOf(start) });
  return scanner.endOfLine("there is no `=` after a key");
}

/** The name under which gcfg compares sections and keys: it ignores case, also that of letters like `ſ` that fold to plain ones. */
export const folded = (name: string): string => [...name].map((letter) => letter.toUpperCase().toLowerCase()).join("");

/** Every line that sets this key of a section without subsection, in the file's order. */
export function occurrences({ sections }: Config, section: string, key: string): Entry[] {
  const own = sections.filter(({ name, subsection }) => subsection === null && folded(name) === folded(section));
  return own.flatMap(({ entries }) => entries.filter((entry) => folded(entry.key) === folded(key)));
}

/** What a key that takes one value is set to: the last value wins; undefined where it is not set, or bare. */
export const lastValue = (config: Config, section: string, key: string): string | undefined => occurrences(config, section, key).at(-1)?.value ?? undefined;
