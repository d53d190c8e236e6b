import {
  AttachVolumeCommand,
  CreateSnapshotCommand,
  type CreateSnapshotCommandInput,
  CreateSnapshotsCommand,
  type CreateSnapshotsCommandInput,
  CreateTagsCommand,
  CreateVolumeCommand,
  type CreateVolumeCommandInput,
  DeleteSnapshotCommand,
  DescribeSnapshotsCommand,
  type DescribeSnapshotsCommandInput,
  DescribeTagsCommand,
  DescribeVolumesCommand,
  ListSnapshotsInRecycleBinCommand,
  RestoreSnapshotFromRecycleBinCommand,
  RunInstancesCommand,
  type Tag,
} from "@aws-sdk/client-ec2";
import { AwsError } from "@steward/simulator/account/operation";
import { SINGLE_IMAGE } from "@steward/simulator/fleet/machine-image";
import { advance } from "@steward/simulator/world/drive";
import { beforeEach, describe, expect, test } from "vitest";
import { asked, type ComputeWorld, computeWorld, eventually, send } from "./compute-world.ts";

const SECOND = 1_000;
const TAGS: Tag[] = [{ Key: "steward:stage", Value: "demo" }];
const TagSpecifications: CreateSnapshotCommandInput["TagSpecifications"] = [{ ResourceType: "snapshot", Tags: TAGS }];

let world: ComputeWorld;
let told: { type: string; resources: string[]; detail: Record<string, unknown> }[];
beforeEach(() => {
  world = computeWorld(7);
  world.dependencies.images.set("ami-0single", SINGLE_IMAGE);
  told = [];
  world.events.watch(({ "detail-type": type, resources, detail }) => {
    if (type.includes("Snapshot")) told.push({ type, resources, detail: detail as Record<string, unknown> });
  });
});

async function aVolume(extra: Partial<CreateVolumeCommandInput> = {}): Promise<string> {
  const command = new CreateVolumeCommand({ AvailabilityZone: "us-east-1a", Size: 200, VolumeType: "gp3", ...extra });
  const { VolumeId = "" } = await send(world.sdk.ec2, command);
  await advance(10 * SECOND);
  return VolumeId;
}

/** A running instance with two data volumes, all up. */
async function aServer(): Promise<{ id: string; data: string; more: string }> {
  const { Instances } = await send(world.sdk.ec2, new RunInstancesCommand({ ImageId: "ami-0single", MinCount: 1, MaxCount: 1, SubnetId: "subnet-0a" }));
  const id = Instances?.[0]?.InstanceId ?? "";
  const AvailabilityZone = Instances?.[0]?.Placement?.AvailabilityZone;
  await eventually(() => world.ec2.instances.get(id)?.state === "running");
  const tagged = [{ ResourceType: "volume" as const, Tags: [{ Key: "steward:role", Value: "data" }] }];
  const [data, more] = [await aVolume({ AvailabilityZone, TagSpecifications: tagged }), await aVolume({ AvailabilityZone })];
  await send(world.sdk.ec2, new AttachVolumeCommand({ Device: "/dev/sdf", VolumeId: data, InstanceId: id }));
  await send(world.sdk.ec2, new AttachVolumeCommand({ Device: "/dev/sdg", VolumeId: more, InstanceId: id }));
  await advance(120 * SECOND);
  return { id, data, more };
}

const create = (VolumeId: string, extra: Partial<CreateSnapshotCommandInput> = {}) =>
  send(world.sdk.ec2, new CreateSnapshotCommand({ VolumeId, TagSpecifications, ...extra }));
const createSet = (InstanceId: string, spec: object = {}, extra: Partial<CreateSnapshotsCommandInput> = {}) =>
  send(world.sdk.ec2, new CreateSnapshotsCommand({ InstanceSpecification: { InstanceId, ExcludeBootVolume: true, ...spec }, TagSpecifications, ...extra }));
