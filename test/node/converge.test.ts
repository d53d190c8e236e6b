import type { EffectiveDocument } from "@steward/core/desired/documents";
import { CONFIG_PATHS } from "@steward/core/desired/render";
import { runVerb } from "@steward/node/dispatch";
import { PATHS } from "@steward/node/paths";
import { receiptsOf } from "@steward/node/receipts";
import { describe, expect, test } from "vitest";
import { CANARIES, documentOf, secretName } from "./a-fleet.ts";
import { aHost, changing, envelope, reboot, runFiles, type StubHost, want, written } from "./a-host.ts";

let orders = 0;
const converge = (host: StubHost, given: Parameters<typeof envelope>[0] = {}) => {
  host.time = Date.parse("2026-01-05T09:00:00.000Z");
  return runVerb(host, "converge", envelope({ key: `order-${++orders}`, ...given }));
};

describe("a new node of a pair", () => {
  test("is given its name, everything that the document says, and is started last", async () => {
    const host = aHost();
    expect(await converge(host)).toMatchObject({ exitCode: 0, stderr: "" });
    expect(changing(host)).toEqual([
      "hostnamectl set-hostname i-0123456789abcdef0",
      "systemctl daemon-reload",
      "systemctl unmask rstudio-pm",
      "systemctl start rstudio-pm",
    ]);
    expect(written(host)).toEqual([
      "/run/steward/fingerprint-salt root 600",
      "/run/steward/pending-restart root 600",
      "/etc/rstudio-pm/rstudio-pm.gcfg rstudio-pm 640",
      "/etc/systemd/system/rstudio-pm.service.d/steward-config.conf root 644",
      "/var/lib/rstudio-pm/steward.lic rstudio-pm 600",
      "/run/steward/rstudio-pm.env root 600",
    ]);
    const { config } = documentOf("ha");
    expect(host.seen()).toMatchObject({
      [PATHS.config]: config.text,
      [PATHS.dropIn]: config.dropIn,
      [PATHS.license]: CANARIES.license,
      [PATHS.salt]: CANARIES.salt,
    });
    expect(host.seen()[PATHS.environment]).toBe(
      `PACKAGEMANAGER_ENCRYPTION_KEY="${CANARIES.key}"\nPACKAGEMANAGER_POSTGRES_PASSWORD="${CANARIES.loginA}"\nPACKAGEMANAGER_POSTGRES_USAGEDATAPASSWORD="${CANARIES.loginA}"\n`,
    );
    expect(host.seen()[PATHS.pendingRestart]).toBeUndefined();
  });

  test("is left as it is when it is right, and a service that stopped is started", async () => {
    const host = aHost();
    await converge(host);
    Object.assign(host, { ran: [], written: [] });
    host.service.state = "inactive";
    expect(await converge(host)).toMatchObject({ exitCode: 0 });
    expect(changing(host)).toEqual(["systemctl unmask rstudio-pm", "systemctl start rstudio-pm"]);
    expect(written(host)).toEqual([]);
  });

  test("is made anew after a boot, which forgets what lay in memory", async () => {
    const host = aHost();
    await converge(host);
    const before = runFiles(host);
    reboot(host, "boot-2");
    expect(await converge(host)).toMatchObject({ exitCode: 0 });
    expect(runFiles(host)).toEqual(before);
  });
});

describe("a node that serves", () => {
  const served = async (topology: "single" | "ha" = "ha") => {
    const host = aHost(topology);
    await converge(host);
    return Object.assign(host, { ran: [], written: [] });
  };

  test("is restarted when a setting changes, and systemd is told of another drop-in only", async () => {
    const host = await served();
    const document = documentOf("ha");
    want(host, { ...document, config: { ...document.config, text: `${document.config.text}\n[Git]\nBuildRetries = 5\n` } });
    expect(await converge(host)).toMatchObject({ exitCode: 0 });
    expect(changing(host)).toEqual(["systemctl unmask rstudio-pm", "systemctl restart rstudio-pm"]);
    expect(host.service.runsWith).toEqual(runFiles(host));
  });

  test("is restarted when a password changes, or a file is open to others", async () => {
    const host = await served();
    host.vault.set(secretName("database-login-a"), JSON.stringify({ password: CANARIES.loginB }));
    await converge(host);
    host.put(PATHS.license, CANARIES.license, { owner: "rstudio-pm", mode: 0o644 });
    await converge(host);
    expect(host.ran.filter((line) => line === "systemctl restart rstudio-pm")).toHaveLength(2);
    expect(host.accessOf(PATHS.license)).toBe("rstudio-pm 600");
  });

  test("is restarted by the next one when one ended between writing and restarting", async () => {
    const host = await served();
    host.vault.set(secretName("database-login-a"), JSON.stringify({ password: CANARIES.loginB }));
    host.says = { "systemctl unmask": { exitCode: 1 } };
    expect(await converge(host)).toMatchObject({ exitCode: 1, stderr: "steward-node: systemctl unmask ended with exit code 1\n" });
    host.says = {};
    expect(await converge(host)).toMatchObject({ exitCode: 0 });
    expect(host.service.runsWith).toEqual(runFiles(host));
  });

  test("loses the licence file and the certificate that it is not to have any more", async () => {
    const host = await served("single");
    const { text, dropIn, environment } = documentOf("single").config;
    want(host, {
      ...documentOf("single"),
      license: { kind: "floating", server: "licences.example.com:8989" },
      config: { text, dropIn, environment, files: {} },
    });
    expect(await converge(host)).toMatchObject({ exitCode: 0 });
    expect(Object.keys(host.seen())).not.toEqual(expect.arrayContaining([PATHS.license]));
    expect(host.seen()[CONFIG_PATHS.privateKey]).toBeUndefined();
    expect(host.service.runsWith).toEqual(runFiles(host));
  });

  test("gives up waiting in bounded time and says the last answer", async () => {
    const host = await served();
    host.answers["/__ping__"] = { kind: "answer", status: 503, ms: 1, body: "" };
    const from = host.time;
    expect(await converge(host)).toMatchObject({ exitCode: 1, stderr: "steward-node: /__ping__ did not answer 200 within 300 s: 503\n" });
    expect(host.time - from).toBeLessThanOrEqual(302_000);
  });
});

