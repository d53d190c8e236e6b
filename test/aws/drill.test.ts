import { createDrillMeans } from "@steward/aws/drill";
import { createDrillReads, readDrill } from "@steward/aws/drill-reads";
import { createReader } from "@steward/aws/reader";
import { Permanent, Retryable } from "@steward/core/errors";
import { NODE_SETTINGS_PATH } from "@steward/core/fleet/node-settings";
import type { DrillRecord } from "@steward/core/proof/drill-record";
import type { Count, Proof } from "@steward/core/proof/facts";
import { names } from "@steward/core/topology/names";
import { describe, expect, test } from "vitest";
import { ago, NOW, report } from "../core/builders.ts";
import { COPY, DRILL, PROVER, proofOf, SNAPSHOT, serving } from "../core/proof/builders.ts";
import { refuse, stubAws } from "./stub-aws.ts";

const TAGS = [
  { Key: "Name", Value: "steward-demo-drill" },
  { Key: "steward:drill", Value: "demo" },
  { Key: "steward:drill-id", Value: DRILL },
];
const network = {
  DescribeSubnets: () => ({
    Subnets: [
      { SubnetId: "subnet-2", AvailabilityZone: "eu-central-1b", Tags: [{ Key: "Name", Value: "steward-demo-public-b" }] },
      { SubnetId: "subnet-1", AvailabilityZone: "eu-central-1a", Tags: [{ Key: "Name", Value: "steward-demo-public-a" }] },
      { SubnetId: "subnet-3", Tags: [{ Key: "Name", Value: "steward-demo-public-a" }] },
      {},
    ],
  }),
  DescribeVolumes: () => ({ Volumes: [{ VolumeId: COPY, AvailabilityZone: "eu-central-1a" }] }),
  DescribeSecurityGroups: () => ({ SecurityGroups: [{ GroupId: "sg-1" }] }),
};
const LaunchTemplateData = {
  ImageId: "ami-1",
  InstanceType: "m6i.xlarge",
  IamInstanceProfile: { Name: "steward-demo-node" },
  BlockDeviceMappings: [
    { DeviceName: "/dev/sda1", Ebs: { VolumeSize: 50, Encrypted: true, KmsKeyId: "k" } },
    { DeviceName: "/dev/sdb", NoDevice: "" },
  ],
  MetadataOptions: { State: "applied", HttpTokens: "required", HttpPutResponseHopLimit: 1 },
  TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "steward:stage", Value: "demo" }] }],
};
const template = { DescribeLaunchTemplateVersions: () => ({ LaunchTemplateVersions: [{ LaunchTemplateData }] }) };
const VERSION = { name: "steward-demo-node", version: "4" };
const LAUNCH = { id: DRILL, copyId: COPY, template: VERSION };

function given(answers: Parameters<typeof stubAws>[0]) {
  const aws = stubAws(answers);
  const nodes = { ask: async (id: string) => `asked ${id}`, count: async (id: string) => `counted ${id}` };
  return { ...aws, means: createDrillMeans({ client: aws.clients.ec2, nodes, stage: "demo", region: "eu-central-1", names: names("demo") }) };
}

describe("a copy", () => {
  test("is made where the fleet's server lies, once for each drill, and carries the drill's tags alone", async () => {
    const { means, inputs } = given({ ...network, CreateVolume: () => ({ VolumeId: COPY }) });
    expect([await means.makeCopy(DRILL, SNAPSHOT), await means.makeCopy(DRILL, SNAPSHOT)]).toEqual([COPY, COPY]);
    await means.makeCopy("other", SNAPSHOT);
    const [first, again, other] = inputs("CreateVolume");
    expect(first).toMatchObject({
      AvailabilityZone: "eu-central-1a",
      SnapshotId: SNAPSHOT,
      VolumeType: "gp3",
      TagSpecifications: [{ ResourceType: "volume", Tags: TAGS }],
    });
    expect([again?.ClientToken === first?.ClientToken, other?.ClientToken === first?.ClientToken]).toEqual([true, false]);
  });

  test("can't be made where there is no subnet, and is asked for again where EC2 names none", async () => {
    await expect(given({ DescribeSubnets: () => ({}) }).means.makeCopy(DRILL, SNAPSHOT)).rejects.toThrow(Permanent);
    await expect(given({ ...network, CreateVolume: () => ({}) }).means.makeCopy(DRILL, SNAPSHOT)).rejects.toThrow(Retryable);
  });

  test("is attached unless somebody has it", async () => {
    const { means, inputs } = given({ AttachVolume: () => ({}) });
    await means.attach(COPY, PROVER);
    expect(inputs("AttachVolume")).toEqual([{ VolumeId: COPY, InstanceId: PROVER, Device: "/dev/sdf" }]);
    await given({ AttachVolume: refuse("VolumeInUse", "it is") }).means.attach(COPY, PROVER);
    await expect(given({ AttachVolume: refuse("IncorrectState", "not running") }).means.attach(COPY, PROVER)).rejects.toThrow(Permanent);
  });
});

