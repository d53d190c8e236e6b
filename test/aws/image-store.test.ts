import { createImageReader, createImageStore } from "@steward/aws/image-store";
import { createImages } from "@steward/aws/images";
import { Permanent, Retryable } from "@steward/core/errors";
import type { Snapshot } from "@steward/core/retention/snapshot";
import { describe, expect, test } from "vitest";
import { record } from "../core/image/images.ts";
import { awsError, refuse, stubAws } from "./stub-aws.ts";

const NOW = new Date("2026-06-01T04:30:00.000Z");
const PIPELINE = "arn:aws:imagebuilder:eu-central-1:123456789012:image-pipeline/steward-demo-node";
const BUILD = "arn:aws:imagebuilder:eu-central-1:123456789012:image/steward-demo-node/1.0.1/7";
const CREATED = "2026-01-05T04:00:00.000Z";

const tagged = (tags: object) => Object.entries({ "steward:stage": "demo", "steward:image": "candidate", ...tags }).map(([Key, Value]) => ({ Key, Value }));
const ofEc2 = (ImageId: string, { tags = {}, ...but }: { tags?: object } & Record<string, unknown> = {}) => ({
  ImageId,
  Name: `node ${ImageId}`,
  CreationDate: CREATED,
  State: "available",
  BlockDeviceMappings: [{ DeviceName: "/dev/sda1", Ebs: { SnapshotId: `snap-${ImageId}` } }, { VirtualName: "ephemeral0" }],
  Tags: tagged(tags),
  Public: false,
  ...but,
});
const inOurWords = (imageId: string, but: object = {}) => ({
  imageId,
  name: `node ${imageId}`,
  createdAt: new Date(CREATED),
  state: "available",
  snapshotIds: [`snap-${imageId}`],
  tags: { "steward:stage": "demo", "steward:image": "candidate" },
  shared: false,
  protected: false,
  lastLaunchedAt: null,
  ...but,
});
const version = (LaunchTemplateName: string, VersionNumber: number, ImageId?: string) => ({
  LaunchTemplateName,
  VersionNumber,
  LaunchTemplateData: { ImageId },
});

const NOTHING = {
  DescribeImages: () => ({ Images: [ofEc2("ami-1")] }),
  DescribeImageAttribute: () => ({ LaunchPermissions: [] }),
  DescribeInstances: () => ({ Reservations: [] }),
  DescribeLaunchTemplateVersions: () => ({ LaunchTemplateVersions: [] }),
  DescribeAutoScalingGroups: () => ({ AutoScalingGroups: [] }),
  ListImagePipelineImages: () => ({ imageSummaryList: [] }),
  DescribeSnapshots: () => ({ Snapshots: [] }),
  DescribeLockedSnapshots: () => ({ Snapshots: [] }),
};

const aSnapshot = (id: string): Snapshot => ({
  id,
  volumeId: "vol-ffffffff",
  state: "completed",
  stateMessage: null,
  startedAt: NOW,
  sizeGib: 20,
  tier: "standard",
  lock: null,
  tags: {},
});

function given(answers: Parameters<typeof stubAws>[0] = {}) {
  const aws = stubAws({ ...NOTHING, ...answers });
  const { clients } = aws;
  const reader = createImageReader({
    clients,
    stage: "demo",
    images: createImages(clients, PIPELINE),
    ledger: { images: async () => [record("ami-1")] },
    now: () => NOW,
  });
  const deleted: string[] = [];
  const snapshots = {
    again: async (ids: string[]) => ids.filter((id) => id !== "snap-former").map(aSnapshot),
    delete: async (id: string) => {
      deleted.push(id);
      return id === "snap-locked"
        ? { kind: "failed" as const, because: "it is locked" }
        : { kind: id === "snap-gone" ? ("gone" as const) : ("deleted" as const) };
    },
  };
  return { ...aws, deleted, store: createImageStore(clients.ec2, { reader, snapshots }) };
}

