import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { ReadConfig } from "@steward/core/settings/read";
import { UsageError } from "./usage-error.ts";

/** Where settings are written unless told otherwise; deploys read the same variable. */
export const configFile = (): string => process.env.STEWARD_CONFIG ?? "steward.config.ts";

/** What a config file exports by default, unchecked; a UsageError says why there is nothing. The file is code: it runs. */
export async function loadConfig(file: string): Promise<unknown> {
  const path = resolve(file);
  if (!existsSync(path)) throw new UsageError(`there is no ${file} in ${process.cwd()}; --file names another`);
  const loaded: unknown = await import(pathToFileURL(path).href).catch((error: unknown) => {
    throw new UsageError(`${file} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`);
  });
  if (loaded === null || typeof loaded !== "object" || !("default" in loaded))
    throw new UsageError(`${file} exports nothing by default; it should say: export default defineConfig({ stages: { ... } })`);
  return loaded.default;
}

/** The stage of a config that has just one; throws a `UsageError` where somebody has to choose. */
export function onlyStage({ stages }: ReadConfig): string {
  const [first = "", ...others] = Object.keys(stages);
  if (others.length > 0) throw new UsageError(`--stage is needed; there is ${[first, ...others].join(", ")}`);
  return first;
}
