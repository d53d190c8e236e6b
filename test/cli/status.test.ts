import { execFile } from "node:child_process";
import { StatusReport } from "@steward/core/fleet/status";
import { afterAll, beforeAll, expect, test } from "vitest";
import { aServedAccount } from "./a-served-account.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const BIN = `${ROOT}packages/cli/bin/steward.mjs`;

let account: Awaited<ReturnType<typeof aServedAccount>>;
beforeAll(async () => {
  account = await aServedAccount("--topology", "single", "--empty");
}, 60_000);
afterAll(() => account.end());

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

const status = (args: string[], environment: Record<string, string> = {}): Promise<Ended> => {
  const env = {
    PATH: process.env.PATH,
    AWS_ENDPOINT_URL: account.endpoint,
    AWS_ACCESS_KEY_ID: "AKIASTEWARDOPERATOR0",
    AWS_SECRET_ACCESS_KEY: "any",
    ...environment,
  };
  const words = [BIN, "status", "--file", "packages/cli/demo-single.config.ts", ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, words, { cwd: ROOT, env }, (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }));
  });
};

test("shows how far a first deploy is, what it waits for and what a person can do ahead, and ends with 1", async () => {
  const { code, stdout, stderr } = await status([]);
  expect([code, stderr]).toEqual([1, ""]);
  expect(stdout).toMatch(/^demo \(single\): 0 of 1 server serving, as of \S+Z\n/);
  expect(stdout).toContain("First deploy: 0 of 9 stages are over");
  expect(stdout).toMatch(/▶ a golden image is built and tested \(since \S+Z\)/);
  expect(stdout).toContain("$ npx steward secrets init --stage demo --offline-copy <file>");
});

test("prints the same as one JSON object", async () => {
  const { code, stdout } = await status(["--json"]);
  expect(code).toBe(1);
  const report = StatusReport.parse(JSON.parse(stdout));
  expect(report).toMatchObject({ stage: "demo", topology: "single", serving: 0, capacity: 1, incidents: [], unread: [] });
  expect(report.firstDeploy?.map(({ id, state }) => `${id} ${state}`).slice(0, 3)).toEqual(["image now", "secrets later", "data-volume later"]);
});

test("refused by AWS it says what is needed, and ends with 2", async () => {
  expect(await status([], { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE" })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("AWS does not take these credentials"),
  });
});

test("nobody who answers is said in words", async () => {
  expect(await status([], { AWS_ENDPOINT_URL: "http://127.0.0.1:1" })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("AWS cannot be reached from here"),
  });
});
