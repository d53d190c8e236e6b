import { type DurableContext, DurableExecutionApiClient, withDurableExecution } from "@aws/durable-execution-sdk-js";
import * as lambda from "@aws-sdk/client-lambda";
import type { FunctionCode, LambdaHandler } from "@steward/simulator/account/functions";
import { describe, expect, test } from "vitest";
import { type Bench, bench, deploy, drive, failure, json, parsed, sleep } from "./lambda-bench.ts";

type Workflow = (event: unknown, context: DurableContext) => Promise<unknown>;

/** The real SDK around a workflow, as the function's own code would set it up. */
const durable =
  (workflow: Workflow): FunctionCode =>
  ({ region, credentials, requestHandler }) => {
    const client = new lambda.LambdaClient({ region, credentials, requestHandler });
    return withDurableExecution(workflow, { durableExecutionClient: new DurableExecutionApiClient(client) }) as unknown as LambdaHandler;
  };

const deployed = (it: Bench, workflow: Workflow, settings: Partial<lambda.CreateFunctionRequest> = {}): Promise<void> =>
  deploy(it, "flow", { DurableConfig: { ExecutionTimeout: 86_400, RetentionPeriodInDays: 1 }, run: durable(workflow), ...settings });

const start = async (it: Bench, input: unknown, name?: string): Promise<string> => {
  const { DurableExecutionArn } = await it.client.send(
    new lambda.InvokeCommand({ FunctionName: "flow", Qualifier: "live", InvocationType: "Event", DurableExecutionName: name, Payload: json(input) }),
  );
  return DurableExecutionArn ?? "";
};

async function finished(it: Bench, DurableExecutionArn: string, everyMs = 1000): Promise<lambda.GetDurableExecutionCommandOutput> {
  for (;;) {
    const execution = await it.client.send(new lambda.GetDurableExecutionCommand({ DurableExecutionArn }));
    if (execution.Status !== "RUNNING") return execution;
    await sleep(everyMs);
  }
}

describe("a workflow of the real SDK", () => {
  test("runs steps and waits, asleep between invocations", async () => {
    const it = bench();
    await drive(async () => {
      await deployed(it, async (event, context) => {
        const first = await context.step("first", async () => ({ saw: event }));
        await context.wait("settle", { minutes: 5 });
        return { first };
      });
      const t0 = Date.now();
      const arn = await start(it, { node: "i-1" });
      expect(await finished(it, arn)).toMatchObject({
        Status: "SUCCEEDED",
        Version: "1",
        InputPayload: '{"node":"i-1"}',
        Result: JSON.stringify({ first: { saw: { node: "i-1" } } }),
      });
      expect(Date.now() - t0).toBeGreaterThan(300_000);
      expect(Date.now() - t0).toBeLessThan(310_000);
      expect(it.handle.executions.get(arn)?.invocations).toBe(2);
    });
  });

  test("retries a failing step after its delay and fails when it may not retry again", async () => {
    const it = bench();
    const attempts: number[] = [];
    await drive(async () => {
      await deployed(it, (_event, context) =>
        context.step(
          "flaky",
          async () => {
            attempts.push(Date.now());
            throw new Error("no capacity");
          },
          { retryStrategy: (_error, attempt) => (attempt < 3 ? { shouldRetry: true, delay: { seconds: 60 } } : { shouldRetry: false }) },
        ),
      );
      expect(await finished(it, await start(it, {}))).toMatchObject({ Status: "FAILED", Error: { ErrorMessage: "no capacity" } });
    });
    expect(attempts).toHaveLength(3);
    expect((attempts[1] ?? 0) - (attempts[0] ?? 0)).toBeGreaterThanOrEqual(60_000);
  });

  test("polls a condition and keeps its state between the polls", async () => {
    const it = bench();
    await drive(async () => {
      await deployed(it, (_event, context) =>
        context.waitForCondition("healthy", async (state: { polls: number }) => ({ polls: state.polls + 1 }), {
          initialState: { polls: 0 },
          waitStrategy: ({ polls }) => (polls < 4 ? { shouldContinue: true, delay: { seconds: 30 } } : { shouldContinue: false }),
        }),
      );
      const t0 = Date.now();
      expect(await finished(it, await start(it, {}))).toMatchObject({ Status: "SUCCEEDED", Result: '{"polls":4}' });
      expect(Date.now() - t0).toBeGreaterThan(90_000);
    });
  });

  test("runs branches side by side in child contexts", async () => {
    const it = bench();
    await drive(async () => {
      await deployed(it, async (_event, context) => {
        const branches = await context.parallel("both", [
          (child: DurableContext) => child.wait("short", { seconds: 10 }).then(() => child.step("a", async () => "a")),
          (child: DurableContext) => child.wait("long", { seconds: 60 }).then(() => child.step("b", async () => "b")),
        ]);
        return branches.getResults();
      });
      expect(await finished(it, await start(it, {}))).toMatchObject({ Status: "SUCCEEDED", Result: '["a","b"]' });
    });
  });

  test("fails when a step's result is larger than a checkpoint may be", async () => {
    const it = bench();
    await drive(async () => {
      await deployed(it, (_event, context) => context.step("large", async () => "x".repeat(257 * 1024)));
      const { Status, Error: error } = await finished(it, await start(it, {}));
      expect(Status).toBe("FAILED");
      expect(error?.ErrorMessage).toContain("STEP output payload size must be less than or equal to 262144 bytes.");
    });
  });
});

