import { createReader } from "@steward/aws/reader";
import { createRestoreMeans } from "@steward/aws/restore";
import { createRestoreReads, readRestore } from "@steward/aws/restore-reads";
import { createServer } from "@steward/aws/server";
import { Permanent, Retryable } from "@steward/core/errors";
import type { RestoreRecord } from "@steward/core/restore/restore-record";
import { names } from "@steward/core/topology/names";
import { describe, expect, test } from "vitest";
import { FIRST } from "../core/builders.ts";
import { FORMER, RESTORED, record, SNAPSHOT } from "../core/restore/builders.ts";
import { stubAws } from "./stub-aws.ts";

const DECLARED = { zone: "eu-central-1b", gib: 500, type: "gp3", iops: 4000, throughput: 200, key: "k", tags: { team: "science" } } as const;

function given(answers: Parameters<typeof stubAws>[0], declared: typeof DECLARED | null = DECLARED) {
  const aws = stubAws(answers);
  return { ...aws, means: createRestoreMeans({ client: aws.clients.ec2, stage: "demo", names: names("demo"), declared: async () => declared }) };
}

const there = (input: Record<string, unknown>) => {
  const [{ Values = [] } = {}] = input.Filters as { Values?: string[] }[];
  return { Volumes: Values.filter((id) => id !== "vol-0gone").map((VolumeId) => ({ VolumeId })) };
};
const like = {
  VolumeId: FORMER,
  AvailabilityZone: "eu-central-1a",
  VolumeType: "gp3",
  Iops: 6000,
  Throughput: 250,
  Tags: [
    { Key: "cost-centre", Value: "7" },
    { Key: "aws:x", Value: "y" },
    { Key: "steward:new", Value: "true" },
    { Key: "Name", Value: "steward-demo-data" },
  ],
};

describe("the volume", () => {
  test("is of the kind of the former one, once for each restore, and not by the fleet's name yet", async () => {
    const { means, inputs } = given({ DescribeVolumes: () => ({ Volumes: [like] }), CreateVolume: () => ({ VolumeId: RESTORED }) });
    for (const id of ["a", "a", "b"]) expect(await means.makeVolume({ id, snapshotId: SNAPSHOT, like: FORMER })).toBe(RESTORED);
    const [first, again, other] = inputs("CreateVolume");
    expect(first).toMatchObject({ AvailabilityZone: "eu-central-1a", SnapshotId: SNAPSHOT, VolumeType: "gp3", Iops: 6000, Throughput: 250 });
    const [specification] = (first?.TagSpecifications ?? []) as { Tags: { Key: string; Value: string }[] }[];
    expect(Object.fromEntries(specification?.Tags.map(({ Key, Value }) => [Key, Value]) ?? [])).toEqual({
      "cost-centre": "7",
      "steward:stage": "demo",
      "steward:restore": "a",
      Name: "steward-demo-data-restored",
    });
    expect([again?.ClientToken === first?.ClientToken, other?.ClientToken === first?.ClientToken]).toEqual([true, false]);
  });

  test("is as it was declared where the former one is gone", async () => {
    const { means, inputs } = given({ DescribeVolumes: () => ({}), CreateVolume: () => ({ VolumeId: RESTORED }) });
    await means.makeVolume({ id: "a", snapshotId: SNAPSHOT, like: FORMER });
    await means.makeVolume({ id: "b", snapshotId: SNAPSHOT, like: null });
    for (const input of inputs("CreateVolume")) expect(input).toMatchObject({ AvailabilityZone: "eu-central-1b", Iops: 4000, Throughput: 200 });
  });

  test("can't be made where nobody has said how, and is asked for again where EC2 names none", async () => {
    const nothing = given({ DescribeVolumes: () => ({}) }, null).means.makeVolume({ id: "a", snapshotId: SNAPSHOT, like: null });
    await expect(nothing).rejects.toThrow(Permanent);
    await expect(given({ CreateVolume: () => ({}) }).means.makeVolume({ id: "a", snapshotId: SNAPSHOT, like: null })).rejects.toThrow(Retryable);
  });

  test("is of a zone and a kind, whatever EC2 leaves out", async () => {
    const { means, inputs } = given({
      DescribeVolumes: () => ({ Volumes: [{ AvailabilityZone: "z", Tags: [{}] }] }),
      CreateVolume: () => ({ VolumeId: RESTORED }),
    });
    await means.makeVolume({ id: "a", snapshotId: SNAPSHOT, like: FORMER });
    expect(inputs("CreateVolume")[0]).toMatchObject({ AvailabilityZone: "z", VolumeType: "gp3" });
  });
});

