import type * as sdk from "@aws-sdk/client-elastic-load-balancing-v2";
import { arn } from "../../account/account.ts";
import { AwsError, type Operations } from "../../account/operation.ts";
import { between, hex } from "../../world/chance.ts";
import { BALANCER_ATTRIBUTES } from "./balancer-attributes.ts";
import { type Balancing, type LoadBalancer, noTraffic, type TargetGroup } from "./balancing.ts";
import { balancerShape, targetGroupShape } from "./describe-operations.ts";
import { keepChecking } from "./health-checks.ts";
import { keepPublishing } from "./metrics.ts";
import { toCreate } from "./rights.ts";

/** Assumed: a new load balancer is active after one to three minutes. */
const PROVISIONING_MS = [60_000, 180_000] as const;

/** Balancers and target groups. */
export const createOperations = (balancing: Balancing): Operations<typeof sdk> => ({
  CreateLoadBalancer: {
    rights: (input) => toCreate("CreateLoadBalancer", `loadbalancer/app/${input.Name}/*`, tagRecord(input.Tags)),
    run: (input) => ({ LoadBalancers: [balancerShape(balancing, createBalancer(balancing, input))] }),
  },
  CreateTargetGroup: {
    rights: (input) => toCreate("CreateTargetGroup", `targetgroup/${input.Name}/*`, tagRecord(input.Tags)),
    run: (input) => ({ TargetGroups: [targetGroupShape(createTargetGroup(balancing, input))] }),
  },
});

const tagRecord = (tags: sdk.Tag[] | undefined): Record<string, string> => Object.fromEntries((tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));

function createBalancer(balancing: Balancing, input: sdk.CreateLoadBalancerInput): LoadBalancer {
  const name = input.Name ?? "";
  if ([...balancing.balancers.values()].some((other) => other.name === name))
    throw new AwsError("DuplicateLoadBalancerName", `A load balancer with the same name '${name}' exists, but with different settings`);
  requireZones(balancing, input.Subnets ?? []);
  const balancer: LoadBalancer = {
    arn: arn("elasticloadbalancing", `loadbalancer/app/${name}/${hex(16)}`),
    name,
    scheme: input.Scheme ?? "internet-facing",
    createdAt: new Date(),
    state: "provisioning",
    subnets: input.Subnets ?? [],
    securityGroups: input.SecurityGroups ?? [],
    attributes: new Map(BALANCER_ATTRIBUTES),
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

/** Source: API reference, CreateLoadBalancer: an application load balancer stands in two zones at least, in each once. */
function requireZones({ account }: Balancing, subnets: string[]): void {
  const zones = subnets.map((subnet) => account.links.zoneOf(subnet));
  if (new Set(zones).size < 2) throw new AwsError("ValidationError", "At least two subnets in two different Availability Zones must be specified");
  if (new Set(zones).size < zones.length)
    throw new AwsError("InvalidConfigurationRequest", "A load balancer cannot be attached to multiple subnets in the same Availability Zone");
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
