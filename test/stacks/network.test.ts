import { describe, expect, test } from "vitest";
import { inputsOf, namesById, namesOf, only } from "./examples.ts";
import { graphOf } from "./graph/stages.ts";

type Inputs = Record<string, unknown>;
const [single, ha] = [() => graphOf("single"), () => graphOf("ha")];
const both = [
  ["single", single],
  ["ha", ha],
] as const;
const group = (graph: typeof ha) => only(graph(), "aws:autoscaling/group:Group");
const balancer = () => only(ha(), "aws:lb/loadBalancer:LoadBalancer");
const subnets = (graph: typeof ha) =>
  Object.fromEntries(
    inputsOf(graph(), "aws:ec2/subnet:Subnet").map(({ tags, availabilityZone, cidrBlock }) => [String((tags as Inputs).Name), { availabilityZone, cidrBlock }]),
  );
const rules = (graph: typeof ha, direction: "Ingress" | "Egress", of: string) =>
  inputsOf(graph(), `aws:vpc/securityGroup${direction}Rule:SecurityGroup${direction}Rule`)
    .filter(({ securityGroupId }) => namesById(graph()).get(String(securityGroupId)) === of)
    .map(
      ({ fromPort, toPort, cidrIpv4, referencedSecurityGroupId }) =>
        `${fromPort}-${toPort} ${cidrIpv4 ?? namesById(graph()).get(String(referencedSecurityGroupId))}`,
    )
    .sort();

describe("ingress of the single server", () => {
  test("is an Elastic IP that nothing is associated with yet", () => {
    expect(only(single(), "aws:ec2/eip:Eip")).toEqual({ domain: "vpc", tags: { Name: "steward-single", "steward:stage": "single" } });
  });

  test("is a public subnet, and a second one for the day when its zone is gone", () => {
    expect(subnets(single)).toEqual({
      "steward-single-public-a": { availabilityZone: "us-east-1a", cidrBlock: "10.20.0.0/20" },
      "steward-single-public-b": { availabilityZone: "us-east-1b", cidrBlock: "10.20.16.0/20" },
      "steward-single-node-builder": { availabilityZone: "us-east-1a", cidrBlock: "10.20.240.0/20" },
    });
    expect(namesOf(single(), group(single).vpcZoneIdentifiers)).toEqual(["steward-single-public-a"]);
  });

  test("is open to the allow-list alone", () => {
    expect(rules(single, "Ingress", "steward-single-nodes")).toEqual(["443-443 203.0.113.0/24"]);
    expect(inputsOf(single(), "aws:ec2/securityGroup:SecurityGroup").map(({ name }) => name)).toEqual([
      "steward-single-node-builder",
      "steward-single-drill",
      "steward-single-nodes",
    ]);
    for (const closed of ["node-builder", "drill"]) expect(rules(single, "Ingress", `steward-single-${closed}`)).toEqual([]);
    expect(rules(single, "Egress", "steward-single-drill")).toEqual(["443-443 0.0.0.0/0"]);
  });

  test("has neither a balancer nor a way through NAT", () => {
    const types = new Set(single().resources.map(({ type }) => type));
    expect([...types].filter((type) => /^aws:(lb|rds)\/|natGateway/.test(type))).toEqual([]);
  });
});

