import { advance, advanceUntil } from "@steward/simulator/world/drive";
import { describe, expect, test } from "vitest";
import { createWorld, eventsOf, type TestWorld } from "./autoscaling-world.ts";

const GROUP = "fleet";
const LAUNCH_HOOK = { LifecycleHookName: "admit", LifecycleTransition: "autoscaling:EC2_INSTANCE_LAUNCHING", HeartbeatTimeout: 600, DefaultResult: "ABANDON" };
const TERMINATE_HOOK = {
  LifecycleHookName: "retire",
  LifecycleTransition: "autoscaling:EC2_INSTANCE_TERMINATING",
  HeartbeatTimeout: 300,
  DefaultResult: "CONTINUE",
};
const MINUTE = 60_000;

async function createGroup(world: TestWorld, extra: Record<string, unknown> = {}): Promise<void> {
  await world.call("ec2", "CreateLaunchTemplate", {
    LaunchTemplateName: "node",
    LaunchTemplateData: { ImageId: "ami-1", InstanceType: "c5.4xlarge", IamInstanceProfile: { Name: "node" } },
  });
  await world.call("autoscaling", "CreateAutoScalingGroup", {
    AutoScalingGroupName: GROUP,
    MinSize: 1,
    MaxSize: 3,
    DesiredCapacity: 2,
    VPCZoneIdentifier: "subnet-a",
    LaunchTemplate: { LaunchTemplateName: "node", Version: "1" },
    Tags: [{ Key: "steward:stage", Value: "demo", PropagateAtLaunch: true }],
    ...extra,
  });
}

const group = async (world: TestWorld) =>
  (await world.call("autoscaling", "DescribeAutoScalingGroups", { AutoScalingGroupNames: [GROUP] })).AutoScalingGroups?.[0];
const instances = async (world: TestWorld) => (await group(world))?.Instances ?? [];
const states = async (world: TestWorld) => (await instances(world)).map(({ LifecycleState }) => LifecycleState);
const inState = async (world: TestWorld, state: string) =>
  (await instances(world)).filter(({ LifecycleState }) => LifecycleState === state).map(({ InstanceId = "" }) => InstanceId);
const activities = async (world: TestWorld) => (await world.call("autoscaling", "DescribeScalingActivities", { AutoScalingGroupName: GROUP })).Activities ?? [];
const complete = (world: TestWorld, id: string, result = "CONTINUE", hook = "admit") =>
  world.call("autoscaling", "CompleteLifecycleAction", { AutoScalingGroupName: GROUP, LifecycleHookName: hook, InstanceId: id, LifecycleActionResult: result });

/** A group whose two instances serve. */
async function serving(extra: Record<string, unknown> = {}, seed = 1): Promise<{ world: TestWorld; first: string; second: string }> {
  const world = createWorld(seed);
  await createGroup(world, extra);
  await advance(2 * MINUTE);
  const [first = "", second = ""] = await inState(world, "InService");
  return { world, first, second };
}

