import type { PolicyStatement, ResourceStatement } from "@steward/core/topology/policy";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DELEGATING, disagreements, judged, type Question } from "../../stories/second-opinion.ts";

const PRINCIPAL = "arn:aws:sts::123456789012:assumed-role/steward-demo-remediate/steward-demo-remediate";
const INSTANCE = "arn:aws:ec2:us-east-1:123456789012:instance/i-0123456789abcdef0";
const GROUP = "arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:1f2e:autoScalingGroupName/steward-demo";
const FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:steward-demo-remediate:live";
const TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/steward-demo";
const KEY = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-000000000000";
const OBJECT = "arn:aws:s3:::steward-demo-state/desired/1.json";
const BUCKET = "arn:aws:s3:::steward-demo-state";
const TOPIC = "arn:aws:sns:us-east-1:123456789012:steward-demo-people";
const ROLE = "arn:aws:iam::123456789012:role/steward-demo-node";

/** What may be asked, and a key with values that AWS fills for it. */
const ASKED: { action: string; resource: string; key: string; values: (string | string[])[] }[] = [
  { action: "ec2:TerminateInstances", resource: INSTANCE, key: "aws:ResourceTag/steward:stage", values: ["demo", "prod"] },
  { action: "ec2:RebootInstances", resource: INSTANCE, key: "ec2:ResourceTag/steward:stage", values: ["demo", "Demo"] },
  {
    action: "ec2:RunInstances",
    resource: "arn:aws:ec2:us-east-1:123456789012:instance/x",
    key: "ec2:InstanceProfile",
    values: ["arn:aws:iam::123456789012:instance-profile/steward-demo-node", "arn:aws:iam::123456789012:instance-profile/other"],
  },
  { action: "ec2:CreateTags", resource: INSTANCE, key: "aws:TagKeys", values: [["steward:stage"], ["steward:stage", "Name"], ["Name"]] },
  { action: "ec2:CreateTags", resource: INSTANCE, key: "aws:RequestTag/steward:stage", values: ["demo", "prod"] },
  { action: "autoscaling:EnterStandby", resource: GROUP, key: "aws:ResourceTag/steward:stage", values: ["demo", "prod"] },
  { action: "lambda:InvokeFunction", resource: FUNCTION, key: "aws:SourceAccount", values: ["123456789012", "999999999999"] },
  { action: "dynamodb:PutItem", resource: TABLE, key: "dynamodb:LeadingKeys", values: [["incident"], ["incident", "lease"], ["lease"]] },
  { action: "kms:Decrypt", resource: KEY, key: "kms:ViaService", values: ["s3.us-east-1.amazonaws.com", "secretsmanager.us-east-1.amazonaws.com"] },
  { action: "kms:Decrypt", resource: KEY, key: "kms:ResourceAliases", values: [["alias/steward-demo"], ["alias/steward-demo", "alias/other"]] },
  { action: "kms:CreateGrant", resource: KEY, key: "kms:GrantIsForAWSResource", values: ["true", "false"] },
  { action: "s3:ListBucket", resource: BUCKET, key: "s3:prefix", values: ["desired/", "secret/"] },
  { action: "s3:GetObject", resource: OBJECT, key: "aws:SecureTransport", values: ["true", "false"] },
  { action: "cloudwatch:PutMetricData", resource: "*", key: "cloudwatch:namespace", values: ["Steward", "Other"] },
  {
    action: "sns:Publish",
    resource: TOPIC,
    key: "aws:SourceArn",
    values: ["arn:aws:cloudwatch:us-east-1:123456789012:alarm:steward-demo-a", "arn:aws:events:us-east-1:123456789012:rule/x"],
  },
  { action: "iam:PassRole", resource: ROLE, key: "iam:PassedToService", values: ["ec2.amazonaws.com", "lambda.amazonaws.com"] },
];

const SET_KEYS = new Set(["aws:TagKeys", "dynamodb:LeadingKeys", "kms:ResourceAliases"]);
const BOOL_KEYS = new Set(["kms:GrantIsForAWSResource", "aws:SecureTransport"]);
const ARN_KEYS = new Set(["aws:SourceArn", "ec2:InstanceProfile"]);

/** Operators that fit the kind of key: AWS's own checks refuse or warn about the others. */
function operatorsFor(key: string): string[] {
  if (BOOL_KEYS.has(key)) return ["Bool", "BoolIfExists", "Null"];
  const plain = ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", ...(ARN_KEYS.has(key) ? ["ArnLike", "ArnEquals", "ArnNotLike"] : [])];
  if (SET_KEYS.has(key)) return [...plain.flatMap((name) => [`ForAllValues:${name}`, `ForAnyValue:${name}`]), "Null"];
  return [...plain, ...plain.map((name) => `${name}IfExists`), "Null"];
}

