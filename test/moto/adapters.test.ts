import { type AutoScalingClient, CreateAutoScalingGroupCommand } from "@aws-sdk/client-auto-scaling";
import { PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import { CreateLaunchTemplateCommand, CreateSubnetCommand, CreateVpcCommand, RunInstancesCommand, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import { CreateTargetGroupCommand, DeregisterTargetsCommand, RegisterTargetsCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { CreateEventBusCommand, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { CreateTopicCommand, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { createAlarms } from "@steward/aws/alarms";
import { createAutoScaling } from "@steward/aws/auto-scaling";
import { createBus } from "@steward/aws/bus";
import { createDatabase } from "@steward/aws/database";
import { createDeadLetter } from "@steward/aws/dead-letter";
import { createEc2 } from "@steward/aws/ec2";
import { createLoadBalancer } from "@steward/aws/load-balancer";
import { createParameters } from "@steward/aws/parameters";
import { createTopic } from "@steward/aws/topic";
import { Permanent } from "@steward/core/errors";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { anIncident } from "../aws/ledger-contract.ts";
import { haTopology } from "../settings.ts";
import { type MotoServer, startMoto } from "./moto-server.ts";

let moto: MotoServer;
let vpc: string;
let subnet: string;
beforeAll(async () => {
  moto = await startMoto();
  const { Vpc } = await moto.clients.ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }));
  vpc = Vpc?.VpcId ?? "";
  const { Subnet } = await moto.clients.ec2.send(new CreateSubnetCommand({ VpcId: vpc, CidrBlock: "10.0.1.0/24", AvailabilityZone: "us-east-1a" }));
  subnet = Subnet?.SubnetId ?? "";
});
afterAll(() => moto?.stop());

/** Starts nodes that carry the tag of a stage. */
async function launch(stage: string, count: number): Promise<string[]> {
  const tags = [{ ResourceType: "instance" as const, Tags: [{ Key: "steward:stage", Value: stage }] }];
  const command = new RunInstancesCommand({
    ImageId: "ami-12c6146b",
    InstanceType: "c5.4xlarge",
    MinCount: count,
    MaxCount: count,
    SubnetId: subnet,
    TagSpecifications: tags,
  });
  const { Instances } = await moto.clients.ec2.send(command);
  return (Instances ?? []).map(({ InstanceId }) => InstanceId ?? "");
}

describe("EC2", () => {
  test("lists a stage's instances and nobody else's", async () => {
    const ours = await launch("one", 2);
    await launch("other", 1);
    const found = await createEc2(moto.clients.ec2).ofStage("one");
    expect(found.map(({ instanceId }) => instanceId).toSorted()).toEqual(ours.toSorted());
    expect(found[0]).toMatchObject({ imageId: "ami-12c6146b", ec2: "running", launchedAt: expect.any(Date) });
  });

  test("lists those of the ids that exist, and their status checks", async () => {
    const [id = ""] = await launch("two", 1);
    const ec2 = createEc2(moto.clients.ec2);
    expect((await ec2.byIds([id, "i-00000000000000bad"])).map(({ instanceId }) => instanceId)).toEqual([id]);
    expect(await ec2.statusChecks([id, "i-00000000000000bad"])).toEqual(new Map([[id, "ok"]]));
  });

  test("still lists a terminated instance as such", async () => {
    const [id = ""] = await launch("three", 1);
    await moto.clients.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    expect(await createEc2(moto.clients.ec2).ofStage("three")).toMatchObject([{ instanceId: id, ec2: "terminated" }]);
  });
});

test("target health follows registration", async () => {
  const { loadBalancing } = moto.clients;
  const [id = ""] = await launch("targets", 1);
  const { TargetGroups } = await loadBalancing.send(new CreateTargetGroupCommand({ Name: "steward-moto", Protocol: "HTTP", Port: 4242, VpcId: vpc }));
  const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn ?? "";
  const balancer = createLoadBalancer(loadBalancing);
  await loadBalancing.send(new RegisterTargetsCommand({ TargetGroupArn, Targets: [{ Id: id }] }));
  expect([...(await balancer.targets([TargetGroupArn])).keys()]).toEqual([id]);
  await loadBalancing.send(new DeregisterTargetsCommand({ TargetGroupArn, Targets: [{ Id: id }] }));
  expect(await balancer.targets([TargetGroupArn])).toEqual(new Map());
});

describe("Auto Scaling", () => {
  const group = async (client: AutoScalingClient, name: string) => {
    await moto.clients.ec2.send(
      new CreateLaunchTemplateCommand({ LaunchTemplateName: name, LaunchTemplateData: { ImageId: "ami-12c6146b", InstanceType: "c5.4xlarge" } }),
    );
    await client.send(
      new CreateAutoScalingGroupCommand({
        AutoScalingGroupName: name,
        MinSize: 1,
        MaxSize: 3,
        DesiredCapacity: 2,
        LaunchTemplate: { LaunchTemplateName: name, Version: "$Latest" },
        VPCZoneIdentifier: subnet,
      }),
    );
    return createAutoScaling(client, name);
  };

  test("tells the group's numbers and nodes", async () => {
    const view = await (await group(moto.clients.autoScaling, "steward-a")).group();
    expect(view).toMatchObject({ name: "steward-a", desired: 2, min: 1, max: 3 });
    expect([...view.instances.values()]).toEqual(["InService", "InService"]);
  });

  test("moves a node to Standby once, with or without a stand-in", async () => {
    const autoScaling = await group(moto.clients.autoScaling, "steward-b");
    const [first = "", second = ""] = (await autoScaling.group()).instances.keys();
    for (let repeat = 0; repeat < 2; repeat++) await autoScaling.enterStandby({ instanceId: first, keepDesired: true });
    expect(await autoScaling.group()).toMatchObject({ desired: 2 });
    for (let repeat = 0; repeat < 2; repeat++) await autoScaling.enterStandby({ instanceId: second, keepDesired: false });
    expect(await autoScaling.group()).toMatchObject({ desired: 1 });
    expect((await autoScaling.group()).instances.get(first)).toBe("Standby");
  });

  test("sets the desired capacity, and ends a named node without lowering it", async () => {
    const autoScaling = await group(moto.clients.autoScaling, "steward-c");
    await autoScaling.setDesiredCapacity(3);
    const [first = ""] = (await autoScaling.group()).instances.keys();
    for (let repeat = 0; repeat < 2; repeat++) await autoScaling.terminate(first);
    const after = await autoScaling.group();
    expect(after.desired).toBe(3);
    expect(after.instances.has(first)).toBe(false);
  });

  test("fails for a group that is not there", async () => {
    await expect(createAutoScaling(moto.clients.autoScaling, "steward-none").group()).rejects.toBeInstanceOf(Permanent);
  });
});

test("parameters are read as the topology writes them", async () => {
  const desired = {
    desired: 1,
    revision: 1,
    version: "2026.09.0-12",
    configFingerprint: "v1:c",
    keyFingerprint: "k",
    document: { bucket: "b", key: "effective/d.json", sha256: "d".repeat(64) },
  };
  const [desiredName, { parameters: declared }] = ["/steward/moto/desired", haTopology("moto")];
  const parameters = createParameters(moto.clients.ssm, { declared: "/steward/moto/declared", desired: desiredName, switch: "/steward/moto/switch" });
  await expect(parameters.switch()).rejects.toBeInstanceOf(Permanent);
  const written = [...declared, { name: desiredName, value: JSON.stringify(desired) }];
  for (const { name: Name, value: Value } of written) await moto.clients.ssm.send(new PutParameterCommand({ Name, Value, Type: "String" }));
  expect(await parameters.desired()).toEqual(desired);
  expect(await parameters.switch()).toEqual({ position: "on" });
});

test("alarms are those of the prefix", async () => {
  for (const AlarmName of ["steward-moto-a", "steward-moto-b", "somebody-elses"]) {
    await moto.clients.cloudWatch.send(
      new PutMetricAlarmCommand({
        AlarmName,
        Namespace: "N",
        MetricName: "M",
        Statistic: "Sum",
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: "GreaterThanThreshold",
      }),
    );
  }
  expect((await createAlarms(moto.clients.cloudWatch).states("steward-moto-")).map(({ name }) => name)).toEqual(["steward-moto-a", "steward-moto-b"]);
});

test("a database that RDS does not know is a failure", async () => {
  await expect(createDatabase(moto.clients.rds).status("steward-none")).rejects.toBeInstanceOf(Permanent);
});

describe("messages", () => {
  /** A new queue, and a way to see what arrives. */
  async function queue(QueueName: string) {
    const { sqs } = moto.clients;
    const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName }));
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }));
    const received = async () =>
      (await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 2 }))).Messages?.map(({ Body }) =>
        JSON.parse(Body ?? ""),
      ) ?? [];
    return { url: QueueUrl, arn: Attributes?.QueueArn ?? "", received };
  }

  test("for people arrive with subject and body", async () => {
    const { TopicArn = "" } = await moto.clients.sns.send(new CreateTopicCommand({ Name: "steward-moto-people" }));
    const { arn, received } = await queue("people");
    await moto.clients.sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: arn }));
    await createTopic(moto.clients.sns, TopicArn).publish("demo: node sick", "what happened");
    expect(await received()).toEqual([expect.objectContaining({ Subject: "demo: node sick", Message: "what happened" })]);
  });

  test("on the bus match the topology's own rule", async () => {
    const { eventBridge } = moto.clients;
    const { rules } = haTopology("moto");
    const rule = rules.find(({ target }) => target === "alert");
    const { arn, received } = await queue("announcements");
    await eventBridge.send(new CreateEventBusCommand({ Name: "steward-moto" }));
    await eventBridge.send(new PutRuleCommand({ Name: "incident", EventBusName: "steward-moto", EventPattern: JSON.stringify(rule?.pattern) }));
    await eventBridge.send(new PutTargetsCommand({ Rule: "incident", EventBusName: "steward-moto", Targets: [{ Id: "1", Arn: arn }] }));
    await createBus(eventBridge, "steward-moto").announce({ kind: "paged", incident: anIncident() });
    expect(await received()).toMatchObject([
      { source: "steward", "detail-type": "Incident Paged", detail: { kind: "paged", incident: { id: anIncident().id } } },
    ]);
  });

  test("that nobody could handle are kept", async () => {
    const { url, received } = await queue("dead-letter");
    await createDeadLetter(moto.clients.sqs, url).keep({ because: "no such trigger", event: { id: 1 } });
    expect(await received()).toEqual([{ because: "no such trigger", event: { id: 1 } }]);
  });
});
