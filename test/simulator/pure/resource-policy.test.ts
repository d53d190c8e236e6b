import type { PolicyDocument, PolicyStatement, ResourcePolicy, ResourceStatement } from "@steward/core/topology/policy";
import type { Right } from "@steward/simulator/account/operation";
import { UnsupportedPolicy } from "@steward/simulator/iam/conditions";
import { MalformedPolicy, parseResourcePolicy } from "@steward/simulator/iam/parse-policy";
import { decide } from "@steward/simulator/iam/resource-policy";
import { describe, expect, test } from "vitest";

const ACCOUNT = "123456789012";
const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/observe/function`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/steward/observe`;
const ROOT = `arn:aws:iam::${ACCOUNT}:root`;
const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/1`;
const TOPIC = `arn:aws:sns:us-east-1:${ACCOUNT}:people`;

const identity = (...statements: Partial<PolicyStatement>[]): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: statements.map((statement) => ({ Effect: "Allow", Action: ["*"], Resource: ["*"], ...statement })),
});
const resource = (...statements: Partial<ResourceStatement>[]): ResourcePolicy => ({
  Version: "2012-10-17",
  Statement: statements.map((statement) => ({ Effect: "Allow", Principal: "*", Action: ["*"], Resource: ["*"], ...statement })),
});
const publish = (policy?: ResourcePolicy, more: Partial<Right> = {}): Right => ({
  action: "sns:Publish",
  resources: [TOPIC],
  ...(policy && { policy }),
  ...more,
});
const decrypt = (policy?: ResourcePolicy): Right => ({ action: "kms:Decrypt", resources: [KEY], ...(policy && { policy }) });
const [NOTHING, EVERYTHING] = [identity(), identity({})];

describe("identity and resource policy in one account", () => {
  test.each<[string, PolicyDocument, ResourceStatement["Principal"], boolean]>([
    ["the role of the session", NOTHING, { AWS: [ROLE] }, true],
    ["the session", NOTHING, { AWS: [SESSION] }, true],
    ["everybody", NOTHING, "*", true],
    ["everybody, spelled as an account", NOTHING, { AWS: ["*"] }, true],
    ["another role", NOTHING, { AWS: [`arn:aws:iam::${ACCOUNT}:role/remediate`] }, false],
    ["a role of the same name elsewhere", NOTHING, { AWS: ["arn:aws:iam::999999999999:role/observe"] }, false],
    ["the account, which leaves it to identity policies", NOTHING, { AWS: [ROOT] }, false],
    ["nobody the requester is, while its own policy allows", EVERYTHING, { Service: ["sns.amazonaws.com"] }, true],
  ])("an allow for %s", (_whom, own, Principal, allowed) => {
    expect(decide(SESSION, own, publish(resource({ Principal }))).allowed).toBe(allowed);
  });

  test.each<[string, ResourceStatement["Principal"]]>([
    ["everybody", "*"],
    ["the role", { AWS: [ROLE] }],
    ["the account by its ARN", { AWS: [ROOT] }],
    ["the account by its number", { AWS: [ACCOUNT] }],
  ])("a deny for %s wins over every allow", (_whom, Principal) => {
    expect(decide(SESSION, EVERYTHING, publish(resource({}, { Effect: "Deny", Principal })))).toEqual({
      allowed: false,
      because: "of an explicit deny in a resource-based policy",
    });
  });

  test("a deny in the identity's policy wins over the resource's allow", () => {
    const own = identity({}, { Effect: "Deny", Action: ["sns:Publish"] });
    expect(decide(SESSION, own, publish(resource({})))).toMatchObject({ allowed: false, because: expect.stringContaining("identity-based") });
  });

  test("the conditions of a statement decide whether it applies", () => {
    const policy = resource({ Condition: { ArnLike: { "aws:SourceArn": "arn:aws:cloudwatch:*:*:alarm:steward-*" } } });
    const from = (name: string) => publish(policy, { context: { "aws:SourceArn": `arn:aws:cloudwatch:us-east-1:${ACCOUNT}:alarm:${name}` } });
    expect(decide("cloudwatch.amazonaws.com", NOTHING, from("steward-1")).allowed).toBe(true);
    expect(decide("cloudwatch.amazonaws.com", NOTHING, from("other")).allowed).toBe(false);
  });

  test("the identity's grants count as used where they allowed as well", () => {
    expect(decide(SESSION, EVERYTHING, publish(resource({})))).toEqual({ allowed: true, by: [{ statement: 0, action: "*", resource: "*" }] });
    expect(decide(SESSION, NOTHING, publish(resource({})))).toEqual({ allowed: true, by: [] });
  });
});

describe("a key", () => {
  test.each<[string, PolicyDocument, ResourceStatement["Principal"], boolean]>([
    ["hands over to the account, where the identity's policy allows", EVERYTHING, { AWS: [ROOT] }, true],
    ["hands over to the account, where it does not", NOTHING, { AWS: [ROOT] }, false],
    ["names the role, whatever its policy says", NOTHING, { AWS: [ROLE] }, true],
    ["names somebody else, whatever the identity's policy says", EVERYTHING, { AWS: [`arn:aws:iam::${ACCOUNT}:role/x`] }, false],
  ])("%s", (_what, own, Principal, allowed) => {
    expect(decide(SESSION, own, decrypt(resource({ Principal }))).allowed).toBe(allowed);
  });

  test("says which policy is missing", () => {
    expect(decide(SESSION, EVERYTHING, decrypt(resource()))).toMatchObject({ because: "no resource-based policy allows the kms:Decrypt action" });
    expect(decide(SESSION, NOTHING, decrypt(resource({ Principal: { AWS: [ROOT] } })))).toMatchObject({
      because: "no identity-based policy allows the kms:Decrypt action",
    });
  });
});

describe("a service of AWS", () => {
  const events = "events.amazonaws.com";
  test("is let in by name, and not as part of an account", () => {
    expect(decide(events, NOTHING, publish(resource({ Principal: { Service: [events] } }))).allowed).toBe(true);
    expect(decide(events, NOTHING, publish(resource({ Principal: { AWS: [ROOT, ACCOUNT] } }))).allowed).toBe(false);
    expect(decide(events, NOTHING, publish()).allowed).toBe(false);
  });
});

describe("a policy's text", () => {
  const text = (statement: object) => JSON.stringify({ Version: "2012-10-17", Statement: statement });

  test("is read into lists", () => {
    expect(parseResourcePolicy(text({ Sid: "s", Effect: "Allow", Principal: { AWS: ROOT }, Action: "kms:*", Resource: "*" })).Statement).toEqual([
      { Sid: "s", Effect: "Allow", Principal: { AWS: [ROOT] }, Action: ["kms:*"], Resource: ["*"] },
    ]);
  });

  const statement = { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "*" };
  test.each([
    ["no JSON", "{"],
    ["no statement", "{}"],
    ["no principal", text({ ...statement, Principal: undefined })],
    ["an effect of its own", text({ ...statement, Effect: "Maybe" })],
    ["a pattern for a principal", text({ ...statement, Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/*` } })],
    ["no action", text({ ...statement, Action: [] })],
    ["a misspelt element", text({ ...statement, Ressource: "*" })],
  ])("with %s is malformed", (_what, given) => {
    expect(() => parseResourcePolicy(given)).toThrow(MalformedPolicy);
  });

  test.each([
    ["NotPrincipal", text({ ...statement, NotPrincipal: "*" })],
    ["a federated principal", text({ ...statement, Principal: { Federated: "x" } })],
    ["an operator nobody knows", text({ ...statement, Condition: { StringSounds: { a: "b" } } })],
  ])("with %s is not guessed at", (_what, given) => {
    expect(() => parseResourcePolicy(given)).toThrow(UnsupportedPolicy);
  });
});
