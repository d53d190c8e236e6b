import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { markOf, requireBuild, sourcesHash } from "../../scripts/built.ts";

/** A small repository with one source file. */
function repository(): string {
  const root = mkdtempSync(join(tmpdir(), "steward-built-"));
  for (const folder of ["packages/core/src/topology", "dist"]) mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, "packages/core/src/topology/a.ts"), "export const a = 1;");
  return root;
}

test("a deploy without a build is refused, and told what to run", () => {
  expect(() => requireBuild(repository())).toThrow("the functions are not built: run `npm run build`");
});

test("a build of these very sources will do; one of other sources is refused", () => {
  const root = repository();
  writeFileSync(markOf(root), `${sourcesHash(root)}\n`);
  expect(() => requireBuild(root)).not.toThrow();
  writeFileSync(join(root, "packages/core/src/topology/a.ts"), "export const a = 2;");
  expect(() => requireBuild(root)).toThrow("the functions in dist are not of these sources");
});
