import { createSnapshots } from "@steward/aws/snapshots";
import { Permanent, Retryable } from "@steward/core/errors";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { awsError, refuse, stubAws } from "./stub-aws.ts";

const NOW = new Date("2026-01-05T09:00:00.000Z");
const VOLUME = "vol-0123456789abcdef0";
const GONE = "vol-00000000000000bad";
const SERVER = "i-0123456789abcdef0";
const SLOT = new Date("2026-01-05T00:00:00.000Z");

const ofEc2 = (SnapshotId: string, but: object = {}) => ({
  SnapshotId,
  VolumeId: VOLUME,
  State: "completed",
  StartTime: NOW,
  VolumeSize: 500,
  StorageTier: "standard",
  Tags: [{ Key: "steward:stage", Value: "demo" }],
  ...but,
});
const inOurWords = (id: string, but: object = {}) => ({
  id,
  volumeId: VOLUME,
  state: "completed",
  stateMessage: null,
  startedAt: NOW,
  sizeGib: 500,
  tier: "standard",
  lock: null,
  tags: { "steward:stage": "demo" },
  ...but,
});
const disk = (SnapshotId: string) => ({ BlockDeviceMappings: [{ DeviceName: "/dev/sda1", Ebs: { SnapshotId } }, { VirtualName: "ephemeral0" }] });

const NOTHING = {
  DescribeSnapshots: () => ({ Snapshots: [] }),
  DescribeLockedSnapshots: () => ({ Snapshots: [] }),
  DescribeImages: () => ({ Images: [] }),
  DescribeLaunchTemplateVersions: () => ({ LaunchTemplateVersions: [] }),
  DescribeVolumes: () => ({ Volumes: [] }),
};

function given(answers: Parameters<typeof stubAws>[0]) {
  const aws = stubAws({ ...NOTHING, ...answers });
  return {
    ...aws,
    store: createSnapshots(aws.clients.ec2, aws.clients.ec2Once, {
      stage: "demo",
      now: () => NOW,
      needed: async () => [{ snapshotId: "snap-1", by: "a drill" }],
    }),
  };
}

/** The first filter of a call. */
const filterOf = (input: Record<string, unknown>) => (input.Filters as { Name: string; Values: string[] }[])[0];

