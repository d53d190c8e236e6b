import type { DesiredState } from "@steward/core/fleet/probe";
import type { PolicyDocument } from "@steward/core/topology/policy";
import { topologyOf } from "@steward/core/topology/topology-of";
import { type Api, apiOf } from "@steward/simulator/deploy/api";
import { desiredStateOf, PPM_IMAGE } from "@steward/simulator/fleet/machine-image";
import { createAccount } from "@steward/simulator/simulated-account";
import { advance, advanceUntil, drive } from "@steward/simulator/world/drive";
import { expect, test } from "vitest";
import { haSettings } from "../../settings.ts";

const MINUTE = 60_000;
const topology = topologyOf("demo", haSettings());
const { nodeRole, launchTemplate, group, table } = topology;
const GONE = "Steward is silent and this node is as desired: it has let itself in";

interface Given {
  desired?: DesiredState;
  policy?: PolicyDocument;
  userData?: string;
}

/** One node in its launch hook with the role and the user data of a real stage, and nobody who watches it. */
async function aNode({ desired = desiredStateOf(PPM_IMAGE), policy = nodeRole.policy, userData = launchTemplate.userData }: Given = {}) {
  const world = createAccount({ code: new Map(), seed: 5 });
  const api = apiOf(world.account, world.operator);
  world.account.roles.set(nodeRole.instanceProfile, policy);
  await drive(() => launchOne(api, JSON.stringify(desired), userData));
  await advanceUntil(() => world.machines.all().length > 0, 5 * MINUTE);
  const [machine] = world.machines.all();
  if (!machine) throw new Error("nothing was launched");
  const state = () => world.autoscaling.groups.get(group.name)?.members.get(machine.instanceId)?.state;
  return { world, api, machine, state, journal: () => machine.journal.map(({ line }) => line) };
}

async function launchOne(api: Api, desired: string, userData: string): Promise<void> {
  await api("dynamodb", "CreateTable", {
    TableName: table.name,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [table.partitionKey, table.sortKey].map((AttributeName) => ({ AttributeName, AttributeType: "S" as const })),
    KeySchema: [
      { AttributeName: table.partitionKey, KeyType: "HASH" },
      { AttributeName: table.sortKey, KeyType: "RANGE" },
    ],
  });
  await api("ssm", "PutParameter", { Name: "/steward/demo/desired", Value: desired, Type: "String" });
  await api("ec2", "CreateLaunchTemplate", {
    LaunchTemplateName: "node",
    LaunchTemplateData: {
      ImageId: "ami-0123456789abcdef0",
      InstanceType: "c5.4xlarge",
      IamInstanceProfile: { Name: nodeRole.instanceProfile },
      UserData: Buffer.from(userData).toString("base64"),
    },
  });
  await api("autoscaling", "CreateAutoScalingGroup", {
    AutoScalingGroupName: group.name,
    MinSize: 1,
    MaxSize: 1,
    DesiredCapacity: 1,
    VPCZoneIdentifier: "subnet-a",
    LaunchTemplate: { LaunchTemplateName: "node", Version: "1" },
    LifecycleHookSpecificationList: group.hooks.map(({ name, transition, heartbeatSeconds, defaultResult }) => ({
      LifecycleHookName: name,
      LifecycleTransition: transition,
      HeartbeatTimeout: heartbeatSeconds,
      DefaultResult: defaultResult,
    })),
    Tags: [{ Key: "steward:stage", Value: "demo", PropagateAtLaunch: true }],
  });
}

const swept = (api: Api, at: Date) =>
  drive(() => api("dynamodb", "PutItem", { TableName: table.name, Item: { pk: { S: "heartbeat" }, sk: { S: "sweep" }, at: { S: at.toISOString() } } }));

