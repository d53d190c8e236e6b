import { ACCOUNT } from "@steward/core/desired/places";
import { CONFIG_PATHS, KEY_VARIABLE } from "@steward/core/desired/render";
import { ProbeReport } from "@steward/core/fleet/probe";
import { contentsOf } from "@steward/simulator/fleet/database-server";
import { DEMO_VAULT } from "@steward/simulator/fleet/demo-vault";
import type { SimulatedMachine } from "@steward/simulator/fleet/machine";
import { PPM_IMAGE } from "@steward/simulator/fleet/machine-image";
import { advance, drive } from "@steward/simulator/world/drive";
import { resetWorld } from "@steward/simulator/world/install";
import { beforeEach, describe, expect, test } from "vitest";
import { aFleet, demoDesired, launched, newSql, serving } from "./a-fleet.ts";

beforeEach(() => resetWorld(1));

const MINUTE = 60_000;
const OF_SERVICE = { owner: ACCOUNT.name, mode: 0o600 };
const LOG = "/var/log/rstudio/rstudio-pm/rstudio-pm.log";

const payload = (key: string, more: object = {}) =>
  Buffer.from(JSON.stringify({ key, epoch: 1, notAfter: new Date(Date.now() + MINUTE), ...more })).toString("base64url");
const command = (node: SimulatedMachine, verb: string, more?: object) => drive(() => node.runCommand(verb, payload(`${verb}-${Date.now()}`, more)));
const shell = (node: SimulatedMachine, command: string, ...words: string[]) => drive(() => node.shell(command, words));
const probe = async (node: SimulatedMachine) => ProbeReport.parse(JSON.parse((await drive(() => node.runCommand("probe", "x"))).stdout));
const ping = (node: SimulatedMachine) => {
  const answer = node.http("/__ping__");
  return answer.kind === "answer" ? answer.status : answer.kind;
};

describe("a server that its node has brought up", () => {
  test("is told apart by its host name, which a reboot does not take", async () => {
    const node = await serving(aFleet());
    expect((await probe(node)).more).toMatchObject({ hostname: node.instanceId, cluster: [node.instanceId], held: true });
    await drive(() => node.boot().then(() => {}));
    expect((await probe(node)).more.hostname).toBe(node.instanceId);
  });

  test("knows the other one, one of them leads, and one that is gone is forgotten after a while", async () => {
    const fleet = aFleet();
    const a = await serving(fleet, "i-0000000a");
    const b = await serving(fleet, "i-0000000b");
    expect(a.packageManager.cluster()).toEqual({ names: expect.arrayContaining(["i-0000000a", "i-0000000b"]), leader: "i-0000000a" });
    a.impair();
    await advance(MINUTE);
    expect(b.packageManager.cluster()).toEqual({ names: ["i-0000000a", "i-0000000b"], leader: "i-0000000b" });
    await advance(10 * MINUTE);
    expect(b.packageManager.cluster()).toEqual({ names: ["i-0000000b"], leader: "i-0000000b" });
  });

  test("goes offline and comes back by word", async () => {
    const node = await serving(aFleet());
    expect(await command(node, "drain")).toMatchObject({ exitCode: 0 });
    expect(ping(node)).toBe(503);
    expect(await command(node, "resume")).toMatchObject({ exitCode: 0 });
    expect(ping(node)).toBe(200);
  });

  test("leaves no secret where others can read it, and none in memory after the power was off", async () => {
    const fleet = aFleet();
    const node = await serving(fleet);
    expect(node.files.entry(CONFIG_PATHS.environment)).toEqual({ kind: "file", mode: 0o600, owner: "root" });
    expect(node.files.read(CONFIG_PATHS.environment)).toContain(KEY_VARIABLE);
    expect(node.files.entry(CONFIG_PATHS.config)).toEqual({ kind: "file", mode: 0o640, owner: ACCOUNT.name });
    node.remove();
    expect(node.files.read(CONFIG_PATHS.environment)).toBeUndefined();
    expect(node.files.read(CONFIG_PATHS.config)).toContain("postgres://ppm_a@database.internal");
  });
});

