import type { BalancerSpec, ListenerSpec, TargetGroupSpec } from "@steward/core/topology/fleet-spec";
import type { Api } from "./api.ts";
import { type Named, nameOf } from "./named.ts";
import { given, waitUntil } from "./wait.ts";

export interface Balancer {
  loadBalancerArn: string;
  targetGroupArn: string;
  listenerArns: string[];
}

/** The load balancer with its target group and listeners; undefined where users come to the server itself. */
export async function deployBalancer(api: Api, spec: BalancerSpec | null, named: Named): Promise<Balancer | undefined> {
  if (!spec) return undefined;
  const loadBalancerArn = await deployLoadBalancer(api, spec, named);
  const targetGroupArn = await deployTargetGroup(api, spec.targetGroup, nameOf(named, "vpc"));
  const listenerArns: string[] = [];
  for (const listener of spec.listeners) listenerArns.push(await deployListener(api, listener, { loadBalancerArn, targetGroupArn }));
  return { loadBalancerArn, targetGroupArn, listenerArns };
}

async function deployLoadBalancer(api: Api, spec: BalancerSpec, named: Named): Promise<string> {
  await api("elbv2", "CreateLoadBalancer", {
    Name: spec.name,
    Type: "application",
    Scheme: spec.scheme,
    Subnets: spec.subnets.map((id) => nameOf(named, `subnet:${id}`)),
    SecurityGroups: [nameOf(named, `securityGroup:${spec.securityGroup}`)],
  });
  const read = () => api("elbv2", "DescribeLoadBalancers", { Names: [spec.name] });
  const { LoadBalancers } = await waitUntil(`load balancer ${spec.name}`, read, (answer) => answer.LoadBalancers?.[0]?.State?.Code === "active");
  const arn = given(LoadBalancers?.[0]?.LoadBalancerArn, "the load balancer's ARN");
  await api("elbv2", "ModifyLoadBalancerAttributes", { LoadBalancerArn: arn, Attributes: attributes(spec) });
  return arn;
}

const attributes = ({ idleTimeoutSeconds, deletionProtection, dropInvalidHeaders, accessLogs }: BalancerSpec) => [
  { Key: "idle_timeout.timeout_seconds", Value: String(idleTimeoutSeconds) },
  { Key: "deletion_protection.enabled", Value: String(deletionProtection) },
  { Key: "routing.http.drop_invalid_header_fields.enabled", Value: String(dropInvalidHeaders) },
  { Key: "access_logs.s3.enabled", Value: "true" },
  { Key: "access_logs.s3.bucket", Value: accessLogs.bucket },
  { Key: "access_logs.s3.prefix", Value: accessLogs.prefix },
];

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

async function deployListener(
  api: Api,
  spec: ListenerSpec,
  { loadBalancerArn, targetGroupArn }: { loadBalancerArn: string; targetGroupArn: string },
): Promise<string> {
  const { action, certificateArn, sslPolicy } = spec;
  const { Listeners } = await api("elbv2", "CreateListener", {
    LoadBalancerArn: loadBalancerArn,
    Protocol: spec.protocol,
    Port: spec.port,
    ...(certificateArn && { Certificates: [{ CertificateArn: certificateArn }] }),
    ...(sslPolicy && { SslPolicy: sslPolicy }),
    DefaultActions: [
      action.do === "forward"
        ? { Type: "forward", TargetGroupArn: targetGroupArn }
        : { Type: "redirect", RedirectConfig: { Protocol: action.protocol, Port: String(action.port), StatusCode: "HTTP_301" } },
    ],
  });
  return given(Listeners?.[0]?.ListenerArn, "the listener's ARN");
}

/** The parts of the ARNs that CloudWatch uses as dimensions. Source: "CloudWatch metrics for your Application Load Balancer". */
export const dimensionsOf = (balancer: Balancer | undefined): Named =>
  balancer ? { loadBalancer: balancer.loadBalancerArn.split(":loadbalancer/")[1] ?? "", targetGroup: balancer.targetGroupArn.split(":").at(-1) ?? "" } : {};
