import { DurableExecutionApiClient } from "@aws/durable-execution-sdk-js";
import * as lambda from "@aws-sdk/client-lambda";
import { loadDurable } from "@steward/functions/load-durable";
import { remediate } from "@steward/functions/remediate";
import type { LambdaHandler } from "@steward/simulator/account/functions";
import { beforeAll, expect, test } from "vitest";
import { aRuntime } from "../functions/a-runtime.ts";
import { endOf, RUN, TALES } from "../functions/tales.ts";
import { bench, deploy, drive, json, sleep } from "../simulator/account/lambda-bench.ts";

beforeAll(loadDurable);

/** The other opinion, of the durable SDK's own runner, is in `test/functions/remediate.test.ts`. */
test.each(Object.entries(TALES))("%s ends as told on the simulator's durable functions", async (_name, { subject, fleet, end }) => {
  const it = bench();
  const { runtime, fake } = aRuntime(fleet());
  const run = ({ region, credentials, requestHandler }: Parameters<Parameters<typeof it.code.set>[1]>[0]) => {
    const durable = new DurableExecutionApiClient(new lambda.LambdaClient({ region, credentials, requestHandler }));
    return remediate({ ...runtime, durable }) as unknown as LambdaHandler;
  };
  const execution = await drive(async () => {
    await deploy(it, "remediate", { DurableConfig: { ExecutionTimeout: 86_400 }, run });
    const Payload = json({ name: RUN, subject });
    const { DurableExecutionArn } = await it.client.send(
      new lambda.InvokeCommand({ FunctionName: "remediate", Qualifier: "live", InvocationType: "Event", DurableExecutionName: RUN, Payload }),
    );
    while (it.handle.executions.get(DurableExecutionArn ?? "")?.status === "RUNNING") await sleep(10_000);
    return it.handle.executions.get(DurableExecutionArn ?? "");
  });
  const result = execution?.status === "SUCCEEDED" ? JSON.parse(execution.result ?? "null") : execution?.error?.ErrorMessage;
  expect(endOf(fake, { status: execution?.status as "SUCCEEDED" | "FAILED", result })).toEqual(end);
});
