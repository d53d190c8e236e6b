import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  DescribeAddressesCommand,
  DescribeInstancesCommand,
  DisassociateAddressCommand,
  ReleaseAddressCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { advance } from "@steward/simulator/world/drive";
import { beforeEach, describe, expect, test } from "vitest";
import { type ComputeWorld, computeWorld, eventually, send } from "./compute-world.ts";

let world: ComputeWorld;
beforeEach(() => {
  world = computeWorld(4);
});

async function running(): Promise<string> {
  const NetworkInterfaces = [{ DeviceIndex: 0, SubnetId: "subnet-0a", AssociatePublicIpAddress: true }];
  const { Instances } = await send(world.sdk.ec2, new RunInstancesCommand({ ImageId: "ami-1", MinCount: 1, MaxCount: 1, NetworkInterfaces }));
  const id = Instances?.[0]?.InstanceId ?? "";
  await eventually(() => world.ec2.instances.get(id)?.state === "running");
  return id;
}
const allocate = () =>
  send(
    world.sdk.ec2,
    new AllocateAddressCommand({ Domain: "vpc", TagSpecifications: [{ ResourceType: "elastic-ip", Tags: [{ Key: "Name", Value: "front" }] }] }),
  );
const publicIp = async (id: string) =>
  (await send(world.sdk.ec2, new DescribeInstancesCommand({ InstanceIds: [id] }))).Reservations?.[0]?.Instances?.[0]?.PublicIpAddress;
const address = async (id = "") => (await send(world.sdk.ec2, new DescribeAddressesCommand({ AllocationIds: [id] }))).Addresses?.[0];

describe("an instance that wants a public address", () => {
  test("has a lent one while it runs, and another one after a stop and a start", async () => {
    const id = await running();
    const first = await publicIp(id);
    expect(first).toMatch(/^198\.51\.\d+\.\d+$/);
    await send(world.sdk.ec2, new StopInstancesCommand({ InstanceIds: [id] }));
    await eventually(() => world.ec2.instances.get(id)?.state === "stopped");
    expect(await publicIp(id)).toBeUndefined();
    await send(world.sdk.ec2, new StartInstancesCommand({ InstanceIds: [id] }));
    await eventually(() => world.ec2.instances.get(id)?.state === "running");
    expect(await publicIp(id)).not.toBe(first);
  });

  test("loses the lent one to an Elastic IP address, and is lent another one when that leaves", async () => {
    const id = await running();
    const lent = await publicIp(id);
    const { AllocationId, PublicIp } = await allocate();
    const { AssociationId } = await send(world.sdk.ec2, new AssociateAddressCommand({ AllocationId, InstanceId: id }));
    expect(await publicIp(id)).toBe(PublicIp);
    expect(await address(AllocationId)).toMatchObject({ AssociationId, InstanceId: id, Tags: [{ Key: "Name", Value: "front" }] });
    await send(world.sdk.ec2, new DisassociateAddressCommand({ AssociationId }));
    expect([undefined, PublicIp, lent]).not.toContain(await publicIp(id));
  });
});

describe("an Elastic IP address", () => {
  test("moves to another instance unless that is forbidden", async () => {
    const [first, second] = [await running(), await running()];
    const { AllocationId, PublicIp } = await allocate();
    await send(world.sdk.ec2, new AssociateAddressCommand({ AllocationId, InstanceId: first }));
    const move = (AllowReassociation?: boolean) => send(world.sdk.ec2, new AssociateAddressCommand({ AllocationId, InstanceId: second, AllowReassociation }));
    await expect(move(false)).rejects.toMatchObject({ name: "Resource.AlreadyAssociated" });
    await move();
    expect([await publicIp(first), await publicIp(second)]).toEqual([expect.not.stringContaining(PublicIp ?? ""), PublicIp]);
  });

  test("keeps its association when it is given to the same instance again", async () => {
    const id = await running();
    const { AllocationId } = await allocate();
    const give = () => send(world.sdk.ec2, new AssociateAddressCommand({ AllocationId, InstanceId: id }));
    expect((await give()).AssociationId).toBe((await give()).AssociationId);
  });

  test("comes back to the account when its instance ends, and only then can be released", async () => {
    const id = await running();
    const { AllocationId } = await allocate();
    await send(world.sdk.ec2, new AssociateAddressCommand({ AllocationId, InstanceId: id }));
    await expect(send(world.sdk.ec2, new ReleaseAddressCommand({ AllocationId }))).rejects.toMatchObject({ name: "InvalidIPAddress.InUse" });
    await send(world.sdk.ec2, new TerminateInstancesCommand({ InstanceIds: [id] }));
    await expect(send(world.sdk.ec2, new AssociateAddressCommand({ AllocationId, InstanceId: id, AllowReassociation: true }))).resolves.toBeDefined();
    await eventually(() => world.ec2.instances.get(id)?.state === "terminated");
    expect((await address(AllocationId))?.AssociationId).toBeUndefined();
    await send(world.sdk.ec2, new ReleaseAddressCommand({ AllocationId }));
    await expect(address(AllocationId)).rejects.toMatchObject({ name: "InvalidAllocationID.NotFound" });
  });

  test("is refused to an instance that is pending or gone", async () => {
    const { AllocationId } = await allocate();
    const { Instances } = await send(world.sdk.ec2, new RunInstancesCommand({ ImageId: "ami-1", MinCount: 1, MaxCount: 1, SubnetId: "subnet-0a" }));
    const id = Instances?.[0]?.InstanceId ?? "";
    await advance(2_000);
    const give = () => send(world.sdk.ec2, new AssociateAddressCommand({ AllocationId, InstanceId: id }));
    await expect(give()).rejects.toMatchObject({ name: "IncorrectInstanceState" });
    await send(world.sdk.ec2, new TerminateInstancesCommand({ InstanceIds: [id] }));
    await expect(give()).rejects.toMatchObject({ name: "InvalidInstanceID" });
  });

  test("is one of five in a region at most", async () => {
    for (let i = 0; i < 5; i++) await allocate();
    await expect(allocate()).rejects.toMatchObject({ name: "AddressLimitExceeded" });
  });
});
