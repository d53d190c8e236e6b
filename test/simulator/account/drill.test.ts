import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { ProofReport } from "@steward/core/fleet/proof-report";
import { names } from "@steward/core/topology/names";
import { apiOf } from "@steward/simulator/deploy/api";
import { nodeSession } from "@steward/simulator/fleet/node-session";
import { advance, advanceUntil, drive } from "@steward/simulator/world/drive";
import { assert, beforeEach, describe, expect, test } from "vitest";
import { refusal, settingsOf } from "./a-caller.ts";
import {
  asRemediate,
  attachCopy,
  type BeforeDrill,
  beforeDrill,
  commanded,
  commandedTo,
  DRILL_TAGS,
  deleteCopy,
  describeCopy,
  describeProver,
  launchProver,
  makeCopy,
  prover,
  terminate,
  writeCopyDocument,
} from "./a-drill.ts";

const MINUTE = 60_000;
const n = names("demo");

let drill: BeforeDrill;
beforeEach(async () => {
  drill = await beforeDrill();
});

/** A machine that runs, with the copy attached. */
async function equipped(): Promise<{ instanceId: string; copyId: string }> {
  const [copyId, instanceId] = [await makeCopy(drill), await launchProver(drill)];
  await advance(3 * MINUTE);
  await attachCopy(drill, instanceId, copyId);
  await advance(MINUTE);
  return { instanceId, copyId };
}

const violations = () => drill.watch.violations.map(({ invariant, what }) => `${invariant}: ${what}`);

describe("a restore drill by hand", () => {
  test("proves what is on a snapshot, touches nothing of the fleet, and leaves nothing", async () => {
    const { instanceId, copyId } = await equipped();
    expect(await describeProver(drill, instanceId)).toMatchObject({ State: { Name: "running" }, PublicIpAddress: expect.stringMatching(/^198\.51\./) });
    const document = await writeCopyDocument(drill, copyId);
    expect(await commandedTo(drill, instanceId, "converge", { document })).toMatchObject({ Status: "Success" });
    const said = async () => ProofReport.parse(JSON.parse((await commandedTo(drill, instanceId, "prove")).StandardOutputContent ?? ""));
    expect(await said()).toMatchObject({
      instanceId,
      volume: copyId,
      data: { databases: [{ name: "rstudio-pm.db", integrity: "ok", tables: [{ name: "packages", rows: 5 }, {}, {}, {}] }] },
    });
    expect(await commandedTo(drill, instanceId, "converge", { key: "now-start", document, start: true })).toMatchObject({ Status: "Success" });
    expect(await said()).toMatchObject({
      data: null,
      metadata: { status: 200 },
      package: { status: 200 },
    });
    await terminate(drill, instanceId);
    assert(await advanceUntil(() => drill.world.ec2.volumes.get(copyId)?.state === "available", 5 * MINUTE));
    await deleteCopy(drill, copyId);
    await advance(25 * 60 * MINUTE);
    expect([...drill.world.ec2.volumes.values()].filter(({ tags }) => tags["steward:drill"] !== undefined)).toEqual([]);
    expect(violations()).toEqual([]);
  });

  test("makes one copy and one machine of requests with the same token, and knows the machine by it", async () => {
    expect(await makeCopy(drill)).toBe(await makeCopy(drill));
    const instanceId = await launchProver(drill);
    expect(await launchProver(drill)).toBe(instanceId);
    await advance(MINUTE);
    expect((await describeProver(drill, instanceId))?.ClientToken).toBe("a-drill-by-hand");
    const other = { ...prover(drill.deployed), InstanceType: "m6i.large" as const };
    expect((await refusal(() => launchProver(drill, other))).name).toBe("IdempotentParameterMismatch");
  });

  test("keeps the copy when its machine ends, and loses the disk that the machine booted from", async () => {
    const { instanceId, copyId } = await equipped();
    await terminate(drill, instanceId);
    await advance(2 * MINUTE);
    const left = [...drill.world.ec2.volumes.values()].filter(({ tags }) => tags["steward:drill"] === "demo");
    expect(left.map(({ id }) => id)).toEqual([copyId]);
    expect(await describeCopy(drill, copyId)).toMatchObject({ State: "available", SnapshotId: drill.snapshotId });
  });

  test("is not launched with a profile that nobody made, nor with a subnet said in two places", async () => {
    const named = await refusal(() => launchProver(drill, { IamInstanceProfile: { Name: "steward-demo-nobody" } }));
    expect(named).toMatchObject({ name: "InvalidParameterValue", message: expect.stringContaining("Invalid IAM Instance Profile name") });
    expect((await refusal(() => launchProver(drill, { SubnetId: "subnet-0a" }))).name).toBe("InvalidParameterCombination");
  });
});

