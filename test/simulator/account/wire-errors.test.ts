import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  ScalingActivityInProgressFault,
  TerminateInstanceInAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import { CloudWatchClient, DescribeAlarmsCommand, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient, PutItemCommand, TransactionCanceledException, TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import { DescribeInstancesCommand, DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { DescribeTargetHealthCommand, ElasticLoadBalancingV2Client, TargetGroupNotFoundException } from "@aws-sdk/client-elastic-load-balancing-v2";
import { EventBridgeClient, ListRulesCommand } from "@aws-sdk/client-eventbridge";
import { InvokeCommand, LambdaClient, ListFunctionsCommand, ResourceNotFoundException } from "@aws-sdk/client-lambda";
import { DBInstanceNotFoundFault, DescribeDBInstancesCommand, RDSClient } from "@aws-sdk/client-rds";
import { ListTopicsCommand, SNSClient } from "@aws-sdk/client-sns";
import { QueueDoesNotExist, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { GetParameterCommand, ParameterNotFound, SSMClient } from "@aws-sdk/client-ssm";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { Account } from "@steward/simulator/account/account";
import { AwsError } from "@steward/simulator/account/operation";
import { drive } from "@steward/simulator/world/drive";
import { resetWorld } from "@steward/simulator/world/install";
import { beforeEach, describe, expect, test } from "vitest";
import { accountWith, clientOf, operator } from "./wire-account.ts";

const once = (account: Account) => ({ ...clientOf(account), maxAttempts: 1 });

type Failure = Error & { $metadata: { httpStatusCode?: number; requestId?: string }; $retryable?: unknown };

/** What the client throws. */
async function failureOf(work: () => Promise<unknown>): Promise<Failure> {
  try {
    await drive(work);
  } catch (error) {
    return error as Failure;
  }
  throw new Error("the call succeeded");
}

const failing = (error: AwsError) => ({
  run: () => {
    throw error;
  },
});

beforeEach(() => resetWorld(1));

/** One read of every service, through its own client. */
const READS: Record<string, (account: Account) => Promise<unknown>> = {
  ec2: (account) => new EC2Client(once(account)).send(new DescribeInstancesCommand({})),
  autoscaling: (account) => new AutoScalingClient(once(account)).send(new DescribeAutoScalingGroupsCommand({})),
  elbv2: (account) => new ElasticLoadBalancingV2Client(once(account)).send(new DescribeTargetHealthCommand({ TargetGroupArn: "arn" })),
  ssm: (account) => new SSMClient(once(account)).send(new GetParameterCommand({ Name: "/a" })),
  cloudwatch: (account) => new CloudWatchClient(once(account)).send(new DescribeAlarmsCommand({})),
  events: (account) => new EventBridgeClient(once(account)).send(new ListRulesCommand({})),
  sns: (account) => new SNSClient(once(account)).send(new ListTopicsCommand({})),
  sqs: (account) => new SQSClient(once(account)).send(new ReceiveMessageCommand({ QueueUrl: "https://sqs.us-east-1.amazonaws.com/123456789012/q" })),
  dynamodb: (account) => new DynamoDBClient(once(account)).send(new PutItemCommand({ TableName: "t", Item: {} })),
  lambda: (account) => new LambdaClient(once(account)).send(new ListFunctionsCommand({})),
  rds: (account) => new RDSClient(once(account)).send(new DescribeDBInstancesCommand({})),
  sts: (account) => new STSClient(once(account)).send(new GetCallerIdentityCommand({})),
};

const everything = () =>
  accountWith({
    ec2: { DescribeInstances: { run: () => ({}) } },
    autoscaling: { DescribeAutoScalingGroups: { run: () => ({ AutoScalingGroups: [] }) } },
    elbv2: { DescribeTargetHealth: { run: () => ({}) } },
    ssm: { GetParameter: { run: () => ({}) } },
    cloudwatch: { DescribeAlarms: { run: () => ({}) } },
    events: { ListRules: { run: () => ({}) } },
    sns: { ListTopics: { run: () => ({}) } },
    sqs: { ReceiveMessage: { run: () => ({}) } },
    dynamodb: { PutItem: { run: () => ({}) } },
    lambda: { ListFunctions: { run: () => ({}) } },
    rds: { DescribeDBInstances: { run: () => ({}) } },
    sts: { GetCallerIdentity: { run: () => ({}) } },
  });

describe("answers with the code of the service", () => {
  test.each([
    ["ec2", "UnauthorizedOperation", 403],
    ["autoscaling", "AccessDenied", 403],
    ["elbv2", "AccessDenied", 403],
    ["ssm", "AccessDeniedException", 400],
    ["cloudwatch", "AccessDenied", 400],
    ["events", "AccessDeniedException", 400],
    ["sns", "AuthorizationErrorException", 403],
    ["sqs", "AccessDenied", 400],
    ["dynamodb", "AccessDeniedException", 400],
    ["lambda", "AccessDeniedException", 403],
    ["rds", "AccessDenied", 403],
    ["sts", "AccessDenied", 403],
  ])("%s refuses what the policy does not allow: %s", async (service, code, status) => {
    const account = everything();
    account.authorize = () => ({ allowed: false, because: "no identity-based policy allows it" });
    const failure = await failureOf(() => READS[service]?.(account) ?? Promise.resolve());
    expect([failure.name, failure.$metadata.httpStatusCode]).toEqual([code, status]);
    expect(failure.message).toContain(`User: ${operator.arn} is not authorized to perform`);
  });

  test.each([
    ["ec2", "AuthFailure", 401],
    ["autoscaling", "InvalidClientTokenId", 403],
    ["ssm", "UnrecognizedClientException", 400],
    ["sqs", "InvalidClientTokenId", 400],
    ["lambda", "UnrecognizedClientException", 403],
    ["sts", "InvalidClientTokenId", 403],
  ])("%s does not know the key: %s", async (service, code, status) => {
    const account = everything();
    account.principals.clear();
    const failure = await failureOf(() => READS[service]?.(account) ?? Promise.resolve());
    expect([failure.name, failure.$metadata.httpStatusCode]).toEqual([code, status]);
  });

  test.each([
    ["ec2", "RequestLimitExceeded", 503],
    ["autoscaling", "Throttling", 400],
    ["elbv2", "ThrottlingException", 400],
    ["ssm", "ThrottlingException", 400],
    ["cloudwatch", "Throttling", 400],
    ["events", "ThrottlingException", 400],
    ["sns", "ThrottlingException", 400],
    ["sqs", "RequestThrottled", 400],
    ["dynamodb", "ThrottlingException", 400],
    ["lambda", "TooManyRequestsException", 429],
    ["rds", "Throttling", 400],
    ["sts", "Throttling", 400],
  ])("%s throttles: %s, which the client retries", async (service, code, status) => {
    const account = everything();
    account.throttle = () => {
      throw new AwsError("Throttling", "Rate exceeded");
    };
    const failure = await failureOf(() => READS[service]?.(account) ?? Promise.resolve());
    expect([failure.name, failure.$metadata.httpStatusCode]).toEqual([code, status]);
  });

  test.each([
    ["ec2", "InvalidAction", 400],
    ["sns", "InvalidAction", 400],
    ["ssm", "UnknownOperationException", 400],
    ["lambda", "UnknownOperationException", 404],
  ])("%s refuses by name what is not modelled: %s", async (service, code, status) => {
    const failure = await failureOf(() => READS[service]?.(accountWith({})) ?? Promise.resolve());
    expect([failure.name, failure.$metadata.httpStatusCode]).toEqual([code, status]);
    expect(failure.message).toContain(`does not model ${service}:`);
  });

  test("a wrong secret is refused, whatever the key", async () => {
    const credentials = { ...operator, secretAccessKey: "not the secret" };
    const ssm = new SSMClient({ ...clientOf(everything(), credentials), maxAttempts: 1 });
    expect((await failureOf(() => ssm.send(new GetParameterCommand({ Name: "/a" })))).name).toBe("InvalidSignatureException");
    const sts = new STSClient({ ...clientOf(everything(), credentials), maxAttempts: 1 });
    expect((await failureOf(() => sts.send(new GetCallerIdentityCommand({})))).name).toBe("SignatureDoesNotMatch");
  });

  test("an endpoint that is not there is no answer at all", async () => {
    const account = everything();
    account.services.delete("ec2");
    const failure = await failureOf(() => new EC2Client(once(account)).send(new DescribeVpcsCommand({})));
    expect(failure.message).toBe("the simulated account has no endpoint for ec2");
  });
});

describe("modelled errors arrive as the client's own exceptions", () => {
  test("EC2 codes with dots", async () => {
    const missing = new AwsError("InvalidInstanceID.NotFound", "The instance ID 'i-<1>' does not exist");
    const client = new EC2Client(once(accountWith({ ec2: { DescribeInstances: failing(missing) } })));
    const failure = await failureOf(() => client.send(new DescribeInstancesCommand({ InstanceIds: ["i-1"] })));
    expect(failure).toMatchObject({
      name: "InvalidInstanceID.NotFound",
      message: "The instance ID 'i-<1>' does not exist",
      $metadata: { httpStatusCode: 400 },
    });
    expect(failure.$metadata.requestId).toMatch(/^[0-9a-f]{8}-/);
  });

  test("query errors, by the name of their shape or of their code", async () => {
    for (const code of ["DBInstanceNotFoundFault", "DBInstanceNotFound"]) {
      const client = new RDSClient(once(accountWith({ rds: { DescribeDBInstances: failing(new AwsError(code, "DBInstance db not found.")) } })));
      const failure = await failureOf(() => client.send(new DescribeDBInstancesCommand({})));
      expect(failure).toBeInstanceOf(DBInstanceNotFoundFault);
      expect(failure.$metadata.httpStatusCode).toBe(404);
    }
    const health = new ElasticLoadBalancingV2Client(
      once(accountWith({ elbv2: { DescribeTargetHealth: failing(new AwsError("TargetGroupNotFound", "One or more target groups not found")) } })),
    );
    expect(await failureOf(() => health.send(new DescribeTargetHealthCommand({ TargetGroupArn: "a" })))).toBeInstanceOf(TargetGroupNotFoundException);
    const group = new AutoScalingClient(
      once(accountWith({ autoscaling: { TerminateInstanceInAutoScalingGroup: failing(new AwsError("ScalingActivityInProgress", "busy")) } })),
    );
    expect(
      await failureOf(() => group.send(new TerminateInstanceInAutoScalingGroupCommand({ InstanceId: "i", ShouldDecrementDesiredCapacity: false }))),
    ).toBeInstanceOf(ScalingActivityInProgressFault);
  });

  test("JSON errors, and their members", async () => {
    const ssm = new SSMClient(once(accountWith({ ssm: { GetParameter: failing(new AwsError("ParameterNotFound", "")) } })));
    expect(await failureOf(() => ssm.send(new GetParameterCommand({ Name: "/x" })))).toBeInstanceOf(ParameterNotFound);
    const reasons = [{ Code: "ConditionalCheckFailed", Message: "no", Item: { id: { S: "x" } } }, { Code: "None" }];
    const cancelled = new AwsError("TransactionCanceledException", "Transaction cancelled", 400, { CancellationReasons: reasons });
    const table = new DynamoDBClient(once(accountWith({ dynamodb: { TransactWriteItems: failing(cancelled) } })));
    const failure = await failureOf(() => table.send(new TransactWriteItemsCommand({ TransactItems: [] })));
    expect(failure).toBeInstanceOf(TransactionCanceledException);
    expect((failure as TransactionCanceledException).CancellationReasons).toEqual(reasons);
  });

  test("services that left the query protocol keep its codes", async () => {
    const sqs = new SQSClient(
      once(accountWith({ sqs: { ReceiveMessage: failing(new AwsError("QueueDoesNotExist", "The specified queue does not exist.")) } })),
    );
    const failure = await failureOf(() => sqs.send(new ReceiveMessageCommand({ QueueUrl: "https://sqs.us-east-1.amazonaws.com/123456789012/q" })));
    expect(failure).toBeInstanceOf(QueueDoesNotExist);
    expect(failure).toMatchObject({ Error: { Code: "AWS.SimpleQueueService.NonExistentQueue", Type: "Sender" } });
    const alarms = new CloudWatchClient(once(accountWith({ cloudwatch: { SetAlarmState: failing(new AwsError("ResourceNotFound", "unknown alarm")) } })));
    expect(await failureOf(() => alarms.send(new SetAlarmStateCommand({ AlarmName: "a", StateValue: "OK", StateReason: "r" })))).toMatchObject({
      name: "ResourceNotFound",
      message: "unknown alarm",
    });
  });

  test("Lambda's status comes from its model", async () => {
    const missing = new AwsError("ResourceNotFoundException", "Function not found: f", 400, { Type: "User" });
    const client = new LambdaClient(once(accountWith({ lambda: { Invoke: failing(missing) } })));
    const failure = await failureOf(() => client.send(new InvokeCommand({ FunctionName: "f" })));
    expect(failure).toBeInstanceOf(ResourceNotFoundException);
    expect(failure).toMatchObject({ Type: "User", message: "Function not found: f", $metadata: { httpStatusCode: 404 } });
  });

  test("a server's failure keeps its status", async () => {
    const client = new EC2Client(
      once(accountWith({ ec2: { DescribeInstances: failing(new AwsError("InternalError", "An internal error has occurred", 500)) } })),
    );
    expect(await failureOf(() => client.send(new DescribeInstancesCommand({})))).toMatchObject({
      name: "InternalError",
      $fault: "server",
      $metadata: { httpStatusCode: 500 },
    });
  });
});
