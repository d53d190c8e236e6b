import { runVerb } from "@steward/node/dispatch";
import { PATHS } from "@steward/node/paths";
import { beforeEach, describe, expect, test } from "vitest";
import { aHost, envelope, reboot, type StubHost, written } from "./a-host.ts";

const ARM =
  "systemd-run --on-active=28 --unit=steward-thaw --collect --timer-property=AccuracySec=1s " +
  "--property=ExecStopPost=-/usr/sbin/fsfreeze --unfreeze /var/lib/rstudio-pm /opt/steward/bin/steward-node thaw deadman";
const DISARM = "systemctl stop steward-thaw.timer";
const FREEZE = "fsfreeze --freeze /var/lib/rstudio-pm";
const UNFREEZE = "fsfreeze --unfreeze /var/lib/rstudio-pm";
const LOOK = "findmnt --noheadings --output SOURCE --mountpoint /var/lib/rstudio-pm";

let host: StubHost;
let orders = 0;
let frozenBy = "";
const say = (verb: "quiesce" | "thaw", key = `order-${++orders}`) => {
  if (verb === "quiesce") frozenBy = key;
  return runVerb(host, verb, envelope({ key, notAfter: "2027-01-01T00:00:00.000Z", ...(verb === "thaw" && frozenBy && { freeze: frozenBy }) }));
};

beforeEach(() => {
  frozenBy = "";
  host = aHost("single");
  host.volume.mountedFrom = "/dev/nvme1n1";
  host.put("/var/lib/rstudio-pm/db/usage.sqlite", "");
  host.put("/var/lib/rstudio-pm/db/main.db", "");
  host.put("/var/lib/rstudio-pm/db/main.db-wal", "");
});

describe("quiesce", () => {
  test("sets the dead man's timer, writes the databases' logs into them, then freezes the data volume and nothing else", async () => {
    expect(await say("quiesce")).toMatchObject({ exitCode: 0, stderr: "" });
    expect(host.ran).toEqual([
      LOOK,
      ARM,
      "runuser -u rstudio-pm -- sqlite3 /var/lib/rstudio-pm/db/main.db PRAGMA wal_checkpoint(TRUNCATE)",
      "runuser -u rstudio-pm -- sqlite3 /var/lib/rstudio-pm/db/usage.sqlite PRAGMA wal_checkpoint(TRUNCATE)",
      FREEZE,
    ]);
    expect(host.volume.frozen).toBe(true);
    expect(JSON.parse(host.seen()[PATHS.freeze] ?? "")).toEqual({ freeze: 1, key: frozenBy, at: "2026-01-05T09:00:00.000Z", deadmanFired: false });
  });

  test("goes on with a database that is busy, because its log is on the same volume", async () => {
    host.says = { runuser: { exitCode: 5 } };
    expect(await say("quiesce")).toMatchObject({ exitCode: 0 });
    expect(host.journal).toHaveLength(2);
  });

  test.each([
    ["the timer can't be set", "systemd-run", "systemd-run ended with exit code 1"],
    ["the volume can't be frozen", "fsfreeze --freeze", "fsfreeze ended with exit code 1"],
  ])("leaves nothing frozen and no timer when %s", async (_, line, sentence) => {
    host.says = { [line]: { exitCode: 1 } };
    expect(await say("quiesce")).toMatchObject({ exitCode: 1, stderr: `steward-node: ${sentence}\n` });
    expect(host.ran.slice(-2)).toEqual([UNFREEZE, DISARM]);
    expect(host.seen()[PATHS.freeze]).toBeUndefined();
    expect(host.volume.frozen).toBe(false);
  });

  test("does not freeze when the dead man's time is half over", async () => {
    const exec = host.exec;
    host.exec = (command, ...rest) => {
      if (command === "runuser") host.time += 8_000;
      return exec(command, ...rest);
    };
    expect(await say("quiesce")).toMatchObject({ exitCode: 1, stderr: "steward-node: the databases took too long to be written\n" });
    expect(host.ran).not.toContain(FREEZE);
  });

  test("undoes a freeze that came after the timer went off", async () => {
    const exec = host.exec;
    host.exec = async (command, words, limit) => {
      if (words[0] === "--freeze") await runVerb({ ...host, exec }, "thaw", "deadman");
      return exec(command, words, limit);
    };
    expect(await say("quiesce")).toMatchObject({ exitCode: 1, stderr: "steward-node: the dead man's timer went off before the volume was frozen\n" });
    expect(host.volume.frozen).toBe(false);
  });

  test("thaws first what an earlier one left frozen, and does not begin when that fails", async () => {
    await say("quiesce");
    host.ran = [];
    expect(await say("quiesce")).toMatchObject({ exitCode: 0 });
    expect(host.ran.slice(0, 4)).toEqual([LOOK, UNFREEZE, DISARM, ARM]);
    host.says = { "fsfreeze --unfreeze": { exitCode: 124 } };
    host.ran = [];
    expect(await say("quiesce")).toMatchObject({ exitCode: 1, stderr: "steward-node: an earlier freeze could not be thawed\n" });
    expect(host.ran).toEqual([LOOK, UNFREEZE]);
  });

  test.each([
    ["of a pair", () => (host = aHost("ha")), "only a single server has a data volume to freeze"],
    ["without settings", () => host.drop(PATHS.settings), `there is no ${PATHS.settings}`],
    ["whose volume is not mounted", () => Object.assign(host.volume, { mountedFrom: undefined }), "no volume is mounted at /var/lib/rstudio-pm"],
    ["that can't say what is mounted", () => Object.assign(host, { says: { findmnt: { exitCode: 127 } } }), "findmnt ended with exit code 127"],
  ])("never freezes anything of a node %s", async (_, spoil, sentence) => {
    spoil();
    expect(await say("quiesce")).toMatchObject({ exitCode: 3, stderr: `steward-node: ${sentence}\n` });
    expect(host.ran.filter((line) => line !== LOOK)).toEqual([]);
  });
});