describe("the machine of a drill", () => {
  const withInterface = (different: object) => ({ NetworkInterfaces: prover(drill.deployed).NetworkInterfaces?.map((one) => ({ ...one, ...different })) });

  test("is reached by commands, because its group lets HTTPS out, its subnet has a way and it has an address", async () => {
    const instanceId = await launchProver(drill);
    await advance(3 * MINUTE);
    expect(await commanded(drill)).toContain(instanceId);
  });

  test("is reached by nobody without a public address, until it has one", async () => {
    const instanceId = await launchProver(drill, withInterface({ AssociatePublicIpAddress: false }));
    await advance(30 * MINUTE);
    expect(await commanded(drill)).not.toContain(instanceId);
    const operator = apiOf(drill.world.account, drill.world.operator);
    const { AllocationId } = await drive(() => operator("ec2", "AllocateAddress", { Domain: "vpc" }));
    await drive(() => operator("ec2", "AssociateAddress", { AllocationId, InstanceId: instanceId }));
    await advance(2 * MINUTE);
    expect(await commanded(drill)).toContain(instanceId);
  });

  test("is reached by nobody while its group lets nothing out", async () => {
    const group = drill.world.ec2.network.securityGroups.items.get(drill.deployed.named["securityGroup:drill"] ?? "");
    assert(group);
    group.rules = [];
    const instanceId = await launchProver(drill);
    await advance(10 * MINUTE);
    expect(await commanded(drill)).not.toContain(instanceId);
  });

  test("is reached only by private ways where there are some, and only where these let it in", async () => {
    const operator = apiOf(drill.world.account, drill.world.operator);
    const { named } = drill.deployed;
    const { GroupId } = await drive(() => operator("ec2", "CreateSecurityGroup", { VpcId: named.vpc, GroupName: "endpoints", Description: "private ways" }));
    const https = { IpProtocol: "tcp", FromPort: 443, ToPort: 443 };
    const letIn = (id: string) =>
      drive(() => operator("ec2", "AuthorizeSecurityGroupIngress", { GroupId, IpPermissions: [{ ...https, UserIdGroupPairs: [{ GroupId: named[id] }] }] }));
    await letIn("securityGroup:nodes");
    const way = { VpcId: named.vpc, VpcEndpointType: "Interface" as const, SubnetIds: [named["subnet:public-a"] ?? ""], SecurityGroupIds: [GroupId ?? ""] };
    for (const service of ["ssm", "ssmmessages"])
      await drive(() => operator("ec2", "CreateVpcEndpoint", { ...way, ServiceName: `com.amazonaws.us-east-1.${service}`, PrivateDnsEnabled: true }));
    const instanceId = await launchProver(drill);
    await advance(30 * MINUTE);
    expect(await commanded(drill)).not.toContain(instanceId);
    await letIn("securityGroup:drill");
    await advance(2 * MINUTE);
    expect(await commanded(drill)).toContain(instanceId);
  });

  test("is reached by nobody without a role, or with one that says nothing of Systems Manager", async () => {
    const alone = await launchProver(drill, { IamInstanceProfile: undefined, ClientToken: "alone" });
    drill.world.account.roles.set("poor", { Version: "2012-10-17", Statement: [] });
    const poor = await launchProver(drill, { IamInstanceProfile: { Name: "poor" }, ClientToken: "poor" });
    await advance(10 * MINUTE);
    const reached = await commanded(drill);
    expect([alone, poor].filter((id) => reached.includes(id))).toEqual([]);
  });

  test("may read what the server starts with, and nothing else of the stage", async () => {
    const instanceId = await launchProver(drill);
    const session = nodeSession(drill.world.account, instanceId, n.drill);
    assert(session);
    const secrets = new SecretsManagerClient(settingsOf(drill.world.account, session));
    const read = (id: "encryption-key") => drive(() => secrets.send(new GetSecretValueCommand({ SecretId: n.secret(id) })));
    expect((await read("encryption-key")).SecretString).toBeDefined();
    const own = apiOf(drill.world.account, session);
    const bucket = drill.deployed.topology.buckets[0]?.name;
    const forbidden = [
      () => own("s3", "PutObject", { Bucket: bucket, Key: "evidence/x", Body: new Uint8Array() }),
      () => own("s3", "PutObject", { Bucket: bucket, Key: "effective/x", Body: new Uint8Array() }),
      () => own("dynamodb", "GetItem", { TableName: n.table, Key: { pk: { S: "heartbeat" }, sk: { S: "x" } } }),
      () =>
        own("autoscaling", "CompleteLifecycleAction", { AutoScalingGroupName: n.group, LifecycleHookName: n.launchHook, LifecycleActionResult: "CONTINUE" }),
      () => own("cloudwatch", "PutMetricData", { Namespace: "Steward/Node", MetricData: [{ MetricName: "disk_used_percent", Value: 99 }] }),
    ];
    for (const call of forbidden) await expect(drive<unknown>(call)).rejects.toMatchObject({ code: "AccessDenied" });
  });
});

