import type { Right, Service, ServiceId } from "@steward/simulator/account/operation";
import { authorizationOf } from "@steward/simulator/iam/authorization-table";
import { actionEntry } from "@steward/simulator/iam/reference";
import { isOfType, rightProblems } from "@steward/simulator/iam/validate";
import { createAccount } from "@steward/simulator/simulated-account";
import { drive } from "@steward/simulator/world/drive";
import { beforeAll, describe, expect, test } from "vitest";
import { disagreements, questionsOf } from "../../stories/second-opinion.ts";
import { sampleInput } from "./sample-input.ts";

const world = createAccount({ code: new Map(), seed: 1 });
const tags = (ResourceType: string) => ({ ResourceType, Tags: [{ Key: "steward:stage", Value: "demo" }] });
const tagging = (type: string) => ({ TagSpecifications: [tags(type)] });

const ask = async (service: ServiceId, operation: string, input: object) =>
  (await world.account.call(world.operator, service, operation, input)) as Record<string, never>;

/** What exists in the account: rights on keys, buckets and secrets look at the policy of the thing itself. */
const made = { keyId: "", grantId: "", sealed: new Uint8Array() };

beforeAll(() =>
  drive(async () => {
    const data = { IamInstanceProfile: { Name: "sample" }, TagSpecifications: [tags("instance")], ImageId: "ami-0123456789abcdef0" };
    await ask("ec2", "CreateLaunchTemplate", { LaunchTemplateName: "sample", LaunchTemplateData: data });
    const { KeyMetadata } = (await ask("kms", "CreateKey", {})) as unknown as { KeyMetadata: { KeyId: string } };
    made.keyId = KeyMetadata.KeyId;
    const grant = { KeyId: made.keyId, GranteePrincipal: world.operator.arn, RetiringPrincipal: world.operator.arn, Operations: ["Decrypt"] };
    made.grantId = (await ask("kms", "CreateGrant", grant)).GrantId ?? "";
    made.sealed = (await ask("kms", "Encrypt", { KeyId: made.keyId, Plaintext: new Uint8Array([1]) })).CiphertextBlob ?? made.sealed;
    await ask("s3", "CreateBucket", { Bucket: "sample" });
    await ask("s3", "PutObject", { Bucket: "sample", Key: "sample", Body: "sample" });
    await ask("secretsmanager", "CreateSecret", { Name: "sample", KmsKeyId: made.keyId });
    await ask("sns", "CreateTopic", { Name: "sample" });
  }),
);

const item = { TableName: "sample", Key: { pk: { S: "a" } } };
const callback = {
  CallbackId: Buffer.from(JSON.stringify({ e: "arn:aws:lambda:us-east-1:123456789012:function:sample:1/durable-execution/run/0", o: "1" })).toString("base64"),
};

/** Where the form of a request decides what it asks for. */
const CHANGES: Record<string, Record<string, unknown>> = {
  "ec2:RunInstances": { ...tagging("instance"), NetworkInterfaces: undefined },
  "ec2:CreateLaunchTemplate": tagging("launch-template"),
  "ec2:CreateVolume": tagging("volume"),
  "ec2:CreateSnapshot": tagging("snapshot"),
  "ec2:CreateSnapshots": tagging("snapshot"),
  "ec2-elsewhere:CopySnapshot": tagging("snapshot"),
  "ec2:RegisterImage": tagging("image"),
  "ec2:AllocateAddress": tagging("elastic-ip"),
  "ec2:CreateVpc": tagging("vpc"),
  "ec2:CreateSubnet": tagging("subnet"),
  "ec2:CreateInternetGateway": tagging("internet-gateway"),
  "ec2:CreateRouteTable": tagging("route-table"),
  "ec2:CreateNatGateway": tagging("natgateway"),
  "ec2:CreateVpcEndpoint": tagging("vpc-endpoint"),
  "ec2:CreateSecurityGroup": tagging("security-group"),
  "ec2:AuthorizeSecurityGroupIngress": tagging("security-group-rule"),
  "ec2:AuthorizeSecurityGroupEgress": tagging("security-group-rule"),
  "dynamodb:TransactWriteItems": {
    TransactItems: [{ Put: { TableName: "sample", Item: item.Key } }, { Update: item }, { Delete: item }, { ConditionCheck: item }],
  },
  "dynamodb:BatchGetItem": { RequestItems: { sample: { Keys: [item.Key] } } },
  "kms:RetireGrant": { GrantToken: undefined },
  "s3:GetObject": { VersionId: undefined },
  "s3:HeadObject": { VersionId: undefined },
  "s3:DeleteObject": { VersionId: undefined },
  "lambda:SendDurableExecutionCallbackSuccess": callback,
  "lambda:SendDurableExecutionCallbackFailure": callback,
  "lambda:SendDurableExecutionCallbackHeartbeat": callback,
};

/** Types that the reference marks as required although a call of ours does not touch one. */
const NOT_TOUCHED: Record<string, string[]> = {
  "dynamodb:TagResource": ["stream"],
};

