import { beforeAll, describe, expect, test } from "vitest";
import { inputsOf, only, STAGES, topology } from "./examples.ts";
import { evaluate } from "./graph/evaluate.ts";
import type { Graph } from "./graph/graph.ts";
import { deployedOf } from "./identity.ts";
import { inventoryOf } from "./inventory.ts";
import { policiesMeant, policiesOf } from "./policies.ts";
import rich, { CANARY } from "./rich.config.ts";
import { leaksOf } from "./secrecy.ts";

const IN_THE_ENVIRONMENT = "canary-0a9b8c7d6e5f";
const graphs: Partial<Record<(typeof STAGES)[number], Graph>> = {};
const of = (stage: (typeof STAGES)[number]): Graph => graphs[stage] ?? expect.fail(`${stage} was not evaluated`);

beforeAll(async () => {
  process.env.A_SECRET_OF_THE_DEVELOPER = IN_THE_ENVIRONMENT;
  for (const stage of STAGES) graphs[stage] = await evaluate({ stage, config: "test/stacks/rich.config.ts" });
  delete process.env.A_SECRET_OF_THE_DEVELOPER;
});

describe.each(STAGES)("the stage %s with everything switched on", (stage) => {
  test("adds nothing to its topology and drops nothing", () => {
    expect(deployedOf(of(stage))).toEqual(inventoryOf(topology(stage, rich)));
  });

  test("has the topology's policies and no other", () => {
    expect(policiesOf(of(stage))).toEqual(policiesMeant(topology(stage, rich)));
  });

  test("keeps a pager's token in its subscription, marked as secret, and nowhere else", () => {
    expect(leaksOf(of(stage), [CANARY, IN_THE_ENVIRONMENT])).toEqual([
      `aws:sns/topicSubscription:TopicSubscription Subscription-pager-1.endpoint has ${CANARY}`,
    ]);
    const { inputs } = of(stage).resources.find(({ name }) => name === "Subscription-pager-1") ?? expect.fail("the pager is not subscribed");
    expect(inputs).toMatchObject({ protocol: "https", endpoint: { $secret: expect.stringContaining(CANARY) } });
  });

  test("reaches AWS by private ways with names of their own", () => {
    const ways = inputsOf(of(stage), "aws:ec2/vpcEndpoint:VpcEndpoint").filter(({ vpcEndpointType }) => vpcEndpointType === "Interface");
    expect(ways.map(({ serviceName }) => String(serviceName).replace("com.amazonaws.us-east-1.", ""))).toEqual([
      "kms",
      "logs",
      "monitoring",
      "secretsmanager",
      "ssm",
      "ssmmessages",
    ]);
    for (const { privateDnsEnabled, subnetIds, securityGroupIds } of ways)
      expect([privateDnsEnabled, subnetIds, securityGroupIds]).toEqual([true, [expect.any(String)], [expect.any(String)]]);
    expect(only(of(stage), "aws:ec2/vpc:Vpc")).toMatchObject({ enableDnsSupport: true, enableDnsHostnames: true });
  });
});

test("a certificate makes the balancer speak TLS 1.2 and newer, and redirect plain HTTP", () => {
  const listeners = inputsOf(of("ha"), "aws:lb/listener:Listener");
  expect(listeners.find(({ port }) => port === 443)).toMatchObject({
    protocol: "HTTPS",
    sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
    certificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012",
    defaultActions: [{ type: "forward", targetGroupArn: expect.any(String) }],
  });
  expect(listeners.find(({ port }) => port === 80)).toMatchObject({
    protocol: "HTTP",
    defaultActions: [{ type: "redirect", redirect: { protocol: "HTTPS", port: "443", statusCode: "HTTP_301" } }],
  });
});

test("a pinned minor version of Postgres is not moved by RDS", () => {
  expect(only(of("ha"), "aws:rds/instance:Instance")).toMatchObject({ engineVersion: "16.4", autoMinorVersionUpgrade: false, multiAz: true });
});

test("plain HTTP on the single server is open to the allow-list alone", () => {
  const rules = inputsOf(of("single"), "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule").filter(({ cidrIpv4 }) => cidrIpv4);
  expect(rules.map(({ cidrIpv4, fromPort }) => `${cidrIpv4} ${fromPort}`)).toEqual(["198.51.100.7/32 4242", "203.0.113.0/24 4242"]);
});
