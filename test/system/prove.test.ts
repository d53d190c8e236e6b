import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, chownSync, copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { NodeSettings } from "@steward/core/fleet/node-settings";
import { ProofReport } from "@steward/core/fleet/proof-report";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, type TestContext, test, vi } from "vitest";
import { AStage, envelope, vendorFingerprint } from "./a-stage.ts";
import type { Root } from "./debian/root.ts";
import { aVolume, noLoopDevices, type Volume } from "./debian/volume.ts";
import { withoutMounts } from "./debian/without-mounts.ts";

const FLEETS = "vol-0123456789abcdef0";
const COPY = "vol-0fedcba9876543210";
const HOME = "var/lib/rstudio-pm";
const because = noLoopDevices();
let stage: AStage;
let root: Root;
let volume: Volume | undefined;

beforeAll(async () => {
  stage = await AStage.open("single");
});
afterAll(() => stage?.close());
beforeEach(async () => {
  await stage.want(await stage.document({ dataVolume: FLEETS }));
});
afterEach(() => {
  volume?.detach(root);
  stage.removeNodes();
  volume?.remove();
  volume = undefined;
});

/** The next node, as Steward launches one for a proof. */
function aProver(): Root {
  const next = stage.node(1);
  const path = next.at("opt/steward/etc/node.json");
  writeFileSync(path, JSON.stringify({ ...NodeSettings.parse(JSON.parse(readFileSync(path, "utf8"))), purpose: "prove" }));
  return next;
}

/** Lays down the document of the copy, and names it. */
async function aDocument() {
  const document = await stage.document({
    dataVolume: COPY,
    edit: ({ config }) => {
      config.dropIn += "IPAddressDeny=any\nIPAddressAllow=localhost\n";
    },
  });
  return (await stage.want(document, { onlyDocument: true })).document;
}

