import type * as sdk from "@aws-sdk/client-elastic-load-balancing-v2";
import { arn } from "../../account/account.ts";
import { AwsError, type Operations } from "../../account/operation.ts";
import { between, hex } from "../../world/chance.ts";
import { type Balancing, balancerOf, type LoadBalancer, noTraffic, type TargetGroup, targetGroupOf } from "./balancing.ts";
import { balancerShape, targetGroupShape } from "./describe-operations.ts";
import { keepChecking } from "./health-checks.ts";
import { keepPublishing } from "./metrics.ts";
import { onResource, toCreate } from "./rights.ts";
import { putInUse } from "./targets.ts";

/** Assumed: a new load balancer is active after one to three minutes. */
const PROVISIONING_MS = [60_000, 180_000] as const;

/** Balancers, target groups, listeners. */
export const createOperations = (balancing: Balancing): Operations<typeof sdk> => ({
  CreateLoadBalancer: {
    rights: (input) => toCreate("CreateLoadBalancer", `loadbalancer/app/${input.Name}/*`, tagRecord(input.Tags)),
    run: (input) => ({ LoadBalancers: [balancerShape(createBalancer(balancing, input))] }),
  },
  CreateTargetGroup: {
    rights: (input) => toCreate("CreateTargetGroup", `targetgroup/${input.Name}/*`, tagRecord(input.Tags)),
    run: (input) => ({ TargetGroups: [targetGroupShape(createTargetGroup(balancing, input))] }),
  },
  CreateListener: {
    rights: (input) => onResource(balancing, "CreateListener", input.LoadBalancerArn),
    run: (input) => ({ Listeners: [createListener(balancing, input)] }),
  },
});

const tagRecord = (tags: sdk.Tag[] | undefined): Record<string, string> => Object.fromEntries((tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));

function createBalancer(balancing: Balancing, input: sdk.CreateLoadBalancerInput): LoadBalancer {
  const name = input.Name ?? "";
  if ([...balancing.balancers.values()].some((other) => other.name === name))
    throw new AwsError("DuplicateLoadBalancerName", `A load balancer with the same name '${name}' exists, but with different settings`);
  const balancer: LoadBalancer = {
    arn: arn("elasticloadbalancing", `loadbalancer/app/${name}/${hex(16)}`),
    name,
    scheme: input.Scheme ?? "internet-facing",
    createdAt: new Date(),
    state: "provisioning",
    subnets: input.Subnets ?? [],
    securityGroups: input.SecurityGroups ?? [],
    tags: tagRecord(input.Tags),
  };
  balancing.balancers.set(balancer.arn, balancer);
  setTimeout(
    () => {
      balancer.state = "active";
    },
    between(...PROVISIONING_MS),
  );
  return balancer;
}

/** Defaults: API reference, CreateTargetGroup, for HTTP. */
function createTargetGroup(balancing: Balancing, input: sdk.CreateTargetGroupInput): TargetGroup {
  const name = input.Name ?? "";
  if ([...balancing.targetGroups.values()].some((other) => other.name === name))
    throw new AwsError("DuplicateTargetGroupName", `A target group with the same name '${name}' exists, but with different settings`);
  const health = {
    path: input.HealthCheckPath ?? "/",
    intervalSeconds: input.HealthCheckIntervalSeconds ?? 30,
    timeoutSeconds: input.HealthCheckTimeoutSeconds ?? 5,
    healthyThreshold: input.HealthyThresholdCount ?? 5,
    unhealthyThreshold: input.UnhealthyThresholdCount ?? 2,
    successCodes: input.Matcher?.HttpCode ?? "200",
  };
  if (health.timeoutSeconds >= health.intervalSeconds) throw new AwsError("ValidationError", "Health check timeout must be smaller than the interval");
  const group: TargetGroup = {
    arn: arn("elasticloadbalancing", `targetgroup/${name}/${hex(16)}`),
    name,
    port: input.Port ?? 80,
    protocol: input.Protocol ?? "HTTP",
    vpcId: input.VpcId,
    health,
    attributes: new Map(DEFAULT_ATTRIBUTES),
    tags: tagRecord(input.Tags),
    balancers: new Set(),
    targets: new Map(),
    traffic: noTraffic(),
    samples: [],
    next: 0,
  };
  balancing.targetGroups.set(group.arn, group);
  keepChecking(balancing, group);
  keepPublishing(balancing, group);
  return group;
}

/** Source: API reference, TargetGroupAttribute. */
const DEFAULT_ATTRIBUTES: [string, string][] = [
  ["deregistration_delay.timeout_seconds", "300"],
  ["stickiness.enabled", "false"],
  ["stickiness.type", "lb_cookie"],
  ["stickiness.lb_cookie.duration_seconds", "86400"],
  ["slow_start.duration_seconds", "0"],
  ["load_balancing.algorithm.type", "round_robin"],
  ["load_balancing.cross_zone.enabled", "use_load_balancer_configuration"],
];

function createListener(balancing: Balancing, input: sdk.CreateListenerInput): sdk.Listener {
  const balancer = balancerOf(balancing, input.LoadBalancerArn);
  const group = targetGroupOf(balancing, input.DefaultActions?.find(({ Type }) => Type === "forward")?.TargetGroupArn);
  const port = input.Port ?? 80;
  if ([...balancing.listeners.values()].some((other) => other.balancer === balancer.arn && other.port === port))
    throw new AwsError("DuplicateListener", "A listener already exists on this port for this load balancer");
  const protocol = input.Protocol ?? "HTTP";
  const listenerArn = `${balancer.arn.replace(":loadbalancer/", ":listener/")}/${hex(16)}`;
  balancing.listeners.set(listenerArn, { arn: listenerArn, balancer: balancer.arn, port, protocol, targetGroup: group.arn });
  group.balancers.add(balancer.arn);
  putInUse(group);
  return {
    ListenerArn: listenerArn,
    LoadBalancerArn: balancer.arn,
    Port: port,
    Protocol: protocol,
    DefaultActions: [{ Type: "forward", TargetGroupArn: group.arn }],
  };
}
