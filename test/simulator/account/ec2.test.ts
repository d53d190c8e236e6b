import { advance } from "@steward/simulator/world/drive";
import { describe, expect, test } from "vitest";
import { createWorld, eventsOf, type TestWorld } from "./autoscaling-world.ts";

const run = (world: TestWorld, extra: Record<string, unknown> = {}) =>
  world.call("ec2", "RunInstances", { ImageId: "ami-0a", InstanceType: "c5.large", SubnetId: "subnet-a", MinCount: 1, MaxCount: 1, ...extra });

async function running(world: TestWorld): Promise<string> {
  const { Instances } = await run(world);
  await advance(30_000);
  return Instances?.[0]?.InstanceId ?? "";
}

const stateOf = async (world: TestWorld, id: string): Promise<string | undefined> =>
  (await world.call("ec2", "DescribeInstances", { InstanceIds: [id] })).Reservations?.[0]?.Instances?.[0]?.State?.Name;

describe("an instance", () => {
  test("is pending first, then runs, and only then has a machine", async () => {
    const world = createWorld();
    const { Instances } = await run(world);
    const id = Instances?.[0]?.InstanceId ?? "";
    expect(Instances?.[0]?.State?.Name).toBe("pending");
    expect(world.machines.size).toBe(0);
    await advance(30_000);
    expect(await stateOf(world, id)).toBe("running");
    expect([...world.machines.keys()]).toEqual([id]);
  });

  test("may be unknown to describe calls right after its launch, never for longer than two seconds", async () => {
    let unknown = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const world = createWorld(seed);
      const id = (await run(world)).Instances?.[0]?.InstanceId ?? "";
      await stateOf(world, id).catch((error: Error) => {
        expect(error).toMatchObject({ code: "InvalidInstanceID.NotFound", message: `The instance ID '${id}' does not exist` });
        unknown += 1;
      });
      await advance(2_000);
      expect(await stateOf(world, id)).toBe("pending");
    }
    expect(unknown).toBeGreaterThan(0);
  });

  test("ends through shutting-down, loses its machine at once, and stays visible for about an hour", async () => {
    const world = createWorld();
    const id = await running(world);
    const answer = await world.call("ec2", "TerminateInstances", { InstanceIds: [id] });
    expect(answer.TerminatingInstances?.[0]).toMatchObject({ PreviousState: { Name: "running" }, CurrentState: { Name: "shutting-down" } });
    expect(world.machines.size).toBe(0);
    await advance(60_000);
    expect(await stateOf(world, id)).toBe("terminated");
    await advance(3_600_000);
    await expect(stateOf(world, id)).rejects.toMatchObject({ code: "InvalidInstanceID.NotFound" });
  });

  test("tells the default bus of every state it enters", async () => {
    const world = createWorld();
    const id = await running(world);
    await world.call("ec2", "TerminateInstances", { InstanceIds: [id] });
    await advance(60_000);
    expect(eventsOf(world, "EC2 Instance State-change Notification")).toEqual(
      ["pending", "running", "shutting-down", "terminated"].map((state) => ({ "instance-id": id, state })),
    );
  });

  test("that ends while it is pending never runs", async () => {
    const world = createWorld();
    const id = (await run(world)).Instances?.[0]?.InstanceId ?? "";
    await advance(2_000);
    await world.call("ec2", "TerminateInstances", { InstanceIds: [id] });
    await advance(120_000);
    expect(await stateOf(world, id)).toBe("terminated");
    expect(world.machines.size).toBe(0);
  });

  test("keeps its machine over a reboot, and can't be rebooted when it is stopped", async () => {
    const world = createWorld();
    const id = await running(world);
    const machine = world.machines.get(id);
    await world.call("ec2", "RebootInstances", { InstanceIds: [id] });
    await advance(30_000);
    expect(world.machines.get(id)).toBe(machine);
    await world.call("ec2", "StopInstances", { InstanceIds: [id] });
    await advance(90_000);
    expect(await stateOf(world, id)).toBe("stopped");
    await expect(world.call("ec2", "RebootInstances", { InstanceIds: [id] })).rejects.toMatchObject({ code: "IncorrectInstanceState" });
    await world.call("ec2", "StartInstances", { InstanceIds: [id] });
    await advance(30_000);
    expect(await stateOf(world, id)).toBe("running");
  });

  test("does not come when its zone has no capacity", async () => {
    const world = createWorld();
    world.ec2.withholdCapacity(true);
    await expect(run(world)).rejects.toMatchObject({ code: "InsufficientInstanceCapacity" });
    expect(world.ec2.instances.size).toBe(0);
  });
});

