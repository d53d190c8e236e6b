import {
  AttachVolumeCommand,
  CreateImageCommand,
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  CreateSnapshotCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  DeleteTagsCommand,
  DescribeLockedSnapshotsCommand,
  type EC2Client,
  LockSnapshotCommand,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import { createSnapshots } from "@steward/aws/snapshots";
import { tagsOf } from "@steward/core/retention/marks";
import type { SnapshotStore } from "@steward/core/snapshots/ports";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type MotoServer, startMoto } from "./moto-server.ts";

const ZONE = "us-east-1a";
const SLOT = new Date("2026-01-05T00:00:00.000Z");

let moto: MotoServer;
let ec2: EC2Client;
beforeAll(async () => {
  moto = await startMoto();
  ec2 = moto.clients.ec2;
});
afterAll(() => moto?.stop());

/** What moto 5.2.1 can't be asked, and AWS's answer for an account without locks. */
const MISSING: Record<string, object> = { DescribeLockedSnapshots: { Snapshots: [] } };

/** The adapter over moto; what moto lacks is answered on the way. */
function storeOf(stage: string): SnapshotStore {
  const stack = ec2.middlewareStack.clone() as unknown as { add: (middleware: unknown, options: object) => void };
  stack.add(
    (next: (args: unknown) => unknown, { commandName }: { commandName: string }) =>
      async (args: unknown) => {
        const output = MISSING[commandName.replace(/Command$/, "")];
        return output ? { output: { $metadata: {}, ...output }, response: {} } : next(args);
      },
    { step: "initialize", name: "missing" },
  );
  const client = Object.assign(Object.create(ec2) as EC2Client, { middlewareStack: stack });
  return createSnapshots(client, moto.clients.ec2Once, { stage, now: () => new Date("2026-01-05T09:00:00.000Z"), needed: async () => [] });
}

async function aVolume(): Promise<string> {
  const { VolumeId = "" } = await ec2.send(new CreateVolumeCommand({ AvailabilityZone: ZONE, Size: 100 }));
  return VolumeId;
}

async function aServer(): Promise<string> {
  const placement = { ImageId: "ami-12c6146b", InstanceType: "m6i.xlarge" as const, MinCount: 1, MaxCount: 1, Placement: { AvailabilityZone: ZONE } };
  const { Instances } = await ec2.send(new RunInstancesCommand(placement));
  return Instances?.[0]?.InstanceId ?? "";
}

const marks = (stage: string, volumeId: string) =>
  tagsOf(stage, { slot: SLOT, schedules: ["daily"], volumeId, instanceId: null, dueAt: null, unfrozen: "take", policy: "0123456789ab" });

