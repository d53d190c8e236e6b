import * as lambda from "@aws-sdk/client-lambda";
import type { FunctionCode } from "@steward/simulator/account/functions";
import { describe, expect, test } from "vitest";
import { type Bench, bench, deploy, drive, failure, json, parsed, sleep } from "./lambda-bench.ts";

const DEAD = "arn:aws:sqs:us-east-1:123456789012:dead";
const call = (it: Bench, payload: unknown = {}, settings: Partial<lambda.InvokeCommandInput> = {}) =>
  it.client.send(new lambda.InvokeCommand({ FunctionName: "work", Payload: json(payload), ...settings }));
const echo: FunctionCode = () => async (event) => ({ echo: event });

describe("a function", () => {
  test("is pending for some seconds after it was made", async () => {
    const it = bench();
    await drive(async () => {
      await deploy(it, "other", { run: echo });
      it.code.set("work", echo);
      const made = await it.client.send(
        new lambda.CreateFunctionCommand({ FunctionName: "work", Role: "arn:aws:iam::123456789012:role/other", Handler: "work", Code: {} }),
      );
      expect(made).toMatchObject({ State: "Pending", Version: "$LATEST", Timeout: 3, MemorySize: 128 });
      expect(await failure(call(it))).toMatchObject({ name: "ResourceConflictException", $metadata: { httpStatusCode: 409 } });
      await lambda.waitUntilFunctionActiveV2({ client: it.client, maxWaitTime: 60 }, { FunctionName: "work" });
      expect(parsed((await call(it, { n: 1 })).Payload)).toEqual({ echo: { n: 1 } });
    });
  });

  test("needs a role that can be assumed, and a name of its own", async () => {
    const it = bench();
    await drive(async () => {
      const create = (Role: string) => it.client.send(new lambda.CreateFunctionCommand({ FunctionName: "work", Role, Handler: "work", Code: {} }));
      expect(await failure(create("arn:aws:iam::123456789012:role/absent"))).toMatchObject({
        name: "InvalidParameterValueException",
        message: "The role defined for the function cannot be assumed by Lambda.",
      });
      await deploy(it, "work", { run: echo });
      expect(await failure(create("arn:aws:iam::123456789012:role/work"))).toMatchObject({
        name: "ResourceConflictException",
        message: "Function already exist: work",
      });
    });
  });

  test("is found by name, ARN, version and alias, and by nothing else", async () => {
    const it = bench();
    await drive(async () => {
      await deploy(it, "work", { run: echo });
      for (const FunctionName of [
        "work",
        "work:live",
        "work:1",
        "work:$LATEST",
        "123456789012:function:work",
        "arn:aws:lambda:us-east-1:123456789012:function:work:live",
      ])
        expect((await call(it, {}, { FunctionName })).StatusCode).toBe(200);
      expect((await call(it, {}, { Qualifier: "live" })).ExecutedVersion).toBe("1");
      expect(await failure(call(it, {}, { FunctionName: "work:absent" }))).toMatchObject({
        name: "ResourceNotFoundException",
        message: "Function not found: arn:aws:lambda:us-east-1:123456789012:function:work:absent",
      });
      expect((await failure(call(it, {}, { FunctionName: "work:live", Qualifier: "1" }))).message).toBe(
        "The derived qualifier from the function name does not match the specified qualifier.",
      );
      expect((await it.client.send(new lambda.PublishVersionCommand({ FunctionName: "work" }))).Version).toBe("1");
      expect((await failure(it.client.send(new lambda.GetAliasCommand({ FunctionName: "work", Name: "absent" })))).name).toBe("ResourceNotFoundException");
      expect((await it.client.send(new lambda.ListFunctionsCommand({}))).Functions).toMatchObject([{ FunctionName: "work", State: "Active" }]);
    });
  });

  test("gets its own settings, credentials and context", async () => {
    const it = bench();
    await drive(async () => {
      await deploy(it, "work", {
        Timeout: 30,
        MemorySize: 256,
        Environment: { Variables: { STAGE: "demo" } },
        run:
          ({ environment, credentials, region }) =>
          async (_event, context) => ({
            ...environment,
            key: credentials.accessKeyId,
            region,
            arn: context.invokedFunctionArn,
            memory: context.memoryLimitInMB,
            left: context.getRemainingTimeInMillis() > 29_000,
          }),
      });
      expect(parsed((await call(it, {}, { FunctionName: "work:live" })).Payload)).toEqual({
        STAGE: "demo",
        key: "AKIAWORK",
        region: "us-east-1",
        arn: "arn:aws:lambda:us-east-1:123456789012:function:work:live",
        memory: "256",
        left: true,
      });
    });
  });
});