describe("a callback", () => {
  const asking =
    (ids: string[], timeout?: { hours: number }): Workflow =>
    (_event, context) =>
      context.waitForCallback(
        "approve",
        async (id) => {
          ids.push(id);
        },
        { ...(timeout && { timeout }) },
      );

  test("waits until somebody answers, and only once", async () => {
    const it = bench();
    const ids: string[] = [];
    await drive(async () => {
      await deployed(it, asking(ids));
      const arn = await start(it, {});
      await sleep(3_600_000);
      const CallbackId = ids[0];
      expect(it.handle.executions.get(arn)?.status).toBe("RUNNING");
      await it.client.send(new lambda.SendDurableExecutionCallbackSuccessCommand({ CallbackId, Result: json("yes") }));
      expect(await failure(it.client.send(new lambda.SendDurableExecutionCallbackSuccessCommand({ CallbackId })))).toMatchObject({
        name: "CallbackTimeoutException",
      });
      expect(await finished(it, arn)).toMatchObject({ Status: "SUCCEEDED" });
      expect(await failure(it.client.send(new lambda.SendDurableExecutionCallbackHeartbeatCommand({ CallbackId: "nonsense" })))).toMatchObject({
        name: "InvalidParameterValueException",
        message: "Invalid callback id",
      });
    });
  });

  test("fails the workflow when it is refused or nobody answers in time", async () => {
    const it = bench();
    const ids: string[] = [];
    await drive(async () => {
      await deployed(it, asking(ids, { hours: 1 }));
      const refused = await start(it, { n: 1 });
      await sleep(60_000);
      await it.client.send(
        new lambda.SendDurableExecutionCallbackFailureCommand({ CallbackId: ids[0], Error: { ErrorType: "Refused", ErrorMessage: "not tonight" } }),
      );
      expect(await finished(it, refused)).toMatchObject({ Status: "FAILED", Error: { ErrorMessage: "not tonight" } });
      const late = await start(it, { n: 2 });
      expect(await finished(it, late, 60_000)).toMatchObject({ Status: "FAILED", Error: { ErrorMessage: "Callback timed out" } });
    });
  });
});

