import { advance, advanceUntil } from "@steward/simulator/world/drive";
import { describe, expect, test } from "vitest";
import { activities, createGroup, GROUP, group, inState, instances, MINUTE, serving, states } from "./autoscaling-group.ts";
import { createWorld, eventsOf } from "./autoscaling-world.ts";

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
    expect([...new Set(asked.map(({ action }) => action))]).toEqual(["autoscaling:UpdateAutoScalingGroup", "ec2:RunInstances", "iam:PassRole"]);
    const resources = asked.flatMap((right) => (right.action === "ec2:RunInstances" ? right.resources : []));
    expect(resources.map((resource) => resource.split(/[:/]/)[5])).toEqual([
      "instance",
      "network-interface",
      "volume",
      "security-group",
      "image",
      "subnet",
      "launch-template",
    ]);
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

test("same seed, same history to the millisecond", async () => {
  const history = async (): Promise<string> => {
    const { world, first } = await serving({}, 7);
    world.ec2.lose(first);
    await advance(5 * MINUTE);
    return JSON.stringify([await activities(world), world.events]);
  };
  expect(await history()).toBe(await history());
});
