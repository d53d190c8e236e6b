import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const SOURCES = ["packages/{core,aws,functions,node}/src/**/*.ts", "scripts/{build-functions,build-node,lean-sdk}.ts", "package-lock.json"];
const MARK = "dist/functions.sha256";

/** One hash over everything that the code of functions and nodes is made of, and how. */
export function sourcesHash(root: string): string {
  const hash = createHash("sha256");
  for (const file of SOURCES.flatMap((pattern) => globSync(pattern, { cwd: root })).sort()) hash.update(`${file}\n`).update(readFileSync(join(root, file)));
  return hash.digest("hex");
}

/** Notes of which sources the functions in `dist` were built. */
export const markOf = (root: string): string => join(root, MARK);

/** Throws unless the functions in `dist` were built from the sources as they are: SST would deploy what lies there, or an empty folder, without a word. */
export function requireBuild(root: string): void {
  const built = existsSync(markOf(root)) ? readFileSync(markOf(root), "utf8").trim() : undefined;
  if (built === sourcesHash(root)) return;
  throw new Error(
    `the functions ${built ? "in dist are not of these sources" : "are not built"}: run \`npm run build\`, then deploy again; nothing was created`,
  );
}
