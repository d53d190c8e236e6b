import { advance } from "@steward/simulator/world/drive";
import { describe, expect, test } from "vitest";
import { activities, createGroup, GROUP, group, inState, instances, MINUTE, serving } from "./autoscaling-group.ts";
import { createWorld, type TestWorld } from "./autoscaling-world.ts";

const processes = (world: TestWorld, operation: "SuspendProcesses" | "ResumeProcesses", ...ScalingProcesses: string[]) =>
  world.call("autoscaling", operation, { AutoScalingGroupName: GROUP, ScalingProcesses });
const update = (world: TestWorld, input: Record<string, unknown>) =>
  world.call("autoscaling", "UpdateAutoScalingGroup", { AutoScalingGroupName: GROUP, ...input });

describe("a group with a suspended process", () => {
  test("says which one and since when, and is refused a process that there isn't", async () => {
    const { world } = await serving();
    await processes(world, "SuspendProcesses", "HealthCheck", "ReplaceUnhealthy");
    expect((await group(world))?.SuspendedProcesses).toEqual(
      ["HealthCheck", "ReplaceUnhealthy"].map((ProcessName) => ({ ProcessName, SuspensionReason: expect.stringMatching(/^User suspended at 2026-01-05T/) })),
    );
    await expect(processes(world, "SuspendProcesses", "Breathing")).rejects.toMatchObject({ code: "ValidationError" });
  });

  test("HealthCheck: does not notice a stopped instance, but heeds what it is told about one", async () => {
    const { world, first, second } = await serving();
    await processes(world, "SuspendProcesses", "HealthCheck");
    await world.call("ec2", "StopInstances", { InstanceIds: [first] });
    await advance(5 * MINUTE);
    expect(await inState(world, "InService")).toContain(first);
    await world.call("autoscaling", "SetInstanceHealth", { InstanceId: second, HealthStatus: "Unhealthy", ShouldRespectGracePeriod: false });
    await advance(5 * MINUTE);
    expect(await inState(world, "InService")).not.toContain(second);
  });

  test("ReplaceUnhealthy: marks a lost instance and replaces it as soon as the process runs again", async () => {
    const { world, first } = await serving();
    await processes(world, "SuspendProcesses", "ReplaceUnhealthy");
    world.ec2.lose(first);
    await advance(5 * MINUTE);
    expect((await instances(world)).find(({ InstanceId }) => InstanceId === first)).toMatchObject({ HealthStatus: "Unhealthy", LifecycleState: "InService" });
    await processes(world, "ResumeProcesses", "ReplaceUnhealthy");
    await advance(5 * MINUTE);
    expect(await inState(world, "InService")).toHaveLength(2);
    expect(await inState(world, "InService")).not.toContain(first);
  });

  test("Launch: ends what is unhealthy and brings the replacement only afterwards", async () => {
    const { world, first } = await serving();
    await processes(world, "SuspendProcesses", "Launch");
    world.ec2.lose(first);
    await advance(5 * MINUTE);
    expect(await instances(world)).toHaveLength(1);
    await processes(world, "ResumeProcesses", "Launch");
    await advance(3 * MINUTE);
    expect(await inState(world, "InService")).toHaveLength(2);
  });

  test("Launch: ends an unhealthy instance although the maintenance policy would have its stand-in first", async () => {
    const { world, first } = await serving({ InstanceMaintenancePolicy: { MinHealthyPercentage: 100, MaxHealthyPercentage: 150 } });
    await processes(world, "SuspendProcesses", "Launch");
    await world.call("autoscaling", "SetInstanceHealth", { InstanceId: first, HealthStatus: "Unhealthy", ShouldRespectGracePeriod: false });
    await advance(5 * MINUTE);
    expect(await inState(world, "InService")).toHaveLength(1);
  });

  test("Terminate: neither ends an unhealthy instance nor launches its stand-in", async () => {
    const { world, first } = await serving({ InstanceMaintenancePolicy: { MinHealthyPercentage: 100, MaxHealthyPercentage: 150 } });
    await processes(world, "SuspendProcesses", "Terminate");
    await world.call("autoscaling", "SetInstanceHealth", { InstanceId: first, HealthStatus: "Unhealthy", ShouldRespectGracePeriod: false });
    await advance(5 * MINUTE);
    expect(await instances(world)).toHaveLength(2);
  });

  test("Terminate: keeps instances beyond the desired capacity", async () => {
    const { world } = await serving();
    await processes(world, "SuspendProcesses", "Terminate");
    await update(world, { DesiredCapacity: 1 });
    await advance(5 * MINUTE);
    expect(await inState(world, "InService")).toHaveLength(2);
    await processes(world, "ResumeProcesses", "Terminate");
    await advance(5 * MINUTE);
    expect(await inState(world, "InService")).toHaveLength(1);
  });

  test("AddToLoadBalancer: leaves instances launched meanwhile out of the balancer for good", async () => {
    const world = createWorld();
    const { TargetGroups } = await world.call("elbv2", "CreateTargetGroup", { Name: "nodes", Port: 80, Protocol: "HTTP", VpcId: "vpc-1" });
    const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn ?? "";
    const registered = async () => (await world.call("elbv2", "DescribeTargetHealth", { TargetGroupArn })).TargetHealthDescriptions?.length;
    await createGroup(world, { TargetGroupARNs: [TargetGroupArn], DesiredCapacity: 1 });
    await processes(world, "SuspendProcesses", "AddToLoadBalancer");
    await advance(2 * MINUTE);
    expect(await inState(world, "InService")).toHaveLength(1);
    await processes(world, "ResumeProcesses", "AddToLoadBalancer");
    await advance(2 * MINUTE);
    expect(await registered()).toBe(0);
    await update(world, { DesiredCapacity: 2 });
    await advance(2 * MINUTE);
    expect(await registered()).toBe(1);
  });
});

