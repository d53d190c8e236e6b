import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AccountProcess, startAccountProcess } from "./account-process.ts";
import { READS } from "./account-reads.ts";
import { REFUSALS, type Refusal } from "./account-refusals.ts";
import { type Ended, runPython, runShell } from "./python-clients.ts";

let account: AccountProcess;
let isVersion1: boolean;
beforeAll(async () => {
  account = await startAccountProcess();
  isVersion1 = (await runPython("aws", ["--version"], account)).stdout.startsWith("aws-cli/1.");
});
afterAll(() => account?.stop());

/** Version 1 of the CLI goes to SQS's and RDS's own addresses whatever `AWS_ENDPOINT_URL` says, unless told on the command line. */
const endpointOf = (service: string | undefined): string[] =>
  service === "sqs" || service === "rds" ? ["--endpoint-url", account.environment.AWS_ENDPOINT_URL ?? ""] : [];

function aws(command: string, { query = "@", credentials }: { query?: string; credentials?: Refusal["credentials"] } = {}): Promise<Ended> {
  const args = command.split(" ");
  const keys = credentials && { AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey };
  const environment = { ...account.environment, ...keys };
  return runPython("aws", [...args, ...endpointOf(args[0]), "--output", "json", "--query", query], { environment });
}

async function read(command: string, query?: string): Promise<unknown> {
  const { code, stdout, stderr } = await aws(command, { query });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

describe.concurrent("the AWS CLI reads that", () => {
  for (const { title, command, query, expected } of READS) {
    test(title, async ({ expect }) => {
      expect(await read(command, query)).toEqual(expected);
    });
  }

  test("both nodes are healthy targets", async ({ expect }) => {
    const groups = await read("elbv2 describe-target-groups", "TargetGroups[].[TargetGroupArn, Port, HealthCheckPath]");
    expect(groups).toEqual([[expect.any(String), 4242, "/__ping__"]]);
    const [[arn]] = groups as [[string]];
    const nodes = await read("ec2 describe-instances", "sort(Reservations[].Instances[].InstanceId)");
    const targets = await read(
      `elbv2 describe-target-health --target-group-arn ${arn}`,
      "sort_by(TargetHealthDescriptions, &Target.Id)[].[Target.Id, TargetHealth.State]",
    );
    expect(targets).toEqual((nodes as string[]).map((id) => [id, "healthy"]));
  });
});

describe.concurrent("the AWS CLI is refused", () => {
  for (const { title, command, credentials, code, message } of REFUSALS) {
    test(title, async ({ expect }) => {
      const ended = await aws(command, { credentials });
      expect(ended.code).toBeGreaterThan(0);
      expect(ended.stderr).toContain(`An error occurred (${code}) when calling the `);
      expect(ended.stderr).toContain(` operation: ${message}`);
    });
  }
});

describe("the commands that the README gives", () => {
  const section = /## By hand\n(.+?)\n## /s.exec(readFileSync(new URL("../../README.md", import.meta.url), "utf8"))?.[1] ?? "";
  const code = [...section.matchAll(/```sh\n(.+?)```/gs)].map(([, block = ""]) => block.replace(/\\\n\s*/g, "")).join("\n");
  const commands = code.split("\n").filter((line) => line.startsWith("aws lambda invoke "));
  const modes = commands.map((command) => /"mode":"(\w+)"/.exec(command)?.[1]);

  /** Version 1 takes a payload as it is, and refuses the option that makes version 2 do so. */
  const forThisVersion = (command: string) => (isVersion1 ? command.replace("--cli-binary-format raw-in-base64-out ", "") : command);

  /** The function's answer, which the CLI writes to `/dev/stdout` before it prints its own. */
  async function invoke(command: string): Promise<Record<string, unknown>> {
    const { code, stdout, stderr } = await runShell(forThisVersion(command), account);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [answer = "", metadata = ""] = stdout.split(/(?=\{\s*"StatusCode")/);
    expect(JSON.parse(metadata)).toEqual({ StatusCode: 200, ExecutedVersion: "$LATEST" });
    return JSON.parse(answer);
  }

  test("are there", () => {
    expect(modes).toEqual(expect.arrayContaining(["status", "plan"]));
  });

  for (const [index, command] of commands.entries()) {
    test(`answer: ${modes[index]}`, async () => {
      const answer = await invoke(command);
      expect(answer).not.toHaveProperty("error");
      expect(answer).toMatchObject(ANSWERS[modes[index] ?? ""] ?? {});
    });
  }
});

const node = { ec2: "running", lifecycle: "InService", target: { state: "healthy" } };
const ANSWERS: Record<string, object> = {
  list: { runbooks: expect.arrayContaining([expect.objectContaining({ id: "replace-node" })]) },
  status: { switch: { position: "on" }, group: { desired: 2 }, nodes: [node, node], database: { status: "available" }, unread: [] },
  plan: { runbook: "replace-node", steps: expect.arrayContaining([expect.stringContaining("retire i-")]), wouldRefuse: expect.any(Array) },
  run: { started: expect.any(String), execution: expect.stringContaining(":function:steward-demo-remediate:") },
};

test("the switch turned off by the AWS CLI is off for Steward", async () => {
  await read(`ssm put-parameter --name /steward/demo/switch --value ${JSON.stringify({ position: "off" })} --overwrite`);
  const status = `echo '{"mode":"status"}' | aws lambda invoke --function-name steward-demo-runbook --payload fileb:///dev/stdin /dev/stdout`;
  const { stdout } = await runShell(status, account);
  expect(stdout).toContain('"switch":{"position":"off"}');
});

test("an interrupt ends the account, without a complaint", async () => {
  expect(await account.stop()).toEqual({ code: 0, stderr: "" });
});
