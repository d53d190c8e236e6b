import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";

const script = resolve(import.meta.dirname, "../../scripts/install-sst-platform.mjs");

/** Runs the script over a repository with these files; answers its exit code and words. */
async function install(files: Record<string, string>): Promise<{ code: number; said: string }> {
  const root = mkdtempSync(join(tmpdir(), "steward-install-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  const done = await promisify(execFile)(process.execPath, [script], { env: { ...process.env, STEWARD_ROOT: root } }).then(
    () => ({ code: 0, stderr: "" }),
    (error: { code: number; stderr: string }) => error,
  );
  return { code: done.code, said: done.stderr };
}

const lock = (version: string) => JSON.stringify({ packages: { "node_modules/sst": { version } } });

test("the platform is not installed for another version of sst than the script knows", async () => {
  const { code, said } = await install({ "package-lock.json": lock("4.0.0"), "sst.config.ts": "" });
  expect(code).toBe(1);
  expect(said).toMatch(/package-lock.json holds sst 4\.0\.0, this script knows \d.*: set WANTED/);
});

test("the platform is not installed when the program does not pin the aws provider", async () => {
  const { code, said } = await install({ "package-lock.json": lock("4.17.1"), "sst.config.ts": "providers: { aws: true }" });
  expect({ code, said }).toEqual({ code: 1, said: "The SST platform is not installed: sst.config.ts pins no version of the aws provider.\n" });
});

test("an installed platform is left alone", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [script]);
  expect(stdout).toBe("");
});