describe("facts", () => {
  test("have every image of the stage in our words, disabled and deprecated ones too, over pages", async () => {
    const { store, inputs } = given({
      DescribeImages: (_input, calls) =>
        calls === 0
          ? { Images: [ofEc2("ami-1", { LastLaunchedTime: "2026-05-01T00:00:00.000Z", DeregistrationProtection: "disabled" })], NextToken: "more" }
          : { Images: [ofEc2("ami-2", { State: "disabled", DeregistrationProtection: "enabled-with-cooldown", BlockDeviceMappings: undefined })] },
    });
    expect(await store.facts()).toEqual({
      stage: "demo",
      at: NOW,
      images: [
        inOurWords("ami-1", { lastLaunchedAt: new Date("2026-05-01T00:00:00.000Z") }),
        inOurWords("ami-2", { state: "disabled", protected: true, snapshotIds: [] }),
      ],
      ledger: [record("ami-1")],
      instances: [],
      templates: [],
      building: [],
      snapshots: [],
      users: [],
    });
    expect(inputs("DescribeImages")[0]).toMatchObject({
      Owners: ["self"],
      Filters: [{ Name: "tag:steward:stage", Values: ["demo"] }],
      IncludeDeprecated: true,
      IncludeDisabled: true,
    });
  });

  test("say of whom else an image is, and ask only of those that might go for that", async () => {
    const { store, inputs } = given({
      DescribeImages: () => ({
        Images: [
          ofEc2("ami-1"),
          ofEc2("ami-2"),
          ofEc2("ami-public", { Public: true }),
          ofEc2("ami-disabled", { State: "disabled" }),
          ofEc2("ami-other", { Tags: [{ Key: "steward:stage", Value: "demo" }] }),
        ],
      }),
      DescribeImageAttribute: ({ ImageId }) => ({ LaunchPermissions: ImageId === "ami-2" ? [{ UserId: "210987654321" }] : undefined }),
    });
    const { images } = await store.facts();
    expect(images.filter(({ shared }) => shared).map(({ imageId }) => imageId)).toEqual(["ami-2", "ami-public"]);
    expect(inputs("DescribeImageAttribute")).toEqual(["ami-1", "ami-2"].map((ImageId) => ({ ImageId, Attribute: "launchPermission" })));
  });

  test.each(["InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"])("are whole although an image goes while they are read (%s)", async (code) => {
    const { store } = given({ DescribeImageAttribute: refuse(code, "it does not exist") });
    expect((await store.facts()).images).toMatchObject([{ shared: false }]);
  });

  test("have the instances of these images, in whatever state they are", async () => {
    const { store, inputs } = given({ DescribeInstances: () => ({ Reservations: [{ Instances: [{ InstanceId: "i-1", ImageId: "ami-1" }] }, {}] }) });
    expect((await store.facts()).instances).toEqual([{ instanceId: "i-1", imageId: "ami-1" }]);
    expect(inputs("DescribeInstances")).toMatchObject([{ Filters: [{ Name: "image-id", Values: ["ami-1"] }] }]);
  });

  test("have the newest and the default version of every template, and those that a group names by number, if they name one of these images", async () => {
    const named = (LaunchTemplateId: string, Version: string) => ({ LaunchTemplateId, Version });
    const { store, inputs } = given({
      DescribeLaunchTemplateVersions: ({ LaunchTemplateId, LaunchTemplateName }) => {
        if (LaunchTemplateId === "lt-gone") throw awsError("InvalidLaunchTemplateId.VersionNotFound", "no such version");
        if (LaunchTemplateName) throw awsError("InvalidLaunchTemplateName.NotFoundException", "no such template");
        if (LaunchTemplateId) return { LaunchTemplateVersions: [version("own", 3, "ami-1")] };
        return { LaunchTemplateVersions: [version("own", 7, "ami-new"), version("other", 1, "ami-1"), version("blank", 1)] };
      },
      DescribeAutoScalingGroups: () => ({
        AutoScalingGroups: [
          { LaunchTemplate: named("lt-own", "3") },
          { LaunchTemplate: named("lt-other", "$Latest") },
          { LaunchTemplate: { LaunchTemplateName: "by-name", Version: "2" } },
          {},
          {
            MixedInstancesPolicy: {
              LaunchTemplate: { LaunchTemplateSpecification: named("lt-own", "3"), Overrides: [{ LaunchTemplateSpecification: named("lt-gone", "9") }, {}] },
            },
          },
        ],
      }),
    });
    expect((await store.facts()).templates).toEqual([
      { name: "other", version: 1, imageId: "ami-1" },
      { name: "own", version: 3, imageId: "ami-1" },
    ]);
    const asked = inputs("DescribeLaunchTemplateVersions");
    expect(asked.filter(({ Versions }, index) => index === 0 || !`${Versions}`.includes("$Latest"))).toMatchObject([
      { Versions: ["$Latest", "$Default"] },
      { LaunchTemplateId: "lt-own", Versions: ["3"] },
      { LaunchTemplateName: "by-name", Versions: ["2"] },
      { LaunchTemplateId: "lt-gone", Versions: ["9"] },
    ]);
  });

  const ofPipeline = (SnapshotId: string, but: object = {}) => ({
    SnapshotId,
    VolumeId: "vol-ffffffff",
    State: "completed",
    StartTime: new Date(CREATED),
    VolumeSize: 20,
    Tags: tagged({}),
    ...but,
  });
  const namesOf = (filters: unknown) => (filters as { Name: string; Values: string[] }[]).map(({ Name }) => Name);
  const isByTag = (filters: unknown) => namesOf(filters).includes("tag-key");

  test("have what the images rest on, and what has the pipeline's tags without an image, each with its lock", async () => {
    const { store, inputs } = given({
      DescribeSnapshots: ({ Filters }) => ({ Snapshots: isByTag(Filters) ? [ofPipeline("snap-left")] : [ofPipeline("snap-ami-1", { Tags: [] })] }),
      DescribeLockedSnapshots: () => ({ Snapshots: [{ SnapshotId: "snap-left", LockState: "governance", LockExpiresOn: NOW }] }),
    });
    const common = { state: "completed", startedAt: new Date(CREATED), lock: null, tags: {} };
    expect((await store.facts()).snapshots).toEqual([
      { ...common, id: "snap-left", tags: inOurWords("").tags, lock: { mode: "governance", until: NOW } },
      { ...common, id: "snap-ami-1" },
    ]);
    expect(inputs("DescribeSnapshots")).toMatchObject([
      {
        OwnerIds: ["self"],
        Filters: [
          { Name: "tag:steward:stage", Values: ["demo"] },
          { Name: "tag-key", Values: ["steward:image"] },
        ],
      },
      { OwnerIds: ["self"], Filters: [{ Name: "snapshot-id", Values: ["snap-ami-1"] }] },
    ]);
  });

  test("ask for no snapshot twice, and for two hundred at once at most", async () => {
    const many = Array.from({ length: 201 }, (_, index) => ofEc2(`ami-${index}`));
    const { store, inputs } = given({
      DescribeImages: () => ({ Images: many }),
      DescribeSnapshots: ({ Filters }) => ({ Snapshots: isByTag(Filters) ? [ofPipeline("snap-ami-0")] : [] }),
    });
    await store.facts();
    expect(inputs("DescribeSnapshots").map(({ Filters }) => (Filters as { Values: string[] }[])[0]?.Values.length)).toEqual([1, 200]);
  });

  test("name who else needs one of these: images that are not the stage's, and versions of launch templates", async () => {
    const device = (SnapshotId: string) => [{ Ebs: { SnapshotId } }];
    const { store } = given({
      DescribeImages: ({ Filters }) => ({
        Images: [
          ofEc2("ami-1"),
          ...(Filters ? [] : [ofEc2("ami-theirs", { BlockDeviceMappings: device("snap-left") }), ofEc2("ami-far", { BlockDeviceMappings: device("snap-9") })]),
        ],
      }),
      DescribeSnapshots: ({ Filters }) => ({ Snapshots: isByTag(Filters) ? [ofPipeline("snap-left"), ofPipeline("snap-ami-1")] : [] }),
      DescribeLaunchTemplateVersions: () => ({
        LaunchTemplateVersions: [
          { LaunchTemplateId: "lt-1", LaunchTemplateName: "theirs", VersionNumber: 2, LaunchTemplateData: { BlockDeviceMappings: device("snap-left") } },
        ],
      }),
    });
    expect((await store.facts()).users).toEqual([
      { who: "ami-theirs", snapshotIds: ["snap-left"] },
      { who: "version 2 of launch template lt-1", snapshotIds: ["snap-left"] },
    ]);
  });

  test("know an image that Image Builder is still at by its build, or by its tag", async () => {
    const { store } = given({
      DescribeImages: () => ({ Images: [ofEc2("ami-1"), ofEc2("ami-2", { tags: { Ec2ImageBuilderArn: BUILD } })] }),
      ListImagePipelineImages: () => ({
        imageSummaryList: [
          { arn: BUILD, state: { status: "TESTING" }, outputResources: { amis: [{ image: "ami-1" }, {}] } },
          { arn: "arn:old", state: { status: "AVAILABLE" }, outputResources: { amis: [{ image: "ami-0" }] } },
          { arn: "arn:failed", state: { status: "FAILED" } },
          { arn: "arn:stopped", state: { status: "CANCELLED" } },
        ],
      }),
    });
    expect((await store.facts()).building).toEqual(["ami-1", "ami-2"]);
  });

  test("of no images ask nothing about them", async () => {
    const { store, inputs } = given({ DescribeImages: () => ({ Images: [] }) });
    expect(await store.facts()).toMatchObject({ images: [], instances: [], templates: [] });
    expect(inputs("DescribeInstances")).toEqual([]);
  });

  test.each(Object.keys(NOTHING))("are none at all where %s can't be read", async (operation) => {
    await expect(given({ [operation]: refuse("UnauthorizedOperation", "not authorized", 403) }).store.facts()).rejects.toBeInstanceOf(Permanent);
    await expect(given({ [operation]: refuse("RequestLimitExceeded", "too fast", 503) }).store.facts()).rejects.toBeInstanceOf(Retryable);
  });

  test("are none at all where EC2 calls a state that nobody knows here", async () => {
    await expect(given({ DescribeImages: () => ({ Images: [ofEc2("ami-1", { State: "resting" })] }) }).store.facts()).rejects.toBeInstanceOf(Permanent);
  });
});