/** A file of the service account's. */
function store(path: string, text: string): void {
  const folder = root.at(`${HOME}/${path.split("/")[0]}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(root.at(`${HOME}/${path}`), text, { mode: 0o600 });
  for (const owned of [folder, root.at(`${HOME}/${path}`)]) chownSync(owned, 850, 850);
}

const proved = async (): Promise<ProofReport> => {
  const { exitCode, stdout, stderr } = await root.run("prove", envelope("p"));
  expect([exitCode, stderr]).toEqual([0, ""]);
  for (const canary of stage.canaries) expect(stdout).not.toContain(canary);
  return ProofReport.parse(JSON.parse(stdout));
};

describe("on a loop device", () => {
  beforeEach(async (context: TestContext) => {
    if (because) return context.skip(because);
    volume = aVolume("loop");
    root = stage.node();
    volume.attach(root, FLEETS);
    await root.run("converge", envelope("c", { format: FLEETS }));
    store("cran/digest_1.0.0.tar.gz", "\u001f\u008bpacked");
    execFileSync("sqlite3", [root.at(`${HOME}/db/rstudio-pm.db`), "INSERT INTO packages VALUES ('cran', 'kept')"]);
    volume.detach(root);
    stage.removeNodes();
    root = aProver();
    volume.attach(root, COPY);
  });

  test("a copy is mounted, looked at, served to nobody but its node, and proved to hold what the volume held", async () => {
    const document = await aDocument();
    expect(await root.run("converge", envelope("c", { document }))).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await proved()).toMatchObject({
      instanceId: stage.account.nodes[1]?.instanceId,
      volume: COPY,
      service: { state: "inactive" },
      isolation: { denied: expect.arrayContaining(["::/0", "0.0.0.0/0"]), allowed: ["127.0.0.0/8", "::1/128"] },
      data: {
        databases: [{ name: "rstudio-pm.db", integrity: "ok", tables: expect.arrayContaining([{ name: "packages", rows: 3 }]) }],
        otherFiles: [],
        storedFiles: 1,
      },
    });
    expect(await root.run("converge", envelope("d", { document, start: true }))).toMatchObject({ exitCode: 0, stderr: "" });
    const report = await proved();
    expect(report).toMatchObject({
      data: null,
      version: "2026.08.0",
      runningVersion: "2026.08.0",
      service: { state: "active" },
      keyFingerprint: vendorFingerprint(stage.vault["encryption-key"]),
      metadata: { repository: "cran", status: 200 },
      package: {
        name: "digest",
        path: "/cran/latest/src/contrib/digest_1.0.0.tar.gz",
        status: 200,
        bytes: statSync(root.at(`${HOME}/cran/digest_1.0.0.tar.gz`)).size,
      },
      packageBecause: null,
    });
    expect(readFileSync(root.at("etc/systemd/system/rstudio-pm.service.d/steward-config.conf"), "utf8")).toContain("IPAddressDeny=any\n");
    await vi.waitUntil(async () => !["running", "not-begun"].includes((await proved()).loaded.state), { timeout: 20_000, interval: 500 });
    expect((await proved()).loaded).toEqual({ state: "done", since: expect.any(Date), until: expect.any(Date) });
    expect(root.calls().filter((line) => line.startsWith("systemd-run"))).toHaveLength(1);
  });

  test("a copy whose database was damaged in one place says where, and the count that can't be made", async () => {
    await root.run("converge", envelope("c", { document: await aDocument() }));
    const file = root.at(`${HOME}/db/other.db`);
    fill(file);
    damage(file, { page: 5, pages: 3 });
    expect((await proved()).data?.databases).toMatchObject([
      {
        name: "other.db",
        integrity: expect.stringContaining("btreeInitPage() returns error code 11"),
        tableCount: 2,
        tables: [
          { name: 'so"urces', rows: 2 },
          { name: "packages", rows: null },
        ],
      },
      { name: "rstudio-pm.db", integrity: "ok" },
    ]);
  });
});

/** A database of some hundred pages, as the service account leaves one. */
function fill(file: string): void {
  const rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO packages SELECT 'package number ' || i FROM n";
  execFileSync("sqlite3", [file, `CREATE TABLE "so""urces" (b); CREATE TABLE packages (name text); ${rows}; INSERT INTO "so""urces" VALUES (1), (2);`]);
  chownSync(file, 850, 850);
  chmodSync(file, 0o600);
}

function damage(file: string, { page, pages }: { page: number; pages: number }): void {
  execFileSync("dd", ["if=/dev/urandom", `of=${file}`, "bs=4096", `seek=${page}`, `count=${pages}`, "conv=notrunc", "status=none"]);
}

describe("with mounting left out", () => {
  beforeEach(() => {
    root = aProver();
    withoutMounts(root, { mounted: true });
    mkdirSync(root.at(`${HOME}/db`));
    chownSync(root.at(`${HOME}/db`), 850, 850);
    fill(root.at(`${HOME}/db/main.db`));
  });

  test("whole databases are whole, their tables counted, largest first, and nothing in them is changed", async () => {
    const before = readFileSync(root.at(`${HOME}/db/main.db`));
    const report = await proved();
    expect(report.data?.databases).toEqual([
      {
        name: "main.db",
        integrity: "ok",
        rows: 5002,
        tableCount: 2,
        tables: [
          { name: "packages", rows: 5000 },
          { name: 'so"urces', rows: 2 },
        ],
      },
    ]);
    expect(report).toMatchObject({ metadata: null, package: null, packageBecause: expect.stringContaining("is not started on a copy") });
    expect(readFileSync(root.at(`${HOME}/db/main.db`)).equals(before)).toBe(true);
  });

  test("a log that was left beside a database counts, as after a crash", async () => {
    const [main, crashed] = ["main.db", "crashed.db"].map((name) => root.at(`${HOME}/db/${name}`)) as [string, string];
    const leave = `PRAGMA journal_mode=WAL;\nINSERT INTO packages VALUES ('in the log');\n.system cp '${main}' '${crashed}' && cp '${main}-wal' '${crashed}-wal' && chown 850:850 '${crashed}' '${crashed}-wal'\n`;
    execFileSync("sqlite3", [main], { input: leave });
    expect((await proved()).data?.databases[0]).toMatchObject({ name: "crashed.db", integrity: "ok", tables: [{ name: "packages", rows: 5001 }, { rows: 2 }] });
  });

  test.each([
    ["its header", 0, "file is not a database"],
    ["its inside", 5, "btreeInitPage() returns error code 11"],
  ])("a database damaged in %s is not called whole", async (_, page, problem) => {
    damage(root.at(`${HOME}/db/main.db`), { page, pages: 1 });
    const { data } = await proved();
    expect(data?.databases[0]?.integrity).toContain(problem);
  });

  test("the device is read by a unit of its own, once; how that ends is told", async () => {
    copyFileSync(root.at(`${HOME}/db/main.db`), root.at("dev/nvme1n1"));
    await proved();
    await vi.waitUntil(async () => ["done", "failed"].includes((await proved()).loaded.state), { timeout: 20_000, interval: 500 });
    expect(root.calls().filter((line) => line.startsWith("systemd-run --unit=steward-load --remain-after-exit /usr/bin/dd"))).toHaveLength(1);
  });

  test("a device that is not there any more fails to be read", async () => {
    await proved();
    await vi.waitUntil(async () => (await proved()).loaded.state === "failed", { timeout: 20_000, interval: 500 });
  });

  test("boot does nothing, and drain and quiesce are refused", async () => {
    expect(await root.run("boot")).toEqual({ exitCode: 0, stdout: "", stderr: "steward-node: waits for Steward: this node proves a copy\n" });
    for (const verb of ["drain", "quiesce"])
      expect(await root.run(verb, envelope(verb))).toMatchObject({ exitCode: 3, stderr: "steward-node: this node proves a copy and serves nobody\n" });
    expect(root.calls().filter((line) => /^(systemctl|fsfreeze|systemd-run)/.test(line))).toEqual([]);
  });
});

test("a node that serves refuses to prove anything", async () => {
  root = stage.node();
  expect(await root.run("prove", envelope("p"))).toEqual({ exitCode: 3, stdout: "", stderr: "steward-node: this node was not launched to prove a copy\n" });
  expect(spawnSync("test", ["-s", root.suite("calls")]).status).toBe(1);
});
