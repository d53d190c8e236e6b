import {
  AutoScalingClient,
  CompleteLifecycleActionCommand,
  DescribeAutoScalingGroupsCommand,
  paginateDescribeAutoScalingGroups,
} from "@aws-sdk/client-auto-scaling";
import { CreateTagsCommand, DescribeInstancesCommand, EC2Client, RunInstancesCommand } from "@aws-sdk/client-ec2";
import { DescribeTargetHealthCommand, ElasticLoadBalancingV2Client, RegisterTargetsCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { DescribeDBInstancesCommand, RDSClient } from "@aws-sdk/client-rds";
import { CreateTopicCommand, PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
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

describe("ec2 query", () => {
  test("carries filters, lists and nested structures both ways", async () => {
    const reservation = {
      ReservationId: "r-1",
      Instances: [{ InstanceId: "i-1", LaunchTime: AT, State: { Code: 16, Name: "running" as const }, Tags: [{ Key: "Name", Value: "a & <b>" }] }],
    };
    const client = new EC2Client(clientOf(accountWith({ ec2: { DescribeInstances: answering({ Reservations: [reservation], NextToken: "more" }) } })));
    const input = { InstanceIds: ["i-1", "i-2"], Filters: [{ Name: "tag:stage", Values: ["a+b", "c=d&e"] }], MaxResults: 5 };
    const output = await drive(() => client.send(new DescribeInstancesCommand(input)));
    expect(heard).toEqual([input]);
    expect(output.Reservations).toEqual([reservation]);
    expect(output.NextToken).toBe("more");
  });

  test("keeps list order past ten entries, booleans and blobs of user data", async () => {
    const client = new EC2Client(clientOf(accountWith({ ec2: { CreateTags: answering({}), RunInstances: answering({ ReservationId: "r-2" }) } })));
    const resources = Array.from({ length: 12 }, (_, i) => `i-${i}`);
    await drive(() => client.send(new CreateTagsCommand({ Resources: resources, Tags: [{ Key: "k", Value: "" }] })));
    const run = {
      MinCount: 1,
      MaxCount: 2,
      EbsOptimized: false,
      BlockDeviceMappings: [{ DeviceName: "/dev/sda1", Ebs: { VolumeSize: 30, DeleteOnTermination: true } }],
      ClientToken: "once",
    };
    await drive(() => client.send(new RunInstancesCommand(run)));
    expect(heard).toEqual([{ Resources: resources, Tags: [{ Key: "k", Value: "" }] }, run]);
  });

  test("answers an operation without output with its request id", async () => {
    const client = new EC2Client(clientOf(accountWith({ ec2: { CreateTags: answering({}) } })));
    const output = await drive(() => client.send(new CreateTagsCommand({ Resources: ["i-1"], Tags: [] })));
    expect(output.$metadata.requestId).toMatch(/^[0-9a-f]{8}-/);
  });
});

describe("query", () => {
  test("pages through Auto Scaling groups", async () => {
    const groups = ["a", "b", "c"].map((name) => ({
      AutoScalingGroupName: name,
      MinSize: 0,
      MaxSize: 3,
      DesiredCapacity: 2,
      DefaultCooldown: 300,
      AvailabilityZones: [],
      HealthCheckType: "ELB",
      CreatedTime: AT,
    }));
    const pages: Operation<{ NextToken?: string }, { AutoScalingGroups: typeof groups; NextToken?: string }> = {
      run: ({ NextToken = "0" }) => ({
        AutoScalingGroups: groups.slice(Number(NextToken), Number(NextToken) + 1),
        ...(Number(NextToken) < 2 && { NextToken: String(Number(NextToken) + 1) }),
      }),
    };
    const client = new AutoScalingClient(clientOf(accountWith({ autoscaling: { DescribeAutoScalingGroups: pages } })));
    const seen = await drive(async () => {
      const found: unknown[] = [];
      for await (const page of paginateDescribeAutoScalingGroups({ client }, {})) found.push(...(page.AutoScalingGroups ?? []));
      return found;
    });
    expect(seen).toEqual(groups);
  });

  test("tells an empty list from an absent one", async () => {
    const client = new AutoScalingClient(clientOf(accountWith({ autoscaling: { DescribeAutoScalingGroups: answering({ AutoScalingGroups: [] }) } })));
    const output = await drive(() => client.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [] })));
    await drive(() => client.send(new DescribeAutoScalingGroupsCommand({})));
    expect(heard).toEqual([{ AutoScalingGroupNames: [] }, {}]);
    expect(output.AutoScalingGroups).toEqual([]);
  });

  test("answers structures without members", async () => {
    const client = new AutoScalingClient(clientOf(accountWith({ autoscaling: { CompleteLifecycleAction: answering({}) } })));
    const input = { AutoScalingGroupName: "g", LifecycleHookName: "h", LifecycleActionResult: "CONTINUE", InstanceId: "i-1" };
    const output = await drive(() => client.send(new CompleteLifecycleActionCommand(input)));
    expect(heard).toEqual([input]);
    expect(output.$metadata.httpStatusCode).toBe(200);
  });

  test("carries target health", async () => {
    const health = {
      TargetHealthDescriptions: [{ Target: { Id: "i-1", Port: 4242 }, TargetHealth: { State: "unhealthy" as const, Reason: "Target.Timeout" as const } }],
    };
    const client = new ElasticLoadBalancingV2Client(
      clientOf(accountWith({ elbv2: { DescribeTargetHealth: answering(health), RegisterTargets: answering({}) } })),
    );
    await drive(() => client.send(new RegisterTargetsCommand({ TargetGroupArn: "arn", Targets: [{ Id: "i-1", Port: 4242 }] })));
    const output = await drive(() => client.send(new DescribeTargetHealthCommand({ TargetGroupArn: "arn" })));
    expect(heard[0]).toEqual({ TargetGroupArn: "arn", Targets: [{ Id: "i-1", Port: 4242 }] });
    expect(output.TargetHealthDescriptions).toEqual(health.TargetHealthDescriptions);
  });

  test("carries maps and binary message attributes", async () => {
    const client = new SNSClient(clientOf(accountWith({ sns: { CreateTopic: answering({ TopicArn: "arn:t" }), Publish: answering({ MessageId: "m-1" }) } })));
    await drive(() => client.send(new CreateTopicCommand({ Name: "t", Attributes: { DisplayName: "x", KmsMasterKeyId: "alias/k" } })));
    const message = {
      TopicArn: "arn:t",
      Message: "zwölf & mehr\n",
      MessageAttributes: { raw: { DataType: "Binary", BinaryValue: new Uint8Array([0, 255, 7]) }, kind: { DataType: "String", StringValue: "page" } },
    };
    const output = await drive(() => client.send(new PublishCommand(message)));
    expect(heard).toEqual([{ Name: "t", Attributes: { DisplayName: "x", KmsMasterKeyId: "alias/k" } }, message]);
    expect(output.MessageId).toBe("m-1");
  });

  test("names list items as RDS does", async () => {
    const database = {
      DBInstanceIdentifier: "db",
      DBSecurityGroups: [{ DBSecurityGroupName: "sg", Status: "active" }],
      InstanceCreateTime: AT,
      MultiAZ: false,
      Endpoint: { Address: "db.example", Port: 5432 },
    };
    const client = new RDSClient(clientOf(accountWith({ rds: { DescribeDBInstances: answering({ DBInstances: [database] }) } })));
    const input = { Filters: [{ Name: "db-instance-id", Values: ["db"] }] };
    const output = await drive(() => client.send(new DescribeDBInstancesCommand(input)));
    expect(heard).toEqual([input]);
    expect(output.DBInstances).toEqual([database]);
  });

  test("answers STS", async () => {
    const identity = { Account: "123456789012", Arn: "arn:aws:iam::123456789012:user/operator", UserId: "AIDA" };
    const client = new STSClient(clientOf(accountWith({ sts: { GetCallerIdentity: answering(identity) } })));
    expect(await drive(() => client.send(new GetCallerIdentityCommand({})))).toMatchObject(identity);
  });
});