describe("ingress of the pair", () => {
  test("is an internet-facing balancer in two zones", () => {
    expect(balancer()).toMatchObject({ loadBalancerType: "application", internal: false, name: "steward-ha" });
    expect(namesOf(ha(), balancer().subnets)).toEqual(["steward-ha-public-a", "steward-ha-public-b"]);
  });

  test("waits 300 s, drops invalid headers, is protected from deletion and logs every request", () => {
    expect(balancer()).toMatchObject({ idleTimeout: 300, dropInvalidHeaderFields: true, enableDeletionProtection: true });
    expect(balancer().accessLogs).toEqual({ bucket: "steward-123456789012-ha-access-logs", prefix: "ha", enabled: true });
  });

  test("asks each node every 10 s whether it serves", () => {
    expect(only(ha(), "aws:lb/targetGroup:TargetGroup")).toMatchObject({
      port: 4242,
      protocol: "HTTP",
      targetType: "instance",
      deregistrationDelay: 300,
      healthCheck: { path: "/__ping__", interval: 10, timeout: 5, healthyThreshold: 2, unhealthyThreshold: 3, matcher: "200" },
    });
  });

  test("is plain HTTP without a certificate", () => {
    const listener = only(ha(), "aws:lb/listener:Listener");
    expect(listener).toMatchObject({ port: 80, protocol: "HTTP", defaultActions: [{ type: "forward" }] });
    expect(group(ha).targetGroupArns).toEqual([(listener.defaultActions as { targetGroupArn: string }[])[0]?.targetGroupArn]);
  });

  test("reaches nodes through the balancer alone, and the database through nodes alone", () => {
    expect(rules(ha, "Ingress", "steward-ha-balancer")).toEqual(["80-80 0.0.0.0/0"]);
    expect(rules(ha, "Egress", "steward-ha-balancer")).toEqual(["4242-4242 steward-ha-nodes"]);
    expect(rules(ha, "Ingress", "steward-ha-nodes")).toEqual(["4242-4242 steward-ha-balancer"]);
    expect(rules(ha, "Egress", "steward-ha-nodes")).toEqual([
      "22-22 0.0.0.0/0",
      "443-443 0.0.0.0/0",
      "5432-5432 steward-ha-database",
      "5432-5432 steward-ha-drill",
    ]);
    expect(rules(ha, "Ingress", "steward-ha-drill")).toEqual(["5432-5432 steward-ha-nodes"]);
    expect(rules(ha, "Egress", "steward-ha-drill")).toEqual([]);
    expect(rules(ha, "Ingress", "steward-ha-database")).toEqual(["5432-5432 steward-ha-nodes"]);
    expect(rules(ha, "Egress", "steward-ha-database")).toEqual([]);
  });
});

describe("network of the pair", () => {
  test("has its nodes in one private subnet of one zone, and two isolated subnets for the database", () => {
    expect(Object.entries(subnets(ha)).map(([name, { availabilityZone }]) => `${name} ${availabilityZone}`)).toEqual([
      "steward-ha-database-a us-east-1a",
      "steward-ha-database-b us-east-1b",
      "steward-ha-nodes us-east-1a",
      "steward-ha-public-a us-east-1a",
      "steward-ha-public-b us-east-1b",
    ]);
    expect(namesOf(ha(), group(ha).vpcZoneIdentifiers)).toEqual(["steward-ha-nodes"]);
  });

  test("leads nodes out through NAT, and the database nowhere", () => {
    const ways = inputsOf(ha(), "aws:ec2/route:Route").map(({ routeTableId, gatewayId, natGatewayId }) =>
      namesOf(ha(), [routeTableId, gatewayId ?? natGatewayId]),
    );
    expect(ways.sort()).toEqual([
      ["steward-ha-private", "steward-ha"],
      ["steward-ha-public", "steward-ha"],
    ]);
    const tables = inputsOf(ha(), "aws:ec2/routeTableAssociation:RouteTableAssociation").map(({ routeTableId, subnetId }) =>
      namesOf(ha(), [subnetId, routeTableId]).join(" in "),
    );
    expect(tables.sort()).toEqual([
      "steward-ha-database-a in steward-ha-isolated",
      "steward-ha-database-b in steward-ha-isolated",
      "steward-ha-nodes in steward-ha-private",
      "steward-ha-public-a in steward-ha-public",
      "steward-ha-public-b in steward-ha-public",
    ]);
    expect(namesOf(ha(), [only(ha(), "aws:ec2/natGateway:NatGateway").subnetId])).toEqual(["steward-ha-public-a"]);
  });
});

test.each(both)("the network of %s reaches S3 without leaving AWS", (_stage, graph) => {
  expect(only(graph(), "aws:ec2/vpcEndpoint:VpcEndpoint")).toMatchObject({ serviceName: "com.amazonaws.us-east-1.s3", vpcEndpointType: "Gateway" });
});
