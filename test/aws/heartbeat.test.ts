import { createHeartbeat } from "@steward/aws/heartbeat";
import { createMetrics } from "@steward/aws/metrics";
import { Permanent, Retryable } from "@steward/core/errors";
import { describe, expect, test } from "vitest";
import { awsError, refuse, stubAws } from "./stub-aws.ts";

const AT = new Date("2026-01-05T09:00:00.000Z");

describe("the heartbeat", () => {
  test("is one item of the ledger, written only when it is newer than what is there", async () => {
    const { clients, inputs } = stubAws({ PutItem: () => ({}) });
    await createHeartbeat(clients.dynamoDb, "steward-demo").beat("sweep", AT);
    expect(inputs("PutItem")).toMatchObject([
      {
        TableName: "steward-demo",
        Item: { pk: { S: "heartbeat" }, sk: { S: "sweep" }, at: { S: "2026-01-05T09:00:00.000Z" } },
        ConditionExpression: "attribute_not_exists(#at) OR #at < :at",
      },
    ]);
  });

  test("of a newer sweep stays, and the older one is content", async () => {
    const { ConditionalCheckFailedException } = await import("@aws-sdk/client-dynamodb");
    const { clients } = stubAws({
      PutItem: () => {
        throw new ConditionalCheckFailedException({ message: "The conditional request failed", $metadata: {} });
      },
    });
    await expect(createHeartbeat(clients.dynamoDb, "steward-demo").beat("sweep", AT)).resolves.toBeUndefined();
  });

  test("is read back for every duty", async () => {
    const { clients } = stubAws({ Query: () => ({ Items: [{ pk: { S: "heartbeat" }, sk: { S: "sweep" }, at: { S: AT.toISOString() } }] }) });
    expect(await createHeartbeat(clients.dynamoDb, "steward-demo").successes()).toEqual(new Map([["sweep", AT]]));
  });
});

describe("the metrics", () => {
  const publish = (answer: () => unknown, ages = [{ duty: "sweep" as const, seconds: 12 }]) => {
    const aws = stubAws({ PutMetricData: answer });
    return { ...aws, done: createMetrics(aws.clients.cloudWatch, "demo").publishAges(ages) };
  };

  test("say the age of each duty in seconds, by stage and duty", async () => {
    const { done, inputs } = publish(() => ({}));
    await done;
    const Dimensions = [
      { Name: "Stage", Value: "demo" },
      { Name: "Duty", Value: "sweep" },
    ];
    expect(inputs("PutMetricData")).toEqual([{ Namespace: "Steward", MetricData: [{ MetricName: "DutyAge", Dimensions, Unit: "Seconds", Value: 12 }] }]);
  });

  test("say the age of the newest good snapshot in seconds, by stage", async () => {
    const aws = stubAws({ PutMetricData: () => ({}) });
    await createMetrics(aws.clients.cloudWatch, "demo").publishSnapshotAge(1_800);
    await createMetrics(aws.clients.cloudWatch, "demo").publishProofAge(86_400);
    const Dimensions = [{ Name: "Stage", Value: "demo" }];
    expect(aws.inputs("PutMetricData")).toEqual([
      { Namespace: "Steward", MetricData: [{ MetricName: "SnapshotAge", Dimensions, Unit: "Seconds", Value: 1_800 }] },
      { Namespace: "Steward", MetricData: [{ MetricName: "ProofAge", Dimensions, Unit: "Seconds", Value: 86_400 }] },
    ]);
  });

  test("say nothing where there is nothing to say", async () => {
    const { done, sent } = publish(() => ({}), []);
    await done;
    expect(sent).toEqual([]);
  });

  test("that are throttled are Retryable, those that are forbidden are Permanent", async () => {
    await expect(publish(refuse("ThrottlingException", "Rate exceeded")).done).rejects.toBeInstanceOf(Retryable);
    const forbidden = () => {
      throw awsError("AccessDenied", "no", 403);
    };
    await expect(publish(forbidden).done).rejects.toBeInstanceOf(Permanent);
  });
});
