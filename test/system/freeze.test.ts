import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, type TestContext, test, vi } from "vitest";
import { AStage, envelope } from "./a-stage.ts";
import type { Root } from "./debian/root.ts";
import { aVolume, noLoopDevices, type Volume } from "./debian/volume.ts";
import { withoutMounts } from "./debian/without-mounts.ts";

const VOLUME = "vol-0123456789abcdef0";
const HOME = "var/lib/rstudio-pm";
const because = noLoopDevices();
let stage: AStage;
let root: Root;
let volume: Volume | undefined;

beforeAll(async () => {
  stage = await AStage.open("single");
  await stage.want(await stage.document({ dataVolume: VOLUME }));
});
afterAll(() => stage?.close());
afterEach(() => {
  volume?.detach(root);
  stage.removeNodes();
  volume?.remove();
  volume = undefined;
});

/** A write to a frozen file system waits where no signal reaches it, so nobody may wait for the writer: it goes on by itself after the thaw. */
async function canBeWritten(): Promise<boolean> {
  const writer = spawn("touch", [root.at(`${HOME}/written`)], { stdio: "ignore" });
  const ended = new Promise<boolean>((resolve) => writer.once("exit", (code) => resolve(code === 0)));
  return Promise.race([ended, setTimeout(700, false)]);
}
const timer = () => existsSync(root.suite("timers/steward-thaw.timer"));
const called = (words: string) => root.calls().filter((line) => line.startsWith(words)).length;
const DONE = { exitCode: 0, stderr: "" };

describe("on a loop device", () => {
  beforeEach(async (context: TestContext) => {
    if (because) return context.skip(because);
    volume = aVolume("loop");
    root = stage.node();
    volume.attach(root, VOLUME);
    await root.run("converge", envelope("c", { format: VOLUME }));
  });

  test("quiesce freezes the volume with the dead man's timer set before, and thaw lets it go again", async () => {
    expect(await root.run("quiesce", envelope("q"))).toMatchObject(DONE);
    expect([await canBeWritten(), timer()]).toEqual([false, true]);
    const [armed, frozen] = ["systemd-run", "fsfreeze --freeze"].map((words) => root.calls().findIndex((line) => line.startsWith(words)));
    expect(armed).toBeLessThan(frozen ?? 0);
    expect(await root.run("thaw", envelope("t"))).toMatchObject(DONE);
    expect([await canBeWritten(), timer(), existsSync(root.at("run/steward/freeze.json"))]).toEqual([true, false, false]);
  });

  test("what SQLite has in its log is in the database file before the freeze, also while the server is at it", async () => {
    const file = root.at(`${HOME}/db/rstudio-pm.db`);
    const writer = spawn("sqlite3", [file], { stdio: ["pipe", "ignore", "ignore"] });
    writer.stdin.write("INSERT INTO packages VALUES ('cran', 'in-the-log');\n");
    await vi.waitUntil(() => existsSync(`${file}-wal`) && statSync(`${file}-wal`).size > 0, { timeout: 5_000 });
    const ended = await root.run("quiesce", envelope("q"));
    const seen = [statSync(`${file}-wal`).size, readFileSync(file).includes("in-the-log")];
    await root.run("thaw", envelope("t"));
    const over = new Promise((resolve) => writer.once("exit", resolve));
    writer.stdin.end();
    await over;
    expect([ended, seen]).toMatchObject([DONE, [0, true]]);
  });

  test("a volume that was copied while it was frozen mounts as it is, and its database is whole", async () => {
    await root.run("quiesce", envelope("q"));
    execFileSync("cp", [volume?.file ?? "", root.suite("snapshot")]);
    await root.run("thaw", envelope("t"));
    expect(spawnSync("e2fsck", ["-fn", root.suite("snapshot")]).status).toBe(0);
    const look = "set -e; mkdir m; mount -o loop,ro,noload snapshot m; sqlite3 'file:m/db/rstudio-pm.db?immutable=1' 'PRAGMA integrity_check'; umount m";
    expect(execFileSync("sh", ["-c", look], { cwd: root.suite(""), encoding: "utf8" })).toBe("ok\n");
  });

  test("quiesce and thaw are safe to repeat, and what is not frozen needs no thaw", async () => {
    expect(await root.run("thaw", envelope("early"))).toMatchObject(DONE);
    await root.run("quiesce", envelope("q"));
    expect(await root.run("quiesce", envelope("q"))).toMatchObject(DONE);
    expect(await root.run("quiesce", envelope("q2"))).toMatchObject(DONE);
    expect(await canBeWritten()).toBe(false);
    expect(await root.run("thaw", envelope("t"))).toMatchObject(DONE);
    expect([await canBeWritten(), called("fsfreeze --freeze")]).toEqual([true, 2]);
  });

  test("the dead man's timer thaws when nobody does, and thaw then says that the snapshot proves nothing", async () => {
    writeFileSync(root.suite("dead-man-seconds"), "2");
    expect(await root.run("quiesce", envelope("q"))).toMatchObject(DONE);
    await vi.waitUntil(() => called("fsfreeze --unfreeze") > 0, { timeout: 10_000 });
    await setTimeout(300);
    expect(await canBeWritten()).toBe(true);
    expect(await root.run("thaw", envelope("t"))).toMatchObject({
      exitCode: 1,
      stderr: "steward-node: the dead man's timer had thawed the volume: the snapshot is not consistent\n",
    });
  });

  test("killed after any of its commands, quiesce leaves nothing frozen for good, and the next thaw ends it", async () => {
    await root.run("quiesce", envelope("measure"));
    await root.run("thaw", envelope("measured"));
    for (let call = 1; call <= 4; call++) {
      await root.killAfter(call, "quiesce", envelope(`q${call}`));
      const frozen = !(await canBeWritten());
      expect(frozen && !timer()).toBe(false);
      await root.run("thaw", envelope(`t${call}`));
      expect([await canBeWritten(), timer()]).toEqual([true, false]);
    }
    expect(await root.run("quiesce", envelope("last"))).toMatchObject(DONE);
    expect(await root.run("thaw", envelope("last thaw"))).toMatchObject(DONE);
  });
});

