import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { settingsOf } from "@steward/core/settings/read";
import type { StageSettings } from "@steward/core/settings/schema";
import { topologyThatFits } from "@steward/core/topology/limits";
import type { Topology } from "@steward/core/topology/topology";
import { requireBuild } from "../scripts/built.ts";

/** SST runs all of this as one bundle in `.sst/platform`, whatever the working directory: the repository is two folders up. */
const ROOT = resolve(import.meta.dirname, "../..");

/** Settings of one stage out of `steward.config.ts`, or the file that STEWARD_CONFIG names; throws `InvalidSettings` with every problem. */
export async function readStage(stage: string): Promise<StageSettings> {
  const file = resolve(ROOT, process.env.STEWARD_CONFIG ?? "steward.config.ts");
  const { default: written } = await import(pathToFileURL(file).href);
  return settingsOf(written, stage);
}

/** What a deploy of the stage creates; throws before anything is created where something would be larger than AWS takes, or the functions are not built. */
export async function readTopology(stage: string): Promise<Topology> {
  requireBuild(ROOT);
  return topologyThatFits(stage, await readStage(stage));
}
