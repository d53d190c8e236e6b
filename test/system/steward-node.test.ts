import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { type DesiredState, ProbeReport } from "@steward/core/fleet/probe";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { aRoot, bundle, CANARIES, type Root, requireDebian, SETTINGS } from "./a-root.ts";
import { anAws, ROLE_SECRET, type StubAws } from "./an-aws.ts";

const RECEIPTS = "var/lib/steward/receipts.json";
const KEY = "var/lib/rstudio-pm/rstudio-pm.key";
const shipped = mkdtempSync(join(tmpdir(), "steward-bundle-"));
const program = join(shipped, "steward-node.mjs");
let root: Root;
let aws: StubAws;
let key: string;

beforeAll(async () => {
  requireDebian();
  await bundle(program);
});

afterAll(() => rmSync(shipped, { recursive: true }));

beforeEach(async () => {
  aws = await anAws();
  root = await aRoot(program, aws.url);
  key = execFileSync("openssl", ["rand", "-hex", "512"]).toString().trim();
  writeFileSync(root.at(KEY), key, { mode: 0o600 });
  want({});
});

afterEach(async () => {
  root.remove();
  await aws.close();
});

/** Writes the desired state that this root satisfies, fingerprints made by openssl and coreutils instead of by the program. */
function want(other: Partial<DesiredState>): void {
  const configFingerprint = `v0:${execFileSync("sha256sum", [root.at("etc/rstudio-pm/rstudio-pm.gcfg")])
    .toString()
    .slice(0, 64)}`;
  const desired: DesiredState = { desired: 1, revision: 1, version: "2026.08.0", configFingerprint, keyFingerprint: vendorFingerprint(key), ...other };
  aws.desired = JSON.stringify(desired);
}

function vendorFingerprint(hex: string): string {
  const pattern = [223, 99, 111, 160, 122, 212, 223, 105, 37, 190];
  const turned = Buffer.from(hex, "hex").map((byte, index) => byte ^ (pattern[index % 10] ?? 0));
  return execFileSync("openssl", ["dgst", "-sha256", "-r"], { input: turned }).toString().slice(0, 64);
}

function envelope(name: string, { epoch = 7, inSeconds = 60 } = {}): string {
  return Buffer.from(JSON.stringify({ key: name, epoch, notAfter: new Date(Date.now() + inSeconds * 1000) })).toString("base64url");
}

const called = (words: string) => root.calls().filter((line) => line.startsWith(words)).length;
const receipts = () => (JSON.parse(readFileSync(root.at(RECEIPTS), "utf8")) as { receipts: { key: string; outcome: string }[] }).receipts;

test("is one file that needs nothing but Node", () => {
  const imports = [...readFileSync(program, "utf8").matchAll(/^import .*? from "([^"]+)"/gm)].map(([, name]) => String(name));
  expect(imports.length).toBeGreaterThan(0);
  expect(imports.filter((name) => !name.startsWith("node:"))).toEqual([]);
});

test("refuses an older Node by name before anything else", () => {
  const older = join(shipped, "older.mjs");
  writeFileSync(older, 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "22.11.0" } });');
  const run = () => execFileSync(process.execPath, ["--import", older, program, "probe"], { stdio: "pipe" });
  expect(run).toThrow("steward-node: needs Node 24 or newer, this is 22.11.0");
});

test("probe reports a node that nobody started yet, ends with its marker and changes nothing", async () => {
  const { exitCode, stdout, stderr } = await root.run("probe");
  expect([exitCode, stderr]).toEqual([0, ""]);
  expect(stdout.endsWith('"end":"end-of-report"}')).toBe(true);
  expect(ProbeReport.parse(JSON.parse(stdout))).toMatchObject({
    instanceId: "i-0123456789abcdef0",
    version: "2026.08.0",
    runningVersion: null,
    service: { state: "inactive", since: null },
    ping: { kind: "refused" },
    keyFingerprint: vendorFingerprint(key),
    database: "unreachable",
    storage: "unknown",
    receipts: [],
  });
  expect(existsSync(root.at(RECEIPTS))).toBe(false);
});

test("converge starts Package Manager and waits until it answers; probe then sees it", async () => {
  expect(await root.run("converge", envelope("c"))).toMatchObject({ exitCode: 0, stderr: "" });
  const report = ProbeReport.parse(JSON.parse((await root.run("probe")).stdout));
  expect(report).toMatchObject({
    service: { state: "active", since: expect.any(Date) },
    ping: { kind: "answer", status: 200 },
    runningVersion: "2026.08.0",
    receipts: [{ key: "c", outcome: "done" }],
  });
});