describe("Steward's own rights", () => {
  test("are enough for a drill", async () => {
    const { steward, imageId } = await asRemediate(drill);
    const [copyId, instanceId] = [await makeCopy(steward), await launchProver(steward, { ImageId: imageId })];
    await advance(3 * MINUTE);
    await attachCopy(steward, instanceId, copyId);
    await advance(MINUTE);
    const document = await writeCopyDocument(drill, copyId);
    expect(await commandedTo(steward, instanceId, "converge", { document })).toMatchObject({ Status: "Success" });
    await terminate(steward, instanceId);
    assert(await advanceUntil(() => drill.world.ec2.volumes.get(copyId)?.state === "available", 5 * MINUTE));
    await deleteCopy(steward, copyId);
    await advance(MINUTE);
    expect(drill.world.ec2.volumes.has(copyId)).toBe(false);
    expect(violations()).toEqual([]);
  });

  test("end with what a drill has made: neither server nor volume of the fleet, and nothing without the tag", async () => {
    const { steward, imageId } = await asRemediate(drill);
    const [server] = drill.world.machines.all();
    const inGroup = (id: string) => prover(drill.deployed).NetworkInterfaces?.map((one) => ({ ...one, Groups: [drill.deployed.named[id] ?? ""] }));
    const refused = [
      () => terminate(steward, server?.instanceId ?? ""),
      () => deleteCopy(steward, drill.deployed.named.dataVolume ?? ""),
      () => launchProver(steward, { ImageId: imageId, TagSpecifications: [] }),
      () => launchProver(steward, { ImageId: imageId, IamInstanceProfile: { Name: n.function("remediate") } }),
      () => launchProver(steward, { ImageId: imageId, IamInstanceProfile: undefined }),
      () => launchProver(steward, { ImageId: imageId, NetworkInterfaces: inGroup("securityGroup:nodes") }),
      () => launchProver(steward),
    ];
    for (const call of refused) expect((await refusal(call)).name).toBe("UnauthorizedOperation");
  });
});

describe("the account's invariants", () => {
  test("find what a drill has left for more than a day", async () => {
    const { instanceId, copyId } = await equipped();
    await advance(23 * 60 * MINUTE);
    expect(violations()).toEqual([]);
    await advance(60 * MINUTE);
    expect(violations()).toEqual(
      expect.arrayContaining([`drill-left: ${instanceId} of a restore drill is left`, `drill-left: ${copyId} of a restore drill is left`]),
    );
  });

  test("find a machine of a drill that could be taken for the fleet's", async () => {
    const tags = [...DRILL_TAGS, { Key: "steward:stage", Value: "demo" }];
    const id = await launchProver(drill, { TagSpecifications: [{ ResourceType: "instance", Tags: tags }] });
    await advance(MINUTE);
    expect(violations()).toContain(`drill-apart: ${id} of a restore drill carries the fleet's tag`);
  });

  test("find a machine of a drill that lets somebody in or has the fleet's address", async () => {
    const groups = [drill.deployed.named["securityGroup:nodes"] ?? ""];
    const NetworkInterfaces = prover(drill.deployed).NetworkInterfaces?.map((one) => ({ ...one, Groups: groups }));
    const id = await launchProver(drill, { NetworkInterfaces });
    await advance(MINUTE);
    expect(violations()).toEqual([`drill-apart: the machine ${id} of a restore drill lets somebody in`]);
    const operator = apiOf(drill.world.account, drill.world.operator);
    await drive(() => operator("ec2", "AssociateAddress", { AllocationId: drill.deployed.named.address, InstanceId: id }));
    expect(violations()).toContain(`drill-apart: the machine ${id} of a restore drill has an address of the fleet`);
  });

  test("let a function delete a copy, and not the volume itself", async () => {
    const copyId = await makeCopy(drill);
    await advance(MINUTE);
    const { account, operator } = drill.world;
    const asFunction = apiOf(account, { ...operator, functionName: "steward-demo-remediate" });
    await drive(() => asFunction("ec2", "DeleteVolume", { VolumeId: copyId }));
    await advance(MINUTE);
    await expect(drive(() => asFunction("ec2", "DeleteVolume", { VolumeId: copyId }))).rejects.toMatchObject({ code: "InvalidVolume.NotFound" });
    expect(violations()).toEqual([]);
    await expect(drive(() => asFunction("ec2", "DeleteVolume", { VolumeId: drill.deployed.named.dataVolume }))).rejects.toThrow();
    expect(violations()).toEqual(["volume-unmoved: steward-demo-remediate called ec2:DeleteVolume"]);
  });
});