describe("facts", () => {
  test("have every snapshot of the stage and of its data volume once, in our words", async () => {
    const { store, inputs } = given({
      DescribeSnapshots: (input) => ({
        Snapshots:
          filterOf(input)?.Name === "volume-id"
            ? [ofEc2("snap-1"), ofEc2("snap-2", { State: "error", StateMessage: "the key is gone", Tags: undefined })]
            : [ofEc2("snap-1"), ofEc2("snap-3", { VolumeId: GONE, State: "pending", StorageTier: "archive" })],
      }),
      DescribeVolumes: () => ({ Volumes: [{ VolumeId: VOLUME, State: "in-use" }] }),
    });
    expect(await store.facts(VOLUME)).toEqual({
      stage: "demo",
      at: NOW,
      volumeId: VOLUME,
      volumes: [VOLUME],
      snapshots: [
        inOurWords("snap-1"),
        inOurWords("snap-3", { volumeId: GONE, state: "pending", tier: "archive" }),
        inOurWords("snap-2", { state: "error", stateMessage: "the key is gone", tags: {} }),
      ],
      images: [],
      templates: [],
      needed: [{ snapshotId: "snap-1", by: "a drill" }],
    });
    expect(inputs("DescribeSnapshots").map(({ OwnerIds, MaxResults, Filters }) => ({ OwnerIds, MaxResults, Filters }))).toEqual([
      { OwnerIds: ["self"], MaxResults: 1000, Filters: [{ Name: "tag:steward:stage", Values: ["demo"] }] },
      { OwnerIds: ["self"], MaxResults: 1000, Filters: [{ Name: "volume-id", Values: [VOLUME] }] },
    ]);
    expect(inputs("DescribeVolumes")).toMatchObject([{ Filters: [{ Name: "volume-id", Values: [VOLUME, GONE] }] }]);
  });

  test("of a fleet without a data volume are those of its stage", async () => {
    const { store, inputs } = given({});
    expect(await store.facts(null)).toMatchObject({ volumeId: null, snapshots: [], volumes: [] });
    expect(inputs("DescribeSnapshots")).toHaveLength(1);
    expect(inputs("DescribeVolumes")).toEqual([]);
  });

  test("of two thousand snapshots cost nine reads", async () => {
    const page = (from: number) => Array.from({ length: 1000 }, (_, n) => ofEc2(`snap-${from + n}`));
    const template = { LaunchTemplateName: "steward-demo-node", LaunchTemplateId: "lt-1", VersionNumber: 1, LaunchTemplateData: {} };
    const { store, sent } = given({
      DescribeSnapshots: ({ NextToken }) => (NextToken ? { Snapshots: page(1000) } : { Snapshots: page(0), NextToken: "more" }),
      DescribeLaunchTemplateVersions: () => ({ LaunchTemplateVersions: [template] }),
    });
    expect((await store.facts(VOLUME)).snapshots).toHaveLength(2000);
    expect(sent).toHaveLength(9);
  });

  test("name locks in force, over pages, and forget those that are over", async () => {
    const until = new Date("2026-02-01T00:00:00Z");
    const locks = [
      { SnapshotId: "snap-1", LockState: "governance", LockExpiresOn: until },
      { SnapshotId: "snap-2", LockState: "compliance-cooloff" },
      { SnapshotId: "snap-3", LockState: "expired", LockExpiresOn: NOW },
    ];
    const { store } = given({
      DescribeSnapshots: () => ({ Snapshots: ["snap-1", "snap-2", "snap-3"].map((id) => ofEc2(id)) }),
      DescribeLockedSnapshots: ({ NextToken }) => ({ Snapshots: NextToken ? locks.slice(1) : locks.slice(0, 1), NextToken: NextToken ? undefined : "more" }),
    });
    expect((await store.facts(null)).snapshots.map(({ lock }) => lock)).toEqual([
      { mode: "governance", until },
      { mode: "compliance-cooloff", until: null },
      null,
    ]);
  });

  test("name images in whatever state that rest on snapshots", async () => {
    const { store, inputs } = given({
      DescribeImages: () => ({
        Images: [
          { ImageId: "ami-1", State: "disabled", ...disk("snap-1") },
          { ImageId: "ami-2", State: "available" },
          { ImageId: "ami-3", ...disk("snap-3") },
        ],
      }),
    });
    expect((await store.facts(null)).images).toEqual([
      { imageId: "ami-1", state: "disabled", snapshotIds: ["snap-1"] },
      { imageId: "ami-3", state: "unknown", snapshotIds: ["snap-3"] },
    ]);
    expect(inputs("DescribeImages")).toMatchObject([{ Owners: ["self"], IncludeDisabled: true, IncludeDeprecated: true }]);
  });

  test("name what the newest and default versions of every template, and all versions of Steward's own, launch from", async () => {
    const version = (name: string, VersionNumber: number, snapshotId?: string) => ({
      LaunchTemplateName: name,
      LaunchTemplateId: `lt-${name}`,
      VersionNumber,
      LaunchTemplateData: snapshotId === undefined ? undefined : disk(snapshotId),
    });
    const [own, others] = ["steward-demo-node", "somebody"];
    const { store, inputs } = given({
      DescribeLaunchTemplateVersions: ({ LaunchTemplateName }) => ({
        LaunchTemplateVersions: LaunchTemplateName
          ? [version(own, 2, "snap-2"), version(own, 1, "snap-1")]
          : [version(others, 7, "snap-7"), version(own, 2, "snap-2"), version("plain", 1)],
      }),
    });
    expect((await store.facts(null)).templates).toEqual([
      { templateId: "lt-somebody", version: "7", snapshotIds: ["snap-7"] },
      { templateId: "lt-steward-demo-node", version: "2", snapshotIds: ["snap-2"] },
      { templateId: "lt-steward-demo-node", version: "1", snapshotIds: ["snap-1"] },
    ]);
    expect(inputs("DescribeLaunchTemplateVersions").map(({ LaunchTemplateName, Versions }) => [LaunchTemplateName, Versions])).toEqual([
      [undefined, ["$Latest", "$Default"]],
      [own, undefined],
    ]);
  });

  test("do not count a volume that is lost or on its way out, and ask for two hundred at once", async () => {
    const ids = Array.from({ length: 201 }, (_, n) => `vol-${n}`);
    const { store, inputs } = given({
      DescribeSnapshots: () => ({ Snapshots: ids.map((VolumeId) => ofEc2(`snap-${VolumeId}`, { VolumeId })) }),
      DescribeVolumes: (input) => ({
        Volumes: filterOf(input)?.Values.map((VolumeId, n) => ({ VolumeId, State: ["available", "deleting", "deleted", "error"][n % 4] })),
      }),
    });
    const { volumes } = await store.facts(null);
    expect([volumes.length, volumes.slice(0, 2), volumes.at(-1)]).toEqual([51, ["vol-0", "vol-4"], "vol-200"]);
    expect(inputs("DescribeVolumes").map((input) => filterOf(input)?.Values.length)).toEqual([200, 1]);
  });

  test.each(Object.keys(NOTHING))("are none at all where %s says nothing", async (operation) => {
    const { store } = given({ DescribeSnapshots: () => ({ Snapshots: [ofEc2("snap-1")] }), [operation]: refuse("UnauthorizedOperation", "no", 403) });
    await expect(store.facts(VOLUME)).rejects.toBeInstanceOf(Permanent);
    const busy = given({ DescribeSnapshots: () => ({ Snapshots: [ofEc2("snap-1")] }), [operation]: refuse("RequestLimitExceeded", "slower", 503) });
    await expect(busy.store.facts(VOLUME)).rejects.toBeInstanceOf(Retryable);
  });

  test("are none at all where a snapshot is in a state that nobody knows", async () => {
    const { store } = given({ DescribeSnapshots: () => ({ Snapshots: [ofEc2("snap-1", { State: "vanishing" })] }) });
    await expect(store.facts(VOLUME)).rejects.toBeInstanceOf(Permanent);
  });
});