/** Puts a wildcard where IAM allows one: in region, account and id, not in the service or in the type of the resource. */
function blurred(arn: string): fc.Arbitrary<string> {
  const head = arn.split(":").slice(0, 3).join(":").length + 1;
  const [, type = ""] = /^(?:[^:]*:){5}([^/:]+[/:])?/.exec(arn) ?? [];
  const id = arn.split(":").slice(0, 5).join(":").length + 1 + (arn.startsWith("arn:aws:s3") ? 0 : type.length);
  const [region = "", account = ""] = arn.slice(head).split(":");
  const whole = (text: string, wild: string): string => (text === "" ? arn : arn.replace(`:${text}:`, `:${wild}:`));
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant(arn) },
    fc.constantFrom(
      "*",
      whole(region, "*"),
      whole(region, "us-*"),
      whole(region, "us-east-?"),
      whole(region, "eu-west-1"),
      whole(account, "*"),
      `${arn}-other`,
    ),
    fc.integer({ min: id, max: arn.length - 1 }).map((at) => `${arn.slice(0, at)}*`),
    fc.integer({ min: id, max: arn.length - 1 }).map((at) => (/[:/]/.test(arn[at] ?? "") ? arn : `${arn.slice(0, at)}?${arn.slice(at + 1)}`)),
    fc.integer({ min: id, max: arn.length - 1 }).map((at) => (/[:/]/.test(arn[at] ?? "") ? arn : `${arn.slice(0, at)}*${arn.slice(at + 1)}`)),
  );
}

const conditionOn = ({ key, values }: (typeof ASKED)[number]): fc.Arbitrary<PolicyStatement["Condition"]> =>
  fc.constantFrom(...operatorsFor(key)).chain((operator) => {
    const wanted =
      operator === "Null" ? fc.constantFrom("true", "false") : fc.constantFrom(...values.flat(), ...values.flat().map((text) => text.replace(/.$/, "*")));
    return fc.uniqueArray(wanted, { minLength: 1, maxLength: operator === "Null" ? 1 : 2 }).map((list) => ({ [operator]: { [key]: list } }));
  });

const statementFor = (asked: (typeof ASKED)[number]): fc.Arbitrary<PolicyStatement> =>
  fc.record(
    {
      Effect: fc.constantFrom("Allow" as const, "Allow" as const, "Allow" as const, "Deny" as const),
      Action: fc.constantFrom([asked.action], ["*"], [asked.action.replace(/.{4}$/, "*")], [asked.action.toLowerCase()], ["sqs:SendMessage"]),
      Resource: (asked.resource === "*" ? fc.constant("*") : blurred(asked.resource)).map((resource) => [resource]),
      Condition: conditionOn(asked),
    },
    { requiredKeys: ["Effect", "Action", "Resource"] },
  );

const question = fc.constantFrom(...ASKED).chain((asked) =>
  fc
    .record({
      statements: fc.array(statementFor(asked), { minLength: 1, maxLength: 3 }),
      value: fc.option(fc.constantFrom(...asked.values), { nil: undefined }),
    })
    .map(
      ({ statements, value }): Question => ({
        principal: PRINCIPAL,
        policy: { Version: "2012-10-17", Statement: statements },
        right: {
          action: asked.action,
          resources: [asked.resource],
          ...(value !== undefined && { context: { [asked.key]: value } }),
          ...(asked.action.startsWith("kms:") && { policy: DELEGATING }),
        },
      }),
    ),
);

describe("another evaluator agrees", () => {
  test("on generated policies with every operator that we evaluate", async () => {
    const verdicts = { allowed: 0, denied: 0 };
    await fc.assert(
      fc.asyncProperty(question, async (one) => {
        verdicts[judged(one) ? "allowed" : "denied"] += 1;
        expect(await disagreements([one])).toEqual([]);
      }),
      { numRuns: 3_000, seed: 11 },
    );
    expect(Math.min(verdicts.allowed, verdicts.denied)).toBeGreaterThan(500);
  }, 120_000);

  test("where the resource has a policy of its own", async () => {
    await fc.assert(
      fc.asyncProperty(question, principals, resourceStatements, async (one, principal, statements) => {
        const Statement = statements.map((statement): ResourceStatement => ({ ...statement, Action: [one.right.action], Resource: ["*"] }));
        const policy = { Version: "2012-10-17" as const, Statement };
        const own = principal === PRINCIPAL ? one.policy : { ...one.policy, Statement: [] };
        expect(await disagreements([{ ...one, principal, policy: own, right: { ...one.right, policy } }])).toEqual([]);
      }),
      { numRuns: 1_000, seed: 12 },
    );
  }, 120_000);
});

/** A service of AWS that asks for itself has no policy of its own. */
const principals = fc.constantFrom(PRINCIPAL, PRINCIPAL, "events.amazonaws.com");

const resourceStatements = fc.array(
  fc.record({
    Effect: fc.constantFrom("Allow" as const, "Allow" as const, "Deny" as const),
    Principal: fc.constantFrom<ResourceStatement["Principal"]>(
      "*",
      { AWS: ["arn:aws:iam::123456789012:root"] },
      { AWS: ["arn:aws:iam::123456789012:role/steward-demo-remediate"] },
      { AWS: ["arn:aws:iam::123456789012:role/other"] },
      { Service: ["events.amazonaws.com"] },
    ),
  }),
  { minLength: 1, maxLength: 3 },
);