describe("killed around any checkpoint", () => {
  /** Everything a workflow can do; each effect is safe to repeat. */
  const everything =
    (world: { effects: Set<string>; ids: string[] }): Workflow =>
    async (_event, context) => {
      const token = await context.step("token", async () => "token");
      await context.step("launch", async () => {
        world.effects.add(`launched by ${token}`);
      });
      await context.wait("boot", { minutes: 3 });
      const polls = await context.waitForCondition("healthy", async (n: number) => n + 1, {
        initialState: 0,
        waitStrategy: (n) => (n < 3 ? { shouldContinue: true, delay: { seconds: 20 } } : { shouldContinue: false }),
      });
      const answer = await context.waitForCallback("approve", async (id) => {
        world.ids.push(id);
      });
      await context.step("retire", async () => {
        world.effects.add("retired");
      });
      return { polls, answer };
    };

  async function outcome(seed: number, kill?: { index: number; when: "before" | "after" }) {
    const it = bench(seed);
    const world = { effects: new Set<string>(), ids: [] as string[] };
    let killed = false;
    it.handle.faults.killAround = ({ index }) => {
      if (killed || index !== kill?.index) return undefined;
      killed = true;
      return kill.when;
    };
    return drive(async () => {
      await deployed(it, everything(world));
      const arn = await start(it, {});
      while (it.handle.executions.get(arn)?.status === "RUNNING") {
        await sleep(10_000);
        const CallbackId = world.ids.at(-1);
        if (CallbackId) await it.client.send(new lambda.SendDurableExecutionCallbackSuccessCommand({ CallbackId, Result: json("go") })).catch(() => {});
      }
      const { Status, Result } = await finished(it, arn);
      return {
        end: { Status, Result, effects: [...world.effects] },
        killed,
        checkpoints: it.handle.executions.get(arn)?.checkpoints ?? 0,
        bytes: JSON.stringify([it.account.record, it.handle.executions.get(arn)?.history]),
      };
    });
  }

  test("it ends in the same state", async () => {
    const calm = await outcome(1);
    expect(calm.end).toMatchObject({ Status: "SUCCEEDED", effects: ["launched by token", "retired"] });
    for (let index = 0; index < calm.checkpoints; index++) {
      for (const when of ["before", "after"] as const) {
        const hurt = await outcome(1, { index, when });
        expect({ index, when, killed: hurt.killed, ...hurt.end }).toEqual({ index, when, killed: true, ...calm.end });
      }
    }
  });

  test("it does the same, byte for byte, from the same seed", async () => {
    const [once, again, other] = [
      await outcome(7, { index: 3, when: "after" }),
      await outcome(7, { index: 3, when: "after" }),
      await outcome(8, { index: 3, when: "after" }),
    ];
    expect(again.bytes).toBe(once.bytes);
    expect(other.bytes).not.toBe(once.bytes);
  });
});

describe("an invocation that fails", () => {
  test("is tried again with growing pauses, from the checkpointed state", async () => {
    const it = bench();
    const runs: string[] = [];
    let kills = 3;
    it.handle.faults.killInvocation = () => (kills-- > 0 ? 2000 : undefined);
    await drive(async () => {
      await deployed(it, async (_event, context) => {
        await context.step("once", async () => {
          runs.push("once");
        });
        await context.step("slow", async () => {
          runs.push("slow");
          await sleep(5000);
        });
      });
      const arn = await start(it, {});
      expect(await finished(it, arn)).toMatchObject({ Status: "SUCCEEDED" });
      expect(
        it.handle.executions
          .get(arn)
          ?.history.filter(({ EventType }) => EventType === "InvocationCompleted")
          .map((event) => event.InvocationCompletedDetails?.Error?.Payload?.ErrorType),
      ).toEqual(["Runtime.ExitError", "Runtime.ExitError", "Runtime.ExitError", undefined]);
    });
    expect(runs).toEqual(["once", "slow", "slow", "slow", "slow"]);
  });

  test("by the function's own timeout starts the step again without using up its retries", async () => {
    const it = bench();
    let runs = 0;
    await drive(async () => {
      await deployed(
        it,
        (_event, context) =>
          context.step(
            "slow",
            async () => {
              if (++runs < 3) await sleep(20_000);
              return runs;
            },
            { retryStrategy: () => ({ shouldRetry: false }) },
          ),
        { Timeout: 10 },
      );
      const arn = await start(it, {});
      expect(await finished(it, arn)).toMatchObject({ Status: "SUCCEEDED", Result: "3" });
      expect(it.handle.executions.get(arn)?.history.some((event) => event.InvocationCompletedDetails?.Error?.Payload?.ErrorType === "Sandbox.Timedout")).toBe(
        true,
      );
    });
  });

  test("goes on until the execution's own timeout", async () => {
    const it = bench();
    it.handle.faults.killInvocation = () => 50;
    await drive(async () => {
      await deployed(it, (_event, context) => context.step("never", () => sleep(1000)), { DurableConfig: { ExecutionTimeout: 600 } });
      expect(await finished(it, await start(it, {}))).toMatchObject({ Status: "TIMED_OUT", Error: { ErrorMessage: "Execution timed out after 600 seconds." } });
    });
  });
});

