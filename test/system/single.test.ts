import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { ProbeReport } from "@steward/core/fleet/probe";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, type TestContext, test } from "vitest";
import { AStage, envelope, newKey } from "./a-stage.ts";
import type { Root } from "./debian/root.ts";
import { aVolume, noLoopDevices, type Volume } from "./debian/volume.ts";
import { withoutMounts } from "./debian/without-mounts.ts";

const VOLUME = "vol-0123456789abcdef0";
const HOME = "var/lib/rstudio-pm";
const MARK = `${HOME}/.steward-volume`;
const because = noLoopDevices();
let stage: AStage;
let root: Root;
let volume: Volume;

beforeAll(async () => {
  stage = await AStage.open("single");
});
afterAll(() => stage?.close());
beforeEach(async () => {
  await stage.want(await stage.document({ dataVolume: VOLUME }));
});
afterEach(() => end());

function end(): void {
  volume.detach(root);
  stage.removeNodes();
  volume.remove();
}

/** A new server with a blank volume. */
function begin(kind: "loop" | "plain-file"): void {
  volume = aVolume(kind);
  root = stage.node();
  volume.attach(root, VOLUME);
}

/** The same volume on the next server, as after a replacement. */
function replace(): void {
  volume.detach(root);
  stage.removeNodes();
  root = stage.node(1);
  volume.attach(root, VOLUME);
}

const statusOf = (asked: { port: number; ca: string; path: string }): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const request = get({ ...asked, host: "127.0.0.1", servername: "localhost", agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.once("error", reject);
  });
const called = (words: string) => root.calls().filter((line) => line.startsWith(words)).length;
const typeOf = (file: string) => spawnSync("blkid", ["--probe", "--output", "value", "--match-tag", "TYPE", file], { encoding: "utf8" }).stdout.trim();
const mounted = () => spawnSync("findmnt", ["--mountpoint", root.at(HOME)]).status === 0;
const report = async () => ProbeReport.parse(JSON.parse((await root.run("probe")).stdout));
const format = (name: string) => envelope(name, { format: VOLUME });
const checksum = () => execFileSync("sha256sum", [volume.file], { encoding: "utf8" }).slice(0, 64);

