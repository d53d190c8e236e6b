import type * as sdk from "@aws-sdk/client-elastic-load-balancing-v2";
import { AwsError, type Operations } from "../../account/operation.ts";
import { page } from "../ec2/page.ts";
import { type Balancing, balancerOf, type LoadBalancer, type TargetGroup, targetGroupOf } from "./balancing.ts";

/** The listings of Elastic Load Balancing. None has resource-level permissions. */
export const describeOperations = (balancing: Balancing): Operations<typeof sdk> => ({
  DescribeLoadBalancers: {
    run: (input) => {
      const all = [...balancing.balancers.values()];
      const found = pick(all, {
        arns: input.LoadBalancerArns,
        names: input.Names,
        missing: () => new AwsError("LoadBalancerNotFound", "One or more load balancers not found"),
      });
      const { items, nextToken } = page(found, { keyOf: ({ arn }) => arn, limit: input.PageSize ?? 400, token: input.Marker, invalidToken });
      return { LoadBalancers: items.map((balancer) => balancerShape(balancing, balancer)), NextMarker: nextToken };
    },
  },
  DescribeTargetGroups: {
    run: (input) => {
      const balancer = input.LoadBalancerArn === undefined ? undefined : balancerOf(balancing, input.LoadBalancerArn);
      const all = [...balancing.targetGroups.values()].filter((group) => balancer === undefined || group.balancers.has(balancer.arn));
      const found = pick(all, {
        arns: input.TargetGroupArns,
        names: input.Names,
        missing: () => new AwsError("TargetGroupNotFound", "One or more target groups not found"),
      });
      const { items, nextToken } = page(found, { keyOf: ({ arn }) => arn, limit: input.PageSize ?? 400, token: input.Marker, invalidToken });
      return { TargetGroups: items.map(targetGroupShape), NextMarker: nextToken };
    },
  },
  DescribeTargetGroupAttributes: { run: (input) => ({ Attributes: attributes(targetGroupOf(balancing, input.TargetGroupArn)) }) },
});

const invalidToken = (): AwsError => new AwsError("ValidationError", "Invalid marker");

interface Wanted {
  arns: string[] | undefined;
  names: string[] | undefined;
  missing: () => AwsError;
}

function pick<T extends { arn: string; name: string }>(all: T[], { arns, names, missing }: Wanted): T[] {
  const asked = [...(arns ?? []), ...(names ?? [])];
  if (asked.length === 0) return all;
  return asked.map((wanted) => {
    const found = all.find(({ arn, name }) => arn === wanted || name === wanted);
    if (!found) throw missing();
    return found;
  });
}

export const attributes = (group: TargetGroup): sdk.TargetGroupAttribute[] => [...group.attributes].map(([Key, Value]) => ({ Key, Value }));

export const balancerShape = (balancing: Balancing, balancer: LoadBalancer): sdk.LoadBalancer => ({
  LoadBalancerArn: balancer.arn,
  LoadBalancerName: balancer.name,
  DNSName: `${balancer.name}-${balancer.arn.slice(-10)}.us-east-1.elb.amazonaws.com`,
  Scheme: balancer.scheme as sdk.LoadBalancerSchemeEnum,
  Type: "application",
  State: { Code: balancer.state },
  CreatedTime: balancer.createdAt,
  IpAddressType: "ipv4",
  AvailabilityZones: balancer.subnets.map((subnet) => ({ SubnetId: subnet, ZoneName: balancing.account.links.zoneOf(subnet) })),
  SecurityGroups: balancer.securityGroups,
});

export const targetGroupShape = (group: TargetGroup): sdk.TargetGroup => ({
  TargetGroupArn: group.arn,
  TargetGroupName: group.name,
  Protocol: group.protocol as sdk.ProtocolEnum,
  Port: group.port,
  VpcId: group.vpcId,
  TargetType: "instance",
  HealthCheckEnabled: true,
  HealthCheckProtocol: "HTTP",
  HealthCheckPort: "traffic-port",
  HealthCheckPath: group.health.path,
  HealthCheckIntervalSeconds: group.health.intervalSeconds,
  HealthCheckTimeoutSeconds: group.health.timeoutSeconds,
  HealthyThresholdCount: group.health.healthyThreshold,
  UnhealthyThresholdCount: group.health.unhealthyThreshold,
  Matcher: { HttpCode: group.health.successCodes },
  LoadBalancerArns: [...group.balancers],
});