describe("a name", () => {
  test("finds the same execution again while it runs and after it closed, for the same payload only", async () => {
    const it = bench();
    await drive(async () => {
      await deployed(it, (_event, context) => context.wait("a while", { minutes: 1 }));
      const [first, again] = [await start(it, { n: 1 }, "incident-1"), await start(it, { n: 1 }, "incident-1")];
      expect(again).toBe(first);
      const other = await failure(start(it, { n: 2 }, "incident-1"));
      expect(other).toMatchObject({ name: "DurableExecutionAlreadyStartedException", $metadata: { httpStatusCode: 409 } });
      await finished(it, first);
      expect(await start(it, { n: 1 }, "incident-1")).toBe(first);
      expect((await failure(start(it, { n: 2 }, "incident-1"))).name).toBe("DurableExecutionAlreadyStartedException");
      await sleep(25 * 3_600_000);
      const afterRetention = await start(it, { n: 2 }, "incident-1");
      expect(afterRetention).not.toBe(first);
      expect((await failure(it.client.send(new lambda.GetDurableExecutionCommand({ DurableExecutionArn: first })))).name).toBe("ResourceNotFoundException");
    });
  });

  test("must fit the pattern, and needs a version or alias to run on", async () => {
    const it = bench();
    await drive(async () => {
      await deployed(it, async () => "done");
      expect((await failure(start(it, {}, "has space"))).name).toBe("ValidationException");
      expect(await failure(it.client.send(new lambda.InvokeCommand({ FunctionName: "flow", InvocationType: "Event" })))).toMatchObject({
        name: "InvalidParameterValueException",
        message: "You cannot invoke a durable function using an unqualified ARN.",
      });
      expect((await failure(it.client.send(new lambda.InvokeCommand({ FunctionName: "flow:live", Payload: json({}) })))).message).toContain(
        "executionTimeout greater than 15 minutes",
      );
    });
  });
});

test("a synchronous caller waits for the end of the whole execution", async () => {
  const it = bench();
  await drive(async () => {
    await deployed(
      it,
      async (_event, context) => {
        await context.wait("a while", { minutes: 10 });
        return "done";
      },
      { DurableConfig: { ExecutionTimeout: 900 } },
    );
    const t0 = Date.now();
    const answer = await it.client.send(new lambda.InvokeCommand({ FunctionName: "flow:live", Payload: json({}) }));
    expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: "1" });
    expect(parsed(answer.Payload)).toBe("done");
    expect(Date.now() - t0).toBeGreaterThan(600_000);
  });
});

test("stopping ends it at once, and its running code can checkpoint no more", async () => {
  const it = bench();
  const steps: string[] = [];
  await drive(async () => {
    await deployed(it, async (_event, context) => {
      await context.step("slow", async () => {
        await sleep(30_000);
        steps.push("slow");
      });
      await context.step("next", async () => {
        steps.push("next");
      });
    });
    const arn = await start(it, {});
    await sleep(10_000);
    await it.client.send(new lambda.StopDurableExecutionCommand({ DurableExecutionArn: arn, Error: { ErrorType: "Operator", ErrorMessage: "enough" } }));
    await sleep(120_000);
    expect(await finished(it, arn)).toMatchObject({ Status: "STOPPED", Error: { ErrorMessage: "enough" } });
    expect(it.account.record.findLast(({ operation }) => operation === "CheckpointDurableExecution")?.error).toBe("InvalidParameterValueException");
  });
  expect(steps).toEqual(["slow"]);
});

