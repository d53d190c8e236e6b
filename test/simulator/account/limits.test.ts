import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import type { Account } from "@steward/simulator/account/account";
import { installLimits } from "@steward/simulator/account/limits";
import { AwsError, SERVICE_IDS, type ServiceId } from "@steward/simulator/account/operation";
import { drive } from "@steward/simulator/world/drive";
import { resetWorld, worldClock } from "@steward/simulator/world/install";
import { beforeEach, describe, expect, test } from "vitest";
import { accountWith, clientOf, operator } from "./wire-account.ts";

let account: Account;

beforeEach(() => {
  resetWorld(1);
  account = accountWith({});
  installLimits(account);
});

/** Whether one call at this instant gets a token. */
function admitted(service: ServiceId, operation: string, { input = {}, bucket }: { input?: unknown; bucket?: string } = {}): boolean {
  try {
    account.throttle({ account, service, operation, principal: operator, requestId: "r" }, { run: () => ({}), ...(bucket && { bucket }) }, input);
    return true;
  } catch (error) {
    if (error instanceof AwsError && error.code === "Throttling") return false;
    throw error;
  }
}

/** How many calls in a row are admitted at this instant, at most 200. */
const burst = (service: ServiceId, operation: string, input: unknown = {}): number =>
  Array.from({ length: 200 }, () => admitted(service, operation, { input })).filter(Boolean).length;

const wait = (seconds: number) => worldClock().tick(seconds * 1000);

const FILTERED = { Filters: [{ Name: "tag:a", Values: ["b"] }] };

describe("EC2", () => {
  test("gives each API its own bucket and refills it every second", () => {
    expect(burst("ec2", "DeleteSnapshot")).toBe(100);
    expect(burst("ec2", "CreateSnapshot")).toBe(100);
    wait(1);
    expect(burst("ec2", "DeleteSnapshot")).toBe(5);
    wait(3.5);
    expect(burst("ec2", "DeleteSnapshot")).toBe(15);
    wait(0.5);
    expect(burst("ec2", "DeleteSnapshot")).toBe(5);
  });

  test("counts an unfiltered, unpaged describe as dear", () => {
    expect(burst("ec2", "DescribeSnapshots")).toBe(50);
    expect(burst("ec2", "DescribeSnapshots", FILTERED)).toBe(100);
    expect(burst("ec2", "DescribeVolumes", { MaxResults: 500 })).toBe(100);
    wait(1);
    expect(burst("ec2", "DescribeSnapshots")).toBe(10);
    expect(burst("ec2", "DescribeSnapshots", FILTERED)).toBe(20);
  });

  test("starts few instances at a time, and holds uncategorized changes to 50", () => {
    expect(burst("ec2", "RunInstances")).toBe(5);
    expect(burst("ec2", "ModifyInstanceAttribute")).toBe(50);
  });

  test("never holds more than its capacity", () => {
    wait(86_400);
    expect(burst("ec2", "CopyImage")).toBe(100);
    wait(1);
    expect(burst("ec2", "CopyImage")).toBe(1);
  });
});

describe("other services", () => {
  test("Auto Scaling draws everything from one bucket", () => {
    expect(burst("autoscaling", "DescribeAutoScalingGroups")).toBe(50);
    expect(admitted("autoscaling", "CompleteLifecycleAction")).toBe(false);
  });

  test("load balancing separates describing, registering and the rest", () => {
    expect(burst("elbv2", "DescribeTargetHealth")).toBe(40);
    expect(admitted("elbv2", "DescribeTargetGroups")).toBe(false);
    expect(burst("elbv2", "DeregisterTargets")).toBe(20);
    expect(admitted("elbv2", "ModifyTargetGroup")).toBe(true);
  });

  test("Parameter Store shares reads and is slow to write", () => {
    expect(burst("ssm", "GetParameter") + burst("ssm", "GetParametersByPath")).toBe(40);
    expect(burst("ssm", "PutParameter")).toBe(3);
  });

  test("CloudWatch, EventBridge and Lambda keep their published rates", () => {
    expect(burst("cloudwatch", "DescribeAlarms")).toBe(9);
    expect(burst("cloudwatch", "SetAlarmState")).toBe(3);
    expect(burst("events", "ListRules")).toBe(50);
    expect(burst("lambda", "PutFunctionConcurrency")).toBe(15);
    expect(admitted("lambda", "ListFunctions")).toBe(false);
    expect(burst("lambda", "Invoke")).toBe(200);
  });

  test("DynamoDB and SQS take any rate", () => {
    expect(burst("dynamodb", "UpdateItem")).toBe(200);
    expect(burst("sqs", "SendMessage")).toBe(200);
  });

  test("no service is without a rate", () => {
    for (const service of SERVICE_IDS) expect(admitted(service, "SomethingNew")).toBe(true);
  });

  test("operations that name a bucket share it", () => {
    const bucket = "ssm:run-command";
    const calls = Array.from({ length: 60 }, (_, i) => admitted("ssm", i % 2 ? "SendCommand" : "CancelCommand", { bucket }));
    expect(calls.filter(Boolean)).toHaveLength(50);
  });
});

test("an SDK client is throttled, backs off and gets through", async () => {
  account = accountWith({ cloudwatch: { DescribeAlarms: { run: () => ({ MetricAlarms: [] }) } } });
  installLimits(account);
  const client = new CloudWatchClient({ ...clientOf(account), maxAttempts: 10 });
  const start = Date.now();
  await drive(() => Promise.all(Array.from({ length: 20 }, () => client.send(new DescribeAlarmsCommand({})))));
  expect(account.record.some(({ error }) => error === "Throttling")).toBe(true);
  expect(account.record.filter(({ error }) => !error)).toHaveLength(20);
  expect(Date.now() - start).toBeGreaterThanOrEqual(2000);
});