describe("a service that can't do its work", () => {
  test("stays away with an expired licence", async () => {
    const node = await serving(aFleet({ vault: { ...DEMO_VAULT, license: "Expiration: 2025-12-31\n" } }));
    expect(await probe(node)).toMatchObject({ service: { state: "failed" }, more: { license: { status: "Expired", daysLeft: 0 } } });
    expect(node.files.read(LOG)).toMatch(/the license has expired/);
  });

  test("waits with a login that the database refuses, until the database takes it", async () => {
    const fleet = aFleet();
    fleet.sql.logins.set("ppm_a", "another-password-0123456789");
    const node = await serving(fleet);
    await advance(10 * MINUTE);
    expect(ping(node)).toBe("refused");
    fleet.sql.logins.set("ppm_a", JSON.parse(DEMO_VAULT["database-login-a"]).password);
    expect(ping(node)).toBe(200);
  });

  test("ends with a key that is not the one in use in its database", async () => {
    const fleet = aFleet();
    contentsOf(fleet.sql).keyFingerprint = "that of another key";
    const node = await serving(fleet);
    expect(await probe(node)).toMatchObject({ service: { state: "failed" }, ping: { kind: "refused" } });
    expect(node.files.read(LOG)).toMatch(/another one is in use in the database/);
  });

  test("is not begun with where the vault holds another key than the desired one", async () => {
    const node = launched(aFleet({ vault: { ...DEMO_VAULT, "encryption-key": "6b".repeat(512) } }));
    await advance(8 * MINUTE);
    const report = await probe(node);
    expect(report.service.state).toBe("inactive");
    expect(report.receipts).toMatchObject([{ outcome: "refused", because: expect.stringContaining("the fingerprint of the vaulted key") }]);
    expect(node.files.read(CONFIG_PATHS.environment)).toBeUndefined();
  });

  test("is not begun with where an image holds a key of its own, which stays as it was", async () => {
    const path = `${ACCOUNT.home}/rstudio-pm.key`;
    const left = { [path]: { text: "6b".repeat(512), ...OF_SERVICE } };
    const node = await serving(aFleet({ defaultImage: { ...PPM_IMAGE, left } }));
    expect((await probe(node)).receipts).toMatchObject([{ outcome: "failed", because: expect.stringContaining("another key than the vault") }]);
    expect(node.files.read(path)).toBe("6b".repeat(512));
  });
});

describe("the unit", () => {
  /** A machine on which Steward's own program never ran. */
  async function untouched() {
    const node = launched(aFleet());
    await advance(39_000);
    while (!node.agentOnline()) await advance(100);
    return node;
  }
  const config = "[Database]\nProvider = sqlite\n[HTTP]\nListen = :4242\n";

  test("is masked in the image, and skipped without its configuration and its environment", async () => {
    const node = await untouched();
    expect((await shell(node, "systemctl", "start", "rstudio-pm")).exitCode).toBe(1);
    await shell(node, "systemctl", "unmask", "rstudio-pm");
    expect((await shell(node, "systemctl", "start", "rstudio-pm")).exitCode).toBe(0);
    expect(node.packageManager.state().state).toBe("inactive");
  });

  test("invents a key where none is given, for everybody to see", async () => {
    const node = await untouched();
    await shell(node, "systemctl", "unmask", "rstudio-pm");
    node.files.write(CONFIG_PATHS.config, config, { owner: ACCOUNT.name, mode: 0o640 });
    node.files.write(CONFIG_PATHS.environment, "", { owner: "root", mode: 0o600 });
    node.files.write(`${ACCOUNT.home}/our.lic`, DEMO_VAULT.license, OF_SERVICE);
    await shell(node, "systemctl", "start", "rstudio-pm");
    expect(node.files.entry(`${ACCOUNT.home}/persistent/encryption/rstudio-pm.key`)).toEqual({ kind: "file", ...OF_SERVICE });
  });

  test("knows a new drop-in after a reload only, and fails where its environment file is missing", async () => {
    const node = await serving(aFleet());
    node.files.write("/etc/systemd/system/rstudio-pm.service.d/more.conf", "[Service]\nEnvironmentFile=/nowhere\n", { owner: "root", mode: 0o644 });
    expect((await shell(node, "systemctl", "restart", "rstudio-pm")).exitCode).toBe(0);
    await shell(node, "systemctl", "daemon-reload");
    expect((await shell(node, "systemctl", "restart", "rstudio-pm")).exitCode).toBe(1);
    expect(node.packageManager.state().state).toBe("failed");
  });

  test("reads no file that its account may not read", async () => {
    const node = await serving(aFleet());
    node.files.write(CONFIG_PATHS.config, node.files.read(CONFIG_PATHS.config) ?? "", { owner: "root", mode: 0o600 });
    await shell(node, "systemctl", "restart", "rstudio-pm");
    await advance(MINUTE);
    expect(node.packageManager.state().state).toBe("failed");
  });
});

