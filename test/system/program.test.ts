import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildNode } from "../../scripts/build-node.ts";

const outDir = mkdtempSync(join(tmpdir(), "steward-program-"));
let program: string;

beforeAll(async () => {
  program = await buildNode({ outDir });
});
afterAll(() => rmSync(outDir, { recursive: true }));

test("is one file that needs nothing but Node", () => {
  const imports = [...readFileSync(program, "utf8").matchAll(/^import .*? from "([^"]+)"/gm)].map(([, name]) => String(name));
  expect(imports.length).toBeGreaterThan(0);
  expect(imports.filter((name) => !name.startsWith("node:"))).toEqual([]);
});

test("refuses an older Node by name before anything else", () => {
  const older = join(outDir, "older.mjs");
  writeFileSync(older, 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "22.11.0" } });');
  const run = () => execFileSync(process.execPath, ["--import", older, program, "probe"], { stdio: "pipe" });
  expect(run).toThrow("steward-node: needs Node 24 or newer, this is 22.11.0");
});
