import type { PolicyDocument, PolicyStatement } from "@steward/core/topology/policy";
import type { Right } from "@steward/simulator/account/operation";
import { conditionsHold, parseOperator, UnsupportedPolicy } from "@steward/simulator/iam/conditions";
import { evaluate } from "@steward/simulator/iam/evaluate";
import { matchesAction, matchesArn, matchesResource, overlap } from "@steward/simulator/iam/wildcard";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const policy = (...Statement: PolicyStatement[]): PolicyDocument => ({ Version: "2012-10-17", Statement });
const allow = (Action: string[], Resource: string[], Condition?: PolicyStatement["Condition"]): PolicyStatement => ({
  Effect: "Allow",
  Action,
  Resource,
  ...(Condition && { Condition }),
});
const right = (action: string, resources: string[], context?: Right["context"]): Right => ({ action, resources, ...(context && { context }) });

const GROUP = "arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:1f2e:autoScalingGroupName/steward-demo";
const INSTANCE = "arn:aws:ec2:us-east-1:123456789012:instance/i-0123456789abcdef0";
const DOCUMENT = "arn:aws:ssm:us-east-1:123456789012:document/steward-demo-node";

describe("a resource entry", () => {
  test.each([
    ["*", INSTANCE, true],
    ["*", "*", true],
    [INSTANCE, INSTANCE, true],
    ["arn:aws:ec2:us-east-1:123456789012:instance/*", INSTANCE, true],
    ["arn:aws:ec2:us-east-1:123456789012:instance/*", "*", false],
    ["arn:aws:ec2:us-east-1:123456789012:volume/*", INSTANCE, false],
    ["arn:aws:ec2:*:123456789012:instance/*", INSTANCE, true],
    ["arn:aws:ec2:us-east-?:123456789012:instance/*", INSTANCE, true],
    ["arn:aws:ec2:us-east-1:999999999999:instance/*", INSTANCE, false],
    ["arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:*:autoScalingGroupName/steward-demo", GROUP, true],
    ["arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:*:autoScalingGroupName/steward-other", GROUP, false],
    ["arn:aws:lambda:us-east-1:123456789012:function:a:*", "arn:aws:lambda:us-east-1:123456789012:function:a:1/durable-execution/x/y", true],
    ["arn:aws:lambda:us-east-1:123456789012:function:a:*", "arn:aws:lambda:us-east-1:123456789012:function:a", false],
    ["arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/a:*", "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/a:log-stream:b:c", true],
    ["arn:aws:s*s:us-east-1:123456789012:x", "arn:aws:s:s:us-east-1:123456789012:x", false],
    ["arn:aws:sqs:us-east-1:123456789012:a.b", "arn:aws:sqs:us-east-1:123456789012:aXb", false],
  ])("%s covers %s: %s", (pattern, arn, expected) => {
    expect(matchesResource(pattern, arn)).toBe(expected);
  });
});

test.each([
  ["ssm:SendCommand", "ssm:sendcommand", true],
  ["ssm:Get*", "ssm:GetParameter", true],
  ["ssm:Get*", "ssm:PutParameter", false],
  ["ssm:GetParameter?", "ssm:GetParameters", true],
  ["ssm:GetParameter?", "ssm:GetParameter", false],
])("the action %s covers %s: %s", (pattern, action, expected) => {
  expect(matchesAction(pattern, action)).toBe(expected);
});

test.each([
  ["arn:aws:sns:*:123456789012:topic", "arn:aws:sns:us-east-1:123456789012:topic", true],
  ["arn:aws:sns:*", "arn:aws:sns:us-east-1:123456789012:topic", false],
  ["arn:aws:iam::123456789012:role/a*", "arn:aws:iam::123456789012:role/a:b", true],
])("ArnLike compares part by part: %s with %s is %s", (pattern, arn, expected) => {
  expect(matchesArn(pattern, arn)).toBe(expected);
});

