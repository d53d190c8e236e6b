import { ACCOUNT, ec2Id, PARTITION, REGION } from "./ids.ts";

type Inputs = Record<string, unknown>;

/** Answers to what a program may ask AWS while it is evaluated; anything else fails the evaluation by name. */
const CALLS: Record<string, (inputs: Inputs) => Inputs> = {
  "aws:index/getPartition:getPartition": () => ({ id: PARTITION, partition: PARTITION, dnsSuffix: "amazonaws.com", reverseDnsPrefix: "com.amazonaws" }),
  "aws:index/getRegion:getRegion": () => ({ id: REGION, name: REGION, region: REGION, endpoint: `ec2.${REGION}.amazonaws.com` }),
  "aws:index/getCallerIdentity:getCallerIdentity": () => ({
    id: ACCOUNT,
    accountId: ACCOUNT,
    arn: `arn:${PARTITION}:iam::${ACCOUNT}:user/deployer`,
    userId: "AIDAEXAMPLE",
  }),
  "aws:index/getAvailabilityZones:getAvailabilityZones": () => ({
    id: REGION,
    names: ["a", "b", "c"].map((zone) => `${REGION}${zone}`),
    zoneIds: ["use1-az1", "use1-az2", "use1-az4"],
  }),
  "aws:ec2/getAmi:getAmi": (inputs) => ({ ...inputs, id: ec2Id("ami", JSON.stringify(inputs)), imageId: ec2Id("ami", JSON.stringify(inputs)) }),
  "aws:ssm/getParameter:getParameter": ({ name }) => ({
    id: name,
    name,
    arn: `arn:${PARTITION}:ssm:${REGION}::parameter${String(name)}`,
    type: "String",
    value: ec2Id("ami", String(name)),
    version: 1,
  }),
  "aws:iam/getPolicyDocument:getPolicyDocument": policyDocument,
  "aws:ec2/getManagedPrefixList:getManagedPrefixList": ({ name }) => ({
    id: ec2Id("pl", String(name)),
    name,
    arn: `arn:${PARTITION}:ec2:${REGION}:aws:prefix-list/${ec2Id("pl", String(name))}`,
  }),
};

/** What AWS answers; refuses what it does not know. */
export function answer(token: string, inputs: Inputs): Inputs {
  const call = CALLS[token];
  if (!call) throw new Error(`the program calls ${token}, which the mock does not answer: add it to test/stacks/graph/calls.ts`);
  return call(inputs);
}

interface Statement {
  sid?: string;
  effect?: string;
  actions?: string[];
  notActions?: string[];
  resources?: string[];
  notResources?: string[];
  principals?: { type: string; identifiers: string[] }[];
  conditions?: { test: string; variable: string; values: string[] }[];
}

/** Renders as the provider does: one value alone, several as a list, no empty element. */
function policyDocument(inputs: Inputs): Inputs {
  const statements = (inputs.statements as Statement[] | undefined) ?? [];
  const document = { Version: inputs.version ?? "2012-10-17", Statement: statements.map(rendered) };
  const json = JSON.stringify(document);
  return { ...inputs, id: "policy", json, minifiedJson: json };
}

function rendered({ sid, effect, actions, notActions, resources, notResources, principals, conditions }: Statement): Inputs {
  return Object.fromEntries(
    Object.entries({
      Sid: sid,
      Effect: effect ?? "Allow",
      Principal: principals && byType(principals),
      Action: oneOrMany(actions),
      NotAction: oneOrMany(notActions),
      Resource: oneOrMany(resources),
      NotResource: oneOrMany(notResources),
      Condition: conditions && byTest(conditions),
    }).filter(([, value]) => value !== undefined),
  );
}

const oneOrMany = (values: string[] | undefined) => (values?.length === 1 ? values[0] : values);

function byType(principals: { type: string; identifiers: string[] }[]): unknown {
  if (principals.some(({ type }) => type === "*")) return "*";
  return Object.fromEntries(principals.map(({ type, identifiers }) => [type, oneOrMany(identifiers)]));
}

function byTest(conditions: { test: string; variable: string; values: string[] }[]): Inputs {
  const tests: Record<string, Inputs> = {};
  for (const { test, variable, values } of conditions) tests[test] = { ...tests[test], [variable]: oneOrMany(values) };
  return tests;
}
