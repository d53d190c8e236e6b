import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { realAws } from "@steward/node/real-aws";
import { metadata } from "@steward/node/real-metadata";
import { afterEach, describe, expect, test, vi } from "vitest";
import { settingsOf } from "./a-fleet.ts";

const REQUEST_LIMIT_MS = 10_000;

interface Asked {
  hostname: string;
  path: string;
  method: string;
  body?: unknown;
  headers: Record<string, string>;
}

type Answer = { status: number; body: string };

/** AWS as one answer to everything, with what it was asked. */
function anAws(answer: Answer | "silence") {
  const asked: Asked[] = [];
  const requestHandler = {
    handle: async (request: Asked) => {
      asked.push(request);
      if (answer === "silence") return new Promise<never>(() => {});
      const { status, body } = answer;
      return { response: { statusCode: status, headers: { "content-type": "application/x-amz-json-1.1" }, body: new Blob([body]).stream() } };
    },
  };
  const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret" };
  const aws = realAws(settingsOf("ha"), { credentials, requestHandler: requestHandler as never, metadata: async (item) => item });
  return { aws, asked };
}

const json = (body: object): Answer => ({ status: 200, body: JSON.stringify(body) });
const refused = (type: string, message: string): Answer => ({ status: 400, body: JSON.stringify({ __type: type, message }) });
const POINTER = { bucket: "steward-state", key: "effective/0.json", sha256: "0" };

afterEach(() => vi.useRealTimers());

describe("what a node asks of AWS", () => {
  test("the desired state is the text of its parameter", async () => {
    const { aws, asked } = anAws(json({ Parameter: { Value: "text" } }));
    expect(await aws.desired()).toBe("text");
    expect(asked[0]?.hostname).toBe("ssm.eu-central-1.amazonaws.com");
    expect(await anAws(json({})).aws.desired()).toBe("");
  });

  test("a document is the object's text", async () => {
    const { aws, asked } = anAws({ status: 200, body: "a document" });
    expect(await aws.document(POINTER)).toBe("a document");
    expect(asked[0]).toMatchObject({ hostname: "steward-state.s3.eu-central-1.amazonaws.com", path: "/effective/0.json", method: "GET" });
  });

  test("a secret is a text; one of bytes is none", async () => {
    expect(await anAws(json({ SecretString: "text" })).aws.secret("steward/demo/license")).toBe("text");
    await expect(anAws(json({ SecretBinary: "AA==" })).aws.secret("x")).rejects.toMatchObject({ name: "SecretUnreadable" });
    await expect(anAws(refused("ResourceNotFoundException", "no")).aws.secret("x")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  test("evidence is put where it is to be", async () => {
    const { aws, asked } = anAws({ status: 200, body: "" });
    await aws.keepEvidence("steward-state", "evidence/i-0/now.json", "{}");
    expect(asked[0]).toMatchObject({ path: "/evidence/i-0/now.json", method: "PUT" });
  });

  test("a sweep's time is a time, there is none before the first sweep, and nonsense is an error", async () => {
    expect(await anAws(json({ Item: { at: { S: "2026-01-05T09:00:00.000Z" } } })).aws.lastSweep()).toEqual(new Date("2026-01-05T09:00:00.000Z"));
    expect(await anAws(json({})).aws.lastSweep()).toBeUndefined();
    for (const item of [{ at: { S: "yesterday" } }, {}])
      await expect(anAws(json({ Item: item })).aws.lastSweep()).rejects.toMatchObject({ name: "HeartbeatUnreadable" });
  });

  test("where the group takes it comes from instance metadata", async () => {
    expect(await anAws("silence").aws.lifecycleTarget()).toBe("autoscaling/target-lifecycle-state");
  });

  test.each([
    [
      "<ErrorResponse><Error><Code>ValidationError</Code><Message>No active Lifecycle Action found with instance ID i-0</Message></Error></ErrorResponse>",
      400,
      "not-waiting",
    ],
    ["<CompleteLifecycleActionResponse><CompleteLifecycleActionResult/></CompleteLifecycleActionResponse>", 200, "let-in"],
  ])("a hook that was completed before is no error", async (body, status, answer) => {
    expect(await anAws({ status, body }).aws.letIn("i-0")).toBe(answer);
  });

  test("any other refusal of the hook is an error", async () => {
    const body = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>";
    await expect(anAws({ status: 403, body }).aws.letIn("i-0")).rejects.toMatchObject({ name: "AccessDenied" });
  });

  test("silence ends in time", async () => {
    vi.useFakeTimers();
    const asked = expect(anAws("silence").aws.desired()).rejects.toMatchObject({ name: "TimeoutError" });
    await vi.advanceTimersByTimeAsync(REQUEST_LIMIT_MS);
    await asked;
  });
});

describe("instance metadata", () => {
  const imds = async (status: number, body: string) => {
    const tokens: (string | string[] | undefined)[] = [];
    const server = createServer((request, response) => {
      if (request.method === "PUT") return response.end("token");
      tokens.push(request.headers["x-aws-ec2-metadata-token"]);
      return response.writeHead(status).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return { tokens, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop: () => server.close() };
  };

  test.each([
    [200, "InService\n", "InService"],
    [404, "", undefined],
  ])("is asked with a token; %i", async (status, body, item) => {
    const { address, tokens, stop } = await imds(status, body);
    expect(await metadata("x", address)).toBe(item);
    expect(tokens).toEqual(["token"]);
    stop();
  });

  test("that fails is an error by its number", async () => {
    const { address, stop } = await imds(503, "");
    await expect(metadata("x", address)).rejects.toMatchObject({ name: "Metadata503" });
    stop();
  });
});