describe("a condition", () => {
  const TAG = "aws:ResourceTag/steward:stage";
  test.each<[string, PolicyStatement["Condition"], Right["context"], boolean]>([
    ["an equal value", { StringEquals: { [TAG]: "demo" } }, { [TAG]: "demo" }, true],
    ["another value", { StringEquals: { [TAG]: "demo" } }, { [TAG]: "Demo" }, false],
    ["a missing key", { StringEquals: { [TAG]: "demo" } }, {}, false],
    ["a missing key of a negated operator", { StringNotEquals: { [TAG]: "demo" } }, {}, true],
    ["a negated operator that hits one of its values", { StringNotEquals: { [TAG]: ["demo", "prod"] } }, { [TAG]: "prod" }, false],
    ["a missing key that may be missing", { StringEqualsIfExists: { [TAG]: "demo" } }, {}, true],
    ["a present key that may be missing", { StringEqualsIfExists: { [TAG]: "demo" } }, { [TAG]: "prod" }, false],
    ["a key in other letters", { StringEquals: { "AWS:resourcetag/steward:stage": "demo" } }, { [TAG]: "demo" }, true],
    ["any of several values", { StringLike: { [TAG]: ["prod", "de*"] } }, { [TAG]: "demo" }, true],
    [
      "two keys of which one fails",
      { StringEquals: { [TAG]: "demo", "aws:RequestedRegion": "eu-west-1" } },
      { [TAG]: "demo", "aws:RequestedRegion": "us-east-1" },
      false,
    ],
    [
      "two operators of which one fails",
      { StringEquals: { [TAG]: "demo" }, Bool: { "aws:SecureTransport": "true" } },
      { [TAG]: "demo", "aws:SecureTransport": "false" },
      false,
    ],
    ["all values wanted", { "ForAllValues:StringEquals": { "aws:TagKeys": ["a", "b"] } }, { "aws:TagKeys": ["a", "b"] }, true],
    ["one value too many", { "ForAllValues:StringEquals": { "aws:TagKeys": ["a", "b"] } }, { "aws:TagKeys": ["a", "c"] }, false],
    ["no value at all, for all", { "ForAllValues:StringEquals": { "aws:TagKeys": ["a"] } }, {}, true],
    ["no value at all, for any", { "ForAnyValue:StringEquals": { "aws:TagKeys": ["a"] } }, {}, false],
    ["one value of several, for any", { "ForAnyValue:StringEquals": { "aws:TagKeys": ["a"] } }, { "aws:TagKeys": ["c", "a"] }, true],
    ["a key that must be missing and is", { Null: { [TAG]: "true" } }, {}, true],
    ["a key that must be missing and is not", { Null: { [TAG]: "true" } }, { [TAG]: "demo" }, false],
    ["a key that must be there and is", { Null: { [TAG]: "false" } }, { [TAG]: "demo" }, true],
    ["a key that must be there and has no value", { Null: { "aws:TagKeys": "false" } }, { "aws:TagKeys": [] }, false],
    ["a Boolean in other letters", { Bool: { "aws:SecureTransport": "True" } }, { "aws:SecureTransport": "true" }, true],
    [
      "an ARN",
      { ArnLike: { "aws:SourceArn": "arn:aws:events:*:123456789012:rule/steward-*" } },
      { "aws:SourceArn": "arn:aws:events:us-east-1:123456789012:rule/steward-demo" },
      true,
    ],
  ])("on %s", (_, condition, context, expected) => {
    expect(conditionsHold(condition ?? {}, context ?? {})).toBe(expected);
  });

  test.each(["NumericLessThan", "IpAddress", "NullIfExists", "ForAnyValue:Null", "stringequals", "ForSomeValues:StringEquals", "toString", ""])(
    "with the operator %j is an error, never a guess",
    (operator) => {
      expect(() => parseOperator(operator)).toThrow(UnsupportedPolicy);
    },
  );

  test("with a plain operator on several values is an error", () => {
    expect(() => conditionsHold({ StringEquals: { "aws:TagKeys": "a" } }, { "aws:TagKeys": ["a"] })).toThrow(UnsupportedPolicy);
  });
});

describe("a verdict", () => {
  test("needs an allow for every resource, from whichever statement", () => {
    const send = right("ssm:SendCommand", [DOCUMENT, INSTANCE]);
    expect(evaluate(policy(allow(["ssm:SendCommand"], [DOCUMENT])), send)).toEqual({
      allowed: false,
      because: "no identity-based policy allows the ssm:SendCommand action",
    });
    expect(evaluate(policy(allow(["ssm:SendCommand"], [DOCUMENT]), allow(["ssm:SendCommand"], ["arn:aws:ec2:*:*:instance/*"])), send)).toEqual({
      allowed: true,
      by: [
        { statement: 0, action: "ssm:SendCommand", resource: DOCUMENT },
        { statement: 1, action: "ssm:SendCommand", resource: "arn:aws:ec2:*:*:instance/*" },
      ],
    });
  });

  test("is no for a right on nothing", () => {
    expect(evaluate(policy(allow(["*"], ["*"])), right("ssm:SendCommand", [])).allowed).toBe(false);
  });

  test("follows the tags of the resource", () => {
    const grants = policy(allow(["autoscaling:EnterStandby"], [GROUP], { StringEquals: { "aws:ResourceTag/steward:stage": "demo" } }));
    expect(evaluate(grants, right("autoscaling:EnterStandby", [GROUP], { "aws:ResourceTag/steward:stage": "demo" })).allowed).toBe(true);
    expect(evaluate(grants, right("autoscaling:EnterStandby", [GROUP], { "aws:ResourceTag/steward:stage": "prod" })).allowed).toBe(false);
    expect(evaluate(grants, right("autoscaling:EnterStandby", [GROUP])).allowed).toBe(false);
  });

  test("names an explicit deny", () => {
    const verdict = evaluate(policy(allow(["*"], ["*"]), { Effect: "Deny", Action: ["ec2:*"], Resource: ["*"] }), right("ec2:TerminateInstances", [INSTANCE]));
    expect(verdict).toEqual({ allowed: false, because: "of an explicit deny in an identity-based policy" });
  });
});

