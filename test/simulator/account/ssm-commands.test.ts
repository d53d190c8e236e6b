import type { Command, DescribeInstanceInformationResult, GetCommandInvocationResult, ListCommandInvocationsResult } from "@aws-sdk/client-ssm";
import { ProbeReport } from "@steward/core/fleet/probe";
import { nodeDocument } from "@steward/core/topology/document";
import type { Right } from "@steward/simulator/account/operation";
import { advance } from "@steward/simulator/world/drive";
import { resetWorld } from "@steward/simulator/world/install";
import { assert, beforeEach, expect, test } from "vitest";
import { aFleet, ask, type Fleet, launched, NODE, serving } from "./a-fleet.ts";

beforeEach(() => resetWorld(3));

/** A fleet with the one command document. */
async function managed() {
  const fleet = aFleet();
  await ask(fleet, "ssm", "CreateDocument", { Name: "steward-demo-node", DocumentType: "Command", Content: JSON.stringify(nodeDocument) });
  return fleet;
}

const envelope = (key: string) => Buffer.from(JSON.stringify({ key, epoch: 1, notAfter: new Date(Date.now() + 60_000) })).toString("base64url");

async function send(
  fleet: Fleet,
  input: { verb?: string; payload?: string; ids?: string[]; TimeoutSeconds?: number; more?: Record<string, string[]> } = {},
): Promise<string> {
  const { verb = "probe", payload = "x", ids = [NODE], TimeoutSeconds = 30, more = {} } = input;
  const { Command } = await ask<{ Command: Command }>(fleet, "ssm", "SendCommand", {
    DocumentName: "steward-demo-node",
    InstanceIds: ids,
    TimeoutSeconds,
    Parameters: { verb: [verb], payload: [payload], ...more },
  });
  assert(Command.CommandId);
  return Command.CommandId;
}

const invocation = (fleet: Fleet, CommandId: string, InstanceId = NODE) =>
  ask<GetCommandInvocationResult>(fleet, "ssm", "GetCommandInvocation", { CommandId, InstanceId });
const nodes = (fleet: Fleet, input: unknown = {}) => ask<DescribeInstanceInformationResult>(fleet, "ssm", "DescribeInstanceInformation", input);

test("runs the node program on the machine and hands back its whole output", async () => {
  const fleet = await managed();
  await serving(fleet);
  const id = await send(fleet);
  await advance(5_000);
  const done = await invocation(fleet, id);
  expect(done).toMatchObject({ Status: "Success", StatusDetails: "Success", ResponseCode: 0, PluginName: "stewardNode", StandardErrorContent: "" });
  expect(ProbeReport.parse(JSON.parse(done.StandardOutputContent ?? "")).instanceId).toBe(NODE);
});

test("does not know a new invocation at first, then shows it pending, in progress and ended", async () => {
  const fleet = await managed();
  await serving(fleet);
  const id = await send(fleet, { verb: "restart", payload: envelope("r") });
  await expect(invocation(fleet, id)).rejects.toMatchObject({ code: "InvocationDoesNotExist" });
  const seen = new Set<string>();
  for (let i = 0; i < 80; i++) {
    await advance(500);
    const { Status, StandardOutputContent, ResponseCode } = await invocation(fleet, id).catch(() => ({
      Status: "none",
      StandardOutputContent: "",
      ResponseCode: -1,
    }));
    if (Status !== "Success") expect([StandardOutputContent, ResponseCode]).toEqual(["", -1]);
    seen.add(String(Status));
  }
  expect(seen.has("InProgress") && seen.has("Success")).toBe(true);
  expect([...seen].at(-1)).toBe("Success");
});

test("a program that fails makes a failed invocation with its exit code and sentence", async () => {
  const fleet = await managed();
  await serving(fleet);
  const id = await send(fleet, { verb: "restart", payload: "nonsense" });
  await advance(5_000);
  expect(await invocation(fleet, id)).toMatchObject({
    Status: "Failed",
    StatusDetails: "Failed",
    ResponseCode: 2,
    StandardErrorContent: "steward-node: restart needs a command envelope as base64url of JSON\n",
  });
});

test("a command to a node that is away is delayed and runs late when the node comes back in time", async () => {
  const fleet = await managed();
  const node = await serving(fleet);
  node.loseAgent();
  const id = await send(fleet, { verb: "restart", payload: envelope("late"), TimeoutSeconds: 120 });
  await advance(10_000);
  expect(await invocation(fleet, id)).toMatchObject({ Status: "Delayed", ResponseCode: -1 });
  await advance(90_000);
  node.restoreAgent();
  await advance(10_000);
  const late = await invocation(fleet, id);
  expect(late).toMatchObject({ Status: "Failed", ResponseCode: 3, StandardErrorContent: expect.stringContaining("was not to begin after") });
});

