import { fillAll } from "@steward/core/topology/placeholders";
import type { PolicyStatement, ResourceStatement } from "@steward/core/topology/policy";
import { policyProblems, resourcePolicyProblems, rightProblems } from "@steward/simulator/iam/validate";
import { describe, expect, test } from "vitest";
import { haTopology, singleTopology } from "../../settings.ts";

const INSTANCES = "arn:aws:ec2:us-east-1:123456789012:instance/*";
const VARIABLE = `arn:aws:ec2:us-east-1:123456789012:instance/$${"{aws:username}"}`;
const problems = (statement: Partial<PolicyStatement> & Record<string, unknown>): string[] =>
  policyProblems({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: ["ssm:SendCommand"], Resource: [INSTANCES], ...statement }] });

const key = "arn:aws:kms:us-east-1:123456789012:key/1";
/** The keys that our policies use besides tags, each with an action that fills it. */
const KEYS: [action: string, resource: string, NonNullable<PolicyStatement["Condition"]>][] = [
  ["ec2:CreateTags", INSTANCES, { "ForAllValues:StringEquals": { "aws:TagKeys": ["steward:stage"] }, Null: { "aws:TagKeys": "false" } }],
  ["ec2:CreateTags", INSTANCES, { StringEquals: { "aws:RequestTag/steward:stage": "demo", "ec2:ResourceTag/steward:stage": "demo" } }],
  ["ec2:RunInstances", INSTANCES, { ArnLike: { "ec2:InstanceProfile": "arn:aws:iam::123456789012:instance-profile/steward-*" } }],
  ["iam:PassRole", "arn:aws:iam::123456789012:role/steward-demo-node", { StringEquals: { "iam:PassedToService": "ec2.amazonaws.com" } }],
  ["kms:Decrypt", key, { StringLike: { "kms:ViaService": "s3.*.amazonaws.com" }, "ForAnyValue:StringEquals": { "kms:ResourceAliases": "alias/a" } }],
  ["kms:CreateGrant", key, { Bool: { "kms:GrantIsForAWSResource": "true" } }],
  ["s3:ListBucket", "arn:aws:s3:::steward-demo", { StringLikeIfExists: { "s3:prefix": "desired/*" }, Bool: { "aws:SecureTransport": "true" } }],
  ["dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:123456789012:table/a", { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": "heartbeat" } }],
  ["cloudwatch:PutMetricData", "*", { StringEquals: { "cloudwatch:namespace": "Steward" } }],
  ["sns:Publish", "arn:aws:sns:us-east-1:123456789012:a", { ArnLike: { "aws:SourceArn": "arn:aws:cloudwatch:*:123456789012:alarm:*" } }],
  ["sns:Publish", "arn:aws:sns:us-east-1:123456789012:a", { StringEquals: { "aws:SourceAccount": "123456789012" } }],
];

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
    [
      "a wildcard in the type of a resource",
      { Resource: ["arn:aws:ec2:us-east-1:123456789012:*/i-0123456789abcdef0"] },
      "arn:aws:ec2:us-east-1:123456789012:*/i-0123456789abcdef0 has a wildcard in the resource type, which IAM does not allow",
    ],
    ["an ARN that is too short", { Resource: ["arn:aws:ec2:*:instance/*"] }, "arn:aws:ec2:*:instance/* has fewer than the six parts of an ARN"],
    [
      "a plain operator on a key with several values",
      { Action: ["ec2:CreateTags"], Condition: { StringEquals: { "aws:TagKeys": "steward:stage" } } },
      "StringEquals on aws:TagKeys, which has several values: it needs ForAllValues or ForAnyValue",
    ],
    [
      "a set operator on a key with one value, which would hold where the key is missing",
      { Condition: { "ForAllValues:StringEquals": { "ssm:resourceTag/steward:stage": "demo", "aws:SourceAccount": "1" } } },
      "ForAllValues:StringEquals on aws:SourceAccount, which has one value",
    ],
    ["Bool on a text", { Condition: { Bool: { "aws:SourceAccount": "true" } } }, "Bool on aws:SourceAccount, which is no Boolean"],
    ["an ARN operator on a text", { Condition: { ArnLike: { "aws:SourceAccount": "arn:*" } } }, "ArnLike on aws:SourceAccount, which is no ARN"],
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
  ...KEYS.map(([action, resource, condition]): [string, Partial<PolicyStatement>] => [
    `${JSON.stringify(condition)} of ${action}`,
    { Action: [action], Resource: [resource], Condition: condition },
  ]),
  ["a global condition key", { Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } } }],
  ["everything, for the person who looks in", { Action: ["*"], Resource: ["*"] }],
])("a policy is fine with %s", (_, statement) => {
  expect(problems(statement)).toEqual([]);
});

test("every policy that we deploy says what AWS understands", () => {
  const keyArns = Object.fromEntries(["data", "vault", "messages", "packages"].map((id) => [`key:${id}`, `arn:aws:kms:us-east-1:123456789012:key/${id}`]));
  const roles = [haTopology(), singleTopology()].flatMap(({ functions, nodeRole, drillRole }) => [
    ...functions.map(({ role }) => role),
    nodeRole,
    ...(drillRole ? [drillRole] : []),
  ]);
  const found = roles.flatMap(({ name, policy }) => policyProblems(fillAll(policy, keyArns)).map((problem) => `${name}: ${problem}`));
  expect(found).toEqual([]);
});

test("every policy of a key, bucket, topic or queue says what AWS understands", () => {
  const found = [haTopology(), singleTopology()].flatMap(({ keys, buckets, topics, deadLetter }) =>
    [...keys, ...buckets, ...topics, deadLetter].flatMap(({ policy }) => resourcePolicyProblems(policy)),
  );
  expect(found).toEqual([]);
});

test.each<[string, Partial<ResourceStatement>, string]>([
  [
    "an operator that we don't evaluate",
    { Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } } },
    "condition operator IpAddress is not one that this evaluator knows",
  ],
  ["an action that is misspelt", { Action: ["sns:Publsh"] }, "AWS knows no action sns:Publsh"],
  [
    "a condition key that the action never fills",
    { Condition: { StringEquals: { "kms:ViaService": "x" } } },
    "sns:Publish does not know the condition key kms:ViaService",
  ],
])("of a resource's policy, %s is named", (_, different, problem) => {
  const statement = { Effect: "Allow" as const, Principal: "*" as const, Action: ["sns:Publish"], Resource: ["*"], ...different };
  expect(resourcePolicyProblems({ Version: "2012-10-17", Statement: [statement] })).toEqual([`statement 1: ${problem}`]);
});

test("a right of the account itself is held against the same reference", () => {
  expect(rightProblems({ action: "sns:Publish", resources: ["arn:aws:sns:us-east-1:123456789012:topic"] })).toEqual([]);
  expect(rightProblems({ action: "sns:Publish", resources: ["arn:aws:sqs:us-east-1:123456789012:queue"] })).toEqual([
    "sns:Publish does not support the resource arn:aws:sqs:us-east-1:123456789012:queue",
  ]);
  expect(rightProblems({ action: "sns:Shout", resources: ["*"] })).toEqual(["AWS knows no action sns:Shout"]);
});
