import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { settingsOf } from "@steward/core/settings/read";
import type { StageSettings } from "@steward/core/settings/schema";

/** Settings of one stage out of `steward.config.ts`, or the file that STEWARD_CONFIG names; throws `InvalidSettings` with every problem. */
export async function readStage(stage: string): Promise<StageSettings> {
  /** SST runs all of this as one bundle in `.sst/platform`, whatever the working directory: the repository is two folders up. */
  const file = resolve(import.meta.dirname, "../..", process.env.STEWARD_CONFIG ?? "steward.config.ts");
  const { default: written } = await import(pathToFileURL(file).href);
  return settingsOf(written, stage);
}
