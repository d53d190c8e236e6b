import { describe, expect, test } from "vitest";
import { inputsOf, only, STAGES } from "./examples.ts";
import { graphOf, revealed } from "./graph/stages.ts";
import { policiesOf } from "./policies.ts";

/** Tags stand as a map, as the group's list, or inside a launch template. */
const tagValues = ({ tags = {}, tagSpecifications = [] }: Record<string, unknown>): string[] => [
  ...(Array.isArray(tags) ? tags.map(({ value }) => value) : Object.values(tags as object)),
  ...(tagSpecifications as Record<string, unknown>[]).flatMap(tagValues),
];

/** What AWS refuses at the moment of creation, when half a stage may be there already. */
describe.each(STAGES)("the stage %s stays within what AWS takes", (stage) => {
  const graph = () => graphOf(stage);

  /** General reference, "Tagging your AWS resources": letters, digits, spaces and _ . : / = + - @, 256 of them. */
  test("in its tags", () => {
    const values = graph().resources.flatMap(({ inputs }) => tagValues(revealed(inputs) as Record<string, unknown>));
    expect(values.length).toBeGreaterThan(10);
    expect(values.filter((value) => !/^[\p{L}\p{N}\s_.:/=+@-]{0,256}$/u.test(value))).toEqual([]);
  });

  /** EC2 API reference, "CreateSecurityGroup": letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*, 255 of them. */
  test("in the descriptions of security groups and their rules", () => {
    const described = graph().resources.filter(({ type }) => /securityGroup/i.test(type));
    expect(described.length).toBeGreaterThan(3);
    expect(described.map(({ inputs }) => String(inputs.description)).filter((text) => !/^[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]{1,255}$/.test(text))).toEqual([]);
  });

  /** IAM user guide, "IAM and AWS STS quotas": 10,240 characters of inline policy per role, 6,144 of a managed one, ten of those. */
  test("in the policies of its roles", () => {
    const roles = inputsOf(graph(), "aws:iam/role:Role");
    expect(roles.length).toBeGreaterThan(5);
    for (const { name, inlinePolicies, managedPolicyArns } of roles) {
      const own = (inlinePolicies as { policy: string }[]).map(({ policy }) => policy.length);
      expect(Math.max(...own), String(name)).toBeLessThanOrEqual(10_240);
      expect([own.length, (managedPolicyArns as string[]).length <= 10]).toEqual([1, true]);
    }
    for (const { name, policy } of inputsOf(graph(), "aws:iam/policy:Policy")) expect(String(policy).length, String(name)).toBeLessThanOrEqual(6_144);
  });

  /** KMS: 32 KB. S3: 20 KB. SNS: 30 KB. */
  test("in the size of its resource policies", () => {
    const limits: Record<string, number> = { role: Number.POSITIVE_INFINITY, key: 32_768, bucket: 20_480, topic: 30_720, queue: 30_720 };
    const sizes = Object.entries(policiesOf(graph())).map(([on, policy]) => ({
      on,
      size: JSON.stringify(policy).length,
      limit: limits[on.split(" ")[0] ?? ""] ?? 0,
    }));
    expect(sizes.filter(({ size, limit }) => size > limit)).toEqual([]);
  });

  /** EC2 user guide, "Run commands at launch": 16 KB before it is encoded. Parameter Store: 4 KB. SSM documents: 64 KB. */
  test("in the size of documents", () => {
    expect(Buffer.from(String(only(graph(), "aws:ec2/launchTemplate:LaunchTemplate").userData), "base64").length).toBeLessThan(16_384);
    for (const { value } of inputsOf(graph(), "aws:ssm/parameter:Parameter")) expect(String(value).length).toBeLessThan(4_096);
    expect(String(only(graph(), "aws:ssm/document:Document").content).length).toBeLessThan(65_536);
  });

  /** API references of each service. */
  test.each([
    ["aws:lb/loadBalancer:LoadBalancer", "name", 32],
    ["aws:lb/targetGroup:TargetGroup", "name", 32],
    ["aws:iam/role:Role", "name", 64],
    ["aws:lambda/function:Function", "name", 64],
    ["aws:lambda/permission:Permission", "statementId", 100],
    ["aws:cloudwatch/eventRule:EventRule", "name", 64],
    ["aws:cloudwatch/eventRule:EventRule", "description", 512],
    ["aws:cloudwatch/eventTarget:EventTarget", "targetId", 64],
    ["aws:cloudwatch/metricAlarm:MetricAlarm", "alarmDescription", 1024],
    ["aws:rds/instance:Instance", "identifier", 63],
    ["aws:s3/bucket:Bucket", "bucket", 63],
    ["aws:ssm/parameter:Parameter", "description", 1024],
  ])("in %s.%s", (type, property, limit) => {
    expect(inputsOf(graph(), type).filter((inputs) => String(inputs[property]).length > limit)).toEqual([]);
  });
});
