import { names } from "@steward/core/topology/names";
import type { PolicyDocument } from "@steward/core/topology/policy";
import type { Topology } from "@steward/core/topology/topology";
import { type Api, apiOf } from "@steward/simulator/deploy/api";
import { deploy } from "@steward/simulator/deploy/deploy";
import { PPM_IMAGE, SINGLE_IMAGE } from "@steward/simulator/fleet/machine-image";
import { createAccount } from "@steward/simulator/simulated-account";
import { advance, advanceUntil, drive } from "@steward/simulator/world/drive";
import { expect, test } from "vitest";
import { haTopology, singleTopology } from "../../settings.ts";
import { demoFleet, notingFunctions } from "./deploy-fixture.ts";

const MINUTE = 60_000;
const n = names("demo");
const { nodeRole, group, table } = haTopology();
const GONE = "Steward is silent and this node is as desired: it has let itself in";

interface Given {
  topology?: Topology;
  policy?: PolicyDocument;
  /** What becomes of the desired state before the first node asks for it. */
  edit?: (api: Api) => Promise<unknown>;
}

/** One node in its launch hook with the role and the user data of a real stage, and nobody who watches it. */
async function aNode({ topology = haTopology(), policy = topology.nodeRole.policy, edit = async () => {} }: Given = {}) {
  const defaultImage = topology.kind === "single" ? SINGLE_IMAGE : PPM_IMAGE;
  const world = createAccount({ code: notingFunctions().store, seed: 5, dependencies: { defaultImage } });
  const api = apiOf(world.account, world.operator);
  const one = { ...topology.group, serving: { min: 0, max: 3, desired: 1 } };
  await drive(() => deploy(world, { ...topology, group: one, nodeRole: { ...topology.nodeRole, policy } }, { fleet: demoFleet }));
  await drive(() => edit(api));
  await advanceUntil(() => world.machines.all().length > 0, 5 * MINUTE);
  const [machine] = world.machines.all();
  if (!machine) throw new Error("nothing was launched");
  const state = () => world.autoscaling.groups.get(group.name)?.members.get(machine.instanceId)?.state;
  return { world, api, machine, state, journal: () => machine.journal.map(({ line }) => line) };
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

/** Somebody has written another desired state. */
const other = async (api: Api): Promise<void> => {
  const { Parameter } = await api("ssm", "GetParameter", { Name: n.desired });
  const Value = JSON.stringify({ ...JSON.parse(Parameter?.Value ?? ""), version: "2026.09.0" });
  await api("ssm", "PutParameter", { Name: n.desired, Value, Overwrite: true });
};
const unread = (action: string): PolicyDocument => ({
  ...nodeRole.policy,
  Statement: nodeRole.policy.Statement.filter(({ Action }) => !Action.includes(action)),
});

test.each<[string, Given, Date | undefined, RegExp]>([
  ["no sweep is on record", {}, undefined, /no sweep of Steward's is on record/],
  ["its version is not the desired one", { edit: other }, new Date(0), /not as desired: installed version is 2026.08.0, not 2026.09.0/],
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

test("a single server waits for Steward alone, who has its volume", async () => {
  const { api, state, journal } = await aNode({ topology: singleTopology() });
  await swept(api, new Date(0));
  await advance(60 * MINUTE);
  expect(state()).toBe("Pending:Wait");
  expect(journal()).toEqual([expect.stringMatching(/^did not converge: steward-node: data volume: vol-[0-9a-f]+ is not attached to this node$/)]);
});

test("what the node program needs of its role is granted, and it is refused nothing", async () => {
  const { world, api } = await aNode();
  await swept(api, new Date(0));
  await advance(20 * MINUTE);
  const calls = world.account.record.filter(({ principal }) => principal.includes(`:assumed-role/${nodeRole.name}/`));
  expect(new Set(calls.map(({ service, operation, error }) => `${service}:${operation}${error ? ` ${error}` : ""}`))).toEqual(
    new Set(["ssm:GetParameter", "s3:GetObject", "secretsmanager:GetSecretValue", "dynamodb:GetItem", "autoscaling:CompleteLifecycleAction"]),
  );
});
