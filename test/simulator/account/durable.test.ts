import { GetDurableExecutionCommand, InvokeCommand, LambdaClient, SendDurableExecutionCallbackSuccessCommand } from "@aws-sdk/client-lambda";
import { type DurableContext, DurableExecutionApiClient, withDurableExecution } from "@aws/durable-execution-sdk-js";
import type { FunctionCode, LambdaHandler } from "@steward/simulator/account/functions";
import { expect, test } from "vitest";
import { type Bench, bench, deploy, drive, json, parsed, sleep } from "./lambda-bench.ts";

/** The real SDK around a workflow, as the function's own code would set it up. */
const durable = (workflow: (event: unknown, context: DurableContext) => Promise<unknown>): FunctionCode => ({ region, credentials, requestHandler }) => {
  const client = new LambdaClient({ region, credentials, requestHandler });
  return withDurableExecution(workflow, { durableExecutionClient: new DurableExecutionApiClient(client) }) as unknown as LambdaHandler;
};

const start = (it: Bench, input: unknown, name?: string, type: "Event" | "RequestResponse" = "Event") =>
  it.client.send(new InvokeCommand({ FunctionName: "flow", Qualifier: "live", InvocationType: type, DurableExecutionName: name, Payload: json(input) }));

async function finished(it: Bench, arn: string | undefined) {
  for (;;) {
    const execution = await it.client.send(new GetDurableExecutionCommand({ DurableExecutionArn: arn }));
    if (execution.Status !== "RUNNING") return execution;
    await sleep(1000);
  }
}

test("runs steps and waits, and sleeps between invocations", async () => {
  const it = bench();
  await drive(async () => {
    await deploy(it, "flow", {
      DurableConfig: { ExecutionTimeout: 3600 },
      run: durable(async (event, context) => {
        const first = await context.step("first", async () => ({ saw: event }));
        await context.wait("settle", { minutes: 5 });
        return { first };
      }),
    });
    const t0 = Date.now();
    const { DurableExecutionArn } = await start(it, { node: "i-1" });
    const execution = await finished(it, DurableExecutionArn);
    expect(execution).toMatchObject({ Status: "SUCCEEDED", Result: JSON.stringify({ first: { saw: { node: "i-1" } } }) });
    expect(Date.now() - t0).toBeGreaterThan(300_000);
    expect(Date.now() - t0).toBeLessThan(310_000);
    expect(it.handle.executions.get(DurableExecutionArn ?? "")?.invocations).toBe(2);
  });
});