test("a single server with a certificate keeps it for the service account alone", async () => {
  const host = aHost("single");
  expect(await converge(host)).toMatchObject({ exitCode: 0 });
  expect(host.seen()[CONFIG_PATHS.privateKey]).toBe(CANARIES.privateKey);
  expect(host.accessOf(CONFIG_PATHS.certificate)).toBe("rstudio-pm 600");
  expect(host.accessOf(CONFIG_PATHS.privateKey)).toBe("rstudio-pm 600");
  expect(host.folders).toMatchObject({ "/run/steward": "root 755", "/run/steward/tls": "root 755" });
});

describe("licences that are no files", () => {
  const licensed = (license: EffectiveDocument["license"]) => {
    const host = aHost();
    want(host, { ...documentOf("ha"), license });
    return host;
  };
  const TELL = "/opt/rstudio-pm/bin/license-manager license-server licences.example.com:8989";

  test("a licence server is told once", async () => {
    const host = licensed({ kind: "floating", server: "licences.example.com:8989" });
    await converge(host);
    await converge(host);
    expect(host.ran.filter((line) => line === TELL)).toHaveLength(1);
  });

  test("a licence server that can't be told is tried again", async () => {
    const host = licensed({ kind: "floating", server: "licences.example.com:8989" });
    host.says = { [TELL]: { exitCode: 1 } };
    expect(await converge(host)).toMatchObject({ exitCode: 1, stderr: "steward-node: licence: license-manager license-server ended with exit code 1\n" });
    host.says = {};
    expect(await converge(host)).toMatchObject({ exitCode: 0 });
  });

  test("what is no address is told to nobody", async () => {
    const host = licensed({ kind: "floating", server: "--help" });
    expect(await converge(host)).toMatchObject({ exitCode: 1, stderr: "steward-node: licence: the document names no licence server\n" });
    expect(host.ran.join()).not.toContain("license-server");
  });

  test("a product key is only asked for, never read from the vault, and a human is told what to do", async () => {
    const host = licensed({ kind: "key" });
    host.vault.delete(secretName("license"));
    expect(await converge(host)).toMatchObject({ exitCode: 0 });
    host.says = { "/opt/rstudio-pm/bin/license-manager status": { stdout: "-- Local license status --\n\nStatus: Evaluation\n" } };
    expect(await converge(host)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('run "/opt/rstudio-pm/bin/license-manager activate <product key>" as root'),
    });
    host.says = { "/opt/rstudio-pm/bin/license-manager status": { exitCode: 1 } };
    expect(await converge(host)).toMatchObject({ exitCode: 1 });
  });
});

test("a failure that nobody foresaw is told by its name alone", async () => {
  const host = aHost();
  for (const thrown of [new TypeError(CANARIES.key), CANARIES.key]) {
    host.exec = () => Promise.reject(thrown);
    expect(await converge(host)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^steward-node: stopped by an unexpected error: (TypeError|unknown)\n$/),
    });
  }
});

test("a program that is missing is named", async () => {
  const host = aHost();
  host.says = { hostnamectl: { exitCode: 127 } };
  expect(await converge(host)).toMatchObject({ exitCode: 1, stderr: "steward-node: hostnamectl is not on this node\n" });
});

test("a boot whose number is not known, on a node whose memory is broken, obeys nothing", async () => {
  const host = aHost("single");
  host.drop(PATHS.bootId);
  host.put(PATHS.receipts, "{");
  expect(await runVerb(host, "boot", undefined)).toMatchObject({ exitCode: 1 });
  expect(changing(host)).toEqual([]);
  expect(await receiptsOf(host)).toEqual([]);
});

test("boot converges once per boot, and as no older than what the node has seen", async () => {
  const host = aHost("single");
  await converge(host, { epoch: 12 });
  host.ran = [];
  const first = await runVerb(host, "boot", undefined);
  expect(JSON.parse(first.stdout)).toMatchObject({ key: "boot-boot-1", verb: "converge", epoch: 12, outcome: "done" });
  await runVerb(host, "boot", undefined);
  reboot(host, "boot-2");
  await runVerb(host, "boot", undefined);
  expect(host.ran.filter((line) => line.startsWith("systemctl start"))).toHaveLength(2);
});

describe("a restart", () => {
  test("is a mere restart on a node that is right", async () => {
    const host = aHost();
    await converge(host);
    host.ran = [];
    expect(await runVerb(host, "restart", envelope({ key: "again" }))).toMatchObject({ exitCode: 0 });
    expect(changing(host)).toEqual(["systemctl restart rstudio-pm"]);
  });

  test("does everything on a node that was left in the middle of a change: a mere restart would end what can't start", async () => {
    const host = aHost();
    await converge(host);
    host.drop(PATHS.environment);
    expect(await runVerb(host, "restart", envelope({ key: "again" }))).toMatchObject({ exitCode: 0 });
    expect(host.service.runsWith).toEqual(runFiles(host));
    expect(PATHS.environment in host.seen()).toBe(true);
  });
});