test("keeps its receipts to root", async () => {
  await root.run("converge", envelope("c"));
  const { mode, uid } = statSync(root.at(RECEIPTS));
  expect([mode & 0o777, uid]).toEqual([0o600, 0]);
  expect(readdirSync(root.at("var/lib/steward"))).toEqual(["receipts.json"]);
});

test("restart with the same key restarts once and says the same", async () => {
  await root.run("converge", envelope("c"));
  const payload = envelope("r");
  const first = await root.run("restart", payload);
  expect(first.exitCode).toBe(0);
  expect(await root.run("restart", payload)).toEqual(first);
  expect(called("restart rstudio-pm")).toBe(1);
});

test("two restarts at once with the same key restart once", async () => {
  await root.run("converge", envelope("c"));
  const payload = envelope("r");
  const [one, other] = await Promise.all([root.run("restart", payload), root.run("restart", payload)]);
  expect(one).toEqual(other);
  expect(called("restart rstudio-pm")).toBe(1);
});

test("refuses a lower epoch and a late start", async () => {
  await root.run("converge", envelope("c", { epoch: 9 }));
  expect(await root.run("restart", envelope("low", { epoch: 8 }))).toMatchObject({
    exitCode: 3,
    stderr: "steward-node: epoch 8 is older than 9, which this node has seen\n",
  });
  expect(await root.run("restart", envelope("late", { epoch: 9, inSeconds: -1 }))).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining("was not to begin after"),
  });
  expect(called("restart rstudio-pm")).toBe(0);
});

test("drain takes Package Manager offline, and it then answers 503", async () => {
  await root.run("converge", envelope("c"));
  expect(await root.run("drain", envelope("d"))).toMatchObject({ exitCode: 0 });
  expect(ProbeReport.parse(JSON.parse((await root.run("probe")).stdout)).ping).toMatchObject({ kind: "answer", status: 503 });
});

const COMPLETED = "CompleteLifecycleAction steward-demo steward-demo-admit i-0123456789abcdef0 CONTINUE";
const longAgo = () => new Date(Date.now() - 16 * 60_000).toISOString();
/** Boots, and ends the program half a second after AWS was asked for the last sweep. */
const bootUntilAsked = () =>
  root.kill(async () => {
    await vi.waitUntil(() => aws.asked.some((line) => line.includes("GetItem")), { timeout: 30_000 });
    await setTimeout(500);
  }, "boot");

test("boot of a single server converges by itself, and that is all", async () => {
  writeFileSync(root.at("opt/steward/etc/node.json"), JSON.stringify({ ...SETTINGS, topology: "single" }));
  expect(await root.run("boot")).toMatchObject({ exitCode: 0, stderr: "steward-node: converged\n" });
  expect(receipts()).toMatchObject([{ key: "boot-boot-1", outcome: "done" }]);
  expect(new Set(aws.asked)).toEqual(new Set(["GetParameter /steward/demo/desired"]));
});

test("boot lets the node in when the last sweep is long ago, as the role that instance metadata names", async () => {
  aws.lastSweep = longAgo();
  expect(await root.run("boot")).toMatchObject({
    exitCode: 0,
    stderr: "steward-node: converged\nsteward-node: Steward is silent and this node is as desired: it has let itself in\n",
  });
  expect(aws.asked).toContain('GetItem steward-demo {"pk":{"S":"heartbeat"},"sk":{"S":"sweep"}} consistent');
  expect(aws.asked.filter((line) => line.startsWith("CompleteLifecycleAction"))).toEqual([COMPLETED]);
});

test("boot takes a hook that nobody waits in any more for an end", async () => {
  aws.lastSweep = longAgo();
  aws.waits = false;
  expect(await root.run("boot")).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("does not wait in its launch hook any more") });
  expect(aws.asked).toContain(COMPLETED);
});

const DOUBTS: [string, () => void, string][] = [
  ["Steward has just been by", () => Object.assign(aws, { lastSweep: new Date().toISOString() }), "Steward is at work"],
  ["there never was a sweep", () => Object.assign(aws, { lastSweep: undefined }), "no sweep of Steward's is on record"],
  ["the heartbeat holds no time", () => Object.assign(aws, { lastSweep: "soon" }), "this node cannot ask AWS (HeartbeatUnreadable)"],
  ["the heartbeat may not be read", () => Object.assign(aws, { refuses: "GetItem" }), "this node cannot ask AWS (AccessDeniedException)"],
  ["the node is not as desired", () => want({ configFingerprint: "v0:other" }), "Steward is silent, but this node is not as desired: running version"],
];