describe("the marks", () => {
  const answers = { DescribeVolumes: there, CreateTags: () => ({}), DeleteTags: () => ({}) };

  test("say which one is the fleet's and which are kept, as far as they are there", async () => {
    const { means, sent } = given(answers);
    await means.mark({ id: "a", volumeId: RESTORED, kept: [FORMER, "vol-0gone"] });
    expect(sent.slice(1)).toEqual([
      {
        command: "CreateTags",
        input: {
          Resources: [FORMER],
          Tags: [
            { Key: "Name", Value: "steward-demo-data-kept" },
            { Key: "steward:kept-until-confirmed", Value: "a" },
          ],
        },
      },
      { command: "CreateTags", input: { Resources: [RESTORED], Tags: [{ Key: "Name", Value: "steward-demo-data" }] } },
      { command: "DeleteTags", input: { Resources: [RESTORED], Tags: [{ Key: "steward:kept-until-confirmed" }] } },
    ]);
  });

  test("are set on one alone where nothing is kept", async () => {
    const { means, sent } = given(answers);
    await means.mark({ id: "a", volumeId: RESTORED, kept: [] });
    expect(sent.map(({ command }) => command)).toEqual(["CreateTags", "DeleteTags"]);
  });

  test("are taken off what is there, and nothing else is done to it", async () => {
    const { means, sent } = given(answers);
    await means.release([FORMER, "vol-0gone"]);
    await means.release(["vol-0gone"]);
    expect(sent.filter(({ command }) => command !== "DescribeVolumes")).toEqual([
      { command: "DeleteTags", input: { Resources: [FORMER], Tags: [{ Key: "steward:kept-until-confirmed" }] } },
    ]);
  });
});

describe("how far it is", () => {
  const volumes = [
    {
      VolumeId: FORMER,
      State: "in-use",
      Size: 500,
      Attachments: [{ State: "detaching", InstanceId: FIRST }],
      Tags: [{ Key: "steward:kept-until-confirmed", Value: "a" }],
    },
    { VolumeId: RESTORED, State: "available", Tags: [{ Key: "Name", Value: "n" }], Attachments: [{ State: "detached", InstanceId: FIRST }] },
    { VolumeId: "vol-1", State: "in-use", Attachments: [{ State: "attached", InstanceId: FIRST }] },
    { VolumeId: "vol-2", State: "deleting" },
    { VolumeId: "vol-3", State: "deleted" },
    {},
  ];
  const read = async (last: RestoreRecord | undefined) => {
    const aws = stubAws({ DescribeVolumes: () => ({ Volumes: volumes }) });
    const seen = await readRestore({ reads: createRestoreReads(aws.clients.ec2), ledger: { restore: async () => last } }, createReader());
    return { seen, asked: aws.inputs("DescribeVolumes") };
  };

  test("is read off the ledger and the volumes that it names", async () => {
    const { seen, asked } = await read(record());
    expect(asked).toEqual([{ Filters: [{ Name: "volume-id", Values: [RESTORED, FORMER] }] }]);
    expect(seen.volumes).toEqual([
      { id: FORMER, state: "detaching", attachedTo: FIRST, gib: 500, name: null, keptFor: "a" },
      { id: RESTORED, state: "available", attachedTo: null, gib: 0, name: "n", keptFor: null },
      { id: "vol-1", state: "in-use", attachedTo: FIRST, gib: 0, name: null, keptFor: null },
      { id: "", state: "unknown", attachedTo: null, gib: 0, name: null, keptFor: null },
    ]);
  });

  test("asks EC2 for nothing where there is nothing to ask", async () => {
    for (const last of [undefined, record({ state: "confirmed" }), record({ volumeId: null, formerId: null, kept: [] })])
      expect((await read(last)).asked).toEqual([]);
  });
});

test("the data volume is the one in effect, whatever else has its name", async () => {
  const aws = stubAws({ DescribeVolumes: () => ({ Volumes: [{ VolumeId: RESTORED, State: "available" }] }) });
  expect(await createServer(aws.clients.ec2, "demo", names("demo")).dataVolume(RESTORED)).toMatchObject({ id: RESTORED });
  expect(aws.inputs("DescribeVolumes")).toEqual([
    {
      Filters: [
        { Name: "tag:steward:stage", Values: ["demo"] },
        { Name: "volume-id", Values: [RESTORED] },
      ],
    },
  ]);
});
