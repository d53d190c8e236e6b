import { describe, expect, test } from "vitest";
import { inputsOf, only, STAGES, topology } from "./examples.ts";
import { graphOf } from "./graph/stages.ts";

describe.each(STAGES)("in the stage %s", (stage) => {
  const graph = () => graphOf(stage);
  const functions = () => inputsOf(graph(), "aws:lambda/function:Function");

  test("there is a function for each of the topology's, and no other", () => {
    expect(functions().map(({ name }) => name)).toEqual(
      topology(stage)
        .functions.map(({ name }) => name)
        .sort(),
    );
  });

  describe.each(topology(stage).functions.map((spec) => [spec.handler, spec] as const))("%s", (handler, spec) => {
    const deployed = () => functions().find(({ name }) => name === spec.name) ?? expect.fail(`${spec.name} is not deployed`);
    const failures = () =>
      inputsOf(graph(), "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig").find(({ functionName }) => functionName === spec.name);

    test("runs on Node 24 and arm64 with the memory and time that it is given", () => {
      expect(deployed()).toMatchObject({ runtime: "nodejs24.x", architectures: ["arm64"], memorySize: spec.memoryMb, timeout: spec.timeoutSeconds });
    });

    test("has no more in its environment than the topology says", () => {
      expect(deployed().environment).toEqual({ variables: spec.environment });
    });

    test("is the code that was built before", () => {
      expect(deployed()).toMatchObject({ handler: "index.handler", packageType: "Zip" });
      const code = graph().resources.find(({ inputs }) => inputs.key === deployed().s3Key);
      expect(code?.name.toLowerCase()).toContain(handler.replaceAll("-", ""));
    });

    test("writes JSON to its own log group, and makes none itself", () => {
      expect(deployed().loggingConfig).toEqual({ logFormat: "JSON", logGroup: spec.logs.name });
      expect(inputsOf(graph(), "aws:cloudwatch/logGroup:LogGroup")).toContainEqual({ name: spec.logs.name, retentionInDays: spec.logs.retentionDays });
    });

    test("has a role of its own", () => {
      expect(deployed().role).toBe(`arn:aws:iam::123456789012:role/${spec.role.name}`);
    });

    test("is retried so often and no more, unless it is durable: AWS never starts an execution again", () => {
      if (!spec.asyncRetry) {
        expect([spec.durable !== null, failures()]).toEqual([true, undefined]);
        return;
      }
      expect(failures()).toMatchObject({ maximumRetryAttempts: spec.asyncRetry.retries, maximumEventAgeInSeconds: spec.asyncRetry.maxAgeSeconds });
      expect(failures()).not.toHaveProperty("qualifier");
      expect(spec.asyncRetry.retries).toBeLessThanOrEqual(2);
    });

    test("leaves what still fails in the one queue: by its destination, or by its own dead-letter queue where it is durable", () => {
      const queue = `arn:aws:sqs:us-east-1:123456789012:${spec.onFailure}`;
      const left = [failures()?.destinationConfig, deployed().deadLetterConfig];
      expect(left).toEqual(spec.durable ? [undefined, { targetArn: queue }] : [{ onFailure: { destination: queue } }, undefined]);
    });

    test("has an alarm on its errors that tells people without its help", () => {
      const alarm = inputsOf(graph(), "aws:cloudwatch/metricAlarm:MetricAlarm").find(
        ({ metricName, dimensions }) => metricName === "Errors" && (dimensions as Record<string, string>).FunctionName === spec.name,
      );
      expect(alarm).toMatchObject({ namespace: "AWS/Lambda", alarmActions: [`arn:aws:sns:us-east-1:123456789012:steward-${stage}-people`] });
    });
  });

  test.each(["DurableExecutionFailed", "DurableExecutionTimedOut"])("one %s of remediate tells people without its help", (metric) => {
    const found = inputsOf(graph(), "aws:cloudwatch/metricAlarm:MetricAlarm").filter(({ metricName }) => metricName === metric);
    expect(found).toEqual([
      expect.objectContaining({
        namespace: "AWS/Lambda",
        dimensions: { FunctionName: `steward-${stage}-remediate` },
        statistic: "Sum",
        threshold: 1,
        evaluationPeriods: 1,
        alarmActions: [`arn:aws:sns:us-east-1:123456789012:steward-${stage}-people`],
      }),
    ]);
  });

  test("remediate alone is durable: versioned, and invoked by its alias", () => {
    const durable = functions().filter(({ durableConfig }) => durableConfig);
    expect(durable.map(({ name, durableConfig, publish }) => ({ name, durableConfig, publish }))).toEqual([
      { name: `steward-${stage}-remediate`, durableConfig: { executionTimeout: 86_400, retentionPeriod: 14 }, publish: true },
    ]);
    expect(only(graph(), "aws:lambda/alias:Alias")).toEqual({ functionName: `steward-${stage}-remediate`, name: "live", functionVersion: "1" });
  });

  test("what nobody could handle lies for 14 days in a queue that an alarm watches", () => {
    expect(only(graph(), "aws:sqs/queue:Queue")).toMatchObject({ name: `steward-${stage}-dead-letter`, messageRetentionSeconds: 1_209_600 });
    const watched = inputsOf(graph(), "aws:cloudwatch/metricAlarm:MetricAlarm").map(({ dimensions }) => dimensions);
    expect(watched).toContainEqual({ QueueName: `steward-${stage}-dead-letter` });
  });
});
