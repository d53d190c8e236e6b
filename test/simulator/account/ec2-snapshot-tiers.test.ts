import {
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DescribeSnapshotsCommand,
  DescribeSnapshotTierStatusCommand,
  ModifySnapshotTierCommand,
} from "@aws-sdk/client-ec2";
import { advance } from "@steward/simulator/world/drive";
import { beforeEach, describe, expect, test } from "vitest";
import { asked, type ComputeWorld, computeWorld, send } from "./compute-world.ts";

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

let world: ComputeWorld;
beforeEach(() => {
  world = computeWorld(11);
});

async function aVolume(): Promise<string> {
  const { VolumeId = "" } = await send(world.sdk.ec2, new CreateVolumeCommand({ AvailabilityZone: "us-east-1a", Size: 10, VolumeType: "gp3" }));
  await advance(10 * SECOND);
  return VolumeId;
}
async function aSnapshot({ of, pending = false }: { of?: string; pending?: boolean } = {}): Promise<string> {
  const { SnapshotId = "" } = await send(world.sdk.ec2, new CreateSnapshotCommand({ VolumeId: of ?? (await aVolume()) }));
  await advance((pending ? 10 : 200) * SECOND);
  return SnapshotId;
}
const archive = (SnapshotId: string) => send(world.sdk.ec2, new ModifySnapshotTierCommand({ SnapshotId, StorageTier: "archive" }));
const tiers = async (input: object = {}) => (await send(world.sdk.ec2, new DescribeSnapshotTierStatusCommand(input))).SnapshotTierStatuses ?? [];
const restore = (SnapshotId: string) => send(world.sdk.ec2, new CreateVolumeCommand({ AvailabilityZone: "us-east-1a", SnapshotId, VolumeType: "gp3" }));

describe("a snapshot in the archive", () => {
  test("is on its way for hours, can be used until it is there, and then no volume is made of it", async () => {
    const id = await aSnapshot();
    const [right] = await asked(world, () => archive(id));
    expect(right).toMatchObject({ action: "ec2:ModifySnapshotTier", resources: [`arn:aws:ec2:us-east-1::snapshot/${id}`] });
    expect(await tiers()).toMatchObject([{ SnapshotId: id, StorageTier: "standard", LastTieringOperationStatus: "archival-in-progress" }]);
    await restore(id);
    await advance(5 * HOUR);
    const there = { SnapshotId: id, StorageTier: "archive", LastTieringOperationStatus: "archival-completed", LastTieringProgress: 100 };
    expect(await tiers({ Filters: [{ Name: "last-tiering-operation", Values: ["archival-completed"] }] })).toMatchObject([there]);
    expect((await send(world.sdk.ec2, new DescribeSnapshotsCommand({ SnapshotIds: [id] }))).Snapshots).toMatchObject([{ StorageTier: "archive" }]);
    await expect(restore(id)).rejects.toMatchObject({ name: "IncorrectState" });
    await expect(archive(id)).rejects.toMatchObject({ name: "IncorrectState" });
  });

  test("was finished before, and asked for by the tier's name", async () => {
    await expect(archive(await aSnapshot({ pending: true }))).rejects.toMatchObject({ name: "IncorrectState" });
    const id = await aSnapshot();
    const other = new ModifySnapshotTierCommand({ SnapshotId: id, StorageTier: "standard" as "archive" });
    await expect(send(world.sdk.ec2, other)).rejects.toMatchObject({ name: "InvalidParameterValue" });
    expect(await tiers()).toMatchObject([{}, { SnapshotId: id, StorageTier: "standard" }]);
    await expect(send(world.sdk.ec2, new DescribeSnapshotTierStatusCommand({ NextToken: "!" }))).rejects.toMatchObject({ name: "InvalidNextToken" });
  });

  test("is one of 25 on their way at most", async () => {
    const of = await aVolume();
    const ids: string[] = [];
    for (let index = 0; index < 26; index++) ids.push(await aSnapshot({ of }));
    const last = ids.pop() ?? "";
    for (const id of ids) await archive(id);
    await expect(archive(last)).rejects.toMatchObject({ name: expect.stringMatching(/LimitExceeded$/) });
    await advance(5 * HOUR);
    await expect(archive(last)).rejects.toMatchObject({ name: expect.stringMatching(/PerVolume/) });
  });
});
