import { execFile } from "node:child_process";
import { SnapshotsReport } from "@steward/core/retention/report";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { aDueLine, aLine, aReport } from "./a-report.ts";
import { aServedAccount } from "./a-served-account.ts";
import { anAnsweringStage } from "./an-answering-stage.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const BIN = `${ROOT}packages/cli/bin/steward.mjs`;

let stage: Awaited<ReturnType<typeof anAnsweringStage>>;
beforeAll(async () => {
  stage = await anAnsweringStage();
});
beforeEach(() => void stage.asked.splice(0));
afterAll(() => stage.close());

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

const run = (program: string, args: string[], endpoint = stage.endpoint): Promise<Ended> => {
  const env = { PATH: process.env.PATH, AWS_ENDPOINT_URL: endpoint, AWS_ACCESS_KEY_ID: "AKIASTEWARDOPERATOR0", AWS_SECRET_ACCESS_KEY: "any" };
  return new Promise((resolve) => {
    execFile(program, args, { cwd: ROOT, env, maxBuffer: 1e8 }, (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }));
  });
};
const steward = (...args: string[]) => run(process.execPath, [BIN, "snapshots", ...args]);
const DEMO = ["--file", "packages/cli/demo-single.config.ts"];
const plan = (...args: string[]) => steward("plan", ...DEMO, ...args);

test("asks the stage's function for people, shows every snapshot with its reason, and ends with 0 while what is due may go", async () => {
  stage.answers({ body: aReport([aLine(), aDueLine()]) });
  const { code, stdout, stderr } = await plan();
  expect([code, stderr]).toEqual([0, ""]);
  expect(stage.asked).toEqual([{ path: "/2015-03-31/functions/steward-demo-runbook/invocations", payload: { mode: "snapshots" } }]);
  expect(stdout).toMatch(/^demo: snapshots of vol-\S+, as of 2026-11-02T14:03Z\n/);
  expect(stdout).toMatch(/^delete {3}snap-00000000000000002 .* due since 2026-10-15: no rule keeps it$/m);
  expect(stdout).toContain('"runbook":"prune-snapshots"');
});

test("ends with 1 when the guard would stop the pruning, and says why", async () => {
  stage.answers({ body: aReport([aDueLine()], { because: "1 of 1 snapshots is due: more than 50 %" }) });
  expect(await plan()).toMatchObject({ code: 1, stdout: expect.stringContaining("Stopped: 1 of 1 snapshots is due: more than 50 %.") });
});

test("prints the report as one JSON object, with the lines that were asked for and the counts of all", async () => {
  const report = aReport([aLine(), aDueLine()]);
  stage.answers({ body: report });
  expect(SnapshotsReport.parse(JSON.parse((await plan("--json")).stdout))).toEqual(report);
  const some = SnapshotsReport.parse(JSON.parse((await plan("--json", "--only", "keep")).stdout));
  expect(some).toEqual({ ...report, lines: report.lines.slice(0, 1) });
});

test("the simulated account's own function answers what the command understands", async () => {
  const { endpoint, end } = await aServedAccount("--topology", "single");
  const { code, stdout, stderr } = await run(process.execPath, [BIN, "snapshots", "plan", ...DEMO, "--json"], endpoint).finally(end);
  expect([code, stderr]).toEqual([0, ""]);
  expect(SnapshotsReport.parse(JSON.parse(stdout))).toMatchObject({ stage: "demo", volumeId: expect.stringMatching(/^vol-/), because: null });
});

test("a reader that has seen enough is no failure", async () => {
  stage.answers({ body: aReport(Array.from({ length: 10_000 }, () => aLine())) });
  const words = `${process.execPath} ${BIN} snapshots plan --file packages/cli/demo-single.config.ts | head -n 1`;
  const { stdout, stderr } = await run("sh", ["-c", words]);
  expect([stdout, stderr]).toEqual([expect.stringMatching(/^demo: snapshots of \S+, as of \S+\n$/), ""]);
});

describe("what went wrong is said in words, with code 2", () => {
  const denied = "User: arn:aws:iam::123456789012:user/operator is not authorized to perform: lambda:InvokeFunction on resource: x";
  test.each([
    ["a stage without a data volume", { body: { error: "a pair has no data volume to make snapshots of" } }, "a pair has no data volume to make snapshots of"],
    ["an older function", { body: { error: "invalid mode", modes: ["list", "status"] } }, "it may be of another version"],
    ["a function that knows other fields", { body: { stage: "demo" } }, "it may be of another version"],
    [
      "a function that fails",
      { headers: { "x-amz-function-error": "Unhandled" }, body: { errorMessage: "Retryable: DescribeSnapshots" } },
      "Retryable: DescribeSnapshots",
    ],
    [
      "a missing right",
      { status: 403, headers: { "x-amzn-errortype": "AccessDeniedException" }, body: { Message: denied } },
      "needed: lambda:InvokeFunction on the function steward-demo-runbook",
    ],
    [
      "no deploy",
      {
        status: 404,
        headers: { "x-amzn-errortype": "ResourceNotFoundException" },
        body: { Message: "Function not found: arn:aws:lambda:us-east-1:123456789012:function:x" },
      },
      "npx sst deploy --stage demo",
    ],
  ])("%s", async (_, reply, says) => {
    stage.answers(reply);
    const { code, stdout, stderr } = await plan();
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(says);
  });

  test("asked wrongly", async () => {
    expect(await plan("--only", "some")).toMatchObject({ code: 2, stderr: expect.stringContaining("Allowed choices are keep, archive, delete.") });
    expect(await steward("pla")).toMatchObject({ code: 2, stderr: expect.stringContaining("plan") });
    expect(stage.asked).toEqual([]);
  });
});

test("help teaches: examples, the right that is needed, and what the exit codes mean", async () => {
  const { code, stdout } = await steward("plan", "--help");
  expect(code).toBe(0);
  for (const words of ["$ npx steward snapshots plan --stage production --only delete", "lambda:InvokeFunction", "Exit code: 0"])
    expect(stdout).toContain(words);
});
