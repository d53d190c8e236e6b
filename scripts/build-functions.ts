import { readdirSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FUNCTION_IDS, type FunctionId } from "@steward/core/topology/control-spec";
import { rolldown } from "rolldown";
import { buildNode } from "./build-node.ts";
import { markOf, sourcesHash } from "./built.ts";
import { durableClientAtOnce, leanSdk, onlyErrorsNamedIn } from "./lean-sdk.ts";

const ROOT = new URL("../", import.meta.url);

/** Where the code of a function begins. */
export const entryOf = (id: FunctionId): string => fileURLToPath(new URL(`packages/functions/src/lambda/${id}.ts`, ROOT));

export interface Bundle {
  id: FunctionId;
  /** The folder that is deployed; its handler is `index.handler`. */
  folder: string;
  bytes: number;
}

/**
 * Builds every function to one minified ESM file, the SDK included: `<outDir>/functions/<id>/index.mjs`. Its source map goes to
 * `<outDir>/maps/<id>`, which is not deployed. The same sources give the same bytes.
 */
export async function buildFunctions({ outDir }: { outDir: string }): Promise<Bundle[]> {
  const bundles: Bundle[] = [];
  for (const id of FUNCTION_IDS) bundles.push(await build(id, outDir));
  return bundles;
}

async function build(id: FunctionId, outDir: string): Promise<Bundle> {
  const { code, map } = await bundle(id, entryOf(id));
  const folder = join(outDir, "functions", id);
  const bytes = await writeAlone(folder, "index.mjs", code);
  await writeAlone(join(outDir, "maps", id), "index.mjs.map", map);
  return { id, folder, bytes };
}

/** One file out of an entry and all that it needs; `name` is for complaints only. */
export async function bundle(name: string, entry: string): Promise<{ code: string; map: string }> {
  const build = await rolldown({
    cwd: fileURLToPath(ROOT),
    input: entry,
    platform: "node",
    resolve: { mainFields: ["module", "main"] },
    plugins: [leanSdk(), durableClientAtOnce(), onlyErrorsNamedIn(whatTellsErrorsApart())],
    onLog: (_level, log) => {
      throw new Error(`bundling ${name}: ${log.message}`);
    },
  });
  const { output } = await build.generate({
    format: "esm",
    entryFileNames: "index.mjs",
    codeSplitting: false,
    // Names of classes are what errors are called in logs and in the history of a durable execution.
    minify: { mangle: { keepNames: { class: true, function: false } } },
    comments: { legal: true, annotation: false, jsdoc: false },
    sourcemap: "hidden",
  });
  await build.close();
  const [chunk, ...rest] = output.filter((file) => file.type === "chunk");
  if (!chunk?.map || rest.length > 0) throw new Error(`bundling ${name}: one file and its map were expected`);
  const missing = [...chunk.imports, ...chunk.dynamicImports].filter((name) => name !== chunk.fileName && !isBuiltin(name));
  if (missing.length > 0) throw new Error(`bundling ${name}: left outside: ${missing.join(", ")}`);
  return { code: chunk.code, map: chunk.map.toString() };
}

/** Our adapters, and the durable SDK, which sorts failed checkpoints by name. */
function whatTellsErrorsApart(): URL[] {
  const adapters = new URL("packages/aws/src/", ROOT);
  return [...readdirSync(adapters).map((file) => new URL(file, adapters)), new URL("node_modules/@aws/durable-execution-sdk-js/dist/index.mjs", ROOT)];
}

/** The file is the only one in its folder: a folder is deployed as it is. */
async function writeAlone(folder: string, name: string, text: string): Promise<number> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), text);
  return Buffer.byteLength(text);
}

if (import.meta.main) {
  const outDir = fileURLToPath(new URL("dist", ROOT));
  const sources = sourcesHash(fileURLToPath(ROOT));
  await buildNode({ outDir });
  for (const { id, bytes } of await buildFunctions({ outDir })) process.stdout.write(`${id.padEnd(14)} ${Math.round(bytes / 1000)} KB\n`);
  await writeFile(markOf(fileURLToPath(ROOT)), `${sources}\n`);
}
