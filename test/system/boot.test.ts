import { writeFileSync } from "node:fs";
import type { EffectiveDocument } from "@steward/core/desired/documents";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { AStage, envelope, newKey } from "./a-stage.ts";
import { aPostgres, type Postgres } from "./debian/postgres.ts";
import type { Root } from "./debian/root.ts";

let postgres: Postgres;
let stage: AStage;
let root: Root;
let document: EffectiveDocument;

beforeAll(async () => {
  postgres = await aPostgres();
  stage = await AStage.open("ha", postgres);
  document = await stage.document();
  const { document: pointer } = await stage.want(document);
  await stage.node().run("init-database", envelope("init", { document: pointer }));
  stage.removeNodes();
});
afterAll(async () => {
  stage?.close();
  await postgres?.stop();
});
beforeEach(() => {
  root = stage.node();
});
afterEach(async () => {
  stage.removeNodes();
  await stage.account.deny(metadata());
});

const metadata = () => stage.account.nodes[0]?.metadata ?? "";
const instanceId = () => stage.account.nodes[0]?.instanceId ?? "";
const state = () => stage.account.lifecycleState(instanceId());
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

/** Boots, and ends the program when it waits in its hook. */
const bootUntilItWaits = () => root.kill((said) => vi.waitUntil(() => said().includes("waits in the launch hook"), { timeout: 60_000 }), "boot");

const DOUBTS: [string, () => unknown, string][] = [
  ["there never was a sweep", () => {}, "no sweep of Steward's is on record"],
  ["Steward has just been by", () => stage.account.lastSweep(minutesAgo(0)), "Steward is at work"],
  ["the heartbeat holds no time", () => stage.account.lastSweep("soon"), "this node cannot ask AWS (HeartbeatUnreadable)"],
  ["the heartbeat may not be read", () => stage.account.deny(metadata(), "dynamodb:GetItem"), "this node cannot ask AWS (AccessDeniedException)"],
];

test.each(DOUBTS)("boot converges and waits in the hook when %s, and says so at once", async (_, doubt, why) => {
  await doubt();
  const { exitCode, stderr } = await bootUntilItWaits();
  expect([exitCode, stderr]).toEqual([null, `steward-node: converged\nsteward-node: waits in the launch hook: ${why}\n`]);
  expect(await state()).toBe("Pending:Wait");
});

test("boot waits in the hook when Steward is silent but the node is not as desired", async () => {
  await stage.account.lastSweep(minutesAgo(16));
  writeFileSync(root.at("var/lib/rstudio-pm/rstudio-pm.key"), newKey(), { mode: 0o600 });
  const { exitCode, stderr } = await bootUntilItWaits();
  expect(exitCode).toBe(null);
  expect(stderr).toContain("did not converge: steward-node: encryption key");
  expect(stderr).toContain("waits in the launch hook: Steward is silent, but this node is not as desired: running version is unknown");
  expect(await state()).toBe("Pending:Wait");
});

test("boot takes a hook that may not be completed for no end", async () => {
  await stage.account.lastSweep(minutesAgo(16));
  await stage.account.deny(metadata(), "autoscaling:CompleteLifecycleAction");
  const { stderr } = await bootUntilItWaits();
  expect(stderr).toContain("waits in the launch hook: this node cannot ask AWS (AccessDenied");
  expect(await state()).toBe("Pending:Wait");
});

test("boot says at once why it waits when it may not read yet what it should be, and touches nothing meanwhile", async () => {
  await stage.account.deny(metadata(), "s3:GetObject");
  const { exitCode, stderr } = await root.kill((said) => vi.waitUntil(() => said() !== "", { timeout: 30_000 }), "boot");
  expect([exitCode, stderr]).toEqual([null, "steward-node: waits: the document cannot be read: AccessDenied\n"]);
  expect(root.calls().filter((line) => !line.startsWith("dpkg-query"))).toEqual([]);
});

test("boot lets the node in when the last sweep is long ago, as the role that instance metadata names", async () => {
  await stage.account.lastSweep(minutesAgo(16));
  expect(await root.run("boot")).toMatchObject({
    exitCode: 0,
    stderr: "steward-node: converged\nsteward-node: Steward is silent and this node is as desired: it has let itself in\n",
  });
  expect(await state()).toMatch(/^(Pending:Proceed|InService)$/);
});

test("boot takes a hook that nobody waits in any more for an end", async () => {
  await stage.account.lastSweep(minutesAgo(16));
  expect(await root.run("boot")).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("does not wait in its launch hook any more") });
});
