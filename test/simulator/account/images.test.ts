import {
  CreateSnapshotCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  DeleteSnapshotCommand,
  DeleteTagsCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  type DescribeImagesCommandInput,
  DescribeInstancesCommand,
  DescribeSnapshotsCommand,
  DescribeTagsCommand,
  DescribeVolumesCommand,
  DisableImageCommand,
  EC2Client,
  EnableImageCommand,
  LockSnapshotCommand,
  RegisterImageCommand,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import { PPM_IMAGE } from "@steward/simulator/fleet/machine-image";
import { createAccount } from "@steward/simulator/simulated-account";
import { advance, drive } from "@steward/simulator/world/drive";
import { assert, beforeEach, describe, expect, test } from "vitest";
import { allow, aRole, refusal, settingsOf } from "./a-caller.ts";

let world: ReturnType<typeof createAccount>;
let ec2: EC2Client;
let told: { ImageId: string; State: string }[];

beforeEach(() => {
  world = createAccount({ code: new Map(), seed: 5 });
  ec2 = new EC2Client(settingsOf(world.account, world.operator));
  told = [];
  const before = world.account.links.emit;
  world.account.links.emit = (event) => {
    if (event["detail-type"] === "EC2 AMI State Change") told.push(event.detail as (typeof told)[number]);
    before(event);
  };
});

const WISH = { rootDevice: "/dev/sda1", volumeType: "gp3", sizeGib: 30, encrypted: true } as const;
const register = (name: string, tags: Record<string, string> = {}) =>
  drive(() => world.account.links.registerImage({ ...WISH, name, description: undefined, tags }, world.operator));
const describeImages = async (input: DescribeImagesCommandInput = {}) => await drive(() => ec2.send(new DescribeImagesCommand(input)));
const names = async (input: DescribeImagesCommandInput = {}) => (await describeImages(input)).Images?.map(({ Name }) => Name);
const run = (ImageId: string, more: object = {}) =>
  drive(() => ec2.send(new RunInstancesCommand({ ImageId, InstanceType: "t3.large", SubnetId: "subnet-a", MinCount: 1, MaxCount: 1, ...more })));

describe("an image", () => {
  test("is pending for minutes, then available, and EventBridge hears of it", async () => {
    const registering = world.account.links.registerImage({ ...WISH, name: "one", description: undefined, tags: {} }, world.operator);
    const [before] = (await describeImages()).Images ?? [];
    expect(before?.State).toBe("pending");
    expect(await refusal(() => run(before?.ImageId ?? ""))).toMatchObject({ name: "InvalidAMIID.Unavailable" });
    const { id, isAvailable } = await drive(() => registering);
    expect([id, isAvailable]).toEqual([before?.ImageId, true]);
    expect(told).toMatchObject([{ ImageId: id, State: "available" }]);
  });

  test("is found by owner, tag, name, state and id, page by page", async () => {
    const one = await register("one", { "steward:stage": "demo" });
    await register("two", { "steward:stage": "other" });
    expect(await names({ Owners: ["self"] })).toEqual(["one", "two"]);
    expect(await names({ Owners: ["099720109477"] })).toEqual([]);
    expect(await names({ Filters: [{ Name: "tag:steward:stage", Values: ["demo"] }] })).toEqual(["one"]);
    expect(await names({ Filters: [{ Name: "name", Values: ["tw*"] }] })).toEqual(["two"]);
    expect(await names({ Filters: [{ Name: "state", Values: ["pending"] }] })).toEqual([]);
    expect(await names({ ImageIds: [one.id] })).toEqual(["one"]);
    const { Images, NextToken } = await describeImages({ MaxResults: 1 });
    expect(Images?.map(({ Name }) => Name)).toEqual(["one"]);
    expect(await names({ MaxResults: 1, NextToken })).toEqual(["two"]);
  });

  test("carries tags that can be changed by whoever may, by the tags it has", async () => {
    const { id } = await register("one", { "steward:image": "candidate" });
    const mine = allow("ec2:CreateTags", "arn:aws:ec2:us-east-1::image/*", { StringEquals: { "aws:ResourceTag/steward:image": "candidate" } });
    const tagger = new EC2Client(settingsOf(world.account, aRole(world.account, "tagger", mine)));
    const tag = (Value: string) => tagger.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: "steward:image", Value }] }));
    await drive(() => tag("proven"));
    expect(await refusal(() => tag("candidate"))).toMatchObject({ name: "UnauthorizedOperation" });
    await drive(() => ec2.send(new DeleteTagsCommand({ Resources: [id], Tags: [{ Key: "steward:image" }] })));
    const { Tags } = await drive(() => ec2.send(new DescribeTagsCommand({ Filters: [{ Name: "resource-id", Values: [id] }] })));
    expect(Tags).toEqual([]);
  });

  test("launches as what is in it, with its disk", async () => {
    const { id } = await register("one");
    world.dependencies.images.set(id, { ...PPM_IMAGE, service: "absent" });
    const { Instances } = await run(id);
    const instanceId = Instances?.[0]?.InstanceId ?? "";
    await advance(60_000);
    expect(world.machines.get(instanceId)?.image.service).toBe("absent");
    const { Volumes } = await drive(() => ec2.send(new DescribeVolumesCommand({ Filters: [{ Name: "attachment.instance-id", Values: [instanceId] }] })));
    expect(Volumes).toMatchObject([{ Size: 30, Encrypted: true }]);
  });

  test("does not fit on a smaller disk than its own", async () => {
    const { id } = await register("one");
    const BlockDeviceMappings = [{ DeviceName: "/dev/sda1", Ebs: { VolumeSize: 8 } }];
    expect(await refusal(() => run(id, { BlockDeviceMappings }))).toMatchObject({ name: "InvalidBlockDeviceMapping" });
  });
});

