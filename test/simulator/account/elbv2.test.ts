import { advance, advanceUntil } from "@steward/simulator/world/drive";
import { describe, expect, test } from "vitest";
import { OK } from "./autoscaling-world.ts";
import { answer, type Balanced, balanced } from "./elbv2-world.ts";

const health = async ({ world, targetGroupArn }: Balanced, ids?: string[]) =>
  (
    await world.call("elbv2", "DescribeTargetHealth", { TargetGroupArn: targetGroupArn, ...(ids && { Targets: ids.map((Id) => ({ Id })) }) })
  ).TargetHealthDescriptions?.map(({ TargetHealth }) => [TargetHealth?.State, TargetHealth?.Reason]) ?? [];

const deregister = ({ world, targetGroupArn }: Balanced, Id = "") =>
  world.call("elbv2", "DeregisterTargets", { TargetGroupArn: targetGroupArn, Targets: [{ Id }] });

describe("a target", () => {
  test("is initial first, then healthy after one passed check", async () => {
    const lb = await balanced({ settledMs: 0 });
    expect(await health(lb)).toEqual([
      ["initial", "Elb.RegistrationInProgress"],
      ["initial", "Elb.RegistrationInProgress"],
    ]);
    await advance(30_000);
    expect(await health(lb)).toEqual([
      ["healthy", undefined],
      ["healthy", undefined],
    ]);
  });

  test("that never answers stays in its initial checks until the threshold, then is unhealthy", async () => {
    const lb = await balanced({ settledMs: 0 });
    answer(lb, lb.instances[0], { kind: "refused" });
    await advance(20_000);
    expect((await health(lb))[0]).toEqual(["initial", "Elb.InitialHealthChecking"]);
    await advance(20_000);
    expect((await health(lb))[0]).toEqual(["unhealthy", "Target.FailedHealthChecks"]);
  });

  test.each([
    [{ kind: "timeout" } as const, "Target.Timeout"],
    [{ ...OK, ms: 6_000 }, "Target.Timeout"],
    [{ ...OK, status: 503 }, "Target.ResponseCodeMismatch"],
    [{ kind: "refused" } as const, "Target.FailedHealthChecks"],
  ])("is unhealthy after three failed checks in a row: %o", async (given, reason) => {
    const lb = await balanced();
    answer(lb, lb.instances[0], given);
    await advance(19_000);
    expect((await health(lb))[0]?.[0]).toBe("healthy");
    await advance(17_000);
    expect(await health(lb)).toEqual([
      ["unhealthy", reason],
      ["healthy", undefined],
    ]);
  });

  test("comes back only after two passed checks in a row", async () => {
    const lb = await balanced();
    answer(lb, lb.instances[0], { kind: "refused" });
    await advance(40_000);
    answer(lb, lb.instances[0], OK);
    await advance(10_000);
    expect((await health(lb))[0]?.[0]).toBe("unhealthy");
    await advance(10_000);
    expect((await health(lb))[0]?.[0]).toBe("healthy");
  });

  test("drains for the whole delay, then is not registered", async () => {
    const lb = await balanced();
    await deregister(lb, lb.instances[0]);
    expect((await health(lb))[0]).toEqual(["draining", "Target.DeregistrationInProgress"]);
    await advance(59_000);
    expect((await health(lb))[0]?.[0]).toBe("draining");
    await advance(1_000);
    expect(await health(lb)).toEqual([["healthy", undefined]]);
    expect(await health(lb, lb.instances)).toEqual([
      ["unused", "Target.NotRegistered"],
      ["healthy", undefined],
    ]);
  });

  test("registered again while it drains starts anew and is not dropped by the old delay", async () => {
    const lb = await balanced();
    await deregister(lb, lb.instances[0]);
    await advance(30_000);
    await lb.world.call("elbv2", "RegisterTargets", { TargetGroupArn: lb.targetGroupArn, Targets: [{ Id: lb.instances[0] ?? "" }] });
    await advance(60_000);
    expect(await health(lb, lb.instances)).toEqual([
      ["healthy", undefined],
      ["healthy", undefined],
    ]);
  });

  test("whose instance is not running is unusable, and can't be registered", async () => {
    const lb = await balanced();
    lb.world.ec2.lose(lb.instances[0] ?? "");
    await advance(11_000);
    expect((await health(lb))[0]).toEqual(["unused", "Target.InvalidState"]);
    await expect(
      lb.world.call("elbv2", "RegisterTargets", { TargetGroupArn: lb.targetGroupArn, Targets: [{ Id: lb.instances[0] ?? "" }] }),
    ).rejects.toMatchObject({ code: "InvalidTarget" });
    await advance(180_000);
    expect(await health(lb)).toEqual([["healthy", undefined]]);
  });

  test("of a group that no listener forwards to is not in use", async () => {
    const lb = await balanced();
    const { TargetGroups } = await lb.world.call("elbv2", "CreateTargetGroup", { Name: "idle", Port: 80, Protocol: "HTTP", VpcId: "vpc-1" });
    const targetGroupArn = TargetGroups?.[0]?.TargetGroupArn ?? "";
    await lb.world.call("elbv2", "RegisterTargets", { TargetGroupArn: targetGroupArn, Targets: [{ Id: lb.instances[0] ?? "" }] });
    expect(await health({ ...lb, targetGroupArn })).toEqual([["unused", "Target.NotInUse"]]);
  });
});

