import type { Entry, Section } from "./gcfg.ts";
import { IDENTIFIER } from "./gcfg-scanner.ts";

/** A config to be written: what a read one is, without positions. */
export interface ConfigToWrite {
  sections: readonly (Pick<Section, "name" | "subsection"> & { entries: readonly Pick<Entry, "key" | "value">[] })[];
}

export type Written = { kind: "text"; text: string } | { kind: "refused"; because: string };

/**
 * The text of a config, which reads back as just this config. What gcfg has no way to write is refused by name, never by value:
 * it knows no escape for carriage returns and drops bare ones, and takes neither NUL nor half a character.
 */
export function writeConfig({ sections }: ConfigToWrite): Written {
  const because = sections.flatMap(objections).at(0);
  return because === undefined ? { kind: "text", text: sections.map(written).join("\n") } : { kind: "refused", because };
}

function objections({ name, subsection, entries }: ConfigToWrite["sections"][number]): string[] {
  if (!isName(name)) return ["a section has a name that gcfg cannot hold"];
  if (subsection !== null && !isSubsection(subsection)) return [`section ${name} has a subsection name that gcfg cannot hold`];
  return entries.flatMap(({ key, value }) => {
    if (!isName(key)) return [`section ${name} has a key that gcfg cannot hold`];
    return value === null || isValue(value) ? [] : [`the value of ${name}.${key} has a character that gcfg cannot hold`];
  });
}

const isText = (text: string): boolean => text.isWellFormed() && !text.includes("\0");
const isSubsection = (text: string): boolean => isText(text) && text !== "" && !text.includes("\n");
const isValue = (text: string): boolean => isText(text) && !text.includes("\r");

function isName(text: string): boolean {
  IDENTIFIER.lastIndex = 0;
  return text !== "" && IDENTIFIER.exec(text)?.[0] === text;
}

function written({ name, subsection, entries }: ConfigToWrite["sections"][number]): string {
  const heading = subsection === null ? `[${name}]` : `[${name} "${subsection.replace(/["\\]/g, "\\$&")}"]`;
  return `${[heading, ...entries.map(({ key, value }) => (value === null ? key : `${key} =${spaced(value)}`))].join("\n")}\n`;
}

const spaced = (value: string): string => (value === "" ? "" : ` ${plain(value) ? value : quoted(value)}`);

/** What cannot be taken for a quote, an escape, a comment or the space around a value. */
const plain = (value: string): boolean => /^[!$-:<-[\]-~]+(?: [!$-:<-[\]-~]+)*$/.test(value);

const quoted = (value: string): string => `"${value.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\t", "\\t")}"`;