describe("with mounting and freezing left out", () => {
  const isFrozen = () => existsSync(root.suite("frozen"));
  beforeEach(() => {
    root = stage.node();
    withoutMounts(root, { mounted: true });
    mkdirSync(root.at(`${HOME}/db`));
    execFileSync("sqlite3", [root.at(`${HOME}/db/rstudio-pm.db`), "CREATE TABLE a (b)"]);
  });

  test("quiesce sets the timer, empties the logs, then freezes; thaw lets the volume go before the timer", async () => {
    expect(await root.run("quiesce", envelope("q"))).toMatchObject(DONE);
    expect([isFrozen(), timer()]).toEqual([true, true]);
    expect(await root.run("thaw", envelope("t"))).toMatchObject(DONE);
    expect([isFrozen(), timer()]).toEqual([false, false]);
    const order = ["systemd-run", "runuser -u rstudio-pm -- sqlite3", "fsfreeze --freeze", "fsfreeze --unfreeze", "systemctl stop steward-thaw.timer"];
    const found = order.map((words) => root.calls().findIndex((line) => line.startsWith(words)));
    expect([found.includes(-1), found.toSorted((a, b) => a - b)]).toEqual([false, found]);
  });

  test("the dead man's timer thaws by itself, and thaw then says that the snapshot proves nothing", async () => {
    writeFileSync(root.suite("dead-man-seconds"), "1");
    await root.run("quiesce", envelope("q"));
    await vi.waitUntil(() => !isFrozen(), { timeout: 10_000 });
    expect(await root.run("thaw", envelope("t"))).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("the dead man's timer had thawed") });
  });

  test("where no volume is mounted nothing is frozen: it would be the root file system", async () => {
    withoutMounts(root);
    expect(await root.run("quiesce", envelope("q"))).toMatchObject({ exitCode: 3, stderr: expect.stringContaining("no volume is mounted") });
    expect([isFrozen(), timer()]).toEqual([false, false]);
  });
});