describe("routing", () => {
  const send = ({ world, targetGroupArn }: Balanced, count = 10) => world.elbv2.deliver({ targetGroupArn, path: "/p", count });

  test("spreads requests over healthy targets and leaves out unhealthy ones", async () => {
    const lb = await balanced();
    const asked = () => lb.instances.map((id) => lb.world.machines.get(id)?.asked ?? 0);
    const before = asked();
    expect(send(lb)).toEqual({ served: 10, failed: 0 });
    expect(asked()).toEqual(before.map((n) => n + 1));
    answer(lb, lb.instances[0], { ...OK, status: 503 });
    expect(send(lb)).toEqual({ served: 5, failed: 5 });
    await advance(40_000);
    expect(send(lb)).toEqual({ served: 10, failed: 0 });
  });

  test("fails open to all targets when all are unhealthy", async () => {
    const lb = await balanced();
    for (const id of lb.instances) answer(lb, id, { ...OK, status: 503 });
    await advance(60_000);
    expect((await health(lb)).map(([state]) => state)).toEqual(["unhealthy", "unhealthy"]);
    answer(lb, lb.instances[0], OK);
    expect(send(lb)).toEqual({ served: 5, failed: 5 });
  });

  test("answers by itself when nobody is registered", async () => {
    const lb = await balanced();
    for (const id of lb.instances) await deregister(lb, id);
    expect(send(lb)).toEqual({ served: 0, failed: 10 });
    await advance(100_000);
    expect(lb.world.metrics.filter(({ name }) => name === "HTTPCode_ELB_5XX_Count")).toMatchObject([
      { value: 10, dimensions: { LoadBalancer: expect.stringMatching(/^app\/lb\/[0-9a-f]{16}$/) } },
    ]);
    expect(lb.world.metrics.filter(({ name }) => name === "HTTPCode_Target_5XX_Count")).toEqual([]);
  });
});