describe("a group over two zones", () => {
  const zones = async (world: TestWorld) => (await instances(world)).map(({ AvailabilityZone }) => AvailabilityZone).toSorted();

  /** Two instances in one zone: the one in the other zone was the surplus one and has been ended by name. */
  async function lopsided(suspended: boolean): Promise<TestWorld> {
    const world = createWorld();
    await createGroup(world, { VPCZoneIdentifier: "subnet-a,subnet-b", DesiredCapacity: 3 });
    if (suspended) await processes(world, "SuspendProcesses", "AZRebalance");
    await advance(3 * MINUTE);
    const all = await instances(world);
    const lonely = all.find(({ AvailabilityZone }) => all.filter((other) => other.AvailabilityZone === AvailabilityZone).length === 1);
    await world.call("autoscaling", "TerminateInstanceInAutoScalingGroup", { InstanceId: lonely?.InstanceId ?? "", ShouldDecrementDesiredCapacity: true });
    return world;
  }

  test("moves one of two neighbours to the empty zone, launching before it ends one", async () => {
    const world = await lopsided(false);
    await advance(10 * MINUTE);
    expect(new Set(await zones(world)).size).toBe(2);
    expect(await inState(world, "InService")).toHaveLength(2);
    expect((await activities(world)).some(({ Cause }) => Cause?.includes("to balance instances in zones"))).toBe(true);
  });

  test("leaves them where they are while AZRebalance is suspended", async () => {
    const world = await lopsided(true);
    await advance(10 * MINUTE);
    expect(new Set(await zones(world)).size).toBe(1);
    expect(await inState(world, "InService")).toHaveLength(2);
  });
});

test("a group stands only in subnets that there are, once the account has made some", async () => {
  const world = createWorld();
  const { Vpc } = await world.call("ec2", "CreateVpc", { CidrBlock: "10.0.0.0/20" });
  const { Subnet } = await world.call("ec2", "CreateSubnet", { VpcId: Vpc?.VpcId, CidrBlock: "10.0.0.0/24", AvailabilityZone: "us-east-1c" });
  await expect(createGroup(world)).rejects.toMatchObject({ code: "ValidationError", message: "The subnet ID 'subnet-a' does not exist" });
  await world.call("autoscaling", "CreateAutoScalingGroup", {
    AutoScalingGroupName: GROUP,
    MinSize: 1,
    MaxSize: 1,
    VPCZoneIdentifier: Subnet?.SubnetId,
    LaunchTemplate: { LaunchTemplateName: "node", Version: "1" },
  });
  await advance(2 * MINUTE);
  expect(await instances(world)).toMatchObject([{ AvailabilityZone: "us-east-1c" }]);
});

test("the checks of its instances become metrics of the group and of each instance", async () => {
  const { world, first } = await serving();
  await advance(3 * MINUTE);
  const machine = world.machines.get(first);
  if (machine) machine.isOk = false;
  world.metrics.length = 0;
  await advance(2 * MINUTE);
  const failed = world.metrics.filter(({ name, value }) => name === "StatusCheckFailed" && value === 1).map(({ dimensions }) => dimensions);
  expect(failed).toContainEqual({ InstanceId: first });
  expect(failed).toContainEqual({ AutoScalingGroupName: GROUP });
});

test("a group can be made empty and be raised later", async () => {
  const world = createWorld();
  await createGroup(world, { MinSize: 0, DesiredCapacity: 0 });
  await advance(5 * MINUTE);
  expect(await instances(world)).toEqual([]);
  await update(world, { MinSize: 1, DesiredCapacity: 2 });
  await advance(2 * MINUTE);
  expect(await inState(world, "InService")).toHaveLength(2);
});
