import { CloudWatchClient, DescribeAlarmsCommand, GetMetricDataCommand, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient, PutEventsCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { GetFunctionConfigurationCommand, InvokeCommand, LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { GetParameterCommand, SendCommandCommand, SSMClient } from "@aws-sdk/client-ssm";
import { Uint8ArrayBlobAdapter } from "@smithy/core/serde";
import type { Operation } from "@steward/simulator/account/operation";
import { drive } from "@steward/simulator/world/drive";
import { resetWorld } from "@steward/simulator/world/install";
import { beforeEach, describe, expect, test } from "vitest";
import { accountWith, clientOf } from "./wire-account.ts";

const AT = new Date("2026-01-05T08:59:30.250Z");
const heard: unknown[] = [];

/** Answers `output` and keeps what it was asked. */
const answering = <Input, Output>(output: Output): Operation<Input, Output> => ({
  run: (input) => {
    heard.push(input);
    return output;
  },
});

beforeEach(() => {
  resetWorld(1);
  heard.length = 0;
});

describe("json", () => {
  test("carries SSM parameters, dates and maps of lists", async () => {
    const parameter = { Name: "/a", Value: "1", Version: 3, LastModifiedDate: AT };
    const client = new SSMClient(
      clientOf(
        accountWith({
          ssm: { GetParameter: answering({ Parameter: parameter }), SendCommand: answering({ Command: { CommandId: "c", RequestedDateTime: AT } }) },
        }),
      ),
    );
    expect((await drive(() => client.send(new GetParameterCommand({ Name: "/a", WithDecryption: true })))).Parameter).toEqual(parameter);
    const sent = { DocumentName: "AWS-RunShellScript", InstanceIds: ["i-1"], Parameters: { commands: ["steward-node probe"] }, TimeoutSeconds: 30 };
    expect((await drive(() => client.send(new SendCommandCommand(sent)))).Command?.RequestedDateTime).toEqual(AT);
    expect(heard).toEqual([{ Name: "/a", WithDecryption: true }, sent]);
  });

  test("carries alarms and metric values", async () => {
    const alarm = { AlarmName: "a", Threshold: 0.5, StateUpdatedTimestamp: AT, Dimensions: [{ Name: "d", Value: "v" }] };
    const results = [{ Id: "m", Timestamps: [AT], Values: [1.5, 2] }];
    const account = accountWith({
      cloudwatch: {
        DescribeAlarms: answering({ MetricAlarms: [alarm] }),
        GetMetricData: answering({ MetricDataResults: results }),
        PutMetricData: answering({}),
      },
    });
    const client = new CloudWatchClient(clientOf(account));
    expect((await drive(() => client.send(new DescribeAlarmsCommand({ AlarmNames: ["a"] })))).MetricAlarms).toEqual([alarm]);
    const asked = { StartTime: AT, EndTime: AT, MetricDataQueries: [{ Id: "m", Expression: "1" }] };
    expect((await drive(() => client.send(new GetMetricDataCommand(asked)))).MetricDataResults).toEqual(results);
    const put = { Namespace: "Steward", MetricData: [{ MetricName: "x", Timestamp: AT, Value: 3 }] };
    await drive(() => client.send(new PutMetricDataCommand(put)));
    expect(heard).toEqual([{ AlarmNames: ["a"] }, asked, put]);
  });

  test("carries EventBridge entries and input transformers", async () => {
    const client = new EventBridgeClient(
      clientOf(
        accountWith({ events: { PutEvents: answering({ FailedEntryCount: 0, Entries: [{ EventId: "e" }] }), PutTargets: answering({ FailedEntryCount: 0 }) } }),
      ),
    );
    const entry = { Source: "steward", DetailType: "incident", Detail: '{"a":1}', Time: AT };
    expect((await drive(() => client.send(new PutEventsCommand({ Entries: [entry] })))).Entries).toEqual([{ EventId: "e" }]);
    const target = { Rule: "r", Targets: [{ Id: "t", Arn: "arn", InputTransformer: { InputPathsMap: { id: "$.id" }, InputTemplate: "<id>" } }] };
    await drive(() => client.send(new PutTargetsCommand(target)));
    expect(heard).toEqual([{ Entries: [entry] }, target]);
  });

  test("carries SQS messages, whose checksum the client verifies", async () => {
    const MD5OfMessageBody = "5d41402abc4b2a76b9719d911017c592";
    const client = new SQSClient(clientOf(accountWith({ sqs: { SendMessage: answering({ MessageId: "m", MD5OfMessageBody }) } })));
    const input = {
      QueueUrl: "https://sqs.us-east-1.amazonaws.com/123456789012/q",
      MessageBody: "hello",
      MessageAttributes: { a: { DataType: "Binary", BinaryValue: new Uint8Array([1, 2]) } },
    };
    expect((await drive(() => client.send(new SendMessageCommand(input)))).MessageId).toBe("m");
    expect(heard).toEqual([input]);
  });

  test("carries DynamoDB's attribute values", async () => {
    const item = {
      id: { S: "x" },
      n: { N: "12345678901234567890" },
      b: { B: new Uint8Array([9]) },
      l: { L: [{ BOOL: true }, { NULL: true }] },
      m: { M: { deep: { SS: ["a"] } } },
    };
    const client = new DynamoDBClient(clientOf(accountWith({ dynamodb: { PutItem: answering({}), UpdateItem: answering({ Attributes: item }) } })));
    await drive(() => client.send(new PutItemCommand({ TableName: "t", Item: item, ExpressionAttributeNames: { "#a": "a" }, ConditionExpression: "#a = #a" })));
    const output = await drive(() => client.send(new UpdateItemCommand({ TableName: "t", Key: { id: { S: "x" } } })));
    expect(heard[0]).toMatchObject({ TableName: "t", Item: item });
    expect(output.Attributes).toEqual(item);
  });
});

describe("rest", () => {
  test("carries Lambda's payload, headers and status", async () => {
    const client = new LambdaClient(
      clientOf(
        accountWith({
          lambda: {
            Invoke: answering({ StatusCode: 200, FunctionError: "Unhandled", ExecutedVersion: "7", Payload: Uint8ArrayBlobAdapter.fromString('{"b":2}') }),
          },
        }),
      ),
    );
    const input = {
      FunctionName: "arn:aws:lambda:us-east-1:123456789012:function:f:live",
      InvocationType: "RequestResponse" as const,
      Qualifier: "7",
      Payload: Buffer.from('{"a":1}'),
    };
    const output = await drive(() => client.send(new InvokeCommand(input)));
    expect(heard).toMatchObject([{ FunctionName: input.FunctionName, InvocationType: "RequestResponse", Qualifier: "7" }]);
    expect(Buffer.from((heard[0] as { Payload: Uint8Array }).Payload).toString()).toBe('{"a":1}');
    expect(output).toMatchObject({ StatusCode: 200, FunctionError: "Unhandled", ExecutedVersion: "7" });
    expect(output.Payload?.transformToString()).toBe('{"b":2}');
  });

  test("answers an asynchronous invocation with 202 and no payload", async () => {
    const client = new LambdaClient(clientOf(accountWith({ lambda: { Invoke: answering({ StatusCode: 202 }) } })));
    const output = await drive(() => client.send(new InvokeCommand({ FunctionName: "f", InvocationType: "Event" })));
    expect(output.$metadata.httpStatusCode).toBe(202);
    expect(output.Payload?.length ?? 0).toBe(0);
  });

  test("tells routes of one shape apart", async () => {
    const client = new LambdaClient(
      clientOf(
        accountWith({
          lambda: {
            ListFunctions: answering({ Functions: [{ FunctionName: "f" }] }),
            GetFunctionConfiguration: answering({ FunctionName: "f", Timeout: 30, Environment: { Variables: { A: "1" } } }),
          },
        }),
      ),
    );
    expect((await drive(() => client.send(new ListFunctionsCommand({ MaxItems: 2 })))).Functions).toEqual([{ FunctionName: "f" }]);
    expect(await drive(() => client.send(new GetFunctionConfigurationCommand({ FunctionName: "f" })))).toMatchObject({
      Timeout: 30,
      Environment: { Variables: { A: "1" } },
    });
    expect(heard).toEqual([{ MaxItems: 2 }, { FunctionName: "f" }]);
  });
});