describe("metrics", () => {
  test("come once a minute with the balancer's and the group's names, and not at all for what did not happen", async () => {
    const lb = await balanced();
    lb.world.metrics.length = 0;
    await advance(180_000);
    const names = new Set(lb.world.metrics.flatMap(({ name, dimensions }) => (dimensions.TargetGroup === undefined ? [] : [name])));
    expect(names).toEqual(new Set(["HealthyHostCount", "UnHealthyHostCount"]));
    const healthy = lb.world.metrics.filter(({ name }) => name === "HealthyHostCount");
    expect(healthy).toHaveLength(3);
    expect(healthy[0]).toMatchObject({
      value: 2,
      dimensions: { LoadBalancer: expect.stringMatching(/^app\/lb\//), TargetGroup: expect.stringMatching(/^targetgroup\/nodes\//) },
    });
  });

  test("show an unhealthy host within two minutes, as the minute's extremes, and never at once", async () => {
    const lb = await balanced({ settledMs: 120_000 });
    answer(lb, lb.instances[0], { kind: "refused" });
    lb.world.metrics.length = 0;
    const startedAt = Date.now();
    expect(await advanceUntil(() => lb.world.metrics.some(({ name, value }) => name === "UnHealthyHostCount" && value === 1), 180_000)).toBe(true);
    expect(Date.now() - startedAt).toBeGreaterThan(30_000);
    expect(Date.now() - startedAt).toBeLessThan(120_000);
  });

  test("count a target's own errors and the balancer's time-outs apart", async () => {
    const lb = await balanced();
    answer(lb, lb.instances[0], { ...OK, status: 500 });
    answer(lb, lb.instances[1], { kind: "timeout" });
    lb.world.elbv2.deliver({ targetGroupArn: lb.targetGroupArn, path: "/p", count: 10 });
    await advance(200_000);
    const total = (wanted: string) => lb.world.metrics.filter(({ name }) => name === wanted).reduce((sum, { value }) => sum + value, 0);
    expect(total("HTTPCode_Target_5XX_Count")).toBe(5);
    expect(total("HTTPCode_ELB_5XX_Count")).toBe(5);
  });
});

describe("requests about balancers", () => {
  test("are answered by name and ARN, with the codes of the service for what is missing or there already", async () => {
    const { world, targetGroupArn } = await balanced();
    expect((await world.call("elbv2", "DescribeLoadBalancers", { Names: ["lb"] })).LoadBalancers).toMatchObject([
      { LoadBalancerName: "lb", State: { Code: "provisioning" } },
    ]);
    await advance(180_000);
    expect((await world.call("elbv2", "DescribeLoadBalancers", { Names: ["lb"] })).LoadBalancers?.[0]?.State?.Code).toBe("active");
    expect((await world.call("elbv2", "DescribeTargetGroups", { TargetGroupArns: [targetGroupArn] })).TargetGroups).toMatchObject([
      { TargetGroupName: "nodes", HealthCheckPath: "/__ping__" },
    ]);
    const { Attributes } = await world.call("elbv2", "DescribeTargetGroupAttributes", { TargetGroupArn: targetGroupArn });
    expect(Attributes).toContainEqual({ Key: "deregistration_delay.timeout_seconds", Value: "60" });
    await expect(world.call("elbv2", "CreateTargetGroup", { Name: "nodes" })).rejects.toMatchObject({ code: "DuplicateTargetGroupName" });
    await expect(world.call("elbv2", "DescribeTargetHealth", { TargetGroupArn: "arn:none" })).rejects.toMatchObject({ code: "TargetGroupNotFound" });
    await expect(world.call("elbv2", "DescribeLoadBalancers", { Names: ["none"] })).rejects.toMatchObject({ code: "LoadBalancerNotFound" });
  });
});

test("a group registers its instances before they serve, and drains them before the terminate hook", async () => {
  const lb = await balanced();
  const { world, targetGroupArn } = lb;
  await world.call("ec2", "CreateLaunchTemplate", { LaunchTemplateName: "node", LaunchTemplateData: { ImageId: "ami-1", InstanceType: "c5.large" } });
  await world.call("autoscaling", "CreateAutoScalingGroup", {
    AutoScalingGroupName: "fleet",
    MinSize: 0,
    MaxSize: 1,
    DesiredCapacity: 1,
    VPCZoneIdentifier: "subnet-a",
    LaunchTemplate: { LaunchTemplateName: "node", Version: "$Latest" },
    TargetGroupARNs: [targetGroupArn],
    LifecycleHookSpecificationList: [{ LifecycleHookName: "retire", LifecycleTransition: "autoscaling:EC2_INSTANCE_TERMINATING" }],
  });
  const member = () => [...(world.autoscaling.groups.get("fleet")?.members.values() ?? [])][0];
  expect(await advanceUntil(() => member()?.state === "InService", 120_000)).toBe(true);
  const id = member()?.instanceId ?? "";
  expect(world.account.links.targetState(targetGroupArn, id)).toBe("initial");
  await world.call("autoscaling", "TerminateInstanceInAutoScalingGroup", { InstanceId: id, ShouldDecrementDesiredCapacity: true });
  expect(world.account.links.targetState(targetGroupArn, id)).toBe("draining");
  await advance(50_000);
  expect(member()?.state).toBe("Terminating");
  await advance(15_000);
  expect(member()?.state).toBe("Terminating:Wait");
  expect(world.account.links.targetState(targetGroupArn, id)).toBeUndefined();
});
