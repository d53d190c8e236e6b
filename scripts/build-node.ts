import { mkdir, writeFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const ROOT = new URL("../", import.meta.url);

/**
 * Builds the node's program to one ESM file that needs nothing but Node, `<outDir>/node/steward-node.mjs`, and answers its path. The same
 * sources give the same bytes: its checksum is part of the golden image's recipe.
 */
export async function buildNode({ outDir }: { outDir: string }): Promise<string> {
  const build = await rolldown({ cwd: fileURLToPath(ROOT), input: fileURLToPath(new URL("packages/node/src/main.ts", ROOT)), platform: "node" });
  const { output } = await build.generate({ format: "esm", codeSplitting: false });
  await build.close();
  const [chunk, ...rest] = output.filter((file) => file.type === "chunk");
  if (!chunk || rest.length > 0) throw new Error("bundling steward-node: one file was expected");
  const missing = [...chunk.imports, ...chunk.dynamicImports].filter((name) => name !== chunk.fileName && !isBuiltin(name));
  if (missing.length > 0) throw new Error(`bundling steward-node: left outside: ${missing.join(", ")}`);
  const path = join(outDir, "node", "steward-node.mjs");
  await mkdir(join(outDir, "node"), { recursive: true });
  await writeFile(path, chunk.code);
  return path;
}
