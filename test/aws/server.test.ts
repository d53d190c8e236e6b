import { createServer } from "@steward/aws/server";
import { Permanent } from "@steward/core/errors";
import { names } from "@steward/core/topology/names";
import { describe, expect, test } from "vitest";
import { declaredOf } from "../core/first-deploy/founding.ts";
import { refuse, stubAws } from "./stub-aws.ts";

const [VOLUME, SERVER, OLD] = ["vol-0123456789abcdef0", "i-0123456789abcdef0", "i-0fedcba9876543210"] as const;
const FILTERS = (name: string) => [
  { Name: "tag:steward:stage", Values: ["demo"] },
  { Name: "tag:Name", Values: [name] },
];

function given(answers: Parameters<typeof stubAws>[0]) {
  const aws = stubAws(answers);
  return { ...aws, server: createServer(aws.clients.ec2, "demo", names("demo")) };
}

describe("the data volume", () => {
  const seen = (...Volumes: object[]) => given({ DescribeVolumes: () => ({ Volumes }) }).server.dataVolume();
  const volume = (but: object = {}) => ({ VolumeId: VOLUME, State: "available", Attachments: [], Tags: [], ...but });
  const attachment = (State: string, InstanceId: string = SERVER) => ({ State, InstanceId });
  const free = { id: VOLUME, state: "available", attachedTo: null, isNew: false };

  test("is found by the stage and its name", async () => {
    const { server, inputs } = given({ DescribeVolumes: () => ({ Volumes: [volume()] }) });
    expect(await server.dataVolume()).toEqual(free);
    expect(inputs("DescribeVolumes")).toEqual([{ Filters: FILTERS("steward-demo-data") }]);
  });

  test("is none where EC2 has none, or only one that is going", async () => {
    expect(await seen()).toBeNull();
    for (const State of ["deleting", "deleted", "error"]) expect(await seen(volume({ State }))).toBeNull();
  });

  test("of two is none: nobody could say which is meant", async () => {
    await expect(seen(volume(), volume({ VolumeId: "vol-other" }))).rejects.toThrow(
      new Permanent("there are 2 volumes by the name of steward-demo-data: vol-0123456789abcdef0, vol-other"),
    );
    expect(await seen(volume({ VolumeId: "vol-other", State: "deleting" }), volume())).toEqual(free);
  });

  test.each([
    ["true", true],
    ["false", false],
    ["", false],
  ])("with the tag of a new one saying %j is new: %s", async (Value, isNew) => {
    expect(await seen(volume({ Tags: [{ Key: "steward:new", Value }] }))).toEqual({ ...free, isNew });
  });

  test("without tags or attachments is not new and nobody's", async () => {
    expect(await seen({ VolumeId: VOLUME, State: "creating" })).toEqual({ ...free, state: "creating" });
  });

  test("is with whoever has it, in the words of the attachment until that is complete", async () => {
    const state = async (attached: object) => await seen(volume({ State: "in-use", Attachments: [attached] }));
    expect(await state(attachment("attached"))).toEqual({ ...free, state: "in-use", attachedTo: SERVER });
    expect(await state(attachment("attaching"))).toEqual({ ...free, state: "attaching", attachedTo: SERVER });
    expect(await state(attachment("detaching", OLD))).toEqual({ ...free, state: "detaching", attachedTo: OLD });
    expect(await state(attachment("busy", OLD))).toEqual({ ...free, state: "busy", attachedTo: OLD });
  });

  test("is free of one that has given it back", async () => {
    expect(await seen(volume({ Attachments: [attachment("detached", OLD)] }))).toEqual(free);
  });

  test("that can't be read is a failure, and not none", async () => {
    await expect(given({ DescribeVolumes: refuse("UnauthorizedOperation", "no", 403) }).server.dataVolume()).rejects.toBeInstanceOf(Permanent);
  });

  test("is made encrypted with the stage's key, as it was declared, tagged as new, once for a token", async () => {
    const { server, inputs } = given({ CreateVolume: () => ({}) });
    const declared = declaredOf("single").document.dataVolume ?? expect.fail("it has one");
    await server.makeVolume(declared, "token");
    expect(inputs("CreateVolume")).toEqual([
      {
        AvailabilityZone: declared.zone,
        Size: declared.gib,
        VolumeType: "gp3",
        Iops: declared.iops,
        Throughput: declared.throughput,
        Encrypted: true,
        KmsKeyId: "alias/steward-demo-data",
        ClientToken: "token",
        TagSpecifications: [
          {
            ResourceType: "volume",
            Tags: [
              { Key: "steward:stage", Value: "demo" },
              { Key: "Name", Value: "steward-demo-data" },
              { Key: "steward:new", Value: "true" },
            ],
          },
        ],
      },
    ]);
  });

  test("is attached, and one that is in use is left where it is", async () => {
    const { server, inputs } = given({ AttachVolume: () => ({}) });
    await server.attachVolume(VOLUME, SERVER);
    expect(inputs("AttachVolume")).toEqual([{ VolumeId: VOLUME, InstanceId: SERVER, Device: "/dev/sdf" }]);
    await expect(given({ AttachVolume: refuse("VolumeInUse", "already attached") }).server.attachVolume(VOLUME, SERVER)).resolves.toBeUndefined();
    await expect(given({ AttachVolume: refuse("IncorrectInstanceState", "not running") }).server.attachVolume(VOLUME, SERVER)).rejects.toThrow(
      "IncorrectInstanceState",
    );
  });

  test("is settled by taking the mark off, and nothing else", async () => {
    const { server, inputs } = given({ DeleteTags: () => ({}) });
    await server.settleVolume(VOLUME);
    expect(inputs("DeleteTags")).toEqual([{ Resources: [VOLUME], Tags: [{ Key: "steward:new" }] }]);
  });
});

describe("the address", () => {
  test.each([
    [[], null],
    [[{ AllocationId: "eipalloc-1" }], { allocationId: "eipalloc-1", instanceId: null }],
    [[{ AllocationId: "eipalloc-1", InstanceId: OLD }], { allocationId: "eipalloc-1", instanceId: OLD }],
  ])("that EC2 describes as %j is %j", async (Addresses, address) => {
    const { server, inputs } = given({ DescribeAddresses: () => ({ Addresses }) });
    expect(await server.address()).toEqual(address);
    expect(inputs("DescribeAddresses")).toEqual([{ Filters: FILTERS("steward-demo") }]);
  });

  test("is moved to a server, and never taken from another", async () => {
    const { server, inputs } = given({ AssociateAddress: () => ({}) });
    await server.moveAddress("eipalloc-1", SERVER);
    expect(inputs("AssociateAddress")).toEqual([{ AllocationId: "eipalloc-1", InstanceId: SERVER, AllowReassociation: false }]);
    await expect(given({ AssociateAddress: refuse("Resource.AlreadyAssociated", "taken") }).server.moveAddress("eipalloc-1", SERVER)).resolves.toBeUndefined();
    await expect(given({ AssociateAddress: refuse("InvalidAllocationID.NotFound", "gone") }).server.moveAddress("eipalloc-1", SERVER)).rejects.toBeInstanceOf(
      Permanent,
    );
  });
});