describe("deregistering", () => {
  test("takes the image away; what runs from it goes on, and its snapshot stays", async () => {
    const { id } = await register("one");
    const { Instances } = await run(id);
    expect(await drive(() => ec2.send(new DeregisterImageCommand({ ImageId: id })))).toMatchObject({ Return: true });
    await advance(60_000);
    const { Reservations } = await drive(() => ec2.send(new DescribeInstancesCommand({ InstanceIds: [Instances?.[0]?.InstanceId ?? ""] })));
    expect(Reservations?.[0]?.Instances?.[0]).toMatchObject({ ImageId: id, State: { Name: "running" } });
    expect(await refusal(() => run(id))).toMatchObject({ name: "InvalidAMIID.Unavailable" });
    expect(await refusal(() => ec2.send(new DeregisterImageCommand({ ImageId: id })))).toMatchObject({ name: "InvalidAMIID.Unavailable" });
    expect(told.at(-1)).toMatchObject({ ImageId: id, State: "deregistered" });
  });

  test("deletes its snapshot too when it is told, unless the caller may not", async () => {
    const [one, two] = [await register("one"), await register("two")];
    const results = async (client: EC2Client, ImageId: string) => {
      const { DeleteSnapshotResults } = await drive(() => client.send(new DeregisterImageCommand({ ImageId, DeleteAssociatedSnapshots: true })));
      return DeleteSnapshotResults?.map(({ ReturnCode }) => ReturnCode);
    };
    const weak = new EC2Client(settingsOf(world.account, aRole(world.account, "weak", allow("ec2:DeregisterImage", "*"))));
    expect(await results(ec2, one.id)).toEqual(["success"]);
    expect(await results(weak, two.id)).toEqual(["missing-permissions"]);
    expect(await names()).toEqual([]);
  });
});

describe("a disabled image", () => {
  test("is not launched and not listed unless asked for, until it is enabled again", async () => {
    const { id } = await register("one");
    await drive(() => ec2.send(new DisableImageCommand({ ImageId: id })));
    expect(told.at(-1)).toMatchObject({ ImageId: id, State: "disabled" });
    expect(await refusal(() => run(id))).toMatchObject({ name: "InvalidAMIID.Unavailable" });
    expect([await names(), await names({ IncludeDisabled: true })]).toEqual([[], ["one"]]);
    expect(await refusal(() => ec2.send(new DisableImageCommand({ ImageId: id })))).toMatchObject({ name: "InvalidAMIID.Unavailable" });
    await drive(() => ec2.send(new EnableImageCommand({ ImageId: id })));
    expect(await names()).toEqual(["one"]);
  });
});