describe("an execution environment", () => {
  const counting =
    (started: number[]): FunctionCode =>
    () => {
      started.push(Date.now());
      return async () => {
        await sleep(1000);
      };
    };

  test("starts cold once and is used again", async () => {
    const it = bench();
    const started: number[] = [];
    await drive(async () => {
      await deploy(it, "work", { run: counting(started) });
      await call(it);
      await call(it);
      expect(started).toHaveLength(1);
      await Promise.all([call(it), call(it), call(it)]);
      expect(started).toHaveLength(3);
      expect(it.handle.environments("work")).toBe(3);
      await sleep(3_600_000);
      await call(it);
      expect(started).toHaveLength(4);
    });
  });

  test("is refused beyond the region's concurrency", async () => {
    const it = bench();
    await drive(async () => {
      await deploy(it, "work", { run: counting([]) });
      it.handle.setConcurrencyLimit(1);
      const both = await Promise.allSettled([call(it), call(it)]);
      expect(both.find(({ status }) => status === "rejected")).toMatchObject({
        reason: { name: "TooManyRequestsException", Reason: "ConcurrentInvocationLimitExceeded", $metadata: { httpStatusCode: 429 } },
      });
    });
  });

  test("ends with a timeout; what it still sends never leaves", async () => {
    const it = bench();
    let woke = false;
    await drive(async () => {
      await deploy(it, "work", {
        Timeout: 5,
        run:
          ({ region, credentials, requestHandler }) =>
          async () => {
            const client = new lambda.LambdaClient({ region, credentials, requestHandler });
            await sleep(6000);
            woke = true;
            await client.send(new lambda.ListFunctionsCommand({}));
            throw new Error("unreachable");
          },
      });
      const answer = await call(it);
      expect(answer).toMatchObject({ StatusCode: 200, FunctionError: "Unhandled" });
      expect(parsed(answer.Payload)).toEqual({
        errorType: "Sandbox.Timedout",
        errorMessage: expect.stringMatching(/^RequestId: [0-9a-f-]+ Error: Task timed out after 5\.00 seconds$/),
      });
      await sleep(60_000);
      expect(woke).toBe(true);
      expect(it.account.record.some(({ operation }) => operation === "ListFunctions")).toBe(false);
      expect(it.handle.environments("work")).toBe(0);
    });
  });

  test("can be killed at any moment", async () => {
    const it = bench();
    await drive(async () => {
      await deploy(it, "work", { run: counting([]) });
      it.handle.faults.killInvocation = ({ functionName }) => (functionName === "work" ? 300 : undefined);
      expect(parsed((await call(it)).Payload)).toMatchObject({ errorType: "Runtime.ExitError" });
      it.handle.faults.killInvocation = undefined;
      const pending = call(it);
      setTimeout(() => it.handle.killAll("work"), 900);
      expect((await pending).FunctionError).toBe("Unhandled");
      expect((await call(it)).FunctionError).toBeUndefined();
    });
  });
});

