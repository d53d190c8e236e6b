import { CreateAutoScalingGroupCommand } from "@aws-sdk/client-auto-scaling";
import {
  CreateImageCommand,
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  DescribeImageAttributeCommand,
  DisableImageCommand,
  type EC2Client,
  EnableImageDeregistrationProtectionCommand,
  ModifyImageAttributeCommand,
  ModifyLaunchTemplateCommand,
  RunInstancesCommand,
  type Tag,
} from "@aws-sdk/client-ec2";
import { createImageReader, createImageStore } from "@steward/aws/image-store";
import { IMAGE_MARK } from "@steward/core/image/image-facts";
import type { ImageStore } from "@steward/core/image/ports";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type MotoServer, startMoto } from "./moto-server.ts";
import { completed, snapshotStoreOf } from "./snapshot-store.ts";

const NOW = new Date("2026-01-05T09:00:00.000Z");
const ZONE = "us-east-1a";

let moto: MotoServer;
let ec2: EC2Client;
beforeAll(async () => {
  moto = await startMoto();
  ec2 = moto.clients.ec2;
});
afterAll(() => moto?.stop());

/** The adapter over moto. Image Builder is not in moto: no build is under way, and none has a record. */
function storeOf(stage: string): ImageStore {
  const images = { underWay: async () => ({ builds: [], imageIds: [] }) };
  const reader = createImageReader({
    clients: { autoScaling: moto.clients.autoScaling, ec2: completed(ec2) },
    stage,
    images,
    ledger: { images: async () => [] },
    now: () => NOW,
  });
  return createImageStore(ec2, { reader, snapshots: snapshotStoreOf(moto, stage) });
}

async function aServer(ImageId = "ami-12c6146b"): Promise<string> {
  const { Instances } = await ec2.send(
    new RunInstancesCommand({ ImageId, InstanceType: "m6i.xlarge", MinCount: 1, MaxCount: 1, Placement: { AvailabilityZone: ZONE } }),
  );
  return Instances?.[0]?.InstanceId ?? "";
}

const tagsOf = (marks: Record<string, string>): Tag[] => Object.entries(marks).map(([Key, Value]) => ({ Key, Value }));

/** An image of a stage, golden unless it is told otherwise. */
async function anImage(stage: string, { name = "golden", golden = true } = {}): Promise<string> {
  const Tags = tagsOf({ [IMAGE_MARK.stage]: stage, ...(golden ? { [IMAGE_MARK.golden]: "candidate" } : {}) });
  const TagSpecifications = [{ ResourceType: "image" as const, Tags }];
  const { ImageId = "" } = await ec2.send(new CreateImageCommand({ InstanceId: await aServer(), Name: name, TagSpecifications }));
  return ImageId;
}

async function snapshotsOf(stage: string, imageId: string): Promise<string[]> {
  const { images } = await storeOf(stage).facts();
  return images.find((image) => image.imageId === imageId)?.snapshotIds ?? [];
}

