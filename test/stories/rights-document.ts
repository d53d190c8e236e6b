import { readFileSync } from "node:fs";
import { arns } from "@steward/core/topology/arns";
import * as databaseDrillGrants from "@steward/core/topology/database-drill-grants";
import * as drillGrants from "@steward/core/topology/drill-grants";
import * as firstDeployGrants from "@steward/core/topology/first-deploy-grants";
import * as grants from "@steward/core/topology/grants";
import * as imageGrants from "@steward/core/topology/image-grants";
import type { PolicyStatement } from "@steward/core/topology/policy";
import * as snapshotGrants from "@steward/core/topology/snapshot-grants";
import type { Topology } from "@steward/core/topology/topology";
import { actionEntry } from "@steward/simulator/iam/reference";
import { haTopology, singleTopology } from "../settings.ts";

/** Why, where the code that grants it has no docstring of its own, or one that speaks of something else; grants by name, else an action. */
const WORDS: Record<string, string> = {
  readFleet: "Sees the group and its activities, the instances, the alarms and what is desired.",
  readDatabase: "Sees whether the database is available.",
  readTargets: "Sees which nodes the load balancer sends users to.",
  queryLedger: "Reads incidents, runs and leases from the ledger.",
  writeLedger: "Writes down what is decided, planned or done.",
  updateLedger: "Notes that a message went out, so that none goes out twice.",
  freeLeases: "The sweep frees leases of runs that no longer run, and asks Lambda which those are.",
  startRuns: "Starts runs, by the qualified ARN that durable functions need.",
  announce: "Says on Steward's own bus what happened to an incident.",
  deadLetter: "What an asynchronous invocation could not do lands in the queue that people are told of.",
  checkpoint: "A durable run saves its progress and reads it back.",
  writeLogs: "Lambda writes the function's log with the function's role.",
  "ssmmessages:CreateControlChannel": "What the SSM agent asks for; its actions have no resource-level permission, but for its own instance.",
  "cloudwatch:PutMetricData": "Metrics of the node and of Package Manager, in a namespace of their own.",
  "logs:DescribeLogStreams": "Logs of the node and of Package Manager.",
  "ssm:GetParameter": "`steward-node` reads what the node should be.",
  "dynamodb:GetItem": "`steward-node` reads when Steward was last heard of: one item of the ledger and no other.",
  "autoscaling:CompleteLifecycleAction": "The net under Steward: a node that is right lets itself in when nobody has looked for a quarter of an hour.",
  "s3:ListBucket": "Package Manager's own use of its bucket.",
  "s3:AbortMultipartUpload": "Package Manager's own use of its bucket.",
  "s3:DeleteObject": "Where newer versions look for a key, nothing that runs on a node may put one or take one away.",
  "s3:PutObject": "A sick node keeps evidence of itself.",
  "s3:GetObject": "`steward-node` reads the document of what the node should be.",
  "kms:Decrypt": "Documents and secrets are encrypted; their keys come with them, through these two services alone.",
  "secretsmanager:GetSecretValue": "Secrets that belong on the node; on one of a pair also the database's master, as whom it makes the logins.",
};

/** Every wildcard in a resource, by what it looks like, and why it is no narrower. */
const WILDCARDS: [RegExp, string][] = [
  [/:autoScalingGroup:\*:/, "AWS makes up the id of a group; its name is the stage's."],
  [
    /:(elastic-ip|image|instance|launch-template|network-interface|security-group|snapshot|subnet|volume)\/\*$/,
    "EC2 makes up the ids; the condition on a tag, or on what the tagging belongs to, keeps to ours.",
  ],
  [/:secret:steward\/\{stage\}\/\*$/, "All secrets of the stage and nobody else's, and only whether they are there."],
  [/:secret:.*-\?{6}$/, "Secrets Manager ends every ARN with six characters of its own."],
  [/:secret:rds!db-\*$/, "RDS makes up the name; the condition on the database that the secret is for keeps to ours."],
  [/:db:\*$/, "RDS can't be asked by tag: a database that a drill left is looked for among all, and its tag read."],
  [/:rds:.*:snapshot:\*$/, "RDS makes up the names of its own snapshots; where something is changed, the condition on a tag keeps to ours."],
  [/:(db|snapshot):steward-\{stage\}-(drill|proven)-\*$/, "Named after each drill; the condition on the drills' tag keeps to what they made."],
  [/:og:default:postgres-\*$/, "AWS's own options, by the major version of the database."],
  [/:pg:steward-\{stage\}-\*$/, "The parameters of the stage's database, by its major version; nothing of them is changed."],
  [/:alarm:\*$/, "Listing alarms by prefix is checked against all alarms."],
  [/:function:[\w{}-]+:\*$/, "Any version and alias of one function, and its executions."],
  [/:parameter\/steward\/\{stage\}\/\*$/, "All parameters of the stage and nobody else's."],
  [/:log-group:.*:\*$/, "The streams of one log group."],
  [/^arn:aws:s3:::[^*]*\/\*$/, "Objects below one prefix of one bucket."],
  [/^arn:aws:s3:::[^*]*[^*/]\*$/, "Objects whose names begin alike, in one bucket."],
  [/^arn:aws:s3:::/, "Objects of one bucket."],
];