describe("reading again", () => {
  test("finds those that are still there by one call, and does not ask for none", async () => {
    const { store, inputs } = given({ DescribeSnapshots: () => ({ Snapshots: [ofEc2("snap-1")] }) });
    expect(await store.again(["snap-1", "snap-2"])).toEqual([inOurWords("snap-1")]);
    expect(inputs("DescribeSnapshots")).toMatchObject([{ Filters: [{ Name: "snapshot-id", Values: ["snap-1", "snap-2"] }] }]);
    expect(await store.again([])).toEqual([]);
    expect(inputs("DescribeSnapshots")).toHaveLength(1);
  });

  test("finds a slot's by its tag, of this stage alone", async () => {
    const { store, inputs } = given({ DescribeSnapshots: () => ({ Snapshots: [ofEc2("snap-1")] }) });
    expect(await store.ofSlot(SLOT)).toEqual([inOurWords("snap-1")]);
    expect(inputs("DescribeSnapshots")[0]?.Filters).toEqual([
      { Name: "tag:steward:stage", Values: ["demo"] },
      { Name: "tag:steward:slot", Values: ["2026-01-05T00:00:00.000Z"] },
    ]);
  });
});

describe("making", () => {
  const of = { instanceId: SERVER, volumeId: VOLUME, tags: { "steward:stage": "demo" } };
  const TagSpecifications = [{ ResourceType: "snapshot", Tags: [{ Key: "steward:stage", Value: "demo" }] }];

  test("asks for all data volumes of a server as one set, without the boot volume, and vouches for the one that stood still", async () => {
    const Snapshots = [
      { SnapshotId: "snap-1", VolumeId: "vol-2" },
      { SnapshotId: "snap-2", VolumeId: VOLUME },
    ];
    const { store, sent } = given({ CreateSnapshots: () => ({ Snapshots }) });
    expect(await store.create(of)).toEqual(["snap-2"]);
    expect(sent).toEqual([
      { command: "CreateSnapshots", input: { InstanceSpecification: { InstanceId: SERVER, ExcludeBootVolume: true }, TagSpecifications } },
    ]);
  });

  test("asks for the volume alone where nobody has it", async () => {
    const { store, sent } = given({ CreateSnapshot: () => ({ SnapshotId: "snap-1" }) });
    expect(await store.create({ ...of, instanceId: null })).toEqual(["snap-1"]);
    expect(sent).toEqual([{ command: "CreateSnapshot", input: { VolumeId: VOLUME, TagSpecifications } }]);
  });

  test("fails where the set lacks the volume", async () => {
    const { store } = given({ CreateSnapshots: () => ({ Snapshots: [{ SnapshotId: "snap-1", VolumeId: "vol-2" }] }) });
    await expect(store.create(of)).rejects.toBeInstanceOf(Permanent);
  });

  test.each([
    ["a time-out", Object.assign(new Error("timed out"), { name: "TimeoutError" })],
    ["a broken line", Object.assign(new Error("socket hang up"), { code: "ECONNRESET" })],
    ["an error of EC2's own", awsError("InternalError", "An internal error has occurred", 500)],
    ["an overloaded EC2", awsError("Unavailable", "The server is overloaded", 503)],
    ["a request that EC2 waited for in vain", awsError("RequestTimeout", "idle", 408)],
    ["an answer that nobody can read", new SyntaxError("unexpected end")],
  ])("is lost after %s: it may be made all the same, and is not asked for again", async (_what, error) => {
    const { store, inputs } = given({ CreateSnapshots: () => Promise.reject(error) });
    expect(await store.create(of)).toBe("lost");
    expect(inputs("CreateSnapshots")).toHaveLength(1);
  });

  test.each([
    [Retryable, awsError("RequestLimitExceeded", "Request limit exceeded.", 503)],
    [Permanent, awsError("ConcurrentSnapshotLimitExceeded", "Maximum allowed in-progress snapshots exceeded")],
    [Permanent, awsError("UnauthorizedOperation", "You are not authorized", 403)],
    [Permanent, awsError("IncorrectState", "volume is being deleted")],
  ])("is a %o failure where EC2 refuses: %o", async (kind, error) => {
    await expect(given({ CreateSnapshots: () => Promise.reject(error) }).store.create(of)).rejects.toBeInstanceOf(kind);
  });
});