describe("an image", () => {
  test("is deregistered with its snapshots, of which each that stays without need is named with EC2's reason", async () => {
    const codes = ["success", "skipped", "missing-permissions", "client-error", "internal-error", undefined];
    const { store, inputs } = given({
      DeregisterImage: () => ({ Return: true, DeleteSnapshotResults: codes.map((ReturnCode, index) => ({ SnapshotId: `snap-${index}`, ReturnCode })) }),
    });
    expect(await store.deregister("ami-1")).toEqual([
      { snapshotId: "snap-2", because: "it is held, or a right is missing" },
      { snapshotId: "snap-3", because: "EC2 refuses to delete it: it may be locked" },
      { snapshotId: "snap-4", because: "EC2 failed over it" },
      { snapshotId: "snap-5", because: "EC2 failed over it" },
    ]);
    expect(inputs("DeregisterImage")).toEqual([{ ImageId: "ami-1", DeleteAssociatedSnapshots: true }]);
  });

  test("leaves nothing behind where EC2 says nothing of snapshots", async () => {
    expect(await given({ DeregisterImage: () => ({ Return: true }) }).store.deregister("ami-1")).toEqual([]);
  });

  test.each(["InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"])("that somebody else has taken away is gone (%s)", async (code) => {
    expect(await given({ DeregisterImage: refuse(code, "it is gone") }).store.deregister("ami-1")).toBe("gone");
  });

  test("that EC2 does not let go is a failure that names it", async () => {
    const { store } = given({ DeregisterImage: refuse("OperationNotPermitted", "protected") });
    await expect(store.deregister("ami-1")).rejects.toThrow(new Permanent("deregister ami-1: OperationNotPermitted: protected"));
  });

  test("is disabled, and marked", async () => {
    const { store, inputs } = given({ DisableImage: () => ({ Return: true }), CreateTags: () => ({}) });
    await store.disable("ami-1");
    await store.mark("ami-1", { "steward:disabled-at": "now" });
    expect(inputs("DisableImage")).toEqual([{ ImageId: "ami-1" }]);
    expect(inputs("CreateTags")).toEqual([{ Resources: ["ami-1"], Tags: [{ Key: "steward:disabled-at", Value: "now" }] }]);
  });

  test("that is gone may have left snapshots: they are deleted one by one, and one that stays keeps no other", async () => {
    const { store, deleted } = given();
    expect(await store.deleteSnapshots(["snap-former", "snap-locked", "snap-gone", "snap-1"])).toEqual([
      { snapshotId: "snap-locked", because: "it is locked" },
    ]);
    expect(deleted).toEqual(["snap-locked", "snap-gone", "snap-1"]);
  });
});