describe("its server", () => {
  test("is what the fleet's are, with rights, network and purpose of its own", async () => {
    const { means, inputs } = given({ ...network, ...template, RunInstances: () => ({ Instances: [{ InstanceId: PROVER }] }) });
    expect(await means.launch(LAUNCH)).toBe(PROVER);
    const [{ UserData, ...input } = {}] = inputs("RunInstances");
    expect(input).toEqual({
      ImageId: "ami-1",
      InstanceType: "m6i.xlarge",
      BlockDeviceMappings: [
        { DeviceName: "/dev/sda1", Ebs: { VolumeSize: 50, Encrypted: true, KmsKeyId: "k", DeleteOnTermination: true } },
        { DeviceName: "/dev/sdb", NoDevice: "" },
      ],
      MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 1 },
      MinCount: 1,
      MaxCount: 1,
      ClientToken: expect.stringMatching(/^[0-9a-f]{32}$/),
      IamInstanceProfile: { Name: "steward-demo-drill" },
      NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: "subnet-1", Groups: ["sg-1"], AssociatePublicIpAddress: true, DeleteOnTermination: true }],
      InstanceInitiatedShutdownBehavior: "terminate",
      TagSpecifications: ["instance", "volume", "network-interface"].map((ResourceType) => ({ ResourceType, Tags: TAGS })),
    });
    const data = Buffer.from(String(UserData), "base64").toString();
    expect([data.includes(NODE_SETTINGS_PATH), data.includes('\\"purpose\\":\\"prove\\"')]).toEqual([true, true]);
    expect(inputs("DescribeLaunchTemplateVersions")).toEqual([{ LaunchTemplateName: VERSION.name, Versions: ["4"] }]);
  });

  test.each([
    ["there is no security group for it", { ...network, ...template, DescribeSecurityGroups: () => ({}) }],
    ["no public subnet is in the zone of the copy", { ...network, ...template, DescribeVolumes: () => ({ Volumes: [{ AvailabilityZone: "eu-central-1c" }] }) }],
    ["the copy is gone", { ...network, ...template, DescribeVolumes: () => ({}) }],
    ["its template is gone", { ...network, DescribeLaunchTemplateVersions: () => ({}) }],
    [
      "its template names no image",
      { ...network, DescribeLaunchTemplateVersions: () => ({ LaunchTemplateVersions: [{ LaunchTemplateData: { InstanceType: "m6i.xlarge" } }] }) },
    ],
  ])("can't be launched where %s", async (_what, answers) => {
    await expect(given(answers).means.launch(LAUNCH)).rejects.toThrow(Permanent);
  });

  test("needs no more than image and type, and is asked for again where EC2 names none", async () => {
    const bare = {
      DescribeLaunchTemplateVersions: () => ({ LaunchTemplateVersions: [{ LaunchTemplateData: { ImageId: "ami-1", InstanceType: "m6i.xlarge" } }] }),
    };
    await expect(given({ ...network, ...bare, RunInstances: () => ({}) }).means.launch(LAUNCH)).rejects.toThrow(Retryable);
  });

  test("is launched where the copy is, because a volume leaves its zone for nobody", async () => {
    const elsewhere = { DescribeVolumes: () => ({ Volumes: [{ VolumeId: COPY, AvailabilityZone: "eu-central-1b" }] }) };
    const { means, inputs } = given({ ...network, ...template, ...elsewhere, RunInstances: () => ({ Instances: [{ InstanceId: PROVER }] }) });
    await means.launch(LAUNCH);
    expect(inputs("RunInstances")[0]).toMatchObject({ NetworkInterfaces: [{ SubnetId: "subnet-2" }] });
    expect(inputs("DescribeVolumes")).toEqual([{ VolumeIds: [COPY] }]);
  });

  test("is asked by command, and the fleet's too", async () => {
    expect(await given({}).means.ask(PROVER)).toBe(`asked ${PROVER}`);
    expect(await given({}).means.count(PROVER)).toBe(`counted ${PROVER}`);
  });
});