describe("thaw", () => {
  test("lets the volume go and stops the timer, and is done again when there is nothing to thaw", async () => {
    await say("quiesce");
    host.ran = [];
    expect(await say("thaw")).toMatchObject({ exitCode: 0, stderr: "" });
    expect(host.ran).toEqual([UNFREEZE, DISARM]);
    expect(host.volume.frozen).toBe(false);
    frozenBy = "";
    expect(await say("thaw")).toMatchObject({ exitCode: 0 });
  });

  test("fails when the dead man's timer was faster: a snapshot made meanwhile proves nothing", async () => {
    await say("quiesce");
    expect(await runVerb(host, "thaw", "deadman")).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    expect(host.volume.frozen).toBe(false);
    expect(host.journal).toEqual(["the dead man's timer has thawed the data volume"]);
    expect(await say("thaw")).toMatchObject({
      exitCode: 1,
      stderr: "steward-node: the dead man's timer had thawed the volume: the snapshot is not consistent\n",
    });
    frozenBy = "";
    expect(await say("thaw")).toMatchObject({ exitCode: 0 });
  });

  test("fails when the volume was never frozen, because quiesce was killed before", async () => {
    await say("quiesce");
    host.volume.frozen = false;
    expect(await say("thaw")).toMatchObject({ exitCode: 1, stderr: "steward-node: the volume was not frozen: the snapshot is not consistent\n" });
  });

  test("fails when the volume was let go and frozen anew meanwhile, by whatever came late", async () => {
    await say("quiesce");
    const [wanted] = [frozenBy];
    await say("quiesce");
    frozenBy = wanted;
    expect(await say("thaw")).toMatchObject({ exitCode: 1, stderr: "steward-node: it was frozen anew meanwhile: the snapshot is not consistent\n" });
    expect(host.volume.frozen).toBe(false);
  });

  test("fails when another thaw has come before it", async () => {
    await say("quiesce");
    expect(await runVerb(host, "thaw", envelope({ key: "late" }))).toMatchObject({ exitCode: 0 });
    expect(await say("thaw")).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("the freeze was lost") });
  });

  test("comes for every epoch, and neither it nor a freeze outdates the command of an older lease", async () => {
    await runVerb(host, "quiesce", envelope({ key: "q", epoch: 11 }));
    await runVerb(host, "thaw", envelope({ key: "t", epoch: 11 }));
    expect(await runVerb(host, "converge", envelope({ key: "c", epoch: 10 }))).toMatchObject({ exitCode: 0 });
    await runVerb(host, "quiesce", envelope({ key: "q2", epoch: 12 }));
    expect(await runVerb(host, "thaw", envelope({ key: "t2", epoch: 9, freeze: "q2" }))).toMatchObject({ exitCode: 0 });
    expect(await runVerb(host, "quiesce", envelope({ key: "q3", epoch: 9 }))).toMatchObject({ exitCode: 3 });
  });

  test("fails when a boot has undone the freeze", async () => {
    await say("quiesce");
    reboot(host, "boot-2");
    expect(await say("thaw")).toMatchObject({ exitCode: 1, stderr: "steward-node: the freeze was lost: the snapshot is not consistent\n" });
  });

  test("fails when what it remembers of the freeze can't be understood", async () => {
    await say("quiesce");
    host.put(PATHS.freeze, "{");
    expect(await say("thaw")).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("the dead man's timer had thawed the volume") });
  });

  test("leaves the timer alone while the volume does not let go", async () => {
    await say("quiesce");
    host.ran = [];
    host.says = { "fsfreeze --unfreeze": { exitCode: 124 } };
    expect(await say("thaw")).toMatchObject({
      exitCode: 1,
      stderr: "steward-node: the volume could not be thawed; the dead man's timer does it within 30 s\n",
    });
    expect(host.ran).toEqual([UNFREEZE]);
    host.says = {};
    expect(await say("thaw")).toMatchObject({ exitCode: 0 });
  });
});

