import { CreateAutoScalingGroupCommand, DescribeScalingActivitiesCommand, UpdateAutoScalingGroupCommand } from "@aws-sdk/client-auto-scaling";
import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  DescribeInstancesCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  ModifyLaunchTemplateCommand,
  type RequestLaunchTemplateData,
} from "@aws-sdk/client-ec2";
import { systemsManagerAgent } from "@steward/core/topology/node-role";
import { policy } from "@steward/core/topology/policy";
import { AwsError } from "@steward/simulator/account/operation";
import { advance, drive } from "@steward/simulator/world/drive";
import { beforeEach, describe, expect, test } from "vitest";
import { asked, type ComputeWorld, computeWorld, eventually, send } from "./compute-world.ts";

const UBUNTU = "resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id";
const KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555";
const DATA: RequestLaunchTemplateData = {
  ImageId: UBUNTU,
  InstanceType: "t3.xlarge",
  IamInstanceProfile: { Name: "node" },
  UserData: Buffer.from("#!/bin/sh\n").toString("base64"),
  MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 1, InstanceMetadataTags: "enabled" },
  BlockDeviceMappings: [{ DeviceName: "/dev/sda1", Ebs: { VolumeSize: 30, VolumeType: "gp3", Encrypted: true, KmsKeyId: KEY, DeleteOnTermination: true } }],
  NetworkInterfaces: [{ DeviceIndex: 0, AssociatePublicIpAddress: true, Groups: ["sg-0a"] }],
  TagSpecifications: [
    { ResourceType: "instance", Tags: [{ Key: "steward:role", Value: "node" }] },
    { ResourceType: "volume", Tags: [{ Key: "steward:role", Value: "root" }] },
  ],
};

let world: ComputeWorld;
beforeEach(async () => {
  world = computeWorld(6);
  world.account.links.useKey = ({ key }) => key;
  await send(world.sdk.ec2, new CreateLaunchTemplateCommand({ LaunchTemplateName: "base", LaunchTemplateData: DATA }));
});

const createGroup = (extra: { DesiredCapacity?: number } = {}) =>
  send(
    world.sdk.autoscaling,
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: "fleet",
      MinSize: 0,
      MaxSize: 2,
      DesiredCapacity: 1,
      VPCZoneIdentifier: "subnet-0a",
      LaunchTemplate: { LaunchTemplateName: "base", Version: "1" },
      ...extra,
    }),
  );
const instance = async () => (await send(world.sdk.ec2, new DescribeInstancesCommand({}))).Reservations?.[0]?.Instances?.[0];

describe("a launch template", () => {
  test("keeps all of its data, and a version from another one only changes what it names", async () => {
    const { LaunchTemplateVersion } = await send(
      world.sdk.ec2,
      new CreateLaunchTemplateVersionCommand({ LaunchTemplateName: "base", SourceVersion: "1", LaunchTemplateData: { ImageId: "ami-0baked" } }),
    );
    expect(LaunchTemplateVersion).toMatchObject({ VersionNumber: 2, LaunchTemplateData: { ...DATA, ImageId: "ami-0baked" } });
    const current = new DescribeLaunchTemplateVersionsCommand({ Versions: ["$Latest", "$Default"] });
    const { LaunchTemplateVersions } = await send(world.sdk.ec2, current);
    expect(LaunchTemplateVersions?.map(({ VersionNumber }) => VersionNumber)).toEqual([2, 1]);
    await send(world.sdk.ec2, new ModifyLaunchTemplateCommand({ LaunchTemplateName: "base", DefaultVersion: "2" }));
    const { LaunchTemplates } = await send(world.sdk.ec2, new DescribeLaunchTemplatesCommand({ LaunchTemplateNames: ["base"] }));
    expect(LaunchTemplates?.[0]).toMatchObject({ DefaultVersionNumber: 2, LatestVersionNumber: 2 });
  });

  test("shows the image behind a public parameter only when asked to", async () => {
    const read = async (ResolveAlias: boolean) =>
      (await send(world.sdk.ec2, new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName: "base", ResolveAlias }))).LaunchTemplateVersions?.[0]
        ?.LaunchTemplateData?.ImageId;
    expect(await read(false)).toBe(UBUNTU);
    expect(await read(true)).toMatch(/^ami-[0-9a-f]{17}$/);
  });

  test.each([
    [{ UserData: "not base64!" }, "InvalidUserData.Malformed"],
    [{ UserData: Buffer.alloc(16_385).toString("base64") }, "InvalidParameterValue"],
  ])("is refused with bad user data", async (LaunchTemplateData, code) => {
    await expect(send(world.sdk.ec2, new CreateLaunchTemplateCommand({ LaunchTemplateName: "bad", LaunchTemplateData }))).rejects.toMatchObject({ name: code });
  });
});