describe("the end", () => {
  const Tags = TAGS;
  const left = {
    DescribeInstances: () => ({ Reservations: [{ Instances: [{ InstanceId: PROVER, State: { Name: "running" }, Tags }] }] }),
    DescribeVolumes: () => ({ Volumes: [COPY, "vol-0f"].map((VolumeId) => ({ VolumeId, State: "in-use", Tags })) }),
  };

  test("of all is one call for each, and what is gone or not free yet is no error", async () => {
    const ways = { TerminateInstances: refuse("InvalidInstanceID.NotFound", "gone"), DeleteVolume: refuse("VolumeInUse", "attached") };
    const { means, sent } = given({ ...left, ...ways });
    await means.remove([PROVER], [COPY, "vol-0f"]);
    expect(sent.slice(2)).toEqual([
      { command: "TerminateInstances", input: { InstanceIds: [PROVER] } },
      { command: "DeleteVolume", input: { VolumeId: COPY } },
      { command: "DeleteVolume", input: { VolumeId: "vol-0f" } },
    ]);
  });

  test("of what has gone, or is on its way, is no call: IAM would refuse it, because there are no tags any more", async () => {
    const { means, sent } = given({
      DescribeInstances: () => ({ Reservations: [{ Instances: [{ InstanceId: PROVER, State: { Name: "shutting-down" }, Tags }] }] }),
      DescribeVolumes: () => ({ Volumes: [{ VolumeId: COPY, State: "deleting", Tags }] }),
    });
    await means.remove([PROVER, "i-0gone"], [COPY, "vol-0gone"]);
    expect(sent.map(({ command }) => command).toSorted()).toEqual(["DescribeInstances", "DescribeVolumes"]);
  });

  test("that AWS denies is told", async () => {
    await expect(given({ ...left, DeleteVolume: refuse("UnauthorizedOperation", "no", 403) }).means.remove([], [COPY])).rejects.toThrow(Permanent);
  });
});

describe("the mark of a proof", () => {
  const shown = { DescribeSnapshots: () => ({ Snapshots: [{ SnapshotId: SNAPSHOT }] }) };

  test("takes the place of an earlier failure", async () => {
    const { means, sent } = given({ ...shown, CreateTags: () => ({}), DeleteTags: () => ({}) });
    await means.mark(SNAPSHOT, { provenAt: NOW, dataOnly: false });
    expect(sent.slice(1).map(({ input }) => input)).toEqual([
      { Resources: [SNAPSHOT], Tags: [{ Key: "steward:proven", Value: NOW.toISOString() }] },
      { Resources: [SNAPSHOT], Tags: [{ Key: "steward:proof-failed" }] },
    ]);
  });

  test.each([
    ["x".repeat(300), "x".repeat(250)],
    ["*** in database main ***\nPage 8 ", "*** in database main *** Page 8"],
    ["", "it gives no reason"],
  ])("of a failure fits into a tag", async (because, Value) => {
    const { means, inputs } = given({ ...shown, CreateTags: () => ({}) });
    await means.mark(SNAPSHOT, { failed: because });
    expect(inputs("CreateTags")).toEqual([{ Resources: [SNAPSHOT], Tags: [{ Key: "steward:proof-failed", Value }] }]);
  });

  test("on a snapshot that is gone is no error", async () => {
    const gone = refuse("InvalidSnapshot.NotFound", "gone");
    await given({ ...shown, CreateTags: gone, DeleteTags: gone }).means.mark(SNAPSHOT, { provenAt: NOW, dataOnly: false });
    await given({ DescribeSnapshots: () => ({ Snapshots: [] }) }).means.mark(SNAPSHOT, { provenAt: NOW, dataOnly: false });
  });

  test("says so where the data alone were proven", async () => {
    const { means, inputs } = given({ ...shown, CreateTags: () => ({}), DeleteTags: () => ({}) });
    await means.mark(SNAPSHOT, { provenAt: NOW, dataOnly: true });
    expect(inputs("CreateTags")).toEqual([{ Resources: [SNAPSHOT], Tags: [{ Key: "steward:proven", Value: `${NOW.toISOString()} data-only` }] }]);
  });
});