describe("status checks", () => {
  const statusOf = async (world: TestWorld, id: string) =>
    (await world.call("ec2", "DescribeInstanceStatus", { InstanceIds: [id] })).InstanceStatuses?.[0]?.InstanceStatus?.Status;

  test("are initializing first, then follow the machine within a minute", async () => {
    const world = createWorld();
    const id = await running(world);
    expect(await statusOf(world, id)).toBe("initializing");
    await advance(200_000);
    expect(await statusOf(world, id)).toBe("ok");
    const machine = world.machines.get(id);
    if (machine) machine.isOk = false;
    await advance(61_000);
    expect(await statusOf(world, id)).toBe("impaired");
  });

  test("list running instances only, unless all are asked for", async () => {
    const world = createWorld();
    const id = await running(world);
    await world.call("ec2", "TerminateInstances", { InstanceIds: [id] });
    await advance(60_000);
    expect((await world.call("ec2", "DescribeInstanceStatus", { InstanceIds: [id] })).InstanceStatuses).toEqual([]);
    const all = await world.call("ec2", "DescribeInstanceStatus", { InstanceIds: [id], IncludeAllInstances: true });
    expect(all.InstanceStatuses?.[0]).toMatchObject({ InstanceState: { Name: "terminated" }, InstanceStatus: { Status: "not-applicable" } });
  });
});

describe("requests", () => {
  test("with the same client token launch once; with other parameters they are refused", async () => {
    const world = createWorld();
    const first = await run(world, { ClientToken: "t1" });
    const second = await run(world, { ClientToken: "t1" });
    expect(second.Instances?.[0]?.InstanceId).toBe(first.Instances?.[0]?.InstanceId);
    expect(world.ec2.instances.size).toBe(1);
    await expect(run(world, { ClientToken: "t1", MaxCount: 2 })).rejects.toMatchObject({ code: "IdempotentParameterMismatch" });
  });

  test("page through instances, each exactly once, and all at once without a page size", async () => {
    const world = createWorld();
    await run(world, { MaxCount: 12 });
    await advance(2_000);
    const seen: string[] = [];
    let NextToken: string | undefined;
    do {
      const answer = await world.call("ec2", "DescribeInstances", { MaxResults: 5, ...(NextToken && { NextToken }) });
      expect(answer.Reservations?.length).toBeLessThanOrEqual(5);
      seen.push(...(answer.Reservations ?? []).map((reservation) => reservation.Instances?.[0]?.InstanceId ?? ""));
      NextToken = answer.NextToken;
    } while (NextToken);
    expect(new Set(seen)).toEqual(new Set(world.ec2.instances.keys()));
    expect(seen).toHaveLength(12);
    expect((await world.call("ec2", "DescribeInstances", {})).Reservations).toHaveLength(12);
    await expect(world.call("ec2", "DescribeInstances", { NextToken: "bm90aGluZw==" })).rejects.toMatchObject({ code: "InvalidNextToken" });
  });

  test("filter by tag and state, and refuse filters that do not exist", async () => {
    const world = createWorld();
    await run(world, { TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "steward:stage", Value: "demo" }] }] });
    await run(world);
    await advance(30_000);
    const filter = (Name: string, Value: string) => world.call("ec2", "DescribeInstances", { Filters: [{ Name, Values: [Value] }] });
    expect((await filter("tag:steward:stage", "d*")).Reservations).toHaveLength(1);
    expect((await filter("instance-state-name", "running")).Reservations).toHaveLength(2);
    await expect(filter("colour", "blue")).rejects.toMatchObject({ code: "InvalidParameterValue", message: "The filter 'colour' is invalid" });
  });

  test("tag instances, but not with AWS's own prefix", async () => {
    const world = createWorld();
    const id = await running(world);
    await world.call("ec2", "CreateTags", { Resources: [id], Tags: [{ Key: "steward:retiring", Value: "yes" }] });
    const { Tags } = await world.call("ec2", "DescribeTags", { Filters: [{ Name: "resource-id", Values: [id] }] });
    expect(Tags).toEqual([{ Key: "steward:retiring", Value: "yes", ResourceId: id, ResourceType: "instance" }]);
    await expect(world.call("ec2", "CreateTags", { Resources: [id], Tags: [{ Key: "aws:x", Value: "" }] })).rejects.toMatchObject({
      code: "InvalidParameterValue",
    });
  });

  test("name malformed and missing ids by their own codes", async () => {
    const world = createWorld();
    await expect(stateOf(world, "nonsense")).rejects.toMatchObject({ code: "InvalidInstanceID.Malformed" });
    await expect(stateOf(world, "i-00000000000000000")).rejects.toMatchObject({ code: "InvalidInstanceID.NotFound" });
  });
});