const list = async (input: DescribeSnapshotsCommandInput = { OwnerIds: ["self"] }) =>
  (await send(world.sdk.ec2, new DescribeSnapshotsCommand(input))).Snapshots ?? [];
const ids = async (input?: DescribeSnapshotsCommandInput) => (await list(input)).map(({ SnapshotId }) => SnapshotId);
const remove = (SnapshotId: string) => send(world.sdk.ec2, new DeleteSnapshotCommand({ SnapshotId }));

/** A snapshot that is complete, of a volume of its own unless told otherwise. */
async function completed(volumeId?: string): Promise<string> {
  const { SnapshotId = "" } = await create(volumeId ?? (await aVolume()));
  await advance(200 * SECOND);
  return SnapshotId;
}

describe("a snapshot", () => {
  test("is pending at first, and completed within minutes", async () => {
    const volumeId = await aVolume({ Encrypted: true });
    const made = await create(volumeId);
    expect(made).toMatchObject({ State: "pending", Progress: "0%", VolumeId: volumeId, VolumeSize: 200, Encrypted: true, Tags: TAGS });
    await advance(15 * SECOND);
    expect((await list())[0]?.Progress).toMatch(/^[1-9]\d?%$/);
    await advance(185 * SECOND);
    expect(await list()).toMatchObject([
      { State: "completed", Progress: "100%", StorageTier: "standard", KmsKeyId: "arn:aws:kms:us-east-1:123456789012:alias/aws/ebs" },
    ]);
  });

  test("is told of on the bus as the user guide has it", async () => {
    const volumeId = await aVolume();
    const id = await completed(volumeId);
    const snapshotArn = `arn:aws:ec2:us-east-1::snapshot/${id}`;
    expect(told).toMatchObject([
      {
        type: "EBS Snapshot Notification",
        resources: [snapshotArn],
        detail: { event: "createSnapshot", result: "succeeded", cause: "", snapshot_id: snapshotArn, source: `arn:aws:ec2:us-east-1::volume/${volumeId}` },
      },
    ]);
    expect(told[0]?.detail.endTime).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/);
  });

  test("is not known for some seconds, neither to describe, nor to tag, nor to delete", async () => {
    const { SnapshotId = "" } = await create(await aVolume());
    const snapshot = world.ec2.snapshots.items.get(SnapshotId) ?? expect.fail("it was not made");
    snapshot.visibleFrom = Date.now() + 5 * SECOND;
    const missing = { name: "InvalidSnapshot.NotFound", message: `The snapshot '${SnapshotId}' does not exist.` };
    expect(await ids()).toEqual([]);
    await expect(list({ SnapshotIds: [SnapshotId] })).rejects.toMatchObject(missing);
    await expect(send(world.sdk.ec2, new CreateTagsCommand({ Resources: [SnapshotId], Tags: TAGS }))).rejects.toMatchObject(missing);
    await expect(remove(SnapshotId)).rejects.toMatchObject(missing);
    await advance(6 * SECOND);
    expect(await ids()).toEqual([SnapshotId]);
  });

  test("carries tags that can be changed later", async () => {
    const id = await completed();
    await send(world.sdk.ec2, new CreateTagsCommand({ Resources: [id], Tags: [{ Key: "steward:hold", Value: "yes" }] }));
    const { Tags } = await send(world.sdk.ec2, new DescribeTagsCommand({ Filters: [{ Name: "resource-id", Values: [id] }] }));
    expect(Tags?.map(({ Key, ResourceType }) => [Key, ResourceType])).toEqual([
      ["steward:stage", "snapshot"],
      ["steward:hold", "snapshot"],
    ]);
  });

  test("that fails ends in an error, with a reason and an event", async () => {
    const volumeId = await aVolume();
    world.ec2.snapshots.next = "error";
    await completed(volumeId);
    expect(await list()).toMatchObject([{ State: "error", StateMessage: expect.stringMatching(/./) }]);
    expect(told).toMatchObject([{ detail: { event: "createSnapshot", result: "failed" } }]);
  });

  test("that is stuck stays pending, and keeps the next ones of its volume from being completed", async () => {
    const volumeId = await aVolume();
    world.ec2.snapshots.next = "stuck";
    const stuck = await completed(volumeId);
    await completed(volumeId);
    await advance(7_200 * SECOND);
    expect((await list()).map(({ State }) => State)).toEqual(["pending", "pending"]);
    const snapshot = world.ec2.snapshots.items.get(stuck) ?? expect.fail("it is gone");
    world.ec2.snapshots.settle(snapshot, "completed");
    await advance(10 * SECOND);
    expect((await list()).map(({ State }) => State)).toEqual(["completed", "completed"]);
  });

  test("that was made although the answer is lost is there all the same", async () => {
    const volumeId = await aVolume();
    world.ec2.snapshots.next = "lost";
    await expect(create(volumeId)).rejects.toMatchObject({ name: "InternalError" });
    await advance(200 * SECOND);
    expect((await list()).map(({ State }) => State)).toEqual(["completed"]);
  });
});