describe("the clients", () => {
  test("that make and delete try once, the other one repeats", async () => {
    const { clients } = stubAws({});
    expect([await clients.ec2Once.config.maxAttempts(), await clients.ec2.config.maxAttempts()]).toEqual([1, 5]);
  });
});

describe("marking", () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: NOW });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const denied = refuse("InvalidSnapshot.NotFound", "The snapshot 'snap-1' does not exist.");

  test("says how a set was made", async () => {
    const { store, inputs } = given({ CreateTags: () => ({}) });
    await store.mark(["snap-1", "snap-2"], "application");
    expect(inputs("CreateTags")).toEqual([{ Resources: ["snap-1", "snap-2"], Tags: [{ Key: "steward:consistency", Value: "application" }] }]);
  });

  test("has patience with an EC2 that does not show yet what it made", async () => {
    const { store, inputs } = given({ CreateTags: (_input, calls) => (calls < 3 ? denied() : {}) });
    const marked = store.mark(["snap-1"], "crash");
    await vi.advanceTimersByTimeAsync(6_000);
    await marked;
    expect(inputs("CreateTags")).toHaveLength(4);
  });

  test("gives up after ten seconds, for now", async () => {
    const marked = given({ CreateTags: denied })
      .store.mark(["snap-1"], "crash")
      .catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await marked).toBeInstanceOf(Retryable);
  });

  test("fails at once where it may not", async () => {
    const { store, inputs } = given({ CreateTags: refuse("UnauthorizedOperation", "no", 403) });
    await expect(store.mark(["snap-1"], "crash")).rejects.toBeInstanceOf(Permanent);
    expect(inputs("CreateTags")).toHaveLength(1);
  });
});

describe("archiving", () => {
  const archiving = (answer: () => unknown) => given({ ModifySnapshotTier: answer }).store.archive("snap-1");

  test("says what came of it", async () => {
    const { store, inputs } = given({ ModifySnapshotTier: () => ({ TieringStartTime: NOW }) });
    expect(await store.archive("snap-1")).toEqual({ kind: "archiving" });
    expect(inputs("ModifySnapshotTier")).toEqual([{ SnapshotId: "snap-1", StorageTier: "archive" }]);
    expect(await archiving(refuse("InvalidSnapshot.NotFound", "The snapshot 'snap-1' does not exist."))).toEqual({ kind: "gone" });
    expect(await archiving(refuse("IncorrectState", "it is archived"))).toEqual({ kind: "failed", because: "IncorrectState: it is archived" });
  });

  test.each([
    ["too many under way", awsError("InProgressSnapshotArchiveLimitExceeded", "Too many snapshots are being archived.")],
    ["throttling", awsError("RequestLimitExceeded", "Request limit exceeded.", 503)],
  ])("may be tried again after %s", async (_what, error) => {
    await expect(archiving(() => Promise.reject(error))).rejects.toBeInstanceOf(Retryable);
  });

  test("stops for an error that nobody knows", async () => {
    await expect(archiving(() => Promise.reject("no error at all"))).rejects.toBeInstanceOf(Permanent);
  });

  test("is looked at where the settings use the archive, over pages, and nowhere else", async () => {
    const answers = {
      DescribeSnapshots: () => ({ Snapshots: ["snap-1", "snap-2", "snap-3", "snap-4"].map((id) => ofEc2(id)) }),
      DescribeSnapshotTierStatus: ({ NextToken }: Record<string, unknown>) =>
        NextToken
          ? {
              SnapshotTierStatuses: [
                { SnapshotId: "snap-2", LastTieringOperationStatus: "archival-completed", ArchivalCompleteTime: NOW },
                { SnapshotId: "snap-3", LastTieringOperationStatus: "permanent-restore-completed", ArchivalCompleteTime: NOW },
                { SnapshotId: "snap-4" },
              ],
            }
          : { SnapshotTierStatuses: [{ SnapshotId: "snap-1", LastTieringOperationStatus: "archival-in-progress" }], NextToken: "more" },
    };
    const aws = stubAws({ ...NOTHING, ...answers });
    const store = (archives: boolean) =>
      createSnapshots(aws.clients.ec2, aws.clients.ec2Once, { stage: "demo", archives, now: () => NOW, needed: async () => [] });
    expect((await store(true).facts(VOLUME)).snapshots.map(({ tiering }) => tiering)).toEqual([
      { status: "archival-in-progress", archivedAt: null },
      { status: "archival-completed", archivedAt: NOW },
      { status: "permanent-restore-completed", archivedAt: null },
      undefined,
    ]);
    expect((await store(false).facts(VOLUME)).snapshots.some(({ tiering }) => tiering)).toBe(false);
    expect(aws.inputs("DescribeSnapshotTierStatus")).toHaveLength(2);
  });
});

