import { lastValue, parseConfig } from "@steward/core/desired/gcfg";

/** The value of one key of a gcfg file; undefined where it is not set, and where the text is not one that Package Manager would read. */
export function setting(config: string, section: string, key: string): string | undefined {
  const reading = parseConfig(config);
  return reading.kind === "config" ? lastValue(reading.config, section, key) : undefined;
}