describe("asking for snapshots of a volume", () => {
  test("is refused within fifteen seconds of the one before", async () => {
    const volumeId = await aVolume();
    await create(volumeId);
    await expect(create(volumeId)).rejects.toMatchObject({ name: "SnapshotCreationPerVolumeRateExceeded" });
    await advance(15 * SECOND);
    expect(await create(volumeId)).toMatchObject({ State: "pending" });
  });

  test("is refused while five are pending or have failed, those that were deleted while pending too", async () => {
    const volumeId = await aVolume();
    const made: string[] = [];
    for (const mishap of ["stuck", "stuck", "stuck", "stuck", "error"] as const) {
      world.ec2.snapshots.next = mishap;
      made.push((await create(volumeId)).SnapshotId ?? "");
      await advance(20 * SECOND);
    }
    await remove(made[1] ?? "");
    expect(await ids()).toEqual(made.filter((_, index) => index !== 1));
    await expect(create(volumeId)).rejects.toMatchObject({ name: "ConcurrentSnapshotLimitExceeded" });
    for (const snapshot of [...world.ec2.snapshots.items.values()]) world.ec2.snapshots.settle(snapshot, "completed");
    expect(await create(volumeId)).toMatchObject({ State: "pending" });
  });

  test.each([
    [{ VolumeId: "vol-0123456789abcdef0" }, "InvalidVolume.NotFound"],
    [{ TagSpecifications: [{ ResourceType: "volume" as const, Tags: TAGS }] }, "InvalidParameterValue"],
    [{ TagSpecifications: [{ ResourceType: "snapshot" as const, Tags: [{ Key: "aws:mine", Value: "x" }] }] }, "InvalidParameterValue"],
  ])("is refused for %j", async (extra, code) => {
    await expect(create(await aVolume(), extra)).rejects.toMatchObject({ name: code });
    expect(await ids()).toEqual([]);
  });

  test("asks for the right on the volume, on the snapshot to come and to tag it", async () => {
    const volumeId = await aVolume({ TagSpecifications: [{ ResourceType: "volume", Tags: TAGS }] });
    const rights = await asked(world, () => create(volumeId));
    expect(rights.map(({ action, resources }) => [action, resources[0]])).toEqual([
      ["ec2:CreateSnapshot", `arn:aws:ec2:us-east-1:123456789012:volume/${volumeId}`],
      ["ec2:CreateSnapshot", "arn:aws:ec2:us-east-1::snapshot/*"],
      ["ec2:CreateTags", "arn:aws:ec2:us-east-1::snapshot/*"],
    ]);
    expect(rights[0]?.context).toMatchObject({ "aws:ResourceTag/steward:stage": "demo" });
    expect(rights[1]?.context).toMatchObject({ "aws:RequestTag/steward:stage": "demo" });
    expect(rights[2]?.context).toMatchObject({ "ec2:CreateAction": "CreateSnapshot" });
  });
});