const STAGE = "aws:ResourceTag/steward:stage";
const statements = fc.array(
  fc.record(
    {
      Effect: fc.constantFrom("Allow" as const, "Deny" as const),
      Action: fc.subarray(["ec2:DescribeInstances", "ec2:*", "ssm:Send*", "ssm:SendCommand"], { minLength: 1 }),
      Resource: fc.subarray(["*", INSTANCE, DOCUMENT, "arn:aws:ec2:*:*:instance/*", "arn:aws:ssm:us-east-1:*:document/steward-????-node"], { minLength: 1 }),
      Condition: fc.constantFrom<PolicyStatement["Condition"]>(
        { StringEquals: { [STAGE]: "demo" } },
        { StringNotLikeIfExists: { [STAGE]: "pro*" } },
        { Null: { [STAGE]: "true" } },
        { "ForAllValues:StringLike": { "aws:TagKeys": ["steward:*"] } },
        { "ForAnyValue:StringEquals": { "aws:TagKeys": "Name" } },
      ),
    },
    { requiredKeys: ["Effect", "Action", "Resource"] },
  ),
  { maxLength: 6 },
);
const rights = fc.record({
  action: fc.constantFrom("ec2:DescribeInstances", "ssm:SendCommand", "sns:Publish"),
  resources: fc.subarray([INSTANCE, DOCUMENT, GROUP], { minLength: 1 }),
  context: fc.record(
    { [STAGE]: fc.constantFrom("demo", "prod"), "aws:TagKeys": fc.subarray(["steward:stage", "Name"], { minLength: 1 }) },
    { requiredKeys: [] },
  ) as fc.Arbitrary<Record<string, string | string[]>>,
});
const ifAllowed = (list: PolicyStatement[], asked: Right): boolean => evaluate(policy(...list), asked).allowed;

describe("for any policy and right", () => {
  test("a deny of everything always wins", () => {
    fc.assert(fc.property(statements, rights, (list, asked) => !ifAllowed([...list, { Effect: "Deny", Action: ["*"], Resource: ["*"] }], asked)));
  });

  test("one more allow never takes access away, one more deny never gives any", () => {
    fc.assert(
      fc.property(statements, statements, rights, (list, more, asked) => {
        const before = ifAllowed(list, asked);
        const allows = more.map((statement): PolicyStatement => ({ ...statement, Effect: "Allow" }));
        const denies = more.map((statement): PolicyStatement => ({ ...statement, Effect: "Deny" }));
        return (!before || ifAllowed([...list, ...allows], asked)) && (before || !ifAllowed([...list, ...denies], asked));
      }),
    );
  });

  test("the order of statements does not matter", () => {
    fc.assert(fc.property(statements, rights, (list, asked) => ifAllowed(list, asked) === ifAllowed([...list].reverse(), asked)));
  });

  test("several resources are allowed exactly when each of them is", () => {
    fc.assert(
      fc.property(
        statements,
        rights,
        (list, asked) => ifAllowed(list, asked) === asked.resources.every((resource) => ifAllowed(list, { ...asked, resources: [resource] })),
      ),
    );
  });

  test("no policy allows nothing", () => {
    fc.assert(fc.property(rights, (asked) => !ifAllowed([], asked)));
  });

  test("every allow names an Allow statement for each resource", () => {
    fc.assert(
      fc.property(statements, rights, (list, asked) => {
        const verdict = evaluate(policy(...list), asked);
        return (
          !verdict.allowed ||
          asked.resources.every((resource) => verdict.by.some((use) => list[use.statement]?.Effect === "Allow" && matchesResource(use.resource, resource)))
        );
      }),
    );
  });
});

test("two patterns overlap whenever some text matches both", () => {
  const text = fc.stringMatching(/^[ab:]{0,6}$/);
  const wild = fc
    .tuple(text, fc.infiniteStream(fc.constantFrom("*", "?", "", "")))
    .map(([letters, chances]) => [...letters].map((letter) => chances.next().value || letter).join(""));
  const matches = (pattern: string, value: string): boolean => new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`).test(value);
  fc.assert(
    fc.property(wild, wild, text, (left, right, value) => !(matches(left, value) && matches(right, value)) || (overlap(left, right) && overlap(right, left))),
  );
  expect(overlap("a*b", "b*a")).toBe(false);
  expect(overlap("arn:*:x", "arn:y")).toBe(false);
});
