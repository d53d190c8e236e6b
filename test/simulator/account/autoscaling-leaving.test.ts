import { advance } from "@steward/simulator/world/drive";
import { describe, expect, test } from "vitest";
import { activities, complete, createGroup, GROUP, group, inState, LAUNCH_HOOK, MINUTE, serving, states, TERMINATE_HOOK } from "./autoscaling-group.ts";
import { createWorld, eventsOf, type TestWorld } from "./autoscaling-world.ts";

describe("terminating a named instance", () => {
  test("passes the terminate hook, ends that instance and no other, and launches another", async () => {
    const { world, first, second } = await serving({ LifecycleHookSpecificationList: [TERMINATE_HOOK] });
    await world.call("autoscaling", "TerminateInstanceInAutoScalingGroup", { InstanceId: first, ShouldDecrementDesiredCapacity: false });
    await advance(30_000);
    expect(await inState(world, "Terminating:Wait")).toEqual([first]);
    expect(world.ec2.instances.get(first)?.state).toBe("running");
    expect(eventsOf(world, "EC2 Instance-terminate Lifecycle Action")).toMatchObject([
      { EC2InstanceId: first, Origin: "AutoScalingGroup", Destination: "EC2" },
    ]);
    await complete(world, first, "CONTINUE", "retire");
    await advance(2 * MINUTE);
    expect(world.ec2.instances.get(first)?.state).toBe("terminated");
    expect(eventsOf(world, "EC2 Instance Terminate Successful")).toMatchObject([{ EC2InstanceId: first }]);
    expect(await inState(world, "InService")).toContain(second);
    expect(await inState(world, "InService")).toHaveLength(2);
  });

  test("goes on by itself when nobody completes the terminate hook", async () => {
    const { world, first } = await serving({ LifecycleHookSpecificationList: [TERMINATE_HOOK] });
    await world.call("autoscaling", "TerminateInstanceInAutoScalingGroup", { InstanceId: first, ShouldDecrementDesiredCapacity: true });
    await advance(4 * MINUTE);
    expect(world.ec2.instances.get(first)?.state).toBe("running");
    await advance(3 * MINUTE);
    expect(world.ec2.instances.get(first)?.state).toBe("terminated");
    expect(await group(world)).toMatchObject({ DesiredCapacity: 1 });
  });

  test("refuses strangers, instances that are leaving already, and capacities below the minimum", async () => {
    const { world, first } = await serving({ MinSize: 2 });
    const terminate = (InstanceId: string, ShouldDecrementDesiredCapacity: boolean) =>
      world.call("autoscaling", "TerminateInstanceInAutoScalingGroup", { InstanceId, ShouldDecrementDesiredCapacity });
    await expect(terminate("i-0", false)).rejects.toMatchObject({ message: "Instance Id not found - No managed instance found for instance ID: i-0" });
    await expect(terminate(first, true)).rejects.toMatchObject({ message: expect.stringContaining("Currently, desiredSize equals minSize (2).") });
    await terminate(first, false);
    await expect(terminate(first, false)).rejects.toMatchObject({ code: "ScalingActivityInProgress" });
  });

  test("of one that waits in its launch hook cancels the launch", async () => {
    const world = createWorld();
    await createGroup(world, { DesiredCapacity: 1, LifecycleHookSpecificationList: [LAUNCH_HOOK] });
    await advance(MINUTE);
    const [id = ""] = await inState(world, "Pending:Wait");
    await world.call("autoscaling", "TerminateInstanceInAutoScalingGroup", { InstanceId: id, ShouldDecrementDesiredCapacity: false });
    await advance(2 * MINUTE);
    expect(world.ec2.instances.get(id)?.state).toBe("terminated");
    expect(await states(world)).toEqual(["Pending:Wait"]);
    expect((await activities(world)).map(({ StatusCode }) => StatusCode)).toEqual(expect.arrayContaining(["Cancelled", "Successful", "MidLifecycleAction"]));
  });
});

describe("standby", () => {
  const enter = (world: TestWorld, id: string, decrement: boolean) =>
    world.call("autoscaling", "EnterStandby", { AutoScalingGroupName: GROUP, InstanceIds: [id], ShouldDecrementDesiredCapacity: decrement });

  test("without decrement brings a stand-in; the instance is no longer health-checked", async () => {
    const { world, first } = await serving();
    const { Activities } = await enter(world, first, false);
    expect(Activities).toMatchObject([{ Description: `Moving EC2 instance to Standby: ${first}`, StatusCode: "InProgress", Progress: 50 }]);
    expect(await inState(world, "EnteringStandby")).toEqual([first]);
    await advance(2 * MINUTE);
    expect((await states(world)).sort()).toEqual(["InService", "InService", "Standby"]);
    world.ec2.lose(first);
    await advance(5 * MINUTE);
    expect(await inState(world, "Standby")).toEqual([first]);
  });

  test("with decrement lowers the desired capacity, and coming back raises it", async () => {
    const { world, first } = await serving();
    await enter(world, first, true);
    await advance(MINUTE);
    expect(await group(world)).toMatchObject({ DesiredCapacity: 1 });
    expect((await states(world)).sort()).toEqual(["InService", "Standby"]);
    await world.call("autoscaling", "ExitStandby", { AutoScalingGroupName: GROUP, InstanceIds: [first] });
    await advance(MINUTE);
    expect(await group(world)).toMatchObject({ DesiredCapacity: 2 });
    expect(await states(world)).toEqual(["InService", "InService"]);
  });

  test("refuses to shrink below the minimum, and instances that are not in service", async () => {
    const { world, first, second } = await serving({ MinSize: 2 });
    await expect(enter(world, first, true)).rejects.toMatchObject({
      code: "ValidationError",
      message: `AutoScalingGroup ${GROUP} has min-size=2, max-size=3, and desired-size=2. To place into standby 1 instance, please update the AutoScalingGroup sizes appropriately.`,
    });
    await enter(world, first, false);
    await expect(enter(world, first, false)).rejects.toMatchObject({ message: `The instance ${first} is not in InService.` });
    await expect(world.call("autoscaling", "ExitStandby", { AutoScalingGroupName: GROUP, InstanceIds: [second] })).rejects.toMatchObject({
      message: `The instance ${second} is not in Standby.`,
    });
  });
});
