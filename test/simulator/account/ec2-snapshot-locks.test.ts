import {
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DeleteSnapshotCommand,
  DescribeLockedSnapshotsCommand,
  LockSnapshotCommand,
  type LockSnapshotCommandInput,
  UnlockSnapshotCommand,
} from "@aws-sdk/client-ec2";
import { advance } from "@steward/simulator/world/drive";
import { beforeEach, describe, expect, test } from "vitest";
import { asked, type ComputeWorld, computeWorld, send } from "./compute-world.ts";

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;

let world: ComputeWorld;
beforeEach(() => {
  world = computeWorld(11);
});

async function aSnapshot(pending = false): Promise<string> {
  const { VolumeId } = await send(world.sdk.ec2, new CreateVolumeCommand({ AvailabilityZone: "us-east-1a", Size: 10, VolumeType: "gp3" }));
  await advance(10 * SECOND);
  const { SnapshotId = "" } = await send(world.sdk.ec2, new CreateSnapshotCommand({ VolumeId }));
  await advance((pending ? 10 : 200) * SECOND);
  return SnapshotId;
}

const lock = (SnapshotId: string, terms: Omit<LockSnapshotCommandInput, "SnapshotId">) =>
  send(world.sdk.ec2, new LockSnapshotCommand({ SnapshotId, ...terms }));
const unlock = (SnapshotId: string) => send(world.sdk.ec2, new UnlockSnapshotCommand({ SnapshotId }));
const remove = (SnapshotId: string) => send(world.sdk.ec2, new DeleteSnapshotCommand({ SnapshotId }));
const locked = async (input: object = {}) => (await send(world.sdk.ec2, new DescribeLockedSnapshotsCommand(input))).Snapshots ?? [];
const NOT_PERMITTED = { name: "OperationNotPermitted" };

describe("a lock in governance mode", () => {
  test("keeps the snapshot until it expires", async () => {
    const id = await aSnapshot();
    expect(await lock(id, { LockMode: "governance", LockDuration: 20 })).toMatchObject({ LockState: "governance", LockDuration: 20 });
    const [info] = await locked();
    expect((info?.LockExpiresOn?.getTime() ?? 0) - (info?.LockDurationStartTime?.getTime() ?? 0)).toBe(20 * DAY);
    await expect(remove(id)).rejects.toMatchObject(NOT_PERMITTED);
    await advance(20 * DAY);
    expect(await locked()).toMatchObject([{ SnapshotId: id, LockState: "expired" }]);
    await remove(id);
    expect(await locked()).toEqual([]);
  });

  test("is taken off by whoever may", async () => {
    const id = await aSnapshot();
    await lock(id, { LockMode: "governance", ExpirationDate: new Date(Date.now() + DAY) });
    expect(await locked({ Filters: [{ Name: "lock-state", Values: ["compliance"] }] })).toEqual([]);
    const [right] = await asked(world, () => unlock(id));
    expect(right).toMatchObject({ action: "ec2:UnlockSnapshot", resources: [`arn:aws:ec2:us-east-1::snapshot/${id}`] });
    await remove(id);
  });
});

test("a lock in compliance mode can be taken off while it cools off, and only be made longer afterwards", async () => {
  const id = await aSnapshot();
  await lock(id, { LockMode: "compliance", LockDuration: 10, CoolOffPeriod: 2 });
  await unlock(id);
  await lock(id, { LockMode: "compliance", LockDuration: 10, CoolOffPeriod: 2 });
  expect(await locked({ SnapshotIds: [id] })).toMatchObject([{ LockState: "compliance-cooloff" }]);
  await advance(2 * HOUR);
  await expect(unlock(id)).rejects.toMatchObject(NOT_PERMITTED);
  await expect(lock(id, { LockMode: "compliance", LockDuration: 5 })).rejects.toMatchObject(NOT_PERMITTED);
  await expect(lock(id, { LockMode: "governance", LockDuration: 50 })).rejects.toMatchObject(NOT_PERMITTED);
  expect(await lock(id, { LockMode: "compliance", LockDuration: 50 })).toMatchObject({ LockState: "compliance" });
});

test("a lock of a pending snapshot counts its days from its completion, and is gone where that fails", async () => {
  const [good, bad] = [await aSnapshot(true), await aSnapshot(true)];
  for (const id of [good, bad]) await lock(id, { LockMode: "governance", LockDuration: 1 });
  const pending = world.ec2.snapshots.items.get(bad) ?? expect.fail("it is gone");
  expect((await locked({ SnapshotIds: [bad] }))[0]?.LockExpiresOn).toBeUndefined();
  world.ec2.snapshots.settle(pending, "error");
  await advance(200 * SECOND);
  const all = await locked();
  expect(all.map(({ SnapshotId }) => SnapshotId)).toEqual([good]);
  expect(all[0]?.LockDurationStartTime).toEqual(world.ec2.snapshots.items.get(good)?.completedAt);
});

test.each<[Omit<LockSnapshotCommandInput, "SnapshotId">, string]>([
  [{ LockMode: "governance" }, "InvalidParameterCombination"],
  [{ LockMode: "governance", LockDuration: 1, ExpirationDate: new Date("2100-01-01") }, "InvalidParameterCombination"],
  [{ LockMode: "governance", LockDuration: 1, CoolOffPeriod: 1 }, "InvalidParameterCombination"],
  [{ LockMode: "compliance", LockDuration: 1, CoolOffPeriod: 73 }, "InvalidParameterValue"],
  [{ LockMode: "governance", LockDuration: 36_501 }, "InvalidParameterValue"],
  [{ LockMode: "governance", ExpirationDate: new Date("2020-01-01") }, "InvalidParameterValue"],
])("a lock of %j is refused", async (terms, code) => {
  await expect(lock(await aSnapshot(), terms)).rejects.toMatchObject({ name: code });
});