describe("images", () => {
  test("are the stage's and nobody else's, with their tags and what they rest on", async () => {
    const [golden, byHand] = [await anImage("own"), await anImage("own", { name: "of a node", golden: false })];
    await anImage("other");
    const { images, snapshots, ...facts } = await storeOf("own").facts();
    expect(images.map(({ imageId }) => imageId).toSorted()).toEqual([golden, byHand].toSorted());
    expect(images.find(({ imageId }) => imageId === golden)).toEqual({
      imageId: golden,
      name: "golden",
      createdAt: expect.any(Date),
      state: "available",
      snapshotIds: [expect.stringMatching(/^snap-/)],
      tags: { "steward:stage": "own", "steward:image": "candidate" },
      shared: false,
      protected: false,
      lastLaunchedAt: null,
    });
    expect(facts).toEqual({ stage: "own", at: NOW, ledger: [], building: [], instances: [], templates: [], users: [] });
    expect(snapshots.map(({ id }) => id).toSorted()).toEqual(images.flatMap(({ snapshotIds }) => snapshotIds).toSorted());
  });

  test("say that somebody else may launch them, an account or everybody", async () => {
    const [kept, account, everybody] = [await anImage("shared"), await anImage("shared"), await anImage("shared")];
    await ec2.send(new ModifyImageAttributeCommand({ ImageId: account, LaunchPermission: { Add: [{ UserId: "210987654321" }] } }));
    await ec2.send(new ModifyImageAttributeCommand({ ImageId: everybody, LaunchPermission: { Add: [{ Group: "all" }] } }));
    const { images } = await storeOf("shared").facts();
    expect(Object.fromEntries(images.map(({ imageId, shared }) => [imageId, shared]))).toEqual({ [kept]: false, [account]: true, [everybody]: true });
  });

  test("name the instances that run from them, whoever started those", async () => {
    const [used, unused] = [await anImage("running"), await anImage("running")];
    const [first, second] = [await aServer(used), await aServer(used)];
    await aServer();
    const { images, instances } = await storeOf("running").facts();
    expect(images.map(({ imageId }) => imageId)).toContain(unused);
    expect(instances.map((one) => `${one.instanceId} ${one.imageId}`).toSorted()).toEqual([`${first} ${used}`, `${second} ${used}`].toSorted());
  });

  test("name the launch templates that may launch them: newest, default, and a group's own version", async () => {
    const [first, second, third, newest] = [await anImage("named"), await anImage("named"), await anImage("named"), await anImage("named")];
    await ec2.send(new CreateLaunchTemplateCommand({ LaunchTemplateName: "named", LaunchTemplateData: { ImageId: first, InstanceType: "m6i.xlarge" } }));
    for (const ImageId of [second, third, newest])
      await ec2.send(new CreateLaunchTemplateVersionCommand({ LaunchTemplateName: "named", LaunchTemplateData: { ImageId, InstanceType: "m6i.xlarge" } }));
    await ec2.send(new ModifyLaunchTemplateCommand({ LaunchTemplateName: "named", DefaultVersion: "2" }));
    const group = { AutoScalingGroupName: "named", MinSize: 0, MaxSize: 1, DesiredCapacity: 0, AvailabilityZones: [ZONE] };
    await moto.clients.autoScaling.send(new CreateAutoScalingGroupCommand({ ...group, LaunchTemplate: { LaunchTemplateName: "named", Version: "1" } }));
    const { templates } = await storeOf("named").facts();
    expect(templates.toSorted((a, b) => a.version - b.version)).toEqual([
      { name: "named", version: 1, imageId: first },
      { name: "named", version: 2, imageId: second },
      { name: "named", version: 4, imageId: newest },
    ]);
  });

  test("are marked beside the tags that they have", async () => {
    const imageId = await anImage("marked");
    await storeOf("marked").mark(imageId, { [IMAGE_MARK.disabledAt]: NOW.toISOString() });
    const { images } = await storeOf("marked").facts();
    expect(images[0]?.tags).toEqual({ "steward:stage": "marked", "steward:image": "candidate", "steward:disabled-at": NOW.toISOString() });
  });

  test("are gone once deregistered, and so they are the second time", async () => {
    const imageId = await anImage("gone");
    const store = storeOf("gone");
    expect(await store.deregister(imageId)).toEqual([]);
    expect((await store.facts()).images).toEqual([]);
    expect(await store.deregister(imageId)).toBe("gone");
    expect(await store.deregister("ami-00000000000000bad")).toBe("gone");
  });

  test("have what they rest on until they are gone; then it goes too, and is not missed the second time", async () => {
    const imageId = await anImage("rest");
    const [snapshotId = ""] = await snapshotsOf("rest", imageId);
    const store = storeOf("rest");
    expect(await store.deleteSnapshots([snapshotId])).toEqual([{ snapshotId, because: expect.stringMatching(`^InvalidSnapshot.InUse: .*${imageId}`) }]);
    await store.deregister(imageId);
    expect(await store.deleteSnapshots([snapshotId])).toEqual([]);
    expect(await snapshotStoreOf(moto, "rest").again([snapshotId])).toEqual([]);
    expect(await store.deleteSnapshots([snapshotId])).toEqual([]);
  });
});

/** Each of these is proven in the simulated account and against recorded answers; a moto that learns one of them fails here, and belongs above then. */
describe("what moto does not model of images", () => {
  test.each([
    ["disabling one", (ImageId: string) => ec2.send(new DisableImageCommand({ ImageId }))],
    ["protecting one", (ImageId: string) => ec2.send(new EnableImageDeregistrationProtectionCommand({ ImageId }))],
    ["when one was last launched", (ImageId: string) => ec2.send(new DescribeImageAttributeCommand({ ImageId, Attribute: "lastLaunchedTime" }))],
  ])("is %s", async (_what, ask) => {
    await expect(ask(await anImage("unmodelled"))).rejects.toThrow();
  });

  test("is that snapshots go with their image", async () => {
    const imageId = await anImage("with");
    const snapshotIds = await snapshotsOf("with", imageId);
    await storeOf("with").deregister(imageId);
    expect((await snapshotStoreOf(moto, "with").again(snapshotIds)).map(({ id }) => id)).toEqual(snapshotIds);
  });
});