test("a checkpoint token is good for one call, and its repetition gets the same answer", async () => {
  const it = bench();
  await drive(async () => {
    let seen: { DurableExecutionArn: string; CheckpointToken: string } | undefined;
    await deploy(it, "flow", {
      DurableConfig: { ExecutionTimeout: 3600 },
      run: () => async (event) => {
        seen = event as typeof seen;
        await sleep(30_000);
        return { Status: "SUCCEEDED" };
      },
    });
    await start(it, {});
    await sleep(5000);
    const checkpoint = (ClientToken: string, Updates: lambda.OperationUpdate[]) =>
      it.client.send(new lambda.CheckpointDurableExecutionCommand({ ...(seen as NonNullable<typeof seen>), ClientToken, Updates }));
    const step: lambda.OperationUpdate = { Id: "1", Type: "STEP", Action: "START" };
    expect(await failure(checkpoint("c0", [{ Id: "1", Type: "STEP", Action: "CANCEL" }]))).toMatchObject({
      name: "InvalidParameterValueException",
      message: "Invalid action for the given operation type.",
    });
    const first = await checkpoint("c1", [step]);
    expect((await checkpoint("c1", [step])).CheckpointToken).toBe(first.CheckpointToken);
    expect(await failure(checkpoint("c2", [step]))).toMatchObject({ name: "InvalidParameterValueException", message: "Invalid checkpoint token" });
    if (seen) seen = { ...seen, CheckpointToken: first.CheckpointToken ?? "" };
    expect((await failure(checkpoint("c3", [step]))).message).toBe("Invalid current STEP state to start.");
    expect((await failure(checkpoint("c4", [{ Id: "2", ParentId: "1", Type: "STEP", Action: "START" }]))).message).toBe("Invalid parent operation id.");
  });
});

test("an answer that makes no sense fails the execution", async () => {
  const it = bench();
  await drive(async () => {
    await deploy(it, "flow", { DurableConfig: { ExecutionTimeout: 3600 }, run: () => async () => ({ Status: "PENDING" }) });
    const execution = await finished(it, await start(it, { n: 1 }));
    expect(execution).toMatchObject({ Status: "FAILED", Error: { ErrorMessage: "Cannot return PENDING status with no pending operations." } });
  });
});

describe("what did not succeed", () => {
  const dead = "arn:aws:sqs:us-east-1:123456789012:dead";
  const DeadLetterConfig = { TargetArn: dead };
  const counted = (it: Bench, name: string) => it.metrics.filter((metric) => metric.name === name);
  const letter = (body: unknown, message: unknown) => ({
    url: "https://sqs.us-east-1.amazonaws.com/123456789012/dead",
    body,
    attributes: {
      RequestID: { DataType: "String", StringValue: expect.any(String) },
      ErrorCode: { DataType: "Number", StringValue: "200" },
      ErrorMessage: { DataType: "String", StringValue: message },
    },
  });

  test("leaves the event that began it in the dead-letter queue: failed, out of time or stopped", async () => {
    const it = bench();
    await drive(async () => {
      await deployed(
        it,
        async (event, context) => {
          if ((event as { dies?: boolean }).dies) throw new Error("unthinkable");
          await context.wait("long", { hours: 48 });
        },
        { DeadLetterConfig },
      );
      await finished(it, await start(it, { dies: true }, "a"));
      const stopped = await start(it, { n: 2 }, "b");
      const DurableExecutionArn = await start(it, { n: 3 }, "c");
      await it.client.send(new lambda.StopDurableExecutionCommand({ DurableExecutionArn: stopped }));
      await finished(it, DurableExecutionArn, 600_000);
      await sleep(1000);
    });
    expect(it.messages).toEqual([
      letter({ dies: true }, "unthinkable"),
      letter({ n: 2 }, "STOPPED"),
      letter({ n: 3 }, "Execution timed out after 86400 seconds."),
    ]);
    for (const name of ["DurableExecutionFailed", "DurableExecutionStopped", "DurableExecutionTimedOut"])
      expect(counted(it, name)).toEqual([{ name, value: 1, dimensions: { FunctionName: "flow" } }]);
    expect(counted(it, "Errors").filter(({ value }) => value > 0)).toEqual([]);
  });

  test("is not begun again, and nothing is left of what succeeded or was waited for", async () => {
    const it = bench();
    const ran: unknown[] = [];
    await drive(async () => {
      await deploy(it, "flow", {
        DurableConfig: { ExecutionTimeout: 600 },
        DeadLetterConfig,
        run: durable(async (event) => {
          ran.push(event);
          if ((event as { dies?: boolean }).dies) throw new Error("unthinkable");
        }),
      });
      await start(it, { well: true });
      await it.client.send(new lambda.InvokeCommand({ FunctionName: "flow", Qualifier: "live", Payload: json({ dies: true }) }));
      expect(it.messages).toEqual([]);
      await start(it, { dies: true, n: 2 });
      await sleep(3_600_000);
    });
    expect(ran).toEqual([{ well: true }, { dies: true }, { dies: true, n: 2 }]);
    expect(it.messages).toEqual([letter({ dies: true, n: 2 }, "unthinkable")]);
  });

  test("has no destination: durable functions know none", async () => {
    const it = bench();
    const put = (settings: Partial<lambda.PutFunctionEventInvokeConfigCommandInput>) =>
      it.client.send(new lambda.PutFunctionEventInvokeConfigCommand({ FunctionName: "flow", Qualifier: "live", ...settings }));
    await drive(async () => {
      await deployed(it, async () => null);
      for (const end of ["OnFailure", "OnSuccess"])
        expect((await failure(put({ DestinationConfig: { [end]: { Destination: dead } } }))).name).toBe("InvalidParameterValueException");
      expect(await put({ MaximumRetryAttempts: 0 })).toMatchObject({ MaximumRetryAttempts: 0 });
    });
  });
});