test("finds itself by its user data and its role, and lets itself in when the last sweep is older than 15 minutes", async () => {
  const { api, machine, state, journal } = await aNode();
  const last = new Date();
  await swept(api, last);
  await advance(14 * MINUTE);
  expect(state()).toBe("Pending:Wait");
  expect(await advanceUntil(() => state() === "InService", 5 * MINUTE)).toBe(true);
  expect(Date.now() - last.getTime()).toBeGreaterThan(15 * MINUTE);
  expect(journal()).toEqual(["converged", "waits in the launch hook: Steward is at work", GONE]);
  expect(machine.http("/__ping__")).toMatchObject({ status: 200 });
});

test("waits on while Steward sweeps, however long it takes", async () => {
  const { api, state, journal } = await aNode();
  for (let i = 0; i < 20; i++) {
    await swept(api, new Date());
    await advance(5 * MINUTE);
  }
  expect(state()).toBe("Pending:Wait");
  expect(journal()).toEqual(["converged", "waits in the launch hook: Steward is at work"]);
});

test("is let in by nobody else's word: completed by somebody, it says nothing more", async () => {
  const { api, machine, state } = await aNode();
  await swept(api, new Date());
  await advance(5 * MINUTE);
  const hook = { AutoScalingGroupName: group.name, LifecycleHookName: "steward-demo-admit", InstanceId: machine.instanceId, LifecycleActionResult: "CONTINUE" };
  await drive(() => api("autoscaling", "CompleteLifecycleAction", hook));
  await advance(30 * MINUTE);
  expect(state()).toBe("InService");
  expect(machine.journal.at(-1)?.line).toBe("Steward is silent, and this node does not wait in its launch hook any more");
});

const other = (): DesiredState => ({ ...desiredStateOf(PPM_IMAGE), configFingerprint: "v0:other" });
const unread = (action: string): PolicyDocument => ({
  ...nodeRole.policy,
  Statement: nodeRole.policy.Statement.filter(({ Action }) => !Action.includes(action)),
});

test.each<[string, Given, Date | undefined, RegExp]>([
  ["no sweep is on record", {}, undefined, /no sweep of Steward's is on record/],
  ["its configuration is not the desired one", { desired: other() }, new Date(0), /not as desired: .*the config file is not the desired one/],
  ["it may not read the heartbeat", { policy: unread("dynamodb:GetItem") }, new Date(0), /cannot ask AWS \(AccessDenied/],
  ["it may not read what it should be", { policy: unread("ssm:GetParameter") }, new Date(0), /waits in .*the desired state cannot be read: AccessDenied/],
  ["it may not complete its hook", { policy: unread("autoscaling:CompleteLifecycleAction") }, new Date(0), /cannot ask AWS \(AccessDenied/],
])("stays in the hook when %s, until AWS sends it away", async (_, given, last, why) => {
  const { world, api, machine, state, journal } = await aNode(given);
  if (last) await swept(api, last);
  await advance(115 * MINUTE);
  expect(state()).toBe("Pending:Wait");
  expect(journal().filter((line) => why.test(line))).toHaveLength(1);
  expect(await advanceUntil(() => world.ec2.instances.get(machine.instanceId)?.state === "terminated", 40 * MINUTE)).toBe(true);
});

test("a single server waits for Steward alone", async () => {
  const { api, state, journal } = await aNode({
    userData: launchTemplate.userData.replace(String.raw`\"topology\":\"ha\"`, String.raw`\"topology\":\"single\"`),
  });
  await swept(api, new Date(0));
  await advance(60 * MINUTE);
  expect(state()).toBe("Pending:Wait");
  expect(journal()).toEqual(["converged"]);
});

test("what the node program needs of its role is granted, and it is refused nothing", async () => {
  const { world, api } = await aNode();
  await swept(api, new Date(0));
  await advance(20 * MINUTE);
  const calls = world.account.record.filter(({ principal }) => principal.includes(`:assumed-role/${nodeRole.name}/`));
  expect(new Set(calls.map(({ service, operation, error }) => `${service}:${operation}${error ? ` ${error}` : ""}`))).toEqual(
    new Set(["ssm:GetParameter", "dynamodb:GetItem", "autoscaling:CompleteLifecycleAction"]),
  );
});