function knownTo(service: Service, operation: string): Record<string, unknown> {
  if (/^(Create|Delete)Tags$/.test(operation)) return { Resources: [...world.ec2.templates.keys()] };
  if (service.id === "kms")
    return { KeyId: made.keyId, TargetKeyId: made.keyId, GrantId: made.grantId, AliasName: "alias/sample", CiphertextBlob: made.sealed };
  return service.id === "secretsmanager" ? { SecretId: "sample" } : {};
}

function rightsOf(service: Service, operation: string, changes: Record<string, unknown> = {}): Right[] {
  const input = sampleInput(service, operation, { ...knownTo(service, operation), ...CHANGES[`${service.id}:${operation}`], ...changes });
  const call = { account: world.account, service: service.id, operation, principal: world.operator, requestId: "0" };
  return service.operations[operation]?.rights?.(input, call) ?? [{ action: `${service.iamPrefix}:${operation}`, resources: ["*"] }];
}

const operations = [...world.account.services.values()].flatMap((service) => Object.keys(service.operations).map((operation) => ({ service, operation })));
const named = operations.map(({ service, operation }) => ({ name: `${service.id}:${operation}`, service, operation }));

test("the account models operations to look at", () => {
  expect(named.length).toBeGreaterThan(100);
});

describe.each(named)("$name", ({ service, operation }) => {
  test("asks for what AWS asks for, dependent actions included", () => {
    const { actions, dependent } = authorizationOf(service, operation);
    const expected = [...actions, ...dependent.filter(({ atUse, variant }) => !atUse && !variant).map(({ action }) => action)];
    const asked = new Set(rightsOf(service, operation).map(({ action }) => action));
    expect([...asked].sort()).toEqual(expected.sort());
  });

  test("asks for it on resources and with condition keys that AWS has for the action", () => {
    expect(rightsOf(service, operation).flatMap(rightProblems)).toEqual([]);
  });

  test("asks for every resource type that AWS requires", () => {
    expect(rightsOf(service, operation).flatMap(({ action }) => missingTypes(service, operation, action))).toEqual([]);
  });
});

/** Requests that ask for something else than the complete one. */
const VARIANTS: [name: string, changes: Record<string, unknown>, asked: string[]][] = [
  ["s3:GetObject", { VersionId: "1", Key: "sample" }, ["s3:GetObjectVersion", "s3:ListBucket"]],
  ["s3:GetObject", { VersionId: undefined, Key: "missing" }, ["s3:GetObject", "s3:ListBucket"]],
  ["s3:HeadObject", { VersionId: "1", Key: "sample" }, ["s3:GetObjectVersion", "s3:ListBucket"]],
  ["s3:HeadObject", { VersionId: undefined, Key: "missing" }, ["s3:GetObject", "s3:ListBucket"]],
  ["s3:DeleteObject", { VersionId: "1" }, ["s3:DeleteObjectVersion"]],
];

test.each(VARIANTS)("%s with %j asks for %j", (name, changes, asked) => {
  const { service, operation } = theOperation(name);
  expect(rightsOf(service, operation, changes).map(({ action }) => action)).toEqual(asked);
});

test("every action that only some requests ask for is asked for by one of them", () => {
  const expected = named.flatMap(({ name, service, operation }) =>
    authorizationOf(service, operation).dependent.flatMap(({ action, variant }) => (variant ? [`${name} ${action}`] : [])),
  );
  const asked = VARIANTS.flatMap(([name, , actions]) => actions.map((action) => `${name} ${action}`));
  expect(expected.filter((one) => !asked.includes(one))).toEqual([]);
});

test("a right on a key comes with the policy of that key", () => {
  const rights = named.flatMap(({ service, operation }) => rightsOf(service, operation));
  const bare = rights.filter(
    ({ action, resources, policy }) => action.startsWith("kms:") && !policy && resources.some((one) => one.includes(":key/") && !one.endsWith("/*")),
  );
  expect(bare).toEqual([]);
});

test("another evaluator knows every right that an operation asks for, and judges it alike", async () => {
  const { arn: principal, policy } = world.operator;
  const asked = named.flatMap(({ service, operation }) => rightsOf(service, operation).map((right) => ({ principal, policy, right })));
  const questions = questionsOf([...world.rights.decisions, ...asked]);
  expect(questions.length).toBeGreaterThan(200);
  expect(await disagreements(questions)).toEqual([]);
});

function theOperation(name: string) {
  const found = named.find((one) => one.name === name);
  if (!found) throw new Error(`the account has no operation ${name}`);
  return found;
}

function missingTypes(service: Service, operation: string, action: string): string[] {
  const resources = rightsOf(service, operation).flatMap((right) => (right.action === action ? right.resources : []));
  const required = actionEntry(action)?.resourceTypes.filter((type) => type.required && !NOT_TOUCHED[action]?.includes(type.name)) ?? [];
  return required
    .filter(({ name }) => !resources.some((resource) => isOfType(action, name, resource)))
    .map(({ name }) => `${action} is not asked for on ${name}`);
}