describe("a synchronous invocation", () => {
  test("answers errors of the code as a function error", async () => {
    const it = bench();
    await drive(async () => {
      await deploy(it, "work", {
        run: () => async () => {
          throw new TypeError("no such node");
        },
      });
      const answer = await call(it);
      expect(answer).toMatchObject({ StatusCode: 200, FunctionError: "Unhandled" });
      expect(parsed(answer.Payload)).toEqual({ errorType: "TypeError", errorMessage: "no such node", trace: ["TypeError: no such node"] });
      expect(it.metrics.filter(({ name }) => name === "Errors").at(-1)).toMatchObject({ value: 1 });
    });
  });

  test("fails when the code can't even start", async () => {
    const it = bench();
    await drive(async () => {
      await deploy(it, "work", {
        run: () => {
          throw new Error("no settings");
        },
      });
      expect(parsed((await call(it)).Payload)).toMatchObject({ errorMessage: "no settings" });
      expect(it.handle.environments("work")).toBe(0);
    });
  });

  test("takes JSON of at most 6 MB, and an asynchronous one 1 MB", async () => {
    const it = bench();
    await drive(async () => {
      await deploy(it, "work", { run: echo });
      const large = (megabytes: number) => "x".repeat(megabytes * 1024 * 1024);
      expect(await failure(call(it, large(6)))).toMatchObject({ name: "RequestTooLargeException", $metadata: { httpStatusCode: 413 } });
      expect(await failure(call(it, large(1), { InvocationType: "Event" }))).toMatchObject({ name: "RequestTooLargeException" });
      expect((await failure(call(it, {}, { Payload: new TextEncoder().encode("{") }))).name).toBe("InvalidRequestContentException");
      expect((await call(it, {}, { InvocationType: "DryRun" })).StatusCode).toBe(204);
      expect(parsed((await call(it, large(5))).Payload)).toMatchObject({ echo: large(5) });
    });
  });

  test("answers no more than 6 MB", async () => {
    const it = bench();
    await drive(async () => {
      await deploy(it, "work", { run: () => async () => "x".repeat(7 * 1024 * 1024) });
      expect(parsed((await call(it)).Payload)).toMatchObject({ errorType: "Function.ResponseSizeTooLarge" });
    });
  });
});

describe("an asynchronous invocation", () => {
  const failing =
    (attempts: number[], successAt = Number.POSITIVE_INFINITY): FunctionCode =>
    () =>
    async () => {
      attempts.push(Date.now());
      if (attempts.length < successAt) throw new Error("still down");
    };
  const configure = (it: Bench, settings: Partial<lambda.PutFunctionEventInvokeConfigCommandInput> = {}) =>
    it.client.send(
      new lambda.PutFunctionEventInvokeConfigCommand({
        FunctionName: "work",
        Qualifier: "live",
        DestinationConfig: { OnFailure: { Destination: DEAD } },
        ...settings,
      }),
    );
  const event = (it: Bench, payload: unknown) => call(it, payload, { FunctionName: "work:live", InvocationType: "Event" });

  test("answers 202 at once and is tried three times, after one and two minutes, before the dead letter", async () => {
    const it = bench();
    const attempts: number[] = [];
    await drive(async () => {
      await deploy(it, "work", { run: failing(attempts) });
      await configure(it);
      expect((await event(it, { n: 1 })).StatusCode).toBe(202);
      expect(attempts).toEqual([]);
      await sleep(600_000);
    });
    const [first = 0, second = 0, third = 0] = attempts;
    expect(attempts).toHaveLength(3);
    expect(Math.round((second - first) / 1000)).toBe(60);
    expect(Math.round((third - second) / 1000)).toBe(120);
    expect(it.messages).toEqual([
      {
        url: "https://sqs.us-east-1.amazonaws.com/123456789012/dead",
        body: {
          version: "1.0",
          timestamp: expect.any(String),
          requestContext: {
            requestId: expect.any(String),
            functionArn: "arn:aws:lambda:us-east-1:123456789012:function:work:1",
            condition: "RetriesExhausted",
            approximateInvokeCount: 3,
          },
          requestPayload: { n: 1 },
          responseContext: { statusCode: 200, executedVersion: "1", functionError: "Unhandled" },
          responsePayload: { errorType: "Error", errorMessage: "still down", trace: ["Error: still down"] },
        },
      },
    ]);
  });

  test("sends no dead letter when an attempt succeeds, and none without a destination", async () => {
    const it = bench();
    await drive(async () => {
      await deploy(it, "work", { run: failing([], 2) });
      await configure(it);
      await event(it, {});
      await deploy(it, "other", { run: failing([]) });
      await call(it, {}, { FunctionName: "other", InvocationType: "Event" });
      await sleep(600_000);
    });
    expect(it.messages).toEqual([]);
  });

  test("is retried as often and as long as configured", async () => {
    const it = bench();
    const attempts: number[] = [];
    await drive(async () => {
      await deploy(it, "work", { run: failing(attempts) });
      await configure(it, { MaximumRetryAttempts: 0 });
      await event(it, {});
      await sleep(600_000);
      expect(attempts).toHaveLength(1);
      await configure(it, { MaximumEventAgeInSeconds: 90 });
      await event(it, {});
      await sleep(600_000);
      expect(attempts).toHaveLength(3);
      expect(it.messages.at(-1)).toMatchObject({ body: { requestContext: { condition: "EventAgeExceeded" } } });
      expect((await failure(configure(it, { MaximumRetryAttempts: 3 }))).name).toBe("ValidationException");
    });
  });

  test("waits in the queue while the region is out of concurrency", async () => {
    const it = bench();
    const attempts: number[] = [];
    await drive(async () => {
      await deploy(it, "work", { run: failing(attempts, 1) });
      it.handle.setConcurrencyLimit(0);
      await event(it, {});
      await sleep(60_000);
      expect(attempts).toEqual([]);
      it.handle.setConcurrencyLimit(1);
      await sleep(60_000);
      expect(attempts).toHaveLength(1);
      expect(it.metrics.some(({ name }) => name === "Throttles")).toBe(true);
    });
  });

  test("may come twice", async () => {
    const it = bench();
    const attempts: number[] = [];
    it.handle.faults.deliverTwice = () => true;
    await drive(async () => {
      await deploy(it, "work", { run: failing(attempts, 1) });
      await event(it, {});
      await sleep(10_000);
    });
    expect(attempts).toHaveLength(2);
  });

  test("sends its dead letter with the function's own role, which must be allowed to", async () => {
    const it = bench();
    const asked: string[] = [];
    let allowed = false;
    await drive(async () => {
      await deploy(it, "work", { run: failing([]) });
      it.account.authorize = (who, { action }) => {
        asked.push(`${who.arn} ${action}`);
        return action === "sqs:SendMessage" && !allowed ? { allowed: false, because: "no" } : { allowed: true };
      };
      expect((await failure(configure(it))).message).toBe(`The function's execution role does not have permissions to call SendMessage on ${DEAD}`);
      allowed = true;
      await configure(it, { MaximumRetryAttempts: 0 });
      allowed = false;
      await event(it, {});
      await sleep(60_000);
    });
    expect(asked).toContain("arn:aws:sts::123456789012:assumed-role/work/work sqs:SendMessage");
    expect(it.messages).toEqual([]);
    expect(it.metrics.some(({ name }) => name === "DestinationDeliveryFailures")).toBe(true);
  });
});

