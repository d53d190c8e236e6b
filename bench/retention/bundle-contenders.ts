import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "../../scripts/build-functions.ts";

/** Files that the contenders run. */
export interface Code {
  steward: string;
  loop: string;
}

/** Bundles the contenders as the deployed functions are bundled: what is counted is the memory of their code, not of the sources around it. */
export const bundleContenders = async (folder: string): Promise<Code> => ({
  steward: await bundled(folder, "steward", new URL("contender-steward.ts", import.meta.url)),
  loop: await bundled(folder, "loop", new URL("contender-loop.ts", import.meta.url)),
});

async function bundled(folder: string, name: string, entry: URL): Promise<string> {
  const { code } = await bundle(name, fileURLToPath(entry));
  const file = join(folder, `${name}.mjs`);
  await writeFile(file, code);
  return file;
}