describe("logins and schemas", () => {
  const document = demoDesired().state.document;
  /** Its own converge has given up waiting for a service that cannot serve without a database. */
  const given = async (fleet: Parameters<typeof serving>[0]) => {
    const node = await serving(fleet);
    await advance(5 * MINUTE);
    return node;
  };

  test("are made by a node as the database's master, and then serve", async () => {
    const fleet = aFleet({ sql: newSql() });
    const node = await given(fleet);
    expect(ping(node)).toBe("refused");
    expect(await command(node, "init-database", { document })).toMatchObject({ exitCode: 0 });
    expect([...fleet.sql.schemas]).toEqual([
      ["pm", "ppm"],
      ["metrics", "ppm"],
    ]);
    expect(fleet.sql.logins.get("ppm_a")).toMatch(/^SCRAM-SHA-256\$4096:/);
    expect(await command(node, "converge")).toMatchObject({ exitCode: 0 });
    expect(ping(node)).toBe(200);
    expect(node.files.list("/run/steward")).not.toContain("init-database.pass");
  });

  test("are refused where a schema belongs to somebody else, or the master's password is another", async () => {
    const taken = aFleet({ sql: { ...newSql(), schemas: new Map([["pm", "somebody"]]) } });
    expect(await command(await given(taken), "init-database", { document })).toMatchObject({ exitCode: 3 });
    const other = aFleet({ sql: { logins: new Map([["postgres", "another"]]), schemas: new Map() } });
    expect(await command(await given(other), "init-database", { document })).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("psql") });
    expect([taken.sql.logins.size, other.sql.logins.size]).toEqual([1, 1]);
  });

  test("wait for a database that does not answer no longer than the program does", async () => {
    const fleet = aFleet({ sql: newSql() });
    const node = await given(fleet);
    fleet.shared.database.reachable = false;
    expect(await command(node, "init-database", { document })).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("124") });
  });
});

describe("the licence manager", () => {
  test("tells of file, key and server, each in its block", async () => {
    const node = await serving(aFleet());
    const status = async () => (await shell(node, "/opt/rstudio-pm/bin/license-manager", "status")).stdout;
    expect(await status()).toMatch(/file status.*Status: Activated.*Local.*Status: Expired.*not in use/s);
    await shell(node, "/opt/rstudio-pm/bin/license-manager", "activate", "a-product-key");
    await shell(node, "/opt/rstudio-pm/bin/license-manager", "license-server", "licences.example.com:8989");
    expect(await status()).toMatch(/Local.*Status: Activated.*licences.example.com:8989/s);
  });

  test("is not on Ubuntu's own image, and neither is anything else of ours", async () => {
    const node = launched(aFleet(), "i-0000000c", "ami-0b1d2c3e4f5a6b7c8");
    await advance(2 * MINUTE);
    const codes = async (...lines: string[][]) => Promise.all(lines.map(async ([name = "", ...words]) => (await shell(node, name, ...words)).exitCode));
    expect(
      await codes(["/opt/rstudio-pm/bin/rspm", "online"], ["psql"], ["sqlite3"], ["/opt/R/4.6.1/bin/Rscript", "--version"], ["apt-mark", "showhold"]),
    ).toEqual([127, 127, 127, 127, 0]);
    expect((await shell(node, "systemctl", "start", "rstudio-pm")).exitCode).toBe(5);
    expect((await node.runCommand("probe", "x")).exitCode).toBe(127);
  });
});
