import { advance, advanceUntil } from "@steward/simulator/world/drive";
import { describe, expect, test } from "vitest";
import { activities, complete, createGroup, GROUP, inState, instances, LAUNCH_HOOK, MINUTE, serving, states } from "./autoscaling-group.ts";
import { createWorld, eventsOf } from "./autoscaling-world.ts";

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
    const token = String(eventsOf(world, "EC2 Instance-launch Lifecycle Action")[0]?.LifecycleActionToken);
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