describe("a set of an instance's volumes", () => {
  test("is of one moment, of every volume or of the data volumes only", async () => {
    const { id, data, more } = await aServer();
    const { Snapshots = [] } = await createSet(id);
    expect(Snapshots.map(({ VolumeId }) => VolumeId)).toEqual([data, more]);
    expect(new Set(Snapshots.map(({ StartTime }) => StartTime?.getTime())).size).toBe(1);
    await advance(20 * SECOND);
    expect((await createSet(id, { ExcludeBootVolume: false })).Snapshots).toHaveLength(3);
    await advance(20 * SECOND);
    expect((await createSet(id, { ExcludeDataVolumeIds: [more] })).Snapshots?.map(({ VolumeId }) => VolumeId)).toEqual([data]);
  });

  test("is one event when all of it has ended, whatever became of it", async () => {
    const { id, data, more } = await aServer();
    const { Snapshots = [] } = await createSet(id);
    await advance(200 * SECOND);
    world.ec2.snapshots.next = "error";
    await createSet(id);
    await advance(200 * SECOND);
    expect(told.map(({ type }) => type)).toEqual(["EBS Multi-Volume Snapshots Completion Status", "EBS Multi-Volume Snapshots Completion Status"]);
    const named = (type: string, one = "") => `arn:aws:ec2::us-east-1:${type}/${one}`;
    expect(told[0]).toMatchObject({
      resources: Snapshots.map(({ SnapshotId }) => named("snapshot", SnapshotId)),
      detail: {
        event: "createSnapshots",
        result: "succeeded",
        snapshots: [
          { snapshot_id: named("snapshot", Snapshots[0]?.SnapshotId), source: named("volume", data), status: "completed" },
          { snapshot_id: named("snapshot", Snapshots[1]?.SnapshotId), source: named("volume", more), status: "completed" },
        ],
      },
    });
    expect(told[1]?.detail).toMatchObject({ result: "failed", cause: expect.stringMatching(/^Snapshot snap-\w+ is in status error$/) });
  });

  test("carries the tags that are given, and those of the volumes where they are to be copied", async () => {
    const { id, data } = await aServer();
    const { Snapshots = [] } = await createSet(id, {}, { CopyTagsFromSource: "volume" });
    const tags = new Map(Snapshots.map(({ VolumeId, Tags }) => [VolumeId, Tags]));
    expect(tags.get(data)).toEqual([{ Key: "steward:role", Value: "data" }, ...TAGS]);
  });

  test.each([
    [{ InstanceId: "i-0123456789abcdef0" }, "InvalidInstanceID.NotFound"],
    [{ ExcludeDataVolumeIds: ["vol-0123456789abcdef0"] }, "InvalidParameterValue"],
  ])("is refused for %j", async (spec, code) => {
    const { id } = await aServer();
    await expect(createSet(id, spec)).rejects.toMatchObject({ name: code });
  });

  test("asks for the right on the instance, on each volume and on the snapshots to come", async () => {
    const { id, data, more } = await aServer();
    const rights = await asked(world, () => createSet(id));
    expect(new Set(rights.map(({ action, resources }) => `${action} ${resources[0]?.split(":").at(-1)}`))).toEqual(
      new Set([
        `ec2:CreateSnapshots instance/${id}`,
        `ec2:CreateSnapshots volume/${data}`,
        `ec2:CreateSnapshots volume/${more}`,
        "ec2:CreateSnapshots snapshot/*",
        "ec2:CreateTags snapshot/*",
      ]),
    );
  });
});