describe("the dead man's timer", () => {
  test("needs no command and not the node's lock, and does no harm when there is nothing to thaw", async () => {
    host.locked = true;
    host.lock = async () => {
      throw new Error("it asked for the lock");
    };
    expect(await runVerb(host, "thaw", "deadman")).toMatchObject({ exitCode: 0 });
    expect(host.journal).toEqual(["the dead man's timer went off, and nothing was frozen"]);
    expect(host.written).toEqual([]);
  });

  const LOST = { exitCode: 1, stderr: "fsfreeze: /var/lib/rstudio-pm: unfreeze failed: Input/output error\n" };

  test("tries again for two minutes where the volume does not let go", async () => {
    await say("quiesce");
    const from = host.time;
    host.says = { "fsfreeze --unfreeze": LOST };
    const sleep = host.sleep;
    host.sleep = async (ms) => {
      await sleep(ms);
      if (host.time - from > 60_000) host.says = {};
    };
    await runVerb(host, "thaw", "deadman");
    expect(host.volume.frozen).toBe(false);
    expect(host.journal).toEqual(["the dead man's timer has thawed the data volume"]);
    host.says = { "fsfreeze --unfreeze": LOST };
    host.sleep = sleep;
    const again = host.time;
    await runVerb(host, "thaw", "deadman");
    expect(host.time - again).toBe(120_000);
    expect(host.journal.at(-1)).toBe("the dead man's timer could not thaw the data volume");
  });

  test("thaws also where nothing can be noted any more", async () => {
    await say("quiesce");
    host.writeFile = async () => {
      throw Object.assign(new Error("full"), { code: "ENOSPC" });
    };
    expect(await runVerb(host, "thaw", "deadman")).toMatchObject({ exitCode: 1 });
    expect(host.volume.frozen).toBe(false);
  });

  test("is not disarmed by an error that only looks like a volume which is not frozen", async () => {
    await say("quiesce");
    host.ran = [];
    host.says = { "fsfreeze --unfreeze": LOST };
    expect(await say("thaw")).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("could not be thawed") });
    expect(host.ran).toEqual([UNFREEZE]);
  });
});

describe("while the volume is frozen", () => {
  test.each(["converge", "restart"])("%s ends the freeze, and the snapshot is not consistent", async (verb) => {
    await say("quiesce");
    host.ran = [];
    expect(await runVerb(host, verb, envelope({ key: verb }))).toMatchObject({ exitCode: 0 });
    expect(host.ran.slice(0, 2)).toEqual([UNFREEZE, DISARM]);
    expect(host.volume.frozen).toBe(false);
    expect(await say("thaw")).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("the freeze was lost") });
  });

  test.each(["converge", "restart"])("%s is refused where the volume does not let go, before anything else is touched", async (verb) => {
    await say("quiesce");
    Object.assign(host, { ran: [], written: [], says: { "fsfreeze --unfreeze": { exitCode: 1, stderr: "fsfreeze: unfreeze failed: Input/output error" } } });
    expect(await runVerb(host, verb, envelope({ key: verb }))).toMatchObject({ exitCode: 3, stderr: expect.stringContaining("could not be thawed") });
    expect([...host.ran, ...written(host)]).toEqual([UNFREEZE]);
  });

  test("what the dead man's timer has thawed stands in nobody's way", async () => {
    await say("quiesce");
    await runVerb(host, "thaw", "deadman");
    expect(await runVerb(host, "converge", envelope({ key: "c" }))).toMatchObject({ exitCode: 0 });
    expect(await say("thaw")).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("the dead man's timer had thawed") });
  });
});