test("a command times out when the node stays away", async () => {
  const fleet = await managed();
  const node = await serving(fleet);
  node.loseAgent();
  const id = await send(fleet, { TimeoutSeconds: 30 });
  await advance(33_000);
  expect(await invocation(fleet, id)).toMatchObject({ Status: "TimedOut", StatusDetails: "DeliveryTimedOut", ResponseCode: -1 });
  node.restoreAgent();
  await advance(60_000);
  expect(await invocation(fleet, id)).toMatchObject({ Status: "TimedOut", StandardOutputContent: "" });
});

test("a command to a node that has been lost for long is undeliverable", async () => {
  const fleet = await managed();
  const node = await serving(fleet);
  node.loseAgent();
  await advance(20 * 60_000);
  const id = await send(fleet);
  await advance(33_000);
  expect(await invocation(fleet, id)).toMatchObject({ Status: "Failed", StatusDetails: "Undeliverable", ResponseCode: -1 });
});

test("a command to a node that ends before it arrives is undeliverable", async () => {
  const fleet = await managed();
  await serving(fleet);
  const id = await send(fleet);
  fleet.account.links.destroyMachine(NODE);
  await advance(33_000);
  expect(await invocation(fleet, id)).toMatchObject({ Status: "Failed", StatusDetails: "Undeliverable", ResponseCode: -1 });
});

test("kills a program that runs longer than its execution timeout", async () => {
  const fleet = await managed();
  const node = await serving(fleet);
  node.hang({ survivesRestart: true });
  const id = await send(fleet, { verb: "restart", payload: envelope("r"), more: { executionTimeout: ["20"] } });
  await advance(30_000);
  expect(await invocation(fleet, id)).toMatchObject({ Status: "TimedOut", StatusDetails: "ExecutionTimedOut", ResponseCode: 137 });
  const probe = await send(fleet);
  await advance(10_000);
  expect(ProbeReport.parse(JSON.parse((await invocation(fleet, probe)).StandardOutputContent ?? "")).receipts.at(-1)).toMatchObject({
    key: "r",
    outcome: "running",
  });
});

test("a command that dies with its machine ends with its execution timeout", async () => {
  const fleet = await managed();
  const node = await serving(fleet);
  const id = await send(fleet, { verb: "restart", payload: envelope("r") });
  await advance(4_000);
  node.impair();
  await advance(60_000);
  expect(await invocation(fleet, id)).toMatchObject({ Status: "InProgress" });
  await advance(60_000);
  expect(await invocation(fleet, id)).toMatchObject({ Status: "TimedOut", StatusDetails: "ExecutionTimedOut" });
});

test("a cancelled command is not delivered any more", async () => {
  const fleet = await managed();
  const node = await serving(fleet);
  node.loseAgent();
  const id = await send(fleet, { verb: "restart", payload: envelope("r"), TimeoutSeconds: 600 });
  await advance(5_000);
  await ask(fleet, "ssm", "CancelCommand", { CommandId: id });
  node.restoreAgent();
  await advance(60_000);
  expect(await invocation(fleet, id)).toMatchObject({ Status: "Cancelled" });
});

test.each([
  ["an unknown document", { DocumentName: "none" }, "InvalidDocument"],
  ["an instance that nobody knows", { InstanceIds: ["i-00000009"] }, "InvalidInstanceId"],
  ["one bad instance among good ones", { InstanceIds: [NODE, "i-00000009"] }, "InvalidInstanceId"],
  ["no instance", { InstanceIds: [] }, "InvalidInstanceId"],
  ["the same instance twice", { InstanceIds: [NODE, NODE] }, "DuplicateInstanceId"],
  ["51 instances", { InstanceIds: Array.from({ length: 51 }, (_, i) => `i-000000${i + 10}`) }, "ValidationException"],
  ["a delivery timeout below 30 s", { TimeoutSeconds: 29 }, "ValidationException"],
  ["a verb that the document does not allow", { Parameters: { verb: ["boot"], payload: ["x"] } }, "InvalidParameters"],
  ["a payload that could speak to the shell", { Parameters: { verb: ["probe"], payload: ["x; reboot"] } }, "InvalidParameters"],
  ["a missing parameter", { Parameters: { verb: ["probe"] } }, "InvalidParameters"],
  ["an unknown parameter", { Parameters: { verb: ["probe"], payload: ["x"], shell: ["sh"] } }, "InvalidParameters"],
])("refuses %s", async (_, input, code) => {
  const fleet = await managed();
  await serving(fleet);
  const good = { DocumentName: "steward-demo-node", InstanceIds: [NODE], Parameters: { verb: ["probe"], payload: ["x"] } };
  await expect(ask(fleet, "ssm", "SendCommand", { ...good, ...input })).rejects.toMatchObject({ code });
  expect(fleet.ssm.commands.size).toBe(0);
});