describe("describing snapshots", () => {
  test("finds them by tag, volume, state, id and owner; without an owner there are those of others too", async () => {
    const volumeId = await aVolume();
    const one = await completed(volumeId);
    const { SnapshotId: two } = await create(await aVolume(), { TagSpecifications: [] });
    await advance(6 * SECOND);
    const by = (Name: string, ...Values: string[]) => ids({ OwnerIds: ["self"], Filters: [{ Name, Values }] });
    expect(await by("tag:steward:stage", "demo")).toEqual([one]);
    expect(await by("tag-key", "steward:stage")).toEqual([one]);
    expect(await by("volume-id", volumeId)).toEqual([one]);
    expect(await by("status", "pending")).toEqual([two]);
    expect(await by("snapshot-id", one, "snap-0123456789abcdef0")).toEqual([one]);
    expect(await by("storage-tier", "archive")).toEqual([]);
    expect(await by("start-time", "2*")).toEqual([one, two]);
    expect(await ids({})).toHaveLength(3);
    expect(await ids({ OwnerIds: ["123456789012"] })).toEqual([one, two]);
    await expect(by("colour", "red")).rejects.toMatchObject({ name: "InvalidParameterValue" });
    await expect(by("snapshot-id", ...Array.from({ length: 201 }, () => one))).rejects.toMatchObject({ name: "FilterLimitExceeded" });
  });

  test("goes page by page, also when what was given last is gone meanwhile", async () => {
    for (let n = 0; n < 7; n++) await create(await aVolume());
    await advance(200 * SECOND);
    const first = await send(world.sdk.ec2, new DescribeSnapshotsCommand({ OwnerIds: ["self"], MaxResults: 5 }));
    await remove(first.Snapshots?.at(-1)?.SnapshotId ?? "");
    const second = await send(world.sdk.ec2, new DescribeSnapshotsCommand({ OwnerIds: ["self"], MaxResults: 5, NextToken: first.NextToken }));
    expect([first.Snapshots?.length, second.Snapshots?.length, second.NextToken]).toEqual([5, 2, undefined]);
    const all = [...(first.Snapshots ?? []), ...(second.Snapshots ?? [])].map(({ SnapshotId }) => SnapshotId);
    expect(new Set(all).size).toBe(7);
    await expect(list({ NextToken: "bm9uc2Vuc2U=" })).rejects.toMatchObject({ name: "InvalidNextToken" });
  });

  test.each([
    [{ MaxResults: 4 }, "InvalidParameterValue"],
    [{ MaxResults: 5, SnapshotIds: ["snap-0123456789abcdef0"] }, "InvalidParameterCombination"],
    [{ SnapshotIds: ["snap-0123456789abcdef0"] }, "InvalidSnapshot.NotFound"],
    [{ SnapshotIds: ["mine"] }, "InvalidSnapshotID.Malformed"],
  ])("is refused for %j", async (input, code) => {
    await expect(list(input)).rejects.toMatchObject({ name: code });
  });
});

describe("deleting a snapshot", () => {
  test("takes it away at once, and the second one is told that there is none", async () => {
    const id = await completed();
    await remove(id);
    expect(await ids()).toEqual([]);
    await expect(remove(id)).rejects.toMatchObject({ name: "InvalidSnapshot.NotFound" });
  });

  test("asks for the right on it by its tags and by what it is of", async () => {
    const volumeId = await aVolume();
    const id = await completed(volumeId);
    const [right] = await asked(world, () => remove(id));
    expect(right).toMatchObject({
      action: "ec2:DeleteSnapshot",
      resources: [`arn:aws:ec2:us-east-1::snapshot/${id}`],
      context: { "aws:ResourceTag/steward:stage": "demo", "ec2:ParentVolume": `arn:aws:ec2:us-east-1:123456789012:volume/${volumeId}` },
    });
  });

  test("goes five times a second once a hundred are gone", async () => {
    const missing = () => world.account.call(world.operator, "ec2", "DeleteSnapshot", { SnapshotId: "snap-0123456789abcdef0" });
    const burst = async (count: number) => {
      const answers: unknown[] = [];
      for (let n = 0; n < count; n++) void missing().catch((error: unknown) => answers.push((error as AwsError).code));
      await advance(900);
      return answers.filter((code) => code === "Throttling").length;
    };
    expect(await burst(120)).toBe(20);
    await advance(100);
    expect(await burst(20)).toBeGreaterThanOrEqual(10);
  });

  test("puts it into the Recycle Bin where there is a rule, from where it comes back", async () => {
    world.ec2.snapshots.bin.days = 7;
    const id = await completed();
    await remove(id);
    expect(await ids()).toEqual([]);
    const binned = async () => (await send(world.sdk.ec2, new ListSnapshotsInRecycleBinCommand({}))).Snapshots?.map(({ SnapshotId }) => SnapshotId);
    expect(await binned()).toEqual([id]);
    await send(world.sdk.ec2, new RestoreSnapshotFromRecycleBinCommand({ SnapshotId: id }));
    expect([await ids(), await binned()]).toEqual([[id], []]);
    await remove(id);
    await advance(8 * 86_400 * SECOND);
    expect(await binned()).toEqual([]);
  });
});

