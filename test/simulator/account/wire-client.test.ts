import { DescribeInstancesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { Account } from "@steward/simulator/account/account";
import { AwsError } from "@steward/simulator/account/operation";
import { drive } from "@steward/simulator/world/drive";
import { EPOCH, resetWorld } from "@steward/simulator/world/install";
import { beforeEach, expect, test } from "vitest";
import { accountWith, clientOf } from "./wire-account.ts";

beforeEach(() => resetWorld(7));

const elapsed = (): number => Date.now() - EPOCH.getTime();

/** Answers throttled until it has been asked often enough. */
function throttledUntil(attempt: number): Account {
  let asked = 0;
  const account = accountWith({ ssm: { GetParameter: { run: () => ({ Parameter: { Name: "/a", Value: String(asked) } }) } } });
  account.throttle = () => {
    asked += 1;
    if (asked < attempt) throw new AwsError("Throttling", "Rate exceeded");
  };
  return account;
}

test("backs off in virtual time and succeeds", async () => {
  const account = throttledUntil(3);
  const output = await drive(() => new SSMClient(clientOf(account)).send(new GetParameterCommand({ Name: "/a" })));
  expect(output.Parameter?.Value).toBe("3");
  expect(output.$metadata.attempts).toBe(3);
  expect(account.record.map(({ error }) => error)).toEqual(["Throttling", "Throttling", undefined]);
  expect(elapsed()).toBeGreaterThan(50);
});

test("gives up after the client's attempts", async () => {
  const account = throttledUntil(100);
  const client = new SSMClient({ ...clientOf(account), maxAttempts: 4 });
  await expect(drive(() => client.send(new GetParameterCommand({ Name: "/a" })))).rejects.toMatchObject({
    name: "ThrottlingException",
    $metadata: { attempts: 4 },
  });
  expect(account.record).toHaveLength(4);
});

test("a call takes a round trip of virtual time", async () => {
  const account = accountWith({ ssm: { GetParameter: { run: () => ({}) } } });
  await drive(() => new SSMClient(clientOf(account)).send(new GetParameterCommand({ Name: "/a" })));
  expect(elapsed()).toBeGreaterThanOrEqual(5);
  expect(elapsed()).toBeLessThanOrEqual(40);
});

test("an abort ends the wait, not the service's work", async () => {
  let done = 0;
  const account = accountWith({
    ssm: {
      PutParameter: {
        run: () => {
          done += 1;
          return { Version: 1 };
        },
      },
    },
  });
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 2);
  const send = () => new SSMClient(clientOf(account)).send(new PutParameterCommand({ Name: "/a", Value: "1" }), { abortSignal: controller.signal });
  await expect(drive(send)).rejects.toMatchObject({ name: "AbortError" });
  expect(done).toBe(0);
  await drive(() => new Promise((resolve) => setTimeout(resolve, 50)));
  expect(done).toBe(1);
});

test("an aborted signal sends nothing", async () => {
  const account = accountWith({ ssm: { GetParameter: { run: () => ({}) } } });
  const send = () => new SSMClient(clientOf(account)).send(new GetParameterCommand({ Name: "/a" }), { abortSignal: AbortSignal.abort() });
  await expect(drive(send)).rejects.toMatchObject({ name: "AbortError" });
  expect(account.record).toHaveLength(0);
});

test("a request that outlasts its timeout fails and is tried again", async () => {
  const account = accountWith({ ec2: { DescribeInstances: { run: () => ({}) } } });
  account.faults.add(() => new Promise((resolve) => setTimeout(resolve, 60_000)));
  const client = new EC2Client({ ...clientOf(account), maxAttempts: 2 });
  await expect(drive(() => client.send(new DescribeInstancesCommand({}), { requestTimeout: 1000 }))).rejects.toMatchObject({ name: "TimeoutError" });
  expect(elapsed()).toBeGreaterThanOrEqual(2000);
  expect(elapsed()).toBeLessThan(10_000);
  expect(account.record).toHaveLength(2);
});

test("a broken connection reaches the client as one", async () => {
  const account = accountWith({ ec2: { DescribeInstances: { run: () => ({}) } } });
  account.faults.add(() => {
    throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
  });
  const client = new EC2Client({ ...clientOf(account), maxAttempts: 2 });
  await expect(drive(() => client.send(new DescribeInstancesCommand({})))).rejects.toMatchObject({ code: "ECONNRESET" });
  expect(account.record).toHaveLength(2);
});

test("the same seed gives the same calls, ids and instants", async () => {
  const story = async () => {
    resetWorld(42);
    const account = throttledUntil(4);
    const output = await drive(() => new SSMClient({ ...clientOf(account), maxAttempts: 5 }).send(new GetParameterCommand({ Name: "/a" })));
    return JSON.stringify({ record: account.record, metadata: output.$metadata, at: Date.now() });
  };
  const first = await story();
  expect(await story()).toBe(first);
  expect(first).toContain('"attempts":4');
});