describe("what drills have made", () => {
  const Tags = TAGS.slice(1);
  const reads = (answers: Parameters<typeof stubAws>[0]) => createDrillReads(stubAws(answers).clients.ec2, "demo");

  test("is read by their own tag", async () => {
    const aws = stubAws({
      DescribeInstances: () => ({ Reservations: [{ Instances: [{ InstanceId: PROVER, State: { Name: "running" }, LaunchTime: NOW, Tags }] }, {}] }),
      DescribeVolumes: () => ({}),
    });
    const found = createDrillReads(aws.clients.ec2, "demo");
    expect(await found.instances()).toEqual([{ id: PROVER, drillId: DRILL, state: "running", madeAt: NOW }]);
    expect(await found.volumes()).toEqual([]);
    for (const command of ["DescribeInstances", "DescribeVolumes"])
      expect(aws.inputs(command)[0]).toMatchObject({ Filters: [{ Name: "tag:steward:drill", Values: ["demo"] }] });
  });

  test("is a volume in the words of its attachment; boot volumes and deleted ones are none", async () => {
    const one = (but: object) => ({ VolumeId: COPY, State: "in-use", CreateTime: NOW, Tags, ...but });
    const attached = (State: string, DeleteOnTermination = false) => ({ Attachments: [{ State, InstanceId: PROVER, DeleteOnTermination }] });
    const Volumes = [
      one(attached("attached")),
      one(attached("attaching")),
      one(attached("attached", true)),
      one({ State: "deleting" }),
      one({ State: "available", Tags: [] }),
      one(attached("detached")),
    ];
    const found = await reads({ DescribeVolumes: () => ({ Volumes }) }).volumes();
    expect(found.map(({ state, attachedTo, drillId }) => [state, attachedTo, drillId])).toEqual([
      ["in-use", PROVER, DRILL],
      ["attaching", PROVER, DRILL],
      ["available", null, null],
      ["in-use", null, DRILL],
    ]);
  });

  test("is named as unknown where EC2 says too little", async () => {
    const found = reads({ DescribeInstances: () => ({ Reservations: [{ Instances: [{}] }] }), DescribeVolumes: () => ({ Volumes: [{}] }) });
    expect(await found.instances()).toEqual([{ id: "", drillId: null, state: "unknown", madeAt: new Date(0) }]);
    expect(await found.volumes()).toEqual([{ id: "", drillId: null, state: "unknown", attachedTo: null, madeAt: new Date(0) }]);
  });
});

describe("how far a drill is", () => {
  const asked = { number: 1, at: ago({ minutes: 5 }), commandId: "command-1" };
  const instance = { id: PROVER, drillId: DRILL, state: "running", madeAt: NOW };
  async function seen(
    record: DrillRecord | undefined,
    { state = "running", until = NOW as Date | null, proof = (): Promise<Proof> => Promise.resolve({ kind: "running" }), probe = true } = {},
  ) {
    const reader = createReader();
    const nodes = {
      reports: async ([id = ""]: string[]) =>
        new Map([[id, probe ? { kind: "report" as const, report: report({ instanceId: id }) } : { kind: "unknown" as const, because: "silent" }]]),
      proof,
      counted: async (commandId: string, id: string): Promise<Count> => ({ kind: "unknown", because: `${commandId} on ${id}` }),
    };
    const reads = { instances: async () => [{ ...instance, state }], volumes: async () => [] };
    const facts = await readDrill({ reads, ledger: { drill: async () => record, drillsSince: async () => ago({ days: 3 }) }, nodes }, reader, until);
    return { facts, unread: reader.unread() };
  }

  test("is what ledger, EC2 and the server say", async () => {
    const said: Proof = { kind: "report", report: proofOf() };
    const { facts } = await seen(serving({ asked }), { proof: async () => said });
    expect(facts).toEqual({
      record: serving({ asked }),
      instances: [instance],
      volumes: [],
      probe: report({ instanceId: PROVER }),
      proof: said,
      count: { kind: "not-asked" },
      since: ago({ days: 3 }),
    });
  });

  test.each([
    ["there is no drill", undefined, {}],
    ["its server does not run", serving({ asked }), { state: "pending" }],
    ["nobody asks nodes", serving({ asked }), { until: null }],
  ])("is without the server's word where %s", async (_what, record, but) => {
    expect((await seen(record, but)).facts).toMatchObject({ probe: null, proof: { kind: "not-asked" } });
  });

  test("is without it where the server is silent, and without a proof that nobody asked for", async () => {
    expect((await seen(serving(), { probe: false })).facts).toMatchObject({ probe: null, proof: { kind: "not-asked" } });
  });

  test("asks what the fleet has counted, until that is on the ledger", async () => {
    const counted = { number: 1, at: NOW, commandId: "count-1", instanceId: PROVER };
    const count = async (but: Partial<DrillRecord>, until: Date | null = NOW) => (await seen(serving({ counted, ...but }), { until })).facts?.count.kind;
    expect((await seen(serving({ counted, fleet: null }))).facts?.count).toEqual({ kind: "unknown", because: `count-1 on ${PROVER}` });
    expect([await count({}), await count({ fleet: null, counted: null }), await count({ fleet: null }, null)]).toEqual(
      Array.from({ length: 3 }, () => "not-asked"),
    );
  });

  test("is named as unread where it can't be read", async () => {
    const { unread } = await seen(serving({ asked }), { proof: () => Promise.reject(new Retryable("throttled")) });
    expect(unread).toEqual([{ what: "proof of a drill", because: "throttled" }]);
  });
});