describe("a group's launch from a template", () => {
  test("gives the instance everything that the template says", async () => {
    await createGroup();
    await advance(90_000);
    expect(await instance()).toMatchObject({
      State: { Name: "running" },
      InstanceType: "t3.xlarge",
      PublicIpAddress: expect.stringMatching(/^198\.51\./),
      SecurityGroups: [{ GroupId: "sg-0a" }],
      MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 1, InstanceMetadataTags: "enabled" },
    });
    const [root] = [...world.ec2.volumes.values()];
    expect(root).toMatchObject({ sizeGib: 30, type: "gp3", encrypted: true, keyId: KEY, tags: { "steward:role": "root" } });
  });

  test("from Canonical's Ubuntu boots a machine on which nothing ever serves", async () => {
    world.account.roles.set("node", policy(systemsManagerAgent));
    await createGroup();
    await advance(10 * 60_000);
    const [machine] = world.machines.all();
    expect(machine?.agentOnline()).toBe(true);
    expect(machine?.http("/__ping__")).toEqual({ kind: "refused" });
    expect(await machine?.runCommand("probe", "x")).toMatchObject({ exitCode: 127 });
  });

  test("ends right after it was pending when the key does not let the group's own role in, and the activity says so", async () => {
    const users: string[] = [];
    world.account.links.useKey = ({ by }) => {
      users.push(by.arn);
      throw new AwsError("AccessDenied", "the key's policy does not allow it", 403);
    };
    await createGroup();
    await eventually(() => [...world.ec2.instances.values()].some(({ state }) => state === "terminated"));
    await advance(30_000);
    expect(users[0]).toBe("arn:aws:iam::123456789012:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling");
    expect((await instance())?.StateReason).toEqual({ Code: "Client.InternalError", Message: "Client.InternalError: Client error on launch" });
    expect((await instance())?.BlockDeviceMappings).toEqual([]);
    const { Activities } = await send(world.sdk.autoscaling, new DescribeScalingActivitiesCommand({ AutoScalingGroupName: "fleet" }));
    expect(Activities?.find(({ StatusCode }) => StatusCode === "Failed")).toMatchObject({
      Description: expect.stringContaining("Launching"),
      StatusMessage: expect.stringContaining("Client.InternalError: Client error on launch"),
    });
  });

  test.each([
    ["refused", [], "terminated"],
    ["let in", ["arn:aws:iam::123456789012:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"], "running"],
  ])("is judged by the key's own policy: the group's role is %s", async (_verdict, roles, expected) => {
    world = computeWorld(6);
    const root = "arn:aws:iam::123456789012:root";
    const statement = (Sid: string, AWS: string[], Action: string[]) => ({ Sid, Effect: "Allow", Principal: { AWS }, Action, Resource: ["*"] });
    const Policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        statement("Account", [root], ["kms:CreateKey", "kms:DescribeKey", "kms:PutKeyPolicy"]),
        ...roles.map((role, i) => statement(`Role${i}`, [role], ["kms:DescribeKey", "kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext", "kms:CreateGrant"])),
      ],
    });
    const { KeyMetadata } = (await drive(() => world.account.call(world.operator, "kms", "CreateKey", { Policy }))) as { KeyMetadata: { Arn: string } };
    const BlockDeviceMappings = [{ DeviceName: "/dev/sda1", Ebs: { Encrypted: true, KmsKeyId: KeyMetadata.Arn } }];
    await send(world.sdk.ec2, new CreateLaunchTemplateCommand({ LaunchTemplateName: "base", LaunchTemplateData: { ...DATA, BlockDeviceMappings } }));
    await createGroup();
    await advance(25_000);
    expect((await instance())?.State?.Name).toBe(expected);
  });

  test("needs its maker to have every right that the launch needs", async () => {
    const rights = await asked(world, () => createGroup({ DesiredCapacity: 0 }));
    const of = (action: string) => rights.filter((right) => right.action === action);
    expect(of("ec2:RunInstances").flatMap(({ resources }) => resources.map((resource) => resource.split(":").at(-1)))).toEqual([
      "instance/*",
      "network-interface/*",
      "volume/*",
      "security-group/sg-0a",
      expect.stringMatching(/^image\/ami-/),
      "subnet/subnet-0a",
      expect.stringMatching(/^launch-template\/lt-/),
    ]);
    expect(of("iam:PassRole")).toMatchObject([{ resources: ["arn:aws:iam::123456789012:role/node"], context: { "iam:PassedToService": "ec2.amazonaws.com" } }]);
    expect(of("ec2:CreateTags").map(({ resources }) => resources[0]?.split(":").at(-1))).toEqual(["instance/*", "volume/*"]);
    expect(of("ssm:GetParameters")[0]?.resources[0]).toBe(`arn:aws:ssm:us-east-1::parameter${UBUNTU.slice("resolve:ssm:".length)}`);
    const update = await asked(world, () =>
      send(
        world.sdk.autoscaling,
        new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: "fleet", LaunchTemplate: { LaunchTemplateName: "base", Version: "1" } }),
      ),
    );
    expect(new Set(update.map(({ action }) => action))).toContain("ec2:RunInstances");
  });
});