describe("a volume made of a snapshot", () => {
  const disk = (id: string) => world.dependencies.disks.of(id);
  const note = (id: string, text: string) => disk(id).files.write("/note", text, { mode: 0o600, owner: "root" });
  const restored = (SnapshotId: string, extra: Partial<CreateVolumeCommandInput> = {}) => aVolume({ Size: undefined, SnapshotId, ...extra });
  const volume = async (id: string) => (await send(world.sdk.ec2, new DescribeVolumesCommand({ VolumeIds: [id] }))).Volumes?.[0];

  test("holds what was on the other one at that moment, and goes its own way", async () => {
    const volumeId = await aVolume();
    disk(volumeId).type = "ext4";
    note(volumeId, "before");
    const id = await completed(volumeId);
    note(volumeId, "after");
    const copy = await restored(id);
    expect([disk(copy).type, disk(copy).files.read("/note")]).toEqual(["ext4", "before"]);
    note(copy, "mine");
    expect(disk(await restored(id)).files.read("/note")).toBe("before");
    expect(await volume(copy)).toMatchObject({ Size: 200, SnapshotId: id, State: "available" });
  });

  test("is encrypted as its snapshot is, and at least as large", async () => {
    const id = await completed(await aVolume({ Encrypted: true }));
    expect(await volume(await restored(id, { Size: 300 }))).toMatchObject({ Size: 300, Encrypted: true });
    await expect(restored(id, { Size: 100 })).rejects.toMatchObject({ name: "InvalidParameterValue" });
  });

  test("goes away again where the key of its snapshot lets nobody in", async () => {
    const id = await completed();
    Object.assign(world.ec2.snapshots.items.get(id) ?? {}, { encrypted: true, keyId: "alias/nobody" });
    world.account.links.useKey = () => {
      throw new AwsError("AccessDenied", "no key policy allows it", 403);
    };
    await expect(volume(await restored(id))).rejects.toMatchObject({ name: "InvalidVolume.NotFound" });
  });

  test("is not made before the snapshot is complete", async () => {
    const { SnapshotId = "" } = await create(await aVolume());
    await advance(6 * SECOND);
    await expect(restored(SnapshotId)).rejects.toMatchObject({ name: "IncorrectState" });
  });

  test("asks for the right on the snapshot, and a launch that names it does too", async () => {
    const id = await completed();
    const onIt = (rights: Awaited<ReturnType<typeof asked>>) =>
      rights.filter(({ resources }) => resources[0]?.endsWith(id)).map(({ action, context }) => [action, context?.["aws:ResourceTag/steward:stage"]]);
    expect(onIt(await asked(world, () => restored(id)))).toEqual([["ec2:CreateVolume", "demo"]]);
    const BlockDeviceMappings = [{ DeviceName: "/dev/sdf", Ebs: { SnapshotId: id } }];
    const launch = new RunInstancesCommand({ ImageId: "ami-0single", MinCount: 1, MaxCount: 1, SubnetId: "subnet-0a", BlockDeviceMappings });
    expect(onIt(await asked(world, () => send(world.sdk.ec2, launch)))).toEqual([["ec2:RunInstances", "demo"]]);
    expect([...world.ec2.volumes.values()].filter(({ snapshotId }) => snapshotId === id)).toMatchObject([{ sizeGib: 200 }, { sizeGib: 200 }]);
  });
});
