import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { DescribeInstancesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { CreateBucketCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { Uint8ArrayBlobAdapter } from "@smithy/core/serde";
import type { Account } from "@steward/simulator/account/account";
import { followRealTime, serve } from "@steward/simulator/account/http";
import { AwsError } from "@steward/simulator/account/operation";
import { addS3 } from "@steward/simulator/services/s3/s3";
import { machineDelay, machineTime, resetWorld } from "@steward/simulator/world/install";
import { afterEach, beforeEach, expect, test } from "vitest";
import { accountWith, operator } from "./wire-account.ts";

const closing: (() => unknown)[] = [];

beforeEach(() => resetWorld(1));
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Serves the account, with the world following the machine's clock, and says how a client reaches it. */
async function reach(account: Account, aside?: Parameters<typeof serve>[1]["aside"]) {
  const clock = followRealTime();
  const server = await serve(account, { port: 0, host: "127.0.0.1", aside });
  closing.push(
    () => clock.stop(),
    () => server.close(),
  );
  const { accessKeyId, secretAccessKey } = operator;
  return { endpoint: `http://127.0.0.1:${server.port}`, region: "us-east-1", credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 };
}

test("tells services apart by the credential scope of one endpoint", async () => {
  const settings = await reach(
    accountWith({
      ec2: { DescribeInstances: { run: () => ({ Reservations: [{ ReservationId: "r-1" }] }) } },
      ssm: { GetParameter: { run: ({ Name }) => ({ Parameter: { Name, Value: "v" } }) } },
      cloudwatch: { DescribeAlarms: { run: () => ({ MetricAlarms: [{ AlarmName: "a" }] }) } },
      lambda: { Invoke: { run: ({ FunctionName }) => ({ StatusCode: 200, Payload: Uint8ArrayBlobAdapter.fromString(String(FunctionName)) }) } },
    }),
  );
  expect((await new EC2Client(settings).send(new DescribeInstancesCommand({}))).Reservations).toEqual([{ ReservationId: "r-1" }]);
  expect((await new SSMClient(settings).send(new GetParameterCommand({ Name: "/a" }))).Parameter).toEqual({ Name: "/a", Value: "v" });
  expect((await new CloudWatchClient(settings).send(new DescribeAlarmsCommand({}))).MetricAlarms).toEqual([{ AlarmName: "a" }]);
  const invoked = await new LambdaClient(settings).send(new InvokeCommand({ FunctionName: "arn:aws:lambda:us-east-1:123456789012:function:f:live" }));
  expect(invoked.Payload?.transformToString()).toBe("arn:aws:lambda:us-east-1:123456789012:function:f:live");
});

test("lets somebody else answer what the account would, and leaves it the rest", async () => {
  const account = accountWith({ ssm: { GetParameter: { run: ({ Name }) => ({ Parameter: { Name, Value: "the account's" } }) } } });
  const other = { status: 200, headers: { "content-type": "application/x-amz-json-1.1" }, body: Buffer.from('{"Parameter":{"Value":"another\'s"}}') };
  const ssm = new SSMClient(await reach(account, async ({ body }) => (Buffer.from(body).includes("/other") ? other : undefined)));
  expect((await ssm.send(new GetParameterCommand({ Name: "/other" }))).Parameter?.Value).toBe("another's");
  expect((await ssm.send(new GetParameterCommand({ Name: "/own" }))).Parameter?.Value).toBe("the account's");
});

test("answers errors that clients understand", async () => {
  const settings = await reach(
    accountWith({
      ssm: {
        GetParameter: {
          run: () => {
            throw new AwsError("ParameterNotFound", "Parameter /a not found.");
          },
        },
      },
    }),
  );
  await expect(new SSMClient(settings).send(new GetParameterCommand({ Name: "/a" }))).rejects.toMatchObject({
    name: "ParameterNotFound",
    message: "Parameter /a not found.",
  });
  const stranger = new SSMClient({ ...settings, credentials: { accessKeyId: "AKIASTRANGER", secretAccessKey: "x" } });
  await expect(stranger.send(new GetParameterCommand({ Name: "/a" }))).rejects.toMatchObject({ name: "UnrecognizedClientException" });
});

test("carries objects of any kind, and tells the length of one without sending it", async () => {
  const account = accountWith({});
  addS3(account);
  const s3 = new S3Client({ ...(await reach(account)), forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: "bucket" }));
  const object = { Bucket: "bucket", Key: "a folder/k" };
  await s3.send(new PutObjectCommand({ ...object, Body: new Uint8Array([0, 13, 10, 255]) }));
  expect(await s3.send(new HeadObjectCommand(object))).toMatchObject({ ContentLength: 4 });
  const { Body } = await s3.send(new GetObjectCommand(object));
  expect([...((await Body?.transformToByteArray()) ?? [])]).toEqual([0, 13, 10, 255]);
  await expect(s3.send(new HeadObjectCommand({ ...object, Key: "none" }))).rejects.toMatchObject({ name: "NotFound" });
});

test("a failure of the simulator is told, not hidden", async () => {
  const settings = await reach(
    accountWith({
      ssm: {
        GetParameter: {
          run: () => {
            throw new Error("a bug");
          },
        },
      },
    }),
  );
  await expect(new SSMClient(settings).send(new GetParameterCommand({ Name: "/a" }))).rejects.toMatchObject({ $metadata: { httpStatusCode: 500 } });
  const { status, body } = await fetch(settings.endpoint).then(async (reply) => ({ status: reply.status, body: await reply.text() }));
  expect(status).toBe(500);
  expect(body).toBe("the simulated account failed: the simulated account has no endpoint for 127.0.0.1");
});

test("a simulated break of the connection breaks the real one", async () => {
  const account = accountWith({ ssm: { GetParameter: { run: () => ({}) } } });
  account.faults.add(() => {
    throw Object.assign(new Error("reset"), { code: "ECONNRESET" });
  });
  const settings = await reach(account);
  await expect(new SSMClient(settings).send(new GetParameterCommand({ Name: "/a" }))).rejects.toMatchObject({ code: "ECONNRESET" });
});

test("the world's clock follows the machine's until stopped", async () => {
  const started = { world: Date.now(), machine: machineTime() };
  const clock = followRealTime();
  await machineDelay(300);
  clock.stop();
  const passed = Date.now() - started.world;
  expect(passed).toBeGreaterThan(20);
  expect(passed).toBeLessThanOrEqual(machineTime() - started.machine);
  const stopped = Date.now();
  await machineDelay(60);
  expect(Date.now()).toBe(stopped);
});