describe("locking", () => {
  const locking = (answer: () => unknown) => {
    const { store, inputs } = given({ LockSnapshot: answer });
    return { locked: store.lock("snap-1", 7), inputs };
  };

  test("asks for governance mode, for so many days", async () => {
    const { locked, inputs } = locking(() => ({}));
    await locked;
    expect(inputs("LockSnapshot")).toEqual([{ SnapshotId: "snap-1", LockMode: "governance", LockDuration: 7 }]);
  });

  test("has nothing to do for one that is gone", async () => {
    await expect(locking(refuse("InvalidSnapshot.NotFound", "The snapshot 'snap-1' does not exist.")).locked).resolves.toBeUndefined();
  });

  test("fails where it may not", async () => {
    await expect(locking(refuse("UnauthorizedOperation", "no", 403)).locked).rejects.toBeInstanceOf(Permanent);
  });
});

describe("deleting", () => {
  const deleting = (answer: () => unknown) => given({ DeleteSnapshot: answer }).store.delete("snap-1");

  test("says what came of it", async () => {
    expect(await deleting(() => ({}))).toEqual({ kind: "deleted" });
    expect(await deleting(refuse("InvalidSnapshot.NotFound", "The snapshot 'snap-1' does not exist."))).toEqual({ kind: "gone" });
  });

  test.each([
    ["InvalidSnapshot.InUse", "The snapshot snap-1 is currently in use by ami-1", "InvalidSnapshot.InUse: The snapshot snap-1 is currently in use by ami-1"],
    ["OperationNotPermitted", "The snapshot snap-1 is locked", "OperationNotPermitted: The snapshot snap-1 is locked"],
    [
      "UnauthorizedOperation",
      "You are not authorized to perform this operation. Encoded authorization failure message: 8yJq\nzz",
      "it is held, or a right is missing (UnauthorizedOperation: You are not authorized to perform this operation.)",
    ],
  ])("fails for this one alone after %s, in words without secrets", async (code, message, because) => {
    expect(await deleting(refuse(code, message, 403))).toEqual({ kind: "failed", because });
  });

  test("names a reason of at most 300 characters", async () => {
    expect(await deleting(refuse("InvalidSnapshot.InUse", "x".repeat(1000)))).toMatchObject({ because: expect.stringMatching(/^.{300}$/) });
  });

  test.each([
    ["throttling", awsError("RequestLimitExceeded", "Request limit exceeded.", 503)],
    ["an error of EC2's own", awsError("InternalError", "An internal error has occurred", 500)],
    ["a broken line", Object.assign(new Error("socket hang up"), { code: "ECONNRESET" })],
  ])("may be tried again after %s, at the caller's pace", async (_what, error) => {
    await expect(deleting(() => Promise.reject(error))).rejects.toBeInstanceOf(Retryable);
  });

  test("stops for an error that nobody knows", async () => {
    await expect(deleting(() => Promise.reject(new TypeError("undefined is not a function")))).rejects.toBeInstanceOf(Permanent);
  });
});