describe("a dead-letter queue of the function's own", () => {
  const broken =
    (message: string): FunctionCode =>
    () =>
    () =>
      Promise.reject(new Error(message));
  const withQueue = (it: Bench, run: FunctionCode, TargetArn = DEAD) => deploy(it, "work", { run, DeadLetterConfig: { TargetArn } });
  const event = (it: Bench, payload: unknown) => call(it, payload, { FunctionName: "work:live", InvocationType: "Event" });
  const attributes = (code: number, message: string) => ({
    RequestID: { DataType: "String", StringValue: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    ErrorCode: { DataType: "Number", StringValue: String(code) },
    ErrorMessage: { DataType: "String", StringValue: message },
  });

  test("gets the event as it came, after its last attempt, with the first KB of the error", async () => {
    const it = bench();
    await drive(async () => {
      await withQueue(it, broken("x".repeat(2000)));
      await event(it, { n: 1 });
      await sleep(170_000);
      expect(it.messages).toEqual([]);
      await sleep(60_000);
    });
    expect(it.messages).toEqual([
      { url: "https://sqs.us-east-1.amazonaws.com/123456789012/dead", body: { n: 1 }, attributes: attributes(200, "x".repeat(1024)) },
    ]);
  });

  test("gets what was throttled until it was too old, and stands beside a destination", async () => {
    const it = bench();
    await drive(async () => {
      await withQueue(it, broken("down"));
      await it.client.send(
        new lambda.PutFunctionEventInvokeConfigCommand({
          FunctionName: "work",
          Qualifier: "live",
          MaximumEventAgeInSeconds: 60,
          DestinationConfig: { OnFailure: { Destination: DEAD } },
        }),
      );
      it.handle.setConcurrencyLimit(0);
      await event(it, { n: 1 });
      await sleep(120_000);
    });
    expect(it.messages).toMatchObject([{ body: { n: 1 }, attributes: attributes(429, "Rate Exceeded.") }, { body: { requestPayload: { n: 1 } } }]);
  });

  test("belongs to the function's configuration, and hears nothing of what went well or was asked for synchronously", async () => {
    const it = bench();
    await drive(async () => {
      await withQueue(it, () => async (payload) => {
        if ((payload as { fail?: boolean }).fail) throw new Error("down");
      });
      const { Configuration } = await it.client.send(new lambda.GetFunctionCommand({ FunctionName: "work:live" }));
      expect(Configuration?.DeadLetterConfig).toEqual({ TargetArn: DEAD });
      await event(it, {});
      await call(it, { fail: true });
      await sleep(600_000);
    });
    expect(it.messages).toEqual([]);
  });

  test("is refused where the function's role may not write to it, and what it refuses later is lost and counted", async () => {
    const it = bench();
    let allowed = false;
    it.account.authorize = (_who, { action }) => (action === "sqs:SendMessage" && !allowed ? { allowed: false, because: "no" } : { allowed: true });
    await drive(async () => {
      expect(await failure(withQueue(it, broken("down")))).toMatchObject({
        name: "InvalidParameterValueException",
        message: "The provided execution role does not have permissions to call SendMessage on SQS",
      });
      expect((await failure(withQueue(it, broken("down"), "arn:aws:s3:::dead"))).name).toBe("InvalidParameterValueException");
      allowed = true;
      await withQueue(it, broken("down"));
      allowed = false;
      await event(it, {});
      await sleep(600_000);
    });
    expect(it.messages).toEqual([]);
    expect(it.metrics).toContainEqual({ name: "DeadLetterErrors", value: 1, dimensions: { FunctionName: "work" } });
  });
});

describe("another service", () => {
  const rule = "arn:aws:events:us-east-1:123456789012:rule/watch";

  test("may invoke what the resource policy lets it", async () => {
    const it = bench();
    const events: unknown[] = [];
    await drive(async () => {
      await deploy(it, "work", {
        run: () => async (event) => {
          events.push(event);
        },
      });
      const target = "arn:aws:lambda:us-east-1:123456789012:function:work:live";
      const send = (arn: string) => it.account.links.invokeAsync(target, { from: arn }, { principal: "events.amazonaws.com", arn });
      expect(() => send(rule)).toThrow("events.amazonaws.com is not authorized to perform: lambda:InvokeFunction");
      await it.client.send(
        new lambda.AddPermissionCommand({
          FunctionName: "work",
          Qualifier: "live",
          StatementId: "watch",
          Action: "lambda:InvokeFunction",
          Principal: "events.amazonaws.com",
          SourceArn: rule,
        }),
      );
      send(rule);
      expect(() => send(`${rule}-other`)).toThrow("not authorized");
      await sleep(5000);
      expect(events).toEqual([{ from: rule }]);
      const { Policy } = await it.client.send(new lambda.GetPolicyCommand({ FunctionName: "work", Qualifier: "live" }));
      expect(JSON.parse(Policy ?? "")).toMatchObject({
        Statement: [{ Sid: "watch", Principal: { Service: "events.amazonaws.com" }, Condition: { ArnLike: { "AWS:SourceArn": rule } } }],
      });
      expect((await failure(it.client.send(new lambda.GetPolicyCommand({ FunctionName: "work" })))).name).toBe("ResourceNotFoundException");
    });
  });

  test("learns at once that a function does not exist", () => {
    const it = bench();
    expect(() => it.account.links.invokeAsync("arn:aws:lambda:us-east-1:123456789012:function:absent", {})).toThrow(
      "Function not found: arn:aws:lambda:us-east-1:123456789012:function:absent",
    );
  });
});

test("making a function needs the right to pass its role", async () => {
  const it = bench();
  const asked: unknown[] = [];
  it.account.authorize = (_who, right) => {
    asked.push(right);
    return { allowed: true };
  };
  await drive(() => deploy(it, "work", { run: echo }));
  expect(asked.slice(0, 2)).toEqual([
    { action: "lambda:CreateFunction", resources: ["arn:aws:lambda:us-east-1:123456789012:function:work"], context: {} },
    { action: "iam:PassRole", resources: ["arn:aws:iam::123456789012:role/work"], context: { "iam:PassedToService": "lambda.amazonaws.com" } },
  ]);
});
