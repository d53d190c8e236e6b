import {
  AttachVolumeCommand,
  type AttachVolumeCommandInput,
  CreateTagsCommand,
  CreateVolumeCommand,
  type CreateVolumeCommandInput,
  DeleteVolumeCommand,
  DescribeInstancesCommand,
  DescribeTagsCommand,
  DescribeVolumesCommand,
  DetachVolumeCommand,
  RebootInstancesCommand,
  RunInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { AwsError } from "@steward/simulator/account/operation";
import { SINGLE_IMAGE } from "@steward/simulator/fleet/machine-image";
import { advance } from "@steward/simulator/world/drive";
import { beforeEach, describe, expect, test } from "vitest";
import { asked, type ComputeWorld, computeWorld, eventually, send } from "./compute-world.ts";

let world: ComputeWorld;
beforeEach(() => {
  world = computeWorld(3);
  world.dependencies.images.set("ami-0single", SINGLE_IMAGE);
});

async function running(): Promise<{ id: string; zone: string }> {
  const { Instances } = await send(world.sdk.ec2, new RunInstancesCommand({ ImageId: "ami-0single", MinCount: 1, MaxCount: 1, SubnetId: "subnet-0a" }));
  const id = Instances?.[0]?.InstanceId ?? "";
  await eventually(() => world.ec2.instances.get(id)?.state === "running");
  return { id, zone: Instances?.[0]?.Placement?.AvailabilityZone ?? "" };
}

async function created(zone: string, extra: Partial<CreateVolumeCommandInput> = {}): Promise<string> {
  const { VolumeId = "" } = await send(world.sdk.ec2, new CreateVolumeCommand({ AvailabilityZone: zone, Size: 200, VolumeType: "gp3", ...extra }));
  await advance(10_000);
  return VolumeId;
}

const volume = async (id: string) => (await send(world.sdk.ec2, new DescribeVolumesCommand({ VolumeIds: [id] }))).Volumes?.[0];
const attach = (input: Pick<AttachVolumeCommandInput, "VolumeId" | "InstanceId">) =>
  send(world.sdk.ec2, new AttachVolumeCommand({ Device: "/dev/sdf", ...input }));

async function attached(): Promise<{ id: string; volumeId: string }> {
  const { id, zone } = await running();
  const volumeId = await created(zone);
  await attach({ VolumeId: volumeId, InstanceId: id });
  await advance(10_000);
  return { id, volumeId };
}

describe("a volume", () => {
  test("is creating at first, then available, with what its type brings", async () => {
    const answer = await send(world.sdk.ec2, new CreateVolumeCommand({ AvailabilityZone: "us-east-1b", Size: 200, VolumeType: "gp3", Encrypted: true }));
    expect(answer).toMatchObject({ State: "creating", Iops: 3_000, Throughput: 125, KmsKeyId: "arn:aws:kms:us-east-1:123456789012:alias/aws/ebs" });
    await advance(10_000);
    expect(await volume(answer.VolumeId ?? "")).toMatchObject({ State: "available", Size: 200, Encrypted: true, AvailabilityZone: "us-east-1b" });
  });

  test("is attached after some seconds, and the machine sees it then", async () => {
    const { id, zone } = await running();
    const volumeId = await created(zone);
    expect(await attach({ VolumeId: volumeId, InstanceId: id })).toMatchObject({ State: "attaching", DeleteOnTermination: false });
    expect((await volume(volumeId))?.State).toBe("in-use");
    await advance(10_000);
    expect((await volume(volumeId))?.Attachments).toMatchObject([{ State: "attached", InstanceId: id, Device: "/dev/sdf" }]);
    const { Reservations } = await send(world.sdk.ec2, new DescribeInstancesCommand({ InstanceIds: [id] }));
    expect(Reservations?.[0]?.Instances?.[0]?.BlockDeviceMappings?.map(({ DeviceName }) => DeviceName)).toEqual(["/dev/sda1", "/dev/sdf"]);
  });

  test("is refused by an instance in another zone, and by a second instance", async () => {
    const { id, zone } = await running();
    const far = await created(zone === "us-east-1f" ? "us-east-1e" : "us-east-1f");
    await expect(attach({ VolumeId: far, InstanceId: id })).rejects.toMatchObject({ name: "InvalidVolume.ZoneMismatch" });
    const near = await created(zone);
    await attach({ VolumeId: near, InstanceId: id });
    const { id: other } = await running();
    await expect(attach({ VolumeId: near, InstanceId: other })).rejects.toMatchObject({ name: "VolumeInUse" });
    await expect(send(world.sdk.ec2, new DeleteVolumeCommand({ VolumeId: near }))).rejects.toMatchObject({ name: "VolumeInUse" });
  });

  test("is not attached to an instance that is still pending, nor at a device that is taken", async () => {
    const { id, volumeId } = await attached();
    const second = await created((await volume(volumeId))?.AvailabilityZone ?? "");
    await expect(attach({ VolumeId: second, InstanceId: id })).rejects.toMatchObject({ name: "InvalidParameterValue" });
    const { Instances } = await send(world.sdk.ec2, new RunInstancesCommand({ ImageId: "ami-1", MinCount: 1, MaxCount: 1, SubnetId: "subnet-0a" }));
    await advance(2_000);
    await expect(attach({ VolumeId: second, InstanceId: Instances?.[0]?.InstanceId ?? "" })).rejects.toMatchObject({ name: "IncorrectState" });
  });

  test("outlives its instance as available, while the root volume goes with it", async () => {
    const { id, volumeId } = await attached();
    const root = [...world.ec2.volumes.values()].find(({ attachment }) => attachment?.instanceId === id && attachment.device === "/dev/sda1");
    await send(world.sdk.ec2, new TerminateInstancesCommand({ InstanceIds: [id] }));
    expect((await volume(volumeId))?.State).toBe("in-use");
    expect(await eventually(() => world.ec2.instances.get(id)?.state === "terminated")).toBe(true);
    expect(await volume(volumeId)).toMatchObject({ State: "available", Attachments: [] });
    await expect(volume(root?.id ?? "")).rejects.toMatchObject({ name: "InvalidVolume.NotFound" });
  });

  test("stays attached while its instance is stopped", async () => {
    const { id, volumeId } = await attached();
    await send(world.sdk.ec2, new StopInstancesCommand({ InstanceIds: [id] }));
    expect(await eventually(() => world.ec2.instances.get(id)?.state === "stopped")).toBe(true);
    expect((await volume(volumeId))?.Attachments).toMatchObject([{ State: "attached", InstanceId: id }]);
  });

  test("can't be the root of a running instance and be detached", async () => {
    const { id } = await running();
    const root = [...world.ec2.volumes.values()].find(({ attachment }) => attachment?.instanceId === id);
    await expect(send(world.sdk.ec2, new DetachVolumeCommand({ VolumeId: root?.id }))).rejects.toMatchObject({ name: "OperationNotPermitted" });
  });

  test("whose key nobody may use goes away again, after a creation that seemed to succeed", async () => {
    world.account.links.useKey = () => {
      throw new AwsError("AccessDenied", "no key policy allows it", 403);
    };
    const id = await created("us-east-1a", { Encrypted: true, KmsKeyId: "alias/nobody" });
    await expect(volume(id)).rejects.toMatchObject({ name: "InvalidVolume.NotFound" });
  });

  test("carries tags from its creation and from later, as DescribeTags tells", async () => {
    const id = await created("us-east-1a", { TagSpecifications: [{ ResourceType: "volume", Tags: [{ Key: "steward:role", Value: "data" }] }] });
    await send(world.sdk.ec2, new CreateTagsCommand({ Resources: [id], Tags: [{ Key: "new", Value: "yes" }] }));
    const { Volumes } = await send(world.sdk.ec2, new DescribeVolumesCommand({ Filters: [{ Name: "tag:steward:role", Values: ["data"] }] }));
    expect(Volumes?.[0]?.Tags).toEqual([
      { Key: "steward:role", Value: "data" },
      { Key: "new", Value: "yes" },
    ]);
    const { Tags } = await send(world.sdk.ec2, new DescribeTagsCommand({ Filters: [{ Name: "resource-id", Values: [id] }] }));
    expect(Tags?.map(({ ResourceType }) => ResourceType)).toEqual(["volume", "volume"]);
  });

  test.each([
    [{ Size: undefined }, "MissingParameter"],
    [{ VolumeType: "gp9" as never }, "UnknownVolumeType"],
    [{ AvailabilityZone: "eu-central-1a" }, "InvalidParameterValue"],
    [{ KmsKeyId: "alias/mine" }, "InvalidParameterDependency"],
  ])("is not created from %j", async (extra, code) => {
    await expect(created("us-east-1a", extra)).rejects.toMatchObject({ name: code });
  });

  test("asks for the right on the volume and on the instance, each with its own tags", async () => {
    const { id, zone } = await running();
    const volumeId = await created(zone, { TagSpecifications: [{ ResourceType: "volume", Tags: [{ Key: "steward:stage", Value: "demo" }] }] });
    const rights = await asked(world, () => attach({ VolumeId: volumeId, InstanceId: id }));
    expect(rights.map(({ action, resources }) => [action, resources[0]])).toEqual([
      ["ec2:AttachVolume", `arn:aws:ec2:us-east-1:123456789012:volume/${volumeId}`],
      ["ec2:AttachVolume", `arn:aws:ec2:us-east-1:123456789012:instance/${id}`],
    ]);
    expect(rights[0]?.context).toMatchObject({ "aws:ResourceTag/steward:stage": "demo" });
    expect(rights[1]?.context).not.toHaveProperty("aws:ResourceTag/steward:stage");
  });
});

describe("a volume that a machine has mounted", () => {
  const files = (id: string) => world.machines.get(id)?.files ?? expect.fail("there is no machine");
  const MOUNT_POINT = "/mnt";

  /** Makes a file system on what is attached as the first data volume, and mounts it. */
  async function mounted(): Promise<{ id: string; volumeId: string }> {
    const { id, volumeId } = await attached();
    await advance(120_000);
    const device = files(id).device("/dev/nvme1n1") ?? expect.fail("there is no device");
    expect(device.volumeId).toBe(volumeId);
    device.disk.type = "ext4";
    files(id).makeFolder(MOUNT_POINT);
    expect(files(id).mount("/dev/nvme1n1", MOUNT_POINT)).toMatchObject({ volumeId, lost: false });
    return { id, volumeId };
  }
  const note = (id: string, text: string) => files(id).write(`${MOUNT_POINT}/note`, text, { mode: 0o600, owner: "root" });

  test("is a device with the volume's id as its serial, and blank", async () => {
    const { id, volumeId } = await attached();
    await advance(120_000);
    expect(files(id).list("/sys/class/block")).toEqual(["nvme1n1"]);
    expect(files(id).read("/sys/class/block/nvme1n1/device/serial")).toBe(`${volumeId.replace("-", "")}\n`);
    expect(files(id).device("/dev/nvme1n1")?.disk.type).toBeUndefined();
    expect(files(id).mount("/dev/nvme1n1", "/etc")).toBeUndefined();
  });

  test("is held until it is unmounted, whoever wrote to it", async () => {
    const { id, volumeId } = await mounted();
    await send(world.sdk.ec2, new DetachVolumeCommand({ VolumeId: volumeId }));
    await advance(30_000);
    expect((await volume(volumeId))?.Attachments).toMatchObject([{ State: "busy" }]);
    files(id).mounts.delete(MOUNT_POINT);
    await advance(30_000);
    expect((await volume(volumeId))?.State).toBe("available");
    expect(files(id).list("/sys/class/block")).toEqual([]);
  });

  test("answers errors once it was taken by force, and keeps what was written for the next machine", async () => {
    const { id, volumeId } = await mounted();
    note(id, "kept");
    await send(world.sdk.ec2, new DetachVolumeCommand({ VolumeId: volumeId, Force: true }));
    await advance(30_000);
    expect(() => note(id, "lost")).toThrow("EIO");
    await attach({ VolumeId: volumeId, InstanceId: id });
    await advance(30_000);
    expect(() => files(id).read(`${MOUNT_POINT}/note`)).toThrow("EIO");
    expect(files(id).list("/sys/class/block")).toEqual(["nvme2n1"]);
    files(id).mounts.delete(MOUNT_POINT);
    files(id).mount("/dev/nvme2n1", MOUNT_POINT);
    expect(files(id).read(`${MOUNT_POINT}/note`)).toBe("kept");
  });

  test("is not mounted after a reboot, and holds what it held", async () => {
    const { id } = await mounted();
    note(id, "kept");
    await send(world.sdk.ec2, new RebootInstancesCommand({ InstanceIds: [id] }));
    await advance(180_000);
    expect(files(id).read(`${MOUNT_POINT}/note`)).toBeUndefined();
    files(id).mount("/dev/nvme1n1", MOUNT_POINT);
    expect(files(id).read(`${MOUNT_POINT}/note`)).toBe("kept");
  });
});