describe("launch templates", () => {
  const create = (world: TestWorld) =>
    world.call("ec2", "CreateLaunchTemplate", {
      LaunchTemplateName: "node",
      LaunchTemplateData: { ImageId: "ami-1", InstanceType: "c5.large", IamInstanceProfile: { Name: "node" } },
    });

  test("have numbered versions; a new one takes what it leaves out from its source", async () => {
    const world = createWorld();
    await create(world);
    await world.call("ec2", "CreateLaunchTemplateVersion", { LaunchTemplateName: "node", SourceVersion: "1", LaunchTemplateData: { ImageId: "ami-2" } });
    const { LaunchTemplateVersions } = await world.call("ec2", "DescribeLaunchTemplateVersions", {
      LaunchTemplateName: "node",
      Versions: ["$Latest", "$Default"],
    });
    expect(LaunchTemplateVersions).toMatchObject([
      { VersionNumber: 2, DefaultVersion: false, LaunchTemplateData: { ImageId: "ami-2", InstanceType: "c5.large" } },
      { VersionNumber: 1, DefaultVersion: true, LaunchTemplateData: { ImageId: "ami-1" } },
    ]);
  });

  test("are found by name or id, and every miss has its code", async () => {
    const world = createWorld();
    await create(world);
    await expect(create(world)).rejects.toMatchObject({ code: "InvalidLaunchTemplateName.AlreadyExistsException" });
    const describeOne = (input: object) => world.call("ec2", "DescribeLaunchTemplateVersions", input);
    await expect(describeOne({ LaunchTemplateName: "other" })).rejects.toMatchObject({ code: "InvalidLaunchTemplateName.NotFoundException" });
    await expect(describeOne({ LaunchTemplateId: "lt-0" })).rejects.toMatchObject({ code: "InvalidLaunchTemplateId.NotFound" });
    await expect(describeOne({ LaunchTemplateName: "node", Versions: ["7"] })).rejects.toMatchObject({ code: "InvalidLaunchTemplateId.VersionNotFound" });
  });

  test("ask for the right to launch every part, to pass the role and to tag", async () => {
    const world = createWorld();
    await create(world);
    const asked: string[] = [];
    world.account.authorize = (_principal, right) => {
      asked.push(...right.resources.map((resource) => `${right.action} ${resource}`));
      return { allowed: true };
    };
    await world.call("ec2", "RunInstances", {
      LaunchTemplate: { LaunchTemplateName: "node" },
      MinCount: 1,
      MaxCount: 1,
      TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "a", Value: "b" }] }],
    });
    expect(asked).toContain("ec2:RunInstances arn:aws:ec2:us-east-1::image/ami-1");
    expect(asked).toContain("ec2:RunInstances arn:aws:ec2:us-east-1:123456789012:instance/*");
    expect(asked).toContain("iam:PassRole arn:aws:iam::123456789012:role/node");
    expect(asked).toContain("ec2:CreateTags arn:aws:ec2:us-east-1:123456789012:instance/*");
  });
});