describe("snapshots", () => {
  test("of a server are made of its data volumes and not of its boot volume", async () => {
    const [InstanceId, first, second] = [await aServer(), await aVolume(), await aVolume()];
    await ec2.send(new AttachVolumeCommand({ InstanceId, VolumeId: first, Device: "/dev/sdf" }));
    await ec2.send(new AttachVolumeCommand({ InstanceId, VolumeId: second, Device: "/dev/sdg" }));
    const store = storeOf("server");
    const ids = await store.create({ instanceId: InstanceId, volumeId: second, tags: marks("server", second) });
    const { snapshots } = await store.facts(second);
    expect(ids).toEqual(snapshots.flatMap(({ id, volumeId }) => (volumeId === second ? [id] : [])));
    expect(snapshots.map(({ volumeId }) => volumeId).toSorted()).toEqual([first, second].toSorted());
    expect(snapshots[0]).toMatchObject({ state: "completed", sizeGib: 100, tier: "standard", lock: null, tags: marks("server", second) });
  });

  test("are those of the stage and of its volume, whoever made them, and nobody else's", async () => {
    const [ours, theirs] = [await aVolume(), await aVolume()];
    const store = storeOf("stage");
    const made = await store.create({ instanceId: null, volumeId: ours, tags: marks("stage", ours) });
    const { SnapshotId: byHand } = await ec2.send(new CreateSnapshotCommand({ VolumeId: ours }));
    await storeOf("other").create({ instanceId: null, volumeId: theirs, tags: marks("other", theirs) });
    const facts = await store.facts(ours);
    expect(facts.snapshots.map(({ id }) => id)).toEqual([...made, byHand]);
    expect(facts).toMatchObject({ stage: "stage", volumeId: ours, volumes: [ours] });
    expect((await store.facts(null)).snapshots.map(({ id }) => id)).toEqual([...made]);
  });

  test("are found by their slot, and say how they were made once that is known", async () => {
    const [volume, store] = [await aVolume(), storeOf("slot")];
    const made = (await store.create({ instanceId: null, volumeId: volume, tags: marks("slot", volume) })) as string[];
    expect((await store.ofSlot(SLOT)).map(({ id, tags }) => [id, tags["steward:consistency"]])).toEqual([[made[0], "unproven"]]);
    await store.mark(made, "application");
    expect((await store.ofSlot(SLOT))[0]?.tags).toEqual({ ...marks("slot", volume), "steward:consistency": "application" });
    expect(await store.ofSlot(new Date(SLOT.getTime() + 3_600_000))).toEqual([]);
  });

  test("are read again with what was tagged meanwhile, and without those that are gone", async () => {
    const [volume, store] = [await aVolume(), storeOf("again")];
    const [id = ""] = (await store.create({ instanceId: null, volumeId: volume, tags: marks("again", volume) })) as string[];
    await ec2.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: "steward:hold", Value: "audit" }] }));
    expect(await store.again([id, "snap-00000000000000bad"])).toMatchObject([{ id, tags: { "steward:hold": "audit" } }]);
    await ec2.send(new DeleteTagsCommand({ Resources: [id], Tags: [{ Key: "steward:hold" }] }));
    expect(await store.delete(id)).toEqual({ kind: "deleted" });
    expect(await store.delete(id)).toEqual({ kind: "gone" });
    expect(await store.again([id])).toEqual([]);
  });

  test("that an image needs are named with it, and can't be deleted", async () => {
    const { ImageId = "" } = await ec2.send(new CreateImageCommand({ InstanceId: await aServer(), Name: "golden" }));
    const store = storeOf("image");
    const [image] = (await store.facts(null)).images;
    expect(image).toMatchObject({ imageId: ImageId, state: "available", snapshotIds: [expect.stringMatching(/^snap-/)] });
    expect(await store.delete(image?.snapshotIds[0] ?? "")).toEqual({ kind: "failed", because: expect.stringMatching(/^InvalidSnapshot\.InUse: .*ami-/) });
  });
});

test("launch templates that name snapshots are named: the newest of others, every version of Steward's own", async () => {
  const launching = (SnapshotId: string) => ({ BlockDeviceMappings: [{ DeviceName: "/dev/sdf", Ebs: { SnapshotId } }] });
  for (const LaunchTemplateName of ["somebody", "steward-template-node"]) {
    await ec2.send(new CreateLaunchTemplateCommand({ LaunchTemplateName, LaunchTemplateData: launching("snap-1") }));
    await ec2.send(new CreateLaunchTemplateVersionCommand({ LaunchTemplateName, LaunchTemplateData: launching("snap-2") }));
    await ec2.send(new CreateLaunchTemplateVersionCommand({ LaunchTemplateName, LaunchTemplateData: launching("snap-3") }));
  }
  const { templates } = await storeOf("template").facts(null);
  const versions = Map.groupBy(templates, ({ templateId }) => templateId);
  expect([...versions.values()].map((all) => all.map(({ version, snapshotIds }) => `${version} ${snapshotIds}`).toSorted())).toEqual([
    ["1 snap-1", "3 snap-3"],
    ["1 snap-1", "2 snap-2", "3 snap-3"],
  ]);
});

describe("what moto can't be asked, and the simulated account can", () => {
  test.each([
    ["DescribeLockedSnapshots", () => ec2.send(new DescribeLockedSnapshotsCommand({}))],
    ["LockSnapshot", () => ec2.send(new LockSnapshotCommand({ SnapshotId: "snap-1", LockMode: "governance", LockDuration: 1 }))],
  ])("is %s", async (_operation, ask) => {
    await expect(ask()).rejects.toThrow();
  });
});