describe("the snapshot of an image", () => {
  const describeSnapshots = async () => (await drive(() => ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ["self"] })))).Snapshots ?? [];
  const remove = (SnapshotId: string | undefined) => ec2.send(new DeleteSnapshotCommand({ SnapshotId }));

  test("is one like any other, pending while its image is, of a volume of no meaning", async () => {
    const registering = world.account.links.registerImage({ ...WISH, name: "one", description: undefined, tags: { a: "b" } }, world.operator);
    expect(await describeSnapshots()).toMatchObject([{ State: "pending", VolumeId: "vol-ffffffff", VolumeSize: 30, Tags: [{ Key: "a", Value: "b" }] }]);
    await drive(() => registering);
    expect(await describeSnapshots()).toMatchObject([{ State: "completed" }]);
  });

  test("is not deleted while the image is there, pending, available or disabled", async () => {
    const registering = world.account.links.registerImage({ ...WISH, name: "one", description: undefined, tags: {} }, world.operator);
    const [snapshot] = await describeSnapshots();
    const inUse = { name: "InvalidSnapshot.InUse" };
    expect(await refusal(() => remove(snapshot?.SnapshotId))).toMatchObject(inUse);
    const { id } = await drive(() => registering);
    expect(await refusal(() => remove(snapshot?.SnapshotId))).toMatchObject({ ...inUse, message: expect.stringContaining(id) });
    await drive(() => ec2.send(new DisableImageCommand({ ImageId: id })));
    expect(await refusal(() => remove(snapshot?.SnapshotId))).toMatchObject(inUse);
    await drive(() => ec2.send(new DeregisterImageCommand({ ImageId: id })));
    await drive(() => remove(snapshot?.SnapshotId));
    expect(await describeSnapshots()).toEqual([]);
  });

  test("may be of a data volume, whose content the launch then brings", async () => {
    const { VolumeId = "" } = await drive(() => ec2.send(new CreateVolumeCommand({ AvailabilityZone: "us-east-1a", Size: 20 })));
    await advance(10_000);
    world.dependencies.disks.of(VolumeId).files.write("/note", "kept", { mode: 0o600, owner: "root" });
    const { SnapshotId } = await drive(() => ec2.send(new CreateSnapshotCommand({ VolumeId })));
    await advance(200_000);
    const { id: first } = await register("one");
    const [root] = (await describeImages({ ImageIds: [first] })).Images?.[0]?.BlockDeviceMappings ?? [];
    const BlockDeviceMappings = [
      { DeviceName: "/dev/sda1", Ebs: { SnapshotId: root?.Ebs?.SnapshotId } },
      { DeviceName: "/dev/sdf", Ebs: { SnapshotId } },
    ];
    const { ImageId = "" } = await drive(() => ec2.send(new RegisterImageCommand({ Name: "two", RootDeviceName: "/dev/sda1", BlockDeviceMappings })));
    expect(await names({ Filters: [{ Name: "block-device-mapping.snapshot-id", Values: [SnapshotId ?? ""] }] })).toEqual(["two"]);
    expect(await refusal(() => remove(SnapshotId))).toMatchObject({ name: "InvalidSnapshot.InUse", message: expect.stringContaining(ImageId) });
    await run(ImageId);
    const [copy] = [...world.ec2.volumes.values()].filter(({ snapshotId, id }) => snapshotId === SnapshotId && id !== VolumeId);
    expect(world.dependencies.disks.of(copy?.id ?? "").files.read("/note")).toBe("kept");
    const { DeleteSnapshotResults } = await drive(() => ec2.send(new DeregisterImageCommand({ ImageId: first, DeleteAssociatedSnapshots: true })));
    expect(DeleteSnapshotResults?.map(({ ReturnCode }) => ReturnCode)).toEqual(["skipped"]);
  });

  test("stays where it is locked, although its image goes", async () => {
    const { id } = await register("one");
    const [snapshot] = await describeSnapshots();
    await drive(() => ec2.send(new LockSnapshotCommand({ SnapshotId: snapshot?.SnapshotId, LockMode: "governance", LockDuration: 1 })));
    const { DeleteSnapshotResults } = await drive(() => ec2.send(new DeregisterImageCommand({ ImageId: id, DeleteAssociatedSnapshots: true })));
    expect(DeleteSnapshotResults?.map(({ ReturnCode }) => ReturnCode)).toEqual(["client-error"]);
    expect(await describeSnapshots()).toHaveLength(1);
  });
});

describe("an id that nobody registered", () => {
  test("launches as long as the account has no image of its own, and what was used goes on", async () => {
    await run("ami-0123456789abcdef0");
    await register("one");
    const { Instances } = await run("ami-0123456789abcdef0");
    assert(Instances?.[0]);
    expect(await refusal(() => run("ami-0fedcba9876543210"))).toMatchObject({
      name: "InvalidAMIID.NotFound",
      message: "The image id '[ami-0fedcba9876543210]' does not exist",
    });
  });
});