describe("a group", () => {
  test("launches up to its desired capacity, with its tags on every instance", async () => {
    const { world } = await serving();
    expect(await states(world)).toEqual(["InService", "InService"]);
    for (const { tags } of world.ec2.instances.values())
      expect(tags).toMatchObject({ "steward:stage": "demo", "aws:autoscaling:groupName": GROUP, "aws:ec2launchtemplate:version": "1" });
    const [newest] = await activities(world);
    expect(newest).toMatchObject({ StatusCode: "Successful", Progress: 100 });
    expect(newest?.Description).toMatch(/^Launching a new EC2 instance: i-/);
    expect(newest?.Cause).toContain("a user request created an AutoScalingGroup changing the desired capacity from 0 to 2.");
    expect(eventsOf(world, "EC2 Instance Launch Successful")).toHaveLength(2);
  });

  test("replaces an instance that EC2 has ended within about a minute", async () => {
    const { world, first, second } = await serving();
    world.ec2.lose(first);
    await advance(MINUTE);
    expect((await activities(world)).some(({ Cause }) => Cause?.includes("EC2 health check indicating it has been terminated or stopped"))).toBe(true);
    expect((await activities(world)).some(({ Cause }) => Cause?.includes("in response to an unhealthy instance needing to be replaced"))).toBe(true);
    await advance(2 * MINUTE);
    const now = await inState(world, "InService");
    expect(now).toHaveLength(2);
    expect(now).toContain(second);
    expect(now).not.toContain(first);
  });

  test("does not replace while ReplaceUnhealthy is suspended, and does once it is resumed", async () => {
    const { world, first } = await serving();
    await world.call("autoscaling", "SuspendProcesses", { AutoScalingGroupName: GROUP, ScalingProcesses: ["ReplaceUnhealthy"] });
    world.ec2.lose(first);
    await advance(10 * MINUTE);
    expect((await instances(world)).find(({ InstanceId }) => InstanceId === first)).toMatchObject({ LifecycleState: "InService", HealthStatus: "Unhealthy" });
    await world.call("autoscaling", "ResumeProcesses", { AutoScalingGroupName: GROUP, ScalingProcesses: ["ReplaceUnhealthy"] });
    await advance(3 * MINUTE);
    expect(await inState(world, "InService")).toHaveLength(2);
  });

  test("waits some minutes before it replaces an impaired instance, and launches first at 100 %", async () => {
    const { world, first } = await serving({
      InstanceMaintenancePolicy: { MinHealthyPercentage: 100, MaxHealthyPercentage: 150 },
      LifecycleHookSpecificationList: [],
    });
    await advance(5 * MINUTE);
    const machine = world.machines.get(first);
    if (machine) machine.isOk = false;
    await advance(4 * MINUTE);
    expect(await inState(world, "InService")).toHaveLength(2);
    let most = 0;
    let fewest = 9;
    const isGone = (): boolean => {
      const members = [...(world.autoscaling.groups.get(GROUP)?.members.values() ?? [])];
      most = Math.max(most, members.length);
      fewest = Math.min(fewest, members.filter(({ state }) => state === "InService").length);
      return !members.some(({ instanceId }) => instanceId === first);
    };
    expect(await advanceUntil(isGone, 10 * MINUTE)).toBe(true);
    expect(most).toBe(3);
    expect(fewest).toBe(2);
    expect(await states(world)).toEqual(["InService", "InService"]);
  });

  test("terminates first where no maintenance policy says otherwise", async () => {
    const { world, first } = await serving();
    await world.call("autoscaling", "SetInstanceHealth", { InstanceId: first, HealthStatus: "Unhealthy" });
    await advance(10_000);
    expect(world.autoscaling.groups.get(GROUP)?.members.get(first)?.state).toMatch(/^Terminating/);
    expect((await activities(world)).some(({ Cause }) => Cause?.includes("in response to a user health-check"))).toBe(true);
  });

  test("tries again by itself after a launch that found no capacity", async () => {
    const world = createWorld();
    world.autoscaling.withholdCapacity(true);
    await createGroup(world, { DesiredCapacity: 1 });
    await advance(5 * MINUTE);
    const failed = (await activities(world)).filter(({ StatusCode }) => StatusCode === "Failed");
    expect(failed.length).toBeGreaterThan(2);
    expect(failed.length).toBeLessThan(8);
    expect(failed[0]?.StatusMessage).toMatch(
      /^We currently do not have sufficient c5.4xlarge capacity in the Availability Zone you requested .*Launching EC2 instance failed\.$/,
    );
    expect(eventsOf(world, "EC2 Instance Launch Unsuccessful")[0]).toMatchObject({ StatusCode: "Failed", EC2InstanceId: "", AutoScalingGroupName: GROUP });
    world.autoscaling.withholdCapacity(false);
    await advance(12 * MINUTE);
    expect(await states(world)).toEqual(["InService"]);
  });

  test("chooses the oldest template version when it scales in, whoever is sick", async () => {
    const { world, first, second } = await serving();
    await world.call("ec2", "CreateLaunchTemplateVersion", { LaunchTemplateName: "node", SourceVersion: "1", LaunchTemplateData: { ImageId: "ami-2" } });
    await world.call("autoscaling", "UpdateAutoScalingGroup", {
      AutoScalingGroupName: GROUP,
      LaunchTemplate: { LaunchTemplateName: "node", Version: "$Latest" },
      DesiredCapacity: 3,
    });
    await advance(2 * MINUTE);
    const [third] = (await inState(world, "InService")).filter((id) => id !== first && id !== second);
    expect(world.ec2.instances.get(third ?? "")?.imageId).toBe("ami-2");
    await world.call("autoscaling", "SetDesiredCapacity", { AutoScalingGroupName: GROUP, DesiredCapacity: 1 });
    await advance(3 * MINUTE);
    expect(await inState(world, "InService")).toEqual([third]);
  });

  test("refuses capacities outside its bounds, and moves the desired capacity with new bounds", async () => {
    const { world } = await serving();
    const set = (DesiredCapacity: number) => world.call("autoscaling", "SetDesiredCapacity", { AutoScalingGroupName: GROUP, DesiredCapacity });
    await expect(set(4)).rejects.toMatchObject({
      code: "ValidationError",
      message: "New SetDesiredCapacity value 4 is above max value 3 for the AutoScalingGroup.",
    });
    await expect(set(0)).rejects.toMatchObject({ message: "New SetDesiredCapacity value 0 is below min value 1 for the AutoScalingGroup." });
    await world.call("autoscaling", "UpdateAutoScalingGroup", { AutoScalingGroupName: GROUP, MinSize: 3 });
    expect(await group(world)).toMatchObject({ MinSize: 3, DesiredCapacity: 3 });
    await expect(world.call("autoscaling", "UpdateAutoScalingGroup", { AutoScalingGroupName: GROUP, MinSize: 5 })).rejects.toMatchObject({
      code: "ValidationError",
    });
  });

  test("needs the rights to launch and to pass the role when it names a template, and is judged by its tags", async () => {
    const { world } = await serving();
    const asked: { action: string; resources: string[]; context?: object }[] = [];
    world.account.authorize = (_principal, right) => {
      asked.push(right);
      return { allowed: true };
    };
    await world.call("autoscaling", "UpdateAutoScalingGroup", { AutoScalingGroupName: GROUP, LaunchTemplate: { LaunchTemplateName: "node", Version: "1" } });
    expect(asked.map(({ action }) => action)).toEqual(["autoscaling:UpdateAutoScalingGroup", "ec2:RunInstances", "iam:PassRole"]);
    expect(asked[0]?.resources[0]).toMatch(/^arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:[0-9a-f-]{36}:autoScalingGroupName\/fleet$/);
    expect(asked[0]?.context).toEqual({ "aws:ResourceTag/steward:stage": "demo", "autoscaling:ResourceTag/steward:stage": "demo" });
  });

  test("pages its activities, newest first, without losing or repeating any while new ones come", async () => {
    const { world, first } = await serving();
    const take = (NextToken?: string) =>
      world.call("autoscaling", "DescribeScalingActivities", { AutoScalingGroupName: GROUP, MaxRecords: 1, ...(NextToken && { NextToken }) });
    const one = await take();
    world.ec2.lose(first);
    await advance(MINUTE);
    const two = await take(one.NextToken);
    expect(two.NextToken).toBeUndefined();
    expect(two.Activities?.[0]?.ActivityId).not.toBe(one.Activities?.[0]?.ActivityId);
    await expect(take("bm90aGluZw==")).rejects.toMatchObject({ code: "InvalidNextToken" });
  });
});

