import { advance } from "@steward/simulator/world/drive";
import { createWorld, type HttpAnswer, type TestWorld } from "./autoscaling-world.ts";

export interface Balanced {
  world: TestWorld;
  targetGroupArn: string;
  instances: string[];
}

/** A balancer with two registered targets, checked every 10 s; the world has moved on by `settledMs` since they were registered. */
export async function balanced({ settledMs = 30_000, seed = 1 } = {}): Promise<Balanced> {
  const world = createWorld(seed);
  const { Instances } = await world.call("ec2", "RunInstances", { ImageId: "ami-1", InstanceType: "c5.large", SubnetId: "subnet-a", MinCount: 2, MaxCount: 2 });
  const instances = (Instances ?? []).map(({ InstanceId = "" }) => InstanceId);
  const { LoadBalancers } = await world.call("elbv2", "CreateLoadBalancer", { Name: "lb", Subnets: ["subnet-a", "subnet-b"] });
  const { TargetGroups } = await world.call("elbv2", "CreateTargetGroup", {
    Name: "nodes",
    Port: 4242,
    Protocol: "HTTP",
    VpcId: "vpc-1",
    HealthCheckPath: "/__ping__",
    HealthCheckIntervalSeconds: 10,
    HealthCheckTimeoutSeconds: 5,
    HealthyThresholdCount: 2,
    UnhealthyThresholdCount: 3,
    Matcher: { HttpCode: "200" },
  });
  const targetGroupArn = TargetGroups?.[0]?.TargetGroupArn ?? "";
  await world.call("elbv2", "ModifyTargetGroupAttributes", {
    TargetGroupArn: targetGroupArn,
    Attributes: [{ Key: "deregistration_delay.timeout_seconds", Value: "60" }],
  });
  await world.call("elbv2", "CreateListener", {
    LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn ?? "",
    Port: 80,
    Protocol: "HTTP",
    DefaultActions: [{ Type: "forward", TargetGroupArn: targetGroupArn }],
  });
  await advance(30_000);
  await world.call("elbv2", "RegisterTargets", { TargetGroupArn: targetGroupArn, Targets: instances.map((Id) => ({ Id })) });
  await advance(settledMs);
  return { world, targetGroupArn, instances };
}

/** From now on the instance's machine answers so. */
export function answer({ world }: Balanced, instanceId: string | undefined, given: HttpAnswer): void {
  const machine = world.machines.get(instanceId ?? "");
  if (machine) machine.answer = given;
}
