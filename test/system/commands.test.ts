import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import type { EffectiveDocument } from "@steward/core/desired/documents";
import { type DesiredState, ProbeReport, reportDifferences } from "@steward/core/fleet/probe";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { AStage, envelope, newKey, vendorFingerprint } from "./a-stage.ts";
import { aPostgres, type Postgres } from "./debian/postgres.ts";
import type { Root } from "./debian/root.ts";

const RECEIPTS = "var/lib/steward/receipts.json";
let postgres: Postgres;
let stage: AStage;
let root: Root;
let document: EffectiveDocument;
let desired: DesiredState;

beforeAll(async () => {
  postgres = await aPostgres();
  stage = await AStage.open("ha", postgres);
  document = await stage.document();
  desired = await stage.want(document);
  await stage.node().run("init-database", envelope("init", { document: desired.document }));
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
  await Promise.all([stage.fillVault(), stage.want(document), stage.account.deny(metadata())]);
});

const metadata = () => stage.account.nodes[0]?.metadata ?? "";
const called = (words: string) => root.calls().filter((line) => line.startsWith(words)).length;
const starts = () => called("systemctl start") + called("systemctl restart");
const receipts = () => (JSON.parse(readFileSync(root.at(RECEIPTS), "utf8")) as { receipts: { key: string; outcome: string }[] }).receipts;
const report = async () => ProbeReport.parse(JSON.parse((await root.run("probe")).stdout));
/** Everything that a test can find written on this root, but for the files that hold secrets by design. */
/** A command that may change something holds the lock, and leaves nothing else. */
const untouched = () =>
  ["etc/rstudio-pm/rstudio-pm.gcfg", "etc/systemd/system/rstudio-pm.service.d/steward-config.conf"].every((path) => !existsSync(root.at(path))) &&
  (!existsSync(root.at("run/steward")) || readdirSync(root.at("run/steward")).join() === "lock");

test("probe reports a node that nobody started yet, ends with its marker and changes nothing", async () => {
  const { exitCode, stdout, stderr } = await root.run("probe");
  expect([exitCode, stderr]).toEqual([0, ""]);
  expect(stdout.endsWith('"end":"end-of-report"}')).toBe(true);
  expect(ProbeReport.parse(JSON.parse(stdout))).toMatchObject({
    instanceId: stage.account.nodes[0]?.instanceId,
    version: "2026.08.0",
    runningVersion: null,
    service: { state: "inactive", since: null },
    ping: { kind: "refused" },
    configFingerprint: null,
    keyFingerprint: null,
    receipts: [],
    more: { hostname: "ubuntu", held: true, cluster: null },
  });
  expect([existsSync(root.at(RECEIPTS)), untouched()]).toEqual([false, true]);
});

test("probe of a node that serves equals the desired state, and sees every part of it", async () => {
  await root.run("converge", envelope("c"));
  expect(await report()).toMatchObject({
    service: { state: "active", since: expect.any(Date) },
    configFingerprint: desired.configFingerprint,
    keyFingerprint: vendorFingerprint(stage.vault["encryption-key"]),
    receipts: [{ key: "c", outcome: "done" }],
    more: {
      keySource: { from: expect.stringContaining("/run/steward/rstudio-pm.env"), others: [] },
      license: { status: "Activated", daysLeft: 365 },
      languages: { r: ["4.6.1"], python: ["3.14.7"] },
      disks: expect.arrayContaining([expect.objectContaining({ usedPercent: expect.any(Number) })]),
    },
  });
});

test("a second converge changes nothing and restarts nothing", async () => {
  await root.run("converge", envelope("c"));
  expect(await root.run("converge", envelope("c2"))).toMatchObject({ exitCode: 0, stderr: "" });
  expect([called("systemd starts"), called("systemctl daemon-reload")]).toEqual([1, 1]);
});

