import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";
import { evaluate } from "./graph/evaluate.ts";
import type { Graph } from "./graph/graph.ts";

const root = resolve(import.meta.dirname, "../..");

/** A stage's graph, or why there is none. */
type Outcome = { graph: Graph } | { error: string };

declare module "vitest" {
  interface ProvidedContext {
    graphs: Record<"single" | "ha", Outcome>;
  }
}

/** Installs SST's platform where it is missing, builds the functions, and evaluates the real program once for each example stage; `.sst/graph/<stage>.json` is there to be read. */
export default async function setup(project: TestProject): Promise<void> {
  await script("install-sst-platform.mjs");
  const built = script("build-functions.ts");
  const [single, ha] = await Promise.all([outcome("single", built), outcome("ha", built)]);
  project.provide("graphs", { single, ha });
}

const script = (name: string) => promisify(execFile)(process.execPath, [join(root, "scripts", name)]);

/** A program that does not evaluate fails the tests that read it, with its own words, and no other. */
async function outcome(stage: string, built: Promise<unknown>): Promise<Outcome> {
  try {
    await built;
    const graph = await evaluate({ stage, config: "test/stacks/example.config.ts" });
    writeFileSync(join(root, `.sst/graph/${stage}.json`), `${JSON.stringify(graph, null, 1)}\n`);
    return { graph };
  } catch (error) {
    return { error: String(error) };
  }
}
