import { describe, expect, test } from "vitest";
import { inputsOf, keyArns, namesById, only, STAGES, topology } from "./examples.ts";
import type { Graph } from "./graph/graph.ts";
import { graphOf } from "./graph/stages.ts";
import { leaksOf } from "./secrecy.ts";

type Inputs = Record<string, unknown>;
const WORLD = "0.0.0.0/0";

const nameOf = (graph: Graph, id: unknown): string => namesById(graph).get(String(id)) ?? String(id);

/** Subnets from which the internet gateway is one hop. */
function publicSubnets(graph: Graph): string[] {
  const open = inputsOf(graph, "aws:ec2/route:Route").filter(({ gatewayId }) => gatewayId);
  const tables = open.map(({ routeTableId }) => routeTableId);
  return inputsOf(graph, "aws:ec2/routeTableAssociation:RouteTableAssociation").flatMap(({ routeTableId, subnetId }) =>
    tables.includes(routeTableId) ? [nameOf(graph, subnetId)] : [],
  );
}

describe.each(STAGES)("in the stage %s", (stage) => {
  const graph = () => graphOf(stage);

  test("nothing is a secret: not in an input, an environment, user data or an output", () => {
    expect(leaksOf(graph())).toEqual([]);
  });

  test("secrets are empty places, and nothing that a deploy makes fills them", () => {
    expect(inputsOf(graph(), "aws:secretsmanager/secret:Secret").length).toBeGreaterThanOrEqual(3);
    expect(graph().resources.filter(({ type }) => /secretVersion|secretRotation|secretPolicy/i.test(type))).toEqual([]);
  });

  test("functions have no URL, and only EventBridge may invoke them from outside the account's own rights", () => {
    expect(graph().resources.filter(({ type }) => /functionUrl|apigateway|cloudfront/i.test(type))).toEqual([]);
    for (const { principal, sourceArn } of inputsOf(graph(), "aws:lambda/permission:Permission")) {
      expect(principal).toBe("events.amazonaws.com");
      expect(sourceArn).toMatch(new RegExp(`^arn:aws:events:us-east-1:123456789012:rule/(steward-${stage}/)?steward-${stage}-`));
    }
  });

  test("no bucket can be made public", () => {
    const closed = { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true };
    const access = inputsOf(graph(), "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock");
    expect(access).toHaveLength(inputsOf(graph(), "aws:s3/bucket:Bucket").length);
    for (const inputs of access) expect(inputs).toMatchObject(closed);
    expect(graph().resources.filter(({ type }) => /bucketAcl|bucketWebsite|bucketCors/i.test(type))).toEqual([]);
  });

  test("everything at rest is encrypted, with the key meant for it", () => {
    const keys = keyArns(topology(stage));
    const ebs = (only(graph(), "aws:ec2/launchTemplate:LaunchTemplate").blockDeviceMappings as { ebs: Inputs }[]).map((mapping) => mapping.ebs);
    expect(ebs.map(({ encrypted, kmsKeyId }) => [encrypted, kmsKeyId])).toEqual([["true", keys["key:data"]]]);
    for (const { name, kmsKeyId } of inputsOf(graph(), "aws:secretsmanager/secret:Secret")) expect(kmsKeyId, String(name)).toBe(keys["key:vault"]);
    for (const { name, kmsMasterKeyId } of inputsOf(graph(), "aws:sns/topic:Topic")) expect(kmsMasterKeyId, String(name)).toBe(keys["key:messages"]);
    expect(only(graph(), "aws:sqs/queue:Queue").sqsManagedSseEnabled).toBe(true);
    expect(only(graph(), "aws:dynamodb/table:Table").serverSideEncryption).toEqual({ enabled: true });
    for (const { storageEncrypted } of inputsOf(graph(), "aws:rds/instance:Instance")) expect(storageEncrypted).toBe(true);
  });

  test("every bucket has its own encryption, that of Steward's documents the key of data", () => {
    const algorithms = inputsOf(graph(), "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration").map(({ bucket, rules }) => [
      String(bucket).replace(/.*-(single|ha)-/, ""),
      (rules as { applyServerSideEncryptionByDefault: Inputs }[])[0]?.applyServerSideEncryptionByDefault,
    ]);
    const meant: [string, Inputs][] = [
      ["access-logs", { sseAlgorithm: "AES256" }],
      ["packages", { sseAlgorithm: "AES256" }],
      ["state", { sseAlgorithm: "aws:kms", kmsMasterKeyId: keyArns(topology(stage))["key:data"] }],
    ];
    expect(algorithms).toEqual(stage === "ha" ? meant : meant.slice(2));
  });

  test("every key changes its material every year and takes 30 days to be deleted", () => {
    for (const key of inputsOf(graph(), "aws:kms/key:Key")) expect(key).toMatchObject({ enableKeyRotation: true, deletionWindowInDays: 30 });
  });

  test("a deploy is refused in any account but its own", () => {
    expect(graph().app.providers).toEqual({
      aws: { version: "7.20.0", region: "us-east-1", allowedAccountIds: ["123456789012"], defaultTags: { tags: { "steward:stage": stage } } },
    });
  });
});

describe("what the internet can reach", () => {
  const openGroups = (graph: Graph) =>
    inputsOf(graph, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule").flatMap(({ securityGroupId, cidrIpv4, cidrIpv6 }) =>
      cidrIpv4 === WORLD || cidrIpv6 ? [nameOf(graph, securityGroupId)] : [],
    );

  test("of the pair is the balancer alone", () => {
    const graph = graphOf("ha");
    expect(openGroups(graph)).toEqual(["steward-ha-balancer"]);
    expect(publicSubnets(graph).sort()).toEqual(["steward-ha-public-a", "steward-ha-public-b"]);
    const placed = [
      ...(only(graph, "aws:autoscaling/group:Group").vpcZoneIdentifiers as string[]),
      ...(only(graph, "aws:rds/subnetGroup:SubnetGroup").subnetIds as string[]),
    ].map((id) => nameOf(graph, id));
    expect(placed.filter((name) => publicSubnets(graph).includes(name))).toEqual([]);
  });

  test("of the single server is nothing: only the allow-list gets through", () => {
    expect(openGroups(graphOf("single"))).toEqual([]);
  });

  test.each(STAGES)("of %s is nothing over IPv6", (stage) => {
    expect(JSON.stringify(graphOf(stage).resources.map(({ inputs }) => Object.keys(inputs)))).not.toMatch(/ipv6/i);
  });
});