test("a licence that changed in the vault restarts the server once, and lies there to the byte", async () => {
  await root.run("converge", envelope("c"));
  await stage.account.vaulted("license", "canary-licence-line-one, renewed");
  expect(await root.run("converge", envelope("c2"))).toMatchObject({ exitCode: 0 });
  expect([called("systemctl restart"), readFileSync(root.at("var/lib/rstudio-pm/steward.lic"), "utf8")]).toEqual([1, "canary-licence-line-one, renewed"]);
});

test("a floating licence is told to Package Manager once, and no licence file is left beside it", async () => {
  await root.run("converge", envelope("file"));
  await wantEdited((wanted) => Object.assign(wanted, { license: { kind: "floating", server: "licences.example.com:8989" } }));
  expect(await root.run("converge", envelope("c"))).toMatchObject({ exitCode: 0, stderr: "" });
  expect(await root.run("converge", envelope("c2"))).toMatchObject({ exitCode: 0, stderr: "" });
  expect([called("license-manager license-server licences.example.com:8989"), existsSync(root.at("var/lib/rstudio-pm/steward.lic"))]).toEqual([1, false]);
});

test("a product key that nobody activated is left to a human: it would stand among the arguments", async () => {
  await wantEdited((wanted) => Object.assign(wanted, { license: { kind: "key" } }));
  const { exitCode, stderr } = await root.run("converge", envelope("c"));
  expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/activat/i)]);
  expect([called("license-manager status"), called("license-manager"), starts()]).toEqual([1, 1, 0]);
});

test("after a reboot nothing starts before the program has been, which then makes the node what it was", async () => {
  await root.run("converge", envelope("c"));
  process.kill(Number(readFileSync(root.suite("pid"), "utf8")), "SIGKILL");
  rmSync(root.suite("pid"));
  rmSync(root.at("run"), { recursive: true });
  mkdirSync(root.at("run"));
  execFileSync(root.at("usr/bin/systemctl"), ["start", "rstudio-pm"]);
  expect(existsSync(root.suite("pid"))).toBe(false);
  expect(await root.run("converge", envelope("after the boot"))).toMatchObject({ exitCode: 0, stderr: "" });
  expect(reportDifferences(await report(), desired)).toEqual([]);
});

test("restart with the same key restarts once and says the same, also when it comes twice at once", async () => {
  await root.run("converge", envelope("c"));
  const payload = envelope("r");
  const [one, other] = await Promise.all([root.run("restart", payload), root.run("restart", payload)]);
  expect(one).toMatchObject({ exitCode: 0 });
  expect(one).toEqual(other);
  expect(await root.run("restart", payload)).toEqual(one);
  expect(called("systemctl restart")).toBe(1);
});

test("refuses a lower epoch and a late start", async () => {
  await root.run("converge", envelope("c", { epoch: 9 }));
  expect(await root.run("restart", envelope("low", { epoch: 8 }))).toMatchObject({
    exitCode: 3,
    stderr: "steward-node: epoch 8 is older than 9, which this node has seen\n",
  });
  const late = { exitCode: 3, stderr: expect.stringContaining("was not to begin after") };
  expect(await root.run("restart", envelope("late", { epoch: 9, inSeconds: -1 }))).toMatchObject(late);
  expect(called("systemctl restart")).toBe(0);
});

test("drain takes Package Manager offline, where it answers 503; resume brings it back", async () => {
  await root.run("converge", envelope("c"));
  expect(await root.run("drain", envelope("d"))).toMatchObject({ exitCode: 0 });
  expect((await report()).ping).toMatchObject({ kind: "answer", status: 503 });
  expect(await root.run("resume", envelope("r"))).toMatchObject({ exitCode: 0, stderr: "" });
  expect((await report()).ping).toMatchObject({ kind: "answer", status: 200 });
});