describe("on a loop device", () => {
  beforeEach((context: TestContext) => {
    begin(because ? "plain-file" : "loop");
    if (because) context.skip(because);
  });

  test("the first converge makes the file system, mounts it, marks it and serves from it", async () => {
    expect(await root.run("converge", format("c"))).toMatchObject({ exitCode: 0, stderr: "" });
    expect([typeOf(volume.file), mounted()]).toEqual(["ext4", true]);
    expect(JSON.parse(readFileSync(root.at(MARK), "utf8"))).toEqual({ mark: 1, stage: "demo", volume: VOLUME });
    const { mode, uid } = statSync(root.at(HOME));
    expect([(mode & 0o7777).toString(8), uid]).toEqual(["701", 850]);
    const options = execFileSync("findmnt", ["--noheadings", "--output", "OPTIONS,LABEL", "--mountpoint", root.at(HOME)], { encoding: "utf8" });
    expect(options).toMatch(/nosuid.*nodev.*noatime.*steward-data/);
    expect(await report()).toMatchObject({ ping: { status: 200 }, database: "unknown", more: { cluster: [stage.account.nodes[0]?.instanceId] } });
    expect(existsSync(root.at(`${HOME}/db/rstudio-pm.db`))).toBe(true);
  });

  test("serves by TLS with the vaulted certificate, whose key no other account can read and no command has seen", async () => {
    const ended = await root.run("converge", format("c"));
    const { certificate, "private-key": privateKey } = JSON.parse(stage.vault.certificate) as Record<"certificate" | "private-key", string>;
    const port = /\[HTTPS\]\s*Listen = :(\d+)/.exec(readFileSync(root.at("etc/rstudio-pm/rstudio-pm.gcfg"), "utf8"))?.[1];
    expect(await statusOf({ port: Number(port), ca: certificate, path: "/__ping__" })).toBe(200);
    const { mode, uid } = statSync(root.at("run/steward/tls/server.key"));
    expect([(mode & 0o7777).toString(8), uid]).toEqual(["600", 850]);
    expect(JSON.stringify(ended) + root.calls().join("\n")).not.toContain(privateKey.split("\n")[1]);
  });

  test("a second run mounts nothing, makes nothing and restarts nothing", async () => {
    await root.run("converge", format("c"));
    expect(await root.run("converge", format("c2"))).toMatchObject({ exitCode: 0 });
    expect(["mkfs.ext4", "mount", "systemctl restart", "systemd starts"].map(called)).toEqual([1, 1, 0, 1]);
  });

  test("another server mounts the volume with everything on it, and without leave to make a file system", async () => {
    await root.run("converge", format("c"));
    execFileSync("sqlite3", [root.at(`${HOME}/db/rstudio-pm.db`), "INSERT INTO packages VALUES ('cran', 'kept')"]);
    replace();
    expect(await root.run("converge", envelope("c"))).toMatchObject({ exitCode: 0, stderr: "" });
    const rows = execFileSync("sqlite3", [root.at(`${HOME}/db/rstudio-pm.db`), "SELECT name FROM packages"], { encoding: "utf8" });
    expect([called("mkfs.ext4"), rows]).toEqual([0, "digest\nsix\nkept\n"]);
  });

  test("boot of a single server converges by itself, and that is all", async () => {
    await root.run("converge", format("c"));
    replace();
    expect(await root.run("boot")).toMatchObject({ exitCode: 0, stderr: "steward-node: converged\n" });
    expect(await report()).toMatchObject({ ping: { status: 200 }, receipts: [{ key: "boot-boot-1", outcome: "done" }] });
    expect(await stage.account.asked(stage.account.nodes[1]?.metadata ?? "")).not.toContain("CompleteLifecycleAction");
  });

  test.each([
    [
      "bears the mark of another stage",
      () => writeFileSync(root.at(MARK), JSON.stringify({ mark: 1, stage: "other", volume: VOLUME })),
      "it is marked as one of another stage",
    ],
    ["bears no mark and holds files", () => execFileSync("rm", [root.at(MARK)]), "it bears no mark of a stage"],
  ])("a volume that %s is let go again, untouched, and nothing starts", async (_, spoil, sentence) => {
    await root.run("converge", format("c"));
    spoil();
    replace();
    const before = execFileSync(
      "sh",
      ["-c", `mount -o ro,noload ${root.at("dev/nvme1n1")} ${root.at(HOME)} && ls -AR ${root.at(HOME)}; umount ${root.at(HOME)}`],
      { encoding: "utf8" },
    );
    expect(await root.run("converge", format("c2"))).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(sentence) });
    expect([mounted(), called("mkfs.ext4"), called("systemctl start")]).toEqual([false, 0, 0]);
    const after = execFileSync(
      "sh",
      ["-c", `mount -o ro,noload ${root.at("dev/nvme1n1")} ${root.at(HOME)} && ls -AR ${root.at(HOME)}; umount ${root.at(HOME)}`],
      { encoding: "utf8" },
    );
    expect(after).toBe(before);
  });

  test("another device at the mount point is left alone", async () => {
    execFileSync("mount", ["-t", "tmpfs", "other", root.at(HOME)]);
    expect(await root.run("converge", format("c"))).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("another device is mounted") });
    expect([typeOf(volume.file), called("systemctl start")]).toEqual(["", 0]);
  });

  test("killed after the file system is made, after it is mounted, or before the server starts, the next run ends it all", async () => {
    await root.run("converge", format("whole"));
    const commands = root.calls().map((line) => line.split(" ENV ")[0] ?? "");
    for (const last of ["mkfs.ext4", "mount", "systemctl daemon-reload", "systemctl start"]) {
      end();
      begin("loop");
      const moment = commands.findIndex((line) => line.startsWith(`${last} `) || line === last) + 1;
      expect(await root.killAfter(moment, "converge", format("c"))).toMatchObject({ exitCode: null });
      expect(root.calls().findLast((line) => !line.startsWith("systemd "))).toContain(last);
      expect(await root.run("converge", format("next"))).toMatchObject({ exitCode: 0, stderr: "" });
      expect([called("mkfs.ext4"), JSON.parse(readFileSync(root.at(MARK), "utf8"))]).toEqual([1, { mark: 1, stage: "demo", volume: VOLUME }]);
    }
  });

  test("another key on the volume stops everything, and is neither shown nor written over", async () => {
    await root.run("converge", format("c"));
    const other = newKey();
    mkdirSync(root.at(`${HOME}/persistent/encryption`), { recursive: true });
    writeFileSync(root.at(`${HOME}/persistent/encryption/rstudio-pm.key`), other, { mode: 0o600 });
    replace();
    const { exitCode, stdout, stderr } = await root.run("converge", envelope("c"));
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("encryption key")]);
    expect(readFileSync(root.at(`${HOME}/persistent/encryption/rstudio-pm.key`), "utf8")).toBe(other);
    expect([called("systemctl start"), (stdout + stderr).includes(other.slice(0, 32))]).toEqual([0, false]);
  });
});

describe("on a plain file, with mounting left out", () => {
  beforeEach(() => {
    begin("plain-file");
    withoutMounts(root);
  });

  test("a blank volume that the command names is formatted and marked", async () => {
    // Without a real mount the unit's conditions hold Package Manager back: that is how far this way goes.
    await root.kill(
      async () => {
        while (called("systemctl start") === 0) await new Promise((resolve) => setTimeout(resolve, 50));
      },
      "converge",
      format("c"),
    );
    expect([typeOf(volume.file), existsSync(root.at(MARK))]).toEqual(["ext4", true]);
    expect(called(`mount -o noatime,nodev,nosuid ${root.at("dev/nvme1n1")} ${root.at(HOME)}`)).toBe(1);
  });

  const REFUSED: [string, () => unknown, () => string, string][] = [
    ["no command says that it may be", () => {}, () => envelope("c"), "no command says that one may be made"],
    ["the command names another volume", () => {}, () => envelope("c", { format: "vol-0fedcba9876543210" }), "no command says that one may be made"],
    [
      "it is not blank",
      () => writeFileSync(volume.file, Buffer.concat([Buffer.alloc(500_000), Buffer.from("data"), Buffer.alloc(2_000_000)])),
      () => format("c"),
      "it is not blank",
    ],
    [
      "it holds a file system of another kind",
      () => execFileSync("mkswap", [volume.file], { stdio: "ignore" }),
      () => format("c"),
      "it holds a file system that is not ours",
    ],
    [
      "it is not attached",
      () => writeFileSync(root.at("sys/class/block/nvme1n1/device/serial"), "vol0aaaaaaaaaaaaaaaa"),
      () => format("c"),
      "is not attached to this node",
    ],
  ];
  test.each(REFUSED)("nothing is formatted when %s", async (_, spoil, payload, sentence) => {
    spoil();
    const before = checksum();
    expect(await root.run("converge", payload())).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(sentence) });
    expect([checksum(), called("mkfs.ext4"), called("mount"), called("systemctl start")]).toEqual([before, 0, 0, 0]);
  });
});