test.each(DOUBTS)("boot waits in the hook when %s, and says so at once", async (_, doubt, why) => {
  aws.lastSweep = longAgo();
  doubt();
  const { exitCode, stderr } = await bootUntilAsked();
  expect(exitCode).toBe(null);
  expect(stderr).toContain(`waits in the launch hook: ${why}`);
  expect(aws.asked).not.toContain(COMPLETED);
});

test("refuses to converge when AWS does not let it read the desired state", async () => {
  aws.refuses = "GetParameter";
  expect(await root.run("converge", envelope("c"))).toMatchObject({
    exitCode: 3,
    stderr: "steward-node: the desired state cannot be read: AccessDeniedException\n",
  });
  expect(root.calls()).toEqual([]);
});

test("a converge killed while it waits is done again by the next one", async () => {
  writeFileSync(root.at("run/slow"), "2500");
  const payload = envelope("c");
  expect(await root.kill(() => vi.waitUntil(() => existsSync(root.at("run/pid")), { timeout: 30_000 }), "converge", payload)).toMatchObject({ exitCode: null });
  expect(receipts()).toMatchObject([{ key: "c", outcome: "running" }]);
  expect(await root.run("converge", payload)).toMatchObject({ exitCode: 0 });
  expect(receipts()).toMatchObject([{ key: "c", outcome: "done" }]);
  expect(readdirSync(root.at("var/lib/steward"))).toEqual(["receipts.json"]);
});

test("killed at any moment, its memory can be read and the next run ends well", async () => {
  const whole = Date.now();
  await root.run("converge", envelope("measure"));
  const took = Date.now() - whole;
  for (let part = 1; part <= 12; part++) {
    await root.kill(() => setTimeout((took * part) / 12), "restart", envelope(`kill-${part}`));
    if (existsSync(root.at(RECEIPTS))) expect(() => receipts()).not.toThrow();
  }
  expect(await root.run("restart", envelope("last"))).toMatchObject({ exitCode: 0, stderr: "" });
});

test.each([
  ["has a newline at its end", () => writeFileSync(root.at(KEY), `${key}\n`), "the key file has white space around the key"],
  [
    "is another one",
    () => writeFileSync(root.at(KEY), execFileSync("openssl", ["rand", "-hex", "512"]).toString().trim()),
    "the fingerprint of the key on this node is not the desired one",
  ],
  ["is not there", () => rmSync(root.at(KEY)), "there is no key file"],
])("names a key that %s, never shows or writes one, and does not start", async (_, spoil, sentence) => {
  spoil();
  const before = existsSync(root.at(KEY)) ? readFileSync(root.at(KEY), "utf8") : "";
  const { exitCode, stdout, stderr } = await root.run("converge", envelope("c"));
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`encryption key: ${sentence}`);
  if (before) expect(stdout + stderr + readFileSync(root.at(RECEIPTS), "utf8")).not.toContain(before.slice(0, 32));
  expect(existsSync(root.at(KEY)) ? readFileSync(root.at(KEY), "utf8") : "").toBe(before);
  expect(called("start rstudio-pm")).toBe(0);
});

test("refuses a bad desired state and touches nothing", async () => {
  aws.desired = '{"desired":1';
  expect(await root.run("converge", envelope("c"))).toMatchObject({
    exitCode: 3,
    stderr: "steward-node: the desired state cannot be used: the document itself\n",
  });
  expect(root.calls()).toEqual([]);
});

test("lets no secret out: not to its children, its output or its files", async () => {
  const outputs = [];
  for (const [verb, name] of [
    ["converge", "a"],
    ["probe", "b"],
    ["restart", "c"],
    ["drain", "d"],
  ] as const)
    outputs.push(await root.run(verb, envelope(name)));
  const seen = JSON.stringify(outputs) + root.calls().join("\n") + readFileSync(root.at(RECEIPTS), "utf8");
  expect(root.calls().length).toBeGreaterThan(3);
  for (const secret of [CANARIES.database, CANARIES.environment, ROLE_SECRET, key]) expect(seen).not.toContain(secret);
});
