import { haTopology } from "@steward/core/topology/ha";
import type { PolicyStatement } from "@steward/core/topology/topology";
import { policyProblems, rightProblems } from "@steward/simulator/iam/validate";
import { describe, expect, test } from "vitest";

const INSTANCES = "arn:aws:ec2:us-east-1:123456789012:instance/*";
const VARIABLE = `arn:aws:ec2:us-east-1:123456789012:instance/$${"{aws:username}"}`;
const problems = (statement: Partial<PolicyStatement> & Record<string, unknown>): string[] =>
  policyProblems({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: ["ssm:SendCommand"], Resource: [INSTANCES], ...statement }] });

describe("a policy that AWS would not understand", () => {
  test.each<[string, Partial<PolicyStatement> & Record<string, unknown>, string]>([
    ["an action that is misspelt", { Action: ["ssm:SendComand"] }, "AWS knows no action ssm:SendComand"],
    ["a service that is misspelt", { Action: ["smm:SendCommand"] }, "AWS knows no action smm:SendCommand"],
    ["an action without its service", { Action: ["SendCommand"] }, "AWS knows no action SendCommand"],
    ["a wildcard action", { Action: ["ssm:Send*"] }, "ssm:Send* is a wildcard: name the actions"],
    [
      "a resource of a type that the action does not have",
      { Resource: ["arn:aws:sns:us-east-1:123456789012:topic"] },
      "ssm:SendCommand does not support the resource arn:aws:sns:us-east-1:123456789012:topic",
    ],
    [
      "a resource on an action without resource-level permission",
      { Action: ["ec2:DescribeInstances"] },
      `ec2:DescribeInstances has no resource-level permission: ${INSTANCES} never matches`,
    ],
    [
      "a condition key that the action never fills",
      { Condition: { StringEquals: { "ec2:InstanceType": "c5.large" } } },
      "ssm:SendCommand does not know the condition key ec2:InstanceType",
    ],
    [
      "an operator that we don't evaluate",
      { Condition: { NumericEquals: { "aws:MultiFactorAuthAge": "1" } } },
      "condition operator NumericEquals is not one that this evaluator knows",
    ],
    ["a policy variable", { Resource: [VARIABLE] }, `${VARIABLE} has a policy variable, which this evaluator does not know`],
    [
      "a wildcard for the service",
      { Resource: ["arn:aws:*:us-east-1:123456789012:instance/*"] },
      "arn:aws:*:us-east-1:123456789012:instance/* has a wildcard for the service, which IAM does not allow",
    ],
    ["an element that we don't evaluate", { NotAction: ["ec2:*"] }, "NotAction is not an element that this evaluator knows"],
  ])("is named: %s", (_, statement, problem) => {
    expect(problems(statement)).toContain(`statement 1: ${problem}`);
  });

  test("is named by its Sid where it has one", () => {
    expect(problems({ Sid: "Commands", Action: ["ssm:Nothing"] })).toEqual(["statement Commands: AWS knows no action ssm:Nothing"]);
  });
});

test.each<[string, Partial<PolicyStatement>]>([
  ["a tag condition of the action", { Condition: { StringEquals: { "ssm:resourceTag/steward:stage": "demo" } } }],
  [
    "a tag condition of the resource type",
    {
      Action: ["autoscaling:EnterStandby"],
      Resource: ["arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:*:autoScalingGroupName/a"],
      Condition: { StringEquals: { "aws:ResourceTag/steward:stage": "demo" } },
    },
  ],
  ["a global condition key", { Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } } }],
  ["everything, for the person who looks in", { Action: ["*"], Resource: ["*"] }],
])("a policy is fine with %s", (_, statement) => {
  expect(problems(statement)).toEqual([]);
});

test("every policy that we deploy says what AWS understands", () => {
  const topology = haTopology({
    stage: "demo",
    place: { account: "123456789012", region: "us-east-1" },
    subnets: ["subnet-1"],
    imageId: "ami-1",
    desired: "{}",
  });
  const found = topology.functions.flatMap(({ name, policy }) => policyProblems(policy).map((problem) => `${name}: ${problem}`));
  expect(found).toEqual([]);
});

test("a right of the account itself is held against the same reference", () => {
  expect(rightProblems({ action: "sns:Publish", resources: ["arn:aws:sns:us-east-1:123456789012:topic"] })).toEqual([]);
  expect(rightProblems({ action: "sns:Publish", resources: ["arn:aws:sqs:us-east-1:123456789012:queue"] })).toEqual([
    "sns:Publish does not support the resource arn:aws:sqs:us-east-1:123456789012:queue",
  ]);
  expect(rightProblems({ action: "sns:Shout", resources: ["*"] })).toEqual(["AWS knows no action sns:Shout"]);
});
