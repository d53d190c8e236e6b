import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
} from "@aws-sdk/client-dynamodb";
import { CreateQueueCommand, GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { advance } from "@steward/simulator/world/drive";
import { beforeEach, describe, expect, test } from "vitest";
import { type ComputeWorld, computeWorld, send } from "./compute-world.ts";

let world: ComputeWorld;
const TableName = "ledger";

beforeEach(async () => {
  world = computeWorld(11);
  await send(
    world.sdk.dynamodb,
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      DeletionProtectionEnabled: true,
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
    }),
  );
});

describe("a table", () => {
  test("under deletion protection stays until the protection is lifted", async () => {
    const remove = () => send(world.sdk.dynamodb, new DeleteTableCommand({ TableName }));
    await expect(remove()).rejects.toMatchObject({ name: "ResourceInUseException" });
    await advance(10_000);
    await expect(remove()).rejects.toMatchObject({ name: "ValidationException", message: expect.stringContaining("protected against deletion") });
    await send(world.sdk.dynamodb, new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }));
    expect((await remove()).TableDescription?.TableStatus).toBe("DELETING");
    await expect(send(world.sdk.dynamodb, new DescribeTableCommand({ TableName }))).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  test("can be recovered to a point in time once that was switched on", async () => {
    const described = async () =>
      (await send(world.sdk.dynamodb, new DescribeContinuousBackupsCommand({ TableName }))).ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
    const enable = () =>
      send(world.sdk.dynamodb, new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }));
    await expect(enable()).rejects.toMatchObject({ name: "ContinuousBackupsUnavailableException" });
    await advance(10_000);
    expect(await described()).toEqual({ PointInTimeRecoveryStatus: "DISABLED" });
    await enable();
    await advance(3_600_000);
    const now = Date.now();
    expect(await described()).toMatchObject({ PointInTimeRecoveryStatus: "ENABLED", RecoveryPeriodInDays: 35 });
    expect(now - ((await described())?.LatestRestorableDateTime?.getTime() ?? 0)).toBeLessThan(301_000);
  });
});

test("a queue keeps its policy and its encryption", async () => {
  const Policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Sid: "Rules", Effect: "Allow", Principal: { Service: ["events.amazonaws.com"] }, Action: ["sqs:SendMessage"], Resource: ["*"] }],
  });
  const { QueueUrl } = await send(world.sdk.sqs, new CreateQueueCommand({ QueueName: "dead", Attributes: { Policy, SqsManagedSseEnabled: "true" } }));
  const { Attributes } = await send(world.sdk.sqs, new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["Policy", "SqsManagedSseEnabled"] }));
  expect(Attributes).toEqual({ Policy, SqsManagedSseEnabled: "true" });
});