test("names the instances that are not in a valid state, and takes a node only once its agent has registered", async () => {
  const fleet = await managed();
  launched(fleet);
  await expect(send(fleet)).rejects.toThrow(`Instances [[${NODE}]] not in a valid state for account 123456789012`);
  expect((await nodes(fleet)).InstanceInformationList).toEqual([]);
  await advance(71_000);
  expect(await send(fleet)).toMatch(/^[0-9a-f-]{36}$/);
});

test("refuses by name what no simulated shell can run", async () => {
  const fleet = await managed();
  await serving(fleet);
  const step = (runCommand: string[]) => ({ action: "aws:runShellScript", name: "free", inputs: { runCommand } });
  await ask(fleet, "ssm", "CreateDocument", { Name: "free-shell", Content: JSON.stringify({ schemaVersion: "2.2", mainSteps: [step(["rm -rf /"])] }) });
  await expect(ask(fleet, "ssm", "SendCommand", { DocumentName: "free-shell", InstanceIds: [NODE] })).rejects.toThrow("rm -rf /");
  const two = JSON.stringify({ schemaVersion: "2.2", mainSteps: [step(["a"]), step(["b"])] });
  await expect(ask(fleet, "ssm", "CreateDocument", { Name: "two-steps", Content: two })).rejects.toMatchObject({ code: "InvalidDocumentContent" });
  await expect(ask(fleet, "ssm", "CreateDocument", { Name: "free-shell", Content: two })).rejects.toMatchObject({ code: "DocumentAlreadyExists" });
});

test("asks for rights on the document and on every instance, with its tags", async () => {
  const fleet = await managed();
  await serving(fleet);
  await serving(fleet, "i-00000002");
  fleet.account.links.instanceTags = (id) => ({ "steward:stage": id === NODE ? "demo" : "other" });
  const rights: Right[] = [];
  fleet.account.authorize = (_, right) => {
    rights.push(right);
    return { allowed: true };
  };
  await send(fleet, { ids: [NODE, "i-00000002"] });
  const instance = (id: string, stage: string): Right => ({
    action: "ssm:SendCommand",
    resources: [`arn:aws:ec2:us-east-1:123456789012:instance/${id}`],
    context: { "ssm:resourceTag/steward:stage": stage, "aws:ResourceTag/steward:stage": stage },
  });
  expect(rights).toEqual([
    { action: "ssm:SendCommand", resources: ["arn:aws:ssm:us-east-1:123456789012:document/steward-demo-node"] },
    instance(NODE, "demo"),
    instance("i-00000002", "other"),
  ]);
});

test("cuts output at 24,000 characters, and at 2,500 in lists", async () => {
  const fleet = await managed();
  const node = await serving(fleet);
  node.runCommand = async () => ({ exitCode: 1, stdout: "o".repeat(30_000), stderr: "e".repeat(30_000) });
  const id = await send(fleet);
  await advance(5_000);
  const done = await invocation(fleet, id);
  expect([done.StandardOutputContent?.length, done.StandardErrorContent?.length]).toEqual([24_000, 8_000]);
  const { CommandInvocations } = await ask<ListCommandInvocationsResult>(fleet, "ssm", "ListCommandInvocations", { CommandId: id, Details: true });
  expect(CommandInvocations?.[0]?.CommandPlugins?.[0]?.Output).toHaveLength(2_500);
});

test("lists invocations newest first, page by page", async () => {
  const fleet = await managed();
  await serving(fleet);
  const ids = [await send(fleet), await send(fleet), await send(fleet)];
  await advance(5_000);
  const list = (NextToken?: string) =>
    ask<ListCommandInvocationsResult>(fleet, "ssm", "ListCommandInvocations", { InstanceId: NODE, MaxResults: 2, NextToken });
  const first = await list();
  const second = await list(first.NextToken);
  expect([...(first.CommandInvocations ?? []), ...(second.CommandInvocations ?? [])].map(({ CommandId }) => CommandId)).toEqual(ids.reverse());
  expect(second.NextToken).toBeUndefined();
});

test("learns after more than five minutes that an agent is gone, and at once that it is back", async () => {
  const fleet = await managed();
  const node = await serving(fleet);
  const status = async () => (await nodes(fleet, { Filters: [{ Key: "InstanceIds", Values: [NODE] }] })).InstanceInformationList?.[0]?.PingStatus;
  node.loseAgent();
  await advance(30_000);
  expect(await status()).toBe("Online");
  await advance(11 * 60_000);
  expect(await status()).toBe("ConnectionLost");
  node.restoreAgent();
  expect(await status()).toBe("Online");
});