describe("a launch hook", () => {
  const hooked = { DesiredCapacity: 1, LifecycleHookSpecificationList: [LAUNCH_HOOK] };

  test("keeps an instance waiting until it is completed", async () => {
    const world = createWorld();
    await createGroup(world, hooked);
    await advance(5 * MINUTE);
    const [id = ""] = await inState(world, "Pending:Wait");
    expect(await activities(world)).toMatchObject([{ StatusCode: "MidLifecycleAction" }]);
    expect(eventsOf(world, "EC2 Instance-launch Lifecycle Action")).toMatchObject([
      {
        LifecycleHookName: "admit",
        EC2InstanceId: id,
        AutoScalingGroupName: GROUP,
        LifecycleTransition: "autoscaling:EC2_INSTANCE_LAUNCHING",
        Origin: "EC2",
        Destination: "AutoScalingGroup",
      },
    ]);
    await complete(world, id);
    expect(await states(world)).toEqual(["Pending:Proceed"]);
    await advance(10_000);
    expect(await states(world)).toEqual(["InService"]);
  });

  test("is completed by token too; twice, or for a stranger, there is no active action", async () => {
    const world = createWorld();
    await createGroup(world, hooked);
    await advance(MINUTE);
    const [id = ""] = await inState(world, "Pending:Wait");
    const token = String(eventsOf(world, "EC2 Instance-launch Lifecycle Action")[0]?.["LifecycleActionToken"]);
    const byToken = (LifecycleActionToken: string) =>
      world.call("autoscaling", "CompleteLifecycleAction", {
        AutoScalingGroupName: GROUP,
        LifecycleHookName: "admit",
        LifecycleActionToken,
        LifecycleActionResult: "CONTINUE",
      });
    await expect(byToken("nobody")).rejects.toMatchObject({ message: "No active Lifecycle Action found with token nobody" });
    await byToken(token);
    await expect(byToken(token)).rejects.toMatchObject({ code: "ValidationError" });
    await expect(complete(world, id)).rejects.toMatchObject({ code: "ValidationError", message: `No active Lifecycle Action found with instance ID ${id}` });
  });

  test("abandoned, ends the instance as a cancelled activity, and the group tries again", async () => {
    const world = createWorld();
    await createGroup(world, hooked);
    await advance(MINUTE);
    const [id = ""] = await inState(world, "Pending:Wait");
    await complete(world, id, "ABANDON");
    await advance(3 * MINUTE);
    const cancelled = (await activities(world)).find(({ StatusCode }) => StatusCode === "Cancelled");
    expect(cancelled?.StatusMessage).toMatch(
      /^Instance failed to complete user's Lifecycle Action: Lifecycle Action with token .+ was abandoned: Lifecycle Action Completed with ABANDON Result$/,
    );
    expect(eventsOf(world, "EC2 Instance Launch Unsuccessful")).toMatchObject([{ EC2InstanceId: id, StatusCode: "Failed" }]);
    expect(world.ec2.instances.get(id)?.state).toBe("terminated");
    const [next = ""] = await inState(world, "Pending:Wait");
    expect(next).not.toBe(id);
    expect(next).not.toBe("");
  });

  test("times out into its default result; a heartbeat restarts the wait, but only a hundred of them fit", async () => {
    const world = createWorld();
    await createGroup(world, { DesiredCapacity: 1, LifecycleHookSpecificationList: [{ ...LAUNCH_HOOK, HeartbeatTimeout: 30 }] });
    await advanceUntil(() => world.events.some((event) => event["detail-type"] === "EC2 Instance-launch Lifecycle Action"), 2 * MINUTE);
    const startedAt = Date.now();
    const [id = ""] = await inState(world, "Pending:Wait");
    let beats = 0;
    try {
      for (;;) {
        await advance(20_000);
        await world.call("autoscaling", "RecordLifecycleActionHeartbeat", { AutoScalingGroupName: GROUP, LifecycleHookName: "admit", InstanceId: id });
        beats += 1;
      }
    } catch (error) {
      expect(error).toMatchObject({ message: `No active Lifecycle Action found with instance ID ${id}` });
    }
    expect(beats).toBeGreaterThan(140);
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(3_000_000);
    expect(Date.now() - startedAt).toBeLessThan(3_030_000);
    expect((await activities(world)).at(-1)?.StatusMessage).toContain("was abandoned: Heartbeat Timeout");
  });

  test("holds a dead instance too: it is found out only after the hook", async () => {
    const world = createWorld();
    await createGroup(world, hooked);
    await advance(MINUTE);
    const [id = ""] = await inState(world, "Pending:Wait");
    world.ec2.lose(id);
    await advance(5 * MINUTE);
    expect(await inState(world, "Pending:Wait")).toEqual([id]);
    await complete(world, id);
    await advance(3 * MINUTE);
    expect((await instances(world)).map(({ InstanceId }) => InstanceId)).not.toContain(id);
  });

  test("put on a group later holds the next launch only", async () => {
    const { world } = await serving();
    await world.call("autoscaling", "PutLifecycleHook", { AutoScalingGroupName: GROUP, ...LAUNCH_HOOK });
    await world.call("autoscaling", "SetDesiredCapacity", { AutoScalingGroupName: GROUP, DesiredCapacity: 3 });
    await advance(2 * MINUTE);
    expect((await states(world)).sort()).toEqual(["InService", "InService", "Pending:Wait"]);
    const { LifecycleHooks } = await world.call("autoscaling", "DescribeLifecycleHooks", { AutoScalingGroupName: GROUP });
    expect(LifecycleHooks).toMatchObject([{ LifecycleHookName: "admit", HeartbeatTimeout: 600, GlobalTimeout: 60_000 }]);
  });
});

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

test("same seed, same history to the millisecond", async () => {
  const history = async (): Promise<string> => {
    const { world, first } = await serving({}, 7);
    world.ec2.lose(first);
    await advance(5 * MINUTE);
    return JSON.stringify([await activities(world), world.events]);
  };
  expect(await history()).toBe(await history());
});