interface Row {
  statement: PolicyStatement;
  only: string;
  why: string[];
}

/** Every role of both topologies with what it may do and why, and every wildcard with its reason; throws where a reason is missing. */
export function rightsDocument(): string {
  const [ha, single] = [haTopology(), singleTopology()];
  const names = [...new Set([...rolesOf(ha), ...rolesOf(single)].map(({ name }) => name))];
  const sections = names.map((name) => ({ name, rows: rowsOf(name, ha, single) }));
  const statements = sections.flatMap(({ rows }) => rows.map(({ statement }) => statement));
  return plain([INTRODUCTION, ...sections.map(section), wildcards(statements)].join("\n"));
}

const INTRODUCTION = `# Rights

What each role of a stage may do, and why. Each function has a role of its own, made of the grants of what it does
(\`packages/core/src/topology/grants.ts\`); the nodes share one (\`node-role.ts\`), and the machine of a
restore drill has another (\`drill-role.ts\`). The simulated account judges every call of
every story by these policies, a second evaluator judges the same questions, and a right that no story needs fails the
tests.

\`{account}\`, \`{region}\` and \`{stage}\` stand for where it is deployed, \`{key:…}\` for a key's ARN. This page is written by a
test: \`npx vitest run --project stories test/stories/rights-document.test.ts -u\`.
`;

const rolesOf = ({ functions, nodeRole, drillRole }: Topology) => [...functions.map(({ role }) => role), nodeRole, ...(drillRole ? [drillRole] : [])];

function rowsOf(name: string, ha: Topology, single: Topology): Row[] {
  const [inHa, inSingle] = [ha, single].map((topology) => rolesOf(topology).find((role) => role.name === name)?.policy.Statement ?? []) as [
    PolicyStatement[],
    PolicyStatement[],
  ];
  const has = (statements: PolicyStatement[], one: PolicyStatement) => statements.some((other) => JSON.stringify(other) === JSON.stringify(one));
  const all = [...inHa, ...inSingle.filter((statement) => !has(inHa, statement))];
  return all.map((statement) => ({
    statement,
    only: has(inHa, statement) && has(inSingle, statement) ? "" : has(inHa, statement) ? " (`ha`)" : " (`single`)",
    why: reasons(name, statement),
  }));
}

function section({ name, rows }: { name: string; rows: Row[] }): string {
  const lines = rows.map(({ statement, only, why }) =>
    [
      `${statement.Effect === "Deny" ? "**never** " : ""}${codes(statement.Action)}${only}`,
      codes(statement.Resource),
      conditions(statement),
      why.join(" "),
    ].join(" | "),
  );
  return [`## ${name}`, "", "| may | on | only if | why |", "| --- | --- | --- | --- |", ...lines.map((line) => `| ${line} |`), ""].join("\n");
}

const codes = (texts: string[]): string => texts.map((text) => `\`${text}\``).join(", ");

const conditions = ({ Condition = {} }: PolicyStatement): string =>
  Object.entries(Condition)
    .flatMap(([operator, keys]) => Object.entries(keys).map(([key, values]) => `\`${key}\` ${operator} ${codes([values].flat())}`))
    .join(" and ");

