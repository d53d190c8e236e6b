import { type Config, parseConfig } from "@steward/core/desired/gcfg";
import type { ConfigToWrite } from "@steward/core/desired/gcfg-write";

/** A config that is known to be one. */
export function read(text: string | Uint8Array): Config {
  const reading = parseConfig(text);
  if (reading.kind === "invalid") throw new Error(`line ${reading.at.line}: ${reading.because}`);
  return reading.config;
}

/** A config without the places where things stood. */
export const withoutPlaces = ({ sections }: Config): ConfigToWrite => ({
  sections: sections.map(({ name, subsection, entries }) => ({ name, subsection, entries: entries.map(({ key, value }) => ({ key, value })) })),
});
