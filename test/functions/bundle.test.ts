import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { FUNCTION_IDS, type FunctionId } from "@steward/core/topology/control-spec";
import { KEEPERS } from "@steward/core/topology/functions";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Bundle, buildFunctions } from "../../scripts/build-functions.ts";
import { type AccountProcess, startAccountProcess } from "../moto/account-process.ts";
import { sample } from "./a-runtime.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const CHILD = fileURLToPath(new URL("bundle-child.mjs", import.meta.url));
const STAGE = { STEWARD_STAGE: "demo", STEWARD_ACCOUNT: "123456789012", STEWARD_TOPOLOGY: "ha", AWS_REGION: "us-east-1" };
const KEEPING = { STEWARD_KEEPING: JSON.stringify({ snapshots: null, images: {} }) };
const ENVIRONMENT: Record<string, string> = { ...STAGE, ...KEEPING };
/** Bytes; the promise is about how soon a function starts, and most of a start is reading its code. */
const LIMITS: Record<FunctionId, number> = {
  observe: 800_000,
  remediate: 1_000_000,
  alert: 600_000,
  runbook: 800_000,
  approve: 750_000,
  "keep-snapshots": 850_000,
};

let folder: string;
let bundles: Record<string, Bundle>;
const codeOf = (id: string, out = folder) => join(out, "functions", id, "index.mjs");

/** What the bundle answers in a process of its own, which has this environment and no other. */
async function run(id: string, environment: Record<string, string | undefined>, event?: unknown): Promise<unknown> {
  const words = [CHILD, pathToFileURL(codeOf(id)).href, ...(event === undefined ? [] : [JSON.stringify(event)])];
  const { stdout } = await promisify(execFile)(process.execPath, words, { env: { POWERTOOLS_LOG_LEVEL: "SILENT", ...environment } });
  return JSON.parse(stdout);
}

beforeAll(async () => {
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "a-secret-of-whoever-builds");
  folder = await mkdtemp(join(tmpdir(), "steward-bundles-"));
  bundles = Object.fromEntries((await buildFunctions({ outDir: folder })).map((bundle) => [bundle.id, bundle]));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

describe.each(FUNCTION_IDS)("the bundle of %s", (id) => {
  test("starts with the variables that the deploy and Lambda set, and offers a handler", async () => {
    expect(await run(id, ENVIRONMENT)).toBe("function");
  });

  test.each(Object.keys(STAGE))("does not start without %s, and says what must be set", async (name) => {
    await expect(run(id, { ...ENVIRONMENT, [name]: undefined })).rejects.toThrow(/STEWARD_STAGE, STEWARD_ACCOUNT, .*AWS_REGION must be set/);
  });

  test(`${KEEPERS.includes(id) ? "does not start" : "starts all the same"} without STEWARD_KEEPING`, async () => {
    if (KEEPERS.includes(id)) await expect(run(id, STAGE)).rejects.toThrow(/STEWARD_KEEPING must be set/);
    else expect(await run(id, STAGE)).toBe("function");
  });

  test("is one file within its limit, with the source map elsewhere", async () => {
    expect(await readdir(bundles[id]?.folder ?? "")).toEqual(["index.mjs"]);
    expect(await readdir(join(folder, "maps", id))).toEqual(["index.mjs.map"]);
    expect(bundles[id]?.bytes).toBeLessThan(LIMITS[id]);
  });

  test("knows nothing of the machine that built it", async () => {
    const code = await readFile(codeOf(id), "utf8");
    for (const stranger of ["sourceMappingURL", ROOT, tmpdir(), "a-secret-of-whoever-builds"]) expect(code).not.toContain(stranger);
    expect(await readFile(join(folder, "maps", id, "index.mjs.map"), "utf8")).not.toContain(ROOT);
  });
});

test("the same sources give the same bytes", async () => {
  const again = join(folder, "again");
  await buildFunctions({ outDir: again });
  for (const id of FUNCTION_IDS) expect(await readFile(codeOf(id, again))).toEqual(await readFile(codeOf(id)));
});

describe("against an account that refuses everything", () => {
  let server: Server;
  const asked: string[] = [];
  const credentials = { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "none" };

  beforeAll(async () => {
    server = createServer((request, reply) => {
      asked.push(`${request.method} ${decodeURIComponent(request.url ?? "")}`);
      request.setEncoding("utf8").on("data", (body: string) => {
        const [type, answer] = body.includes("Action=DescribeDBInstances") ? ["text/xml", REFUSED_XML] : ["application/x-amz-json-1.0", REFUSED_JSON];
        reply.writeHead(400, { "content-type": type }).end(answer);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => server.close());
  const environment = () => ({ ...ENVIRONMENT, ...credentials, AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });

  test("an error whose class is not bundled arrives with AWS's code and message", async () => {
    const status = await run("runbook", environment(), { mode: "status" });
    const unread = Object.fromEntries((status as { unread: { what: string; because: string }[] }).unread.map(({ what, because }) => [what, because]));
    expect(unread.database).toBe("describe the database: KMSKeyNotAccessibleFault: the key is gone");
    expect(unread.switch).toBe("read parameter /steward/demo/switch: InvalidKeyId: no such key");
  });

  test("remediate's checkpoints go through the client that is bundled", async () => {
    const order = { name: "demo-run-1", subject: { kind: "admission", instanceId: "i-00000000000000001", hook: "steward-demo-admit" } };
    const Operations = [{ Id: "0", Type: "EXECUTION", Status: "STARTED", StartTimestamp: 0, ExecutionDetails: { InputPayload: JSON.stringify(order) } }];
    const invocation = { DurableExecutionArn: EXECUTION, CheckpointToken: "token", InitialExecutionState: { Operations } };
    await run("remediate", environment(), invocation).catch(() => {});
    expect(asked).toContain(`POST /2025-12-01/durable-executions/${EXECUTION}/checkpoint`);
  });
});

const EXECUTION = "arn:aws:lambda:us-east-1:123456789012:function:steward-demo-remediate:1/durable-execution/demo-run-1/1";

const REFUSED_XML = "<ErrorResponse><Error><Type>Sender</Type><Code>KMSKeyNotAccessibleFault</Code><Message>the key is gone</Message></Error></ErrorResponse>";
const REFUSED_JSON = JSON.stringify({ __type: "com.amazonaws.ssm#InvalidKeyId", message: "no such key" });

describe("against the simulated account, over HTTP", () => {
  let account: AccountProcess;
  beforeAll(async () => {
    account = await startAccountProcess();
  });
  afterAll(async () => void (await account?.stop()));

  test("observe sees a fleet that is well, and does nothing", async () => {
    expect(await run("observe", { ...account.environment, ...ENVIRONMENT }, sample("scheduled"))).toEqual({ hint: { kind: "sweep" }, duties: [] });
  });

  test("runbook tells how the fleet stands", async () => {
    const status = await run("runbook", { ...account.environment, ...ENVIRONMENT }, { mode: "status" });
    expect(status).toMatchObject({ switch: { position: "on" }, incidents: [], runs: [], unread: [] });
  });
});
