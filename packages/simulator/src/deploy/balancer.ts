import type { TargetGroupSpec } from "@steward/core/topology/topology";
import type { Api } from "./api.ts";
import { given, waitUntil } from "./wait.ts";

export interface Balancer {
  loadBalancerArn: string;
  targetGroupArn: string;
  listenerArn: string;
}

/** Where the balancer stands: an application load balancer needs subnets in two zones. */
export interface BalancerPlace {
  vpc: string;
  subnets: string[];
}

/** The load balancer with its target group and one plain listener, since the topology names no certificate. */
export async function deployBalancer(api: Api, spec: TargetGroupSpec, place: BalancerPlace): Promise<Balancer> {
  const loadBalancerArn = await deployLoadBalancer(api, spec.loadBalancer, place.subnets);
  const targetGroupArn = await deployTargetGroup(api, spec, place.vpc);
  const forward = { Type: "forward" as const, TargetGroupArn: targetGroupArn };
  const { Listeners } = await api("elbv2", "CreateListener", { LoadBalancerArn: loadBalancerArn, Protocol: "HTTP", Port: 80, DefaultActions: [forward] });
  return { loadBalancerArn, targetGroupArn, listenerArn: given(Listeners?.[0]?.ListenerArn, "the listener's ARN") };
}

async function deployLoadBalancer(api: Api, name: string, subnets: string[]): Promise<string> {
  await api("elbv2", "CreateLoadBalancer", { Name: name, Type: "application", Scheme: "internet-facing", Subnets: subnets });
  const read = () => api("elbv2", "DescribeLoadBalancers", { Names: [name] });
  const { LoadBalancers } = await waitUntil(`load balancer ${name}`, read, (answer) => answer.LoadBalancers?.[0]?.State?.Code === "active");
  return given(LoadBalancers?.[0]?.LoadBalancerArn, "the load balancer's ARN");
}

async function deployTargetGroup(api: Api, spec: TargetGroupSpec, vpc: string): Promise<string> {
  const { TargetGroups } = await api("elbv2", "CreateTargetGroup", {
    Name: spec.name,
    Protocol: "HTTP",
    Port: spec.port,
    VpcId: vpc,
    TargetType: "instance",
    HealthCheckProtocol: "HTTP",
    HealthCheckPath: spec.health.path,
    HealthCheckIntervalSeconds: spec.health.intervalSeconds,
    HealthCheckTimeoutSeconds: spec.health.timeoutSeconds,
    HealthyThresholdCount: spec.health.healthyThreshold,
    UnhealthyThresholdCount: spec.health.unhealthyThreshold,
    Matcher: { HttpCode: spec.health.successCodes },
  });
  const arn = given(TargetGroups?.[0]?.TargetGroupArn, "the target group's ARN");
  await api("elbv2", "ModifyTargetGroupAttributes", {
    TargetGroupArn: arn,
    Attributes: [{ Key: "deregistration_delay.timeout_seconds", Value: String(spec.deregistrationDelaySeconds) }],
  });
  return arn;
}

/** The parts of the ARNs that CloudWatch uses as dimensions. Source: "CloudWatch metrics for your Application Load Balancer". */
export const dimensionsOf = ({ loadBalancerArn, targetGroupArn }: Balancer): Record<string, string> => ({
  loadBalancer: loadBalancerArn.split(":loadbalancer/")[1] ?? "",
  targetGroup: targetGroupArn.split(":").at(-1) ?? "",
});