function reasons(role: string, statement: PolicyStatement): string[] {
  const found = /-(node|drill)$/.test(role) ? [WORDS[statement.Action.find((action) => action in WORDS) ?? ""] ?? ""] : grantReasons(role, statement);
  const said = [...new Set(found)].filter(Boolean);
  if (said.length === 0) throw new Error(`nobody says why ${role} may ${statement.Action.join(", ")}`);
  return said;
}

/** A statement of a function's policy is what one or more grants said; each gives its reason. */
function grantReasons(role: string, statement: PolicyStatement): string[] {
  const text = JSON.stringify(statement);
  const named = [...granted(role)].filter(([, statements]) => statements.some((one) => JSON.stringify(one) === text)).map(([name]) => name);
  const changes = role.endsWith("-remediate") ? named.filter((name) => name in grants.CHANGE_GRANTS) : [];
  return [
    ...named.map((name) => WORDS[name] ?? docstrings.get(name) ?? ""),
    ...(changes.length > 0 ? [`For the change${changes.length > 1 ? "s" : ""} ${codes(changes)}.`] : []),
  ];
}

function granted(role: string): Map<string, PolicyStatement[]> {
  const context = [haTopology(), singleTopology()].map(({ stage, place }) => [arns(stage, place), stage] as const);
  const said = (grant: unknown): PolicyStatement[] => context.flatMap(([a, stage]) => (grant as grants.Grant)(a, stage));
  const { CHANGE_GRANTS, policyOf: _, writeLogs, ...rest } = grants;
  const plainGrants = Object.entries({ ...rest, ...firstDeployGrants, ...snapshotGrants, ...drillGrants, ...databaseDrillGrants, ...imageGrants }).filter(
    ([, value]) => typeof value === "function" && value.length <= 2,
  );
  const logs = writeLogs(role.replace(/^steward-demo-/, ""));
  return new Map([...plainGrants, ...Object.entries(CHANGE_GRANTS), ["writeLogs", logs] as const].map(([name, grant]) => [name, said(grant)]));
}

const source = ["grants", "first-deploy-grants", "snapshot-grants", "drill-grants", "database-drill-grants", "image-grants"]
  .map((file) => readFileSync(new URL(`../../packages/core/src/topology/${file}.ts`, import.meta.url), "utf8"))
  .join("\n");
const docstrings = new Map(
  [...source.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*export const (\w+)/g)].map(([, text = "", name = ""]) => [
    name,
    text.replace(/\s*\n\s*\*\s?/g, " ").trim(),
  ]),
);

function wildcards(statements: PolicyStatement[]): string {
  const free = new Set(statements.flatMap(({ Action, Resource }) => (Resource.includes("*") ? Action : [])));
  const patterns = new Set(statements.flatMap(({ Resource }) => Resource.filter((resource) => resource !== "*" && /[*?]/.test(resource))).map(plain));
  return [
    "## Wildcards",
    "",
    "| on | why no narrower |",
    "| --- | --- |",
    `| \`*\` | AWS has no resource-level permission for ${codes([...free].sort().map(withoutResource))}. |`,
    ...[...patterns].sort().map((pattern) => `| \`${pattern}\` | ${reasonFor(pattern)} |`),
    "",
  ].join("\n");
}

/** Throws for an action that could be limited to a resource. */
function withoutResource(action: string): string {
  const types = actionEntry(action)?.resourceTypes ?? [];
  if (types.some(({ required }) => required))
    throw new Error(`${action} is granted on *, and AWS has resources for it: ${types.map(({ name }) => name).join(", ")}`);
  return action;
}

function reasonFor(pattern: string): string {
  const found = WILDCARDS.find(([shape]) => shape.test(pattern))?.[1];
  if (!found) throw new Error(`nobody says why ${pattern} is no narrower`);
  return found;
}

/** Where it is deployed does not matter here. */
const plain = (text: string): string =>
  text
    .replaceAll("123456789012", "{account}")
    .replaceAll("us-east-1", "{region}")
    .replace(/\bsteward-demo\b|\bsteward\/demo\/|steward-\{account\}-demo|steward:(stage|drill)` StringEquals `demo`/gi, (found) =>
      found.replace(/demo/, "{stage}"),
    );