test("every change of status is announced on the default bus, and the history tells the story", async () => {
  const it = bench();
  await drive(async () => {
    await deployed(it, async (_event, context) => {
      await context.step("only", async () => "secret");
      await context.wait("then", { seconds: 5 });
    });
    const arn = await start(it, {}, "told");
    await finished(it, arn);
    expect(it.events).toMatchObject([
      {
        source: "aws.lambda",
        "detail-type": "Durable Execution Status Change",
        resources: [],
        detail: {
          durableExecutionArn: arn,
          durableExecutionName: "told",
          functionArn: "arn:aws:lambda:us-east-1:123456789012:function:flow:1",
          status: "RUNNING",
        },
      },
      { detail: { status: "SUCCEEDED", endTimestamp: expect.any(String) } },
    ]);
    const history = async (IncludeExecutionData: boolean) =>
      (await it.client.send(new lambda.GetDurableExecutionHistoryCommand({ DurableExecutionArn: arn, IncludeExecutionData }))).Events ?? [];
    expect((await history(true)).map(({ EventType }) => EventType)).toEqual([
      "ExecutionStarted",
      "StepStarted",
      "StepSucceeded",
      "WaitStarted",
      "InvocationCompleted",
      "WaitSucceeded",
      "InvocationCompleted",
      "ExecutionSucceeded",
    ]);
    expect(JSON.stringify(await history(true))).toContain("secret");
    expect(JSON.stringify(await history(false))).not.toContain("secret");
    const list = await it.client.send(new lambda.ListDurableExecutionsByFunctionCommand({ FunctionName: "flow", Statuses: ["SUCCEEDED"] }));
    expect(list.DurableExecutions).toMatchObject([{ DurableExecutionName: "told", Status: "SUCCEEDED" }]);
  });
});

test("the code's calls are judged on the durable execution, which a grant on the function's versions covers", async () => {
  const it = bench();
  const asked: [action: string, resource: string | undefined, who: string][] = [];
  it.account.authorize = (who, { action, resources }) => {
    asked.push([action, resources[0], who.arn]);
    return { allowed: true };
  };
  await drive(async () => {
    await deployed(it, (_event, context) => context.step("only", async () => "done"));
    const arn = await start(it, {}, "judged");
    await finished(it, arn);
    expect(arn).toMatch(/^arn:aws:lambda:us-east-1:123456789012:function:flow:1\/durable-execution\/judged\/[0-9a-f-]{36}$/);
    expect(asked).toContainEqual([
      "lambda:InvokeFunction",
      "arn:aws:lambda:us-east-1:123456789012:function:flow:live",
      "arn:aws:iam::123456789012:user/operator",
    ]);
    expect(asked).toContainEqual(["lambda:CheckpointDurableExecution", arn, "arn:aws:sts::123456789012:assumed-role/flow/flow"]);
    expect(asked).toContainEqual(["lambda:GetDurableExecution", arn, "arn:aws:iam::123456789012:user/operator"]);
  });
});