const REFUSED: [string, () => unknown, string][] = [
  ["AWS does not let it read the desired state", () => stage.account.deny(metadata(), "ssm:GetParameter"), "the desired state cannot be read: AccessDenied"],
  ["AWS does not let it read a secret", () => stage.account.deny(metadata(), "secretsmanager:GetSecretValue"), "cannot be read: AccessDenied"],
  ["the desired state is half a text", () => stage.account.desired('{"desired":1'), "the desired state cannot be used: the document itself"],
  ["the document is not the one that was hashed", () => stage.account.spoiled(desired.document, "{}"), "the document has another hash"],
  ["another version is wanted", () => wantEdited((wanted) => Object.assign(wanted, { version: "2026.09.0" })), "2026.08.0 is installed, 2026.09.0 is desired"],
  ["the document is for another stage", () => wantEdited((wanted) => Object.assign(wanted, { stage: "other" })), "the document is meant for"],
  ["a place in the vault is empty of sense", () => stage.account.vaulted("license", " \n"), "the secret license cannot be used"],
  [
    "the vaulted key has a newline at its end",
    () => stage.account.vaulted("encryption-key", `${stage.vault["encryption-key"]}\n`),
    "white space around the key",
  ],
  ["the vault holds another key than the fleet's", () => stage.account.vaulted("encryption-key", newKey()), "the vaulted key is not the desired one"],
];
const wantEdited = async (edit: (document: EffectiveDocument) => void) => stage.want(await stage.document({ edit }));

test.each(REFUSED)("refuses to converge, and touches nothing, when %s", async (_, spoil, sentence) => {
  await spoil();
  expect(await root.run("converge", envelope("c"))).toMatchObject({ exitCode: 3, stderr: expect.stringContaining(sentence) });
  expect([untouched(), root.calls().filter((line) => !/^dpkg-query/.test(line))]).toEqual([true, []]);
});

test.each(["var/lib/rstudio-pm/rstudio-pm.key", "var/lib/rstudio-pm/persistent/encryption/rstudio-pm.key"])(
  "another key at %s stops everything, and is neither shown nor written over",
  async (path) => {
    const other = newKey();
    mkdirSync(root.at(`${path}/..`), { recursive: true });
    writeFileSync(root.at(path), other, { mode: 0o600 });
    const { exitCode, stdout, stderr } = await root.run("converge", envelope("c"));
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("encryption key")]);
    expect((stdout + stderr + readFileSync(root.at(RECEIPTS), "utf8")).includes(other.slice(0, 32))).toBe(false);
    expect([readFileSync(root.at(path), "utf8"), starts()]).toEqual([other, 0]);
  },
);

test("a converge killed while it waits is done again by the next one", async () => {
  writeFileSync(root.suite("slow"), "2500");
  const payload = envelope("c");
  const begun = () => vi.waitUntil(() => existsSync(root.suite("pid")), { timeout: 30_000 });
  expect(await root.kill(begun, "converge", payload)).toMatchObject({ exitCode: null });
  expect(receipts()).toMatchObject([{ key: "c", outcome: "running" }]);
  expect(await root.run("converge", payload)).toMatchObject({ exitCode: 0 });
  expect(receipts()).toMatchObject([{ key: "c", outcome: "done" }]);
  expect(readdirSync(root.at("var/lib/steward"))).toEqual(["receipts.json"]);
});

test("killed after any command, or at any moment, the next converge ends well and the server runs with what was written", async () => {
  await root.run("converge", envelope("whole"));
  for (let moment = 1; moment <= 12; moment++) {
    // Every round has something to do: another licence, another port.
    await stage.account.vaulted("license", `canary-licence-line-one, ${moment}`);
    await stage.want(await stage.document());
    const payload = envelope(`kill-${moment}`);
    await (moment <= 6 ? root.killAfter(moment, "converge", payload) : root.kill(() => setTimeout((moment - 6) * 150), "converge", payload));
    expect(() => receipts()).not.toThrow();
  }
  const last = await stage.document();
  await stage.want(last);
  expect(await root.run("converge", envelope("last"))).toMatchObject({ exitCode: 0, stderr: "" });
  const port = /Listen = :(\d+)/.exec(last.config.text)?.[1];
  expect((await fetch(`http://127.0.0.1:${port}/cran/latest/src/contrib/PACKAGES`)).status).toBe(200);
  rmSync(root.suite("slow"), { force: true });
});
