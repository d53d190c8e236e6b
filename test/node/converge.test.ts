import { runVerb } from "@steward/node/dispatch";
import type { HttpResult } from "@steward/node/host";
import { PATHS } from "@steward/node/paths";
import { expect, test } from "vitest";
import { aHost, CANARIES, CONFIG, DESIRED, envelope, SETTINGS, type StubHost } from "./a-host.ts";

const started = (host: StubHost) => host.ran.includes("systemctl start rstudio-pm");

test("starts Package Manager when everything on the node is as desired", async () => {
  const host = aHost();
  expect(await runVerb(host, "converge", envelope())).toMatchObject({ exitCode: 0, stderr: "" });
  expect(started(host)).toBe(true);
});

test("waits until Package Manager answers", async () => {
  const host = aHost();
  const good: HttpResult = { kind: "answer", status: 200, ms: 3, body: "" };
  const sleep = host.sleep;
  let looks = 0;
  host.answers["/__ping__"] = { kind: "refused" };
  host.sleep = async (ms) => {
    if (++looks === 5) host.answers["/__ping__"] = good;
    await sleep(ms);
  };
  expect((await runVerb(host, "converge", envelope())).exitCode).toBe(0);
  expect(looks).toBe(5);
});

test("gives up waiting in bounded time and says the last answer", async () => {
  const host = aHost();
  host.answers["/__ping__"] = { kind: "answer", status: 503, ms: 1, body: "" };
  const from = host.time;
  expect(await runVerb(host, "converge", envelope())).toMatchObject({ exitCode: 1, stderr: "steward-node: /__ping__ did not answer 200 within 60 s: 503\n" });
  expect(host.time - from).toBeLessThanOrEqual(62_000);
});

const WRONG: [string, (host: StubHost) => void, string][] = [
  ["another key", (host) => host.files.set(PATHS.key, "ab".repeat(512)), "encryption key: the fingerprint of the key on this node is not the desired one"],
  [
    "a key with a newline at its end",
    (host) => host.files.set(PATHS.key, `${CANARIES.key}\n`),
    "encryption key: the key file has white space around the key, which Package Manager does not take for the same key",
  ],
  [
    "half a key",
    (host) => host.files.set(PATHS.key, CANARIES.key.slice(512)),
    "encryption key: the key file does not hold 512 bytes as 1024 hexadecimal characters or as base64",
  ],
  ["no key", (host) => host.files.delete(PATHS.key), "encryption key: there is no key file"],
  [
    "another configuration",
    (host) => host.files.set(PATHS.config, `${CONFIG}; edited\n`),
    "configuration: the fingerprint of rstudio-pm.gcfg is not the desired one",
  ],
  ["no configuration", (host) => host.files.delete(PATHS.config), "configuration: there is no rstudio-pm.gcfg"],
  [
    "another version",
    (host) => {
      host.desired = { ...DESIRED, version: "2026.06.0" };
    },
    "version: 2026.08.0 is installed, 2026.06.0 is desired",
  ],
];

test.each(WRONG)("does not start with %s, names it, and writes nothing but its receipt", async (_, spoil, sentence) => {
  const host = aHost();
  spoil(host);
  const key = host.files.get(PATHS.key);
  expect(await runVerb(host, "converge", envelope())).toMatchObject({ exitCode: 1, stderr: `steward-node: ${sentence}\n` });
  expect(started(host)).toBe(false);
  expect(host.files.get(PATHS.key)).toBe(key);
  expect(host.written.every((line) => line.startsWith(PATHS.receipts))).toBe(true);
});

test.each([
  ["nothing at all", undefined, "the document itself"],
  ["a document without fingerprints", { desired: 1, revision: 3, version: "2026.08.0" }, "configFingerprint, keyFingerprint"],
  ["another scheme", { ...DESIRED, desired: 2 }, "desired"],
])("refuses a desired state that is %s", async (_, desired, named) => {
  const host = aHost();
  host.desired = desired;
  expect(await runVerb(host, "converge", envelope())).toMatchObject({ exitCode: 3, stderr: `steward-node: the desired state cannot be used: ${named}\n` });
  expect(host.ran).toEqual([]);
});

test("refuses while AWS does not let it read the desired state, and repeats nothing of what AWS said", async () => {
  const host = aHost();
  host.asks.desired = async () => {
    throw Object.assign(new Error(`the value is ${CANARIES.password}`), { name: "AccessDeniedException" });
  };
  const sentence = "steward-node: the desired state cannot be read: AccessDeniedException\n";
  expect(await runVerb(host, "converge", envelope())).toMatchObject({ exitCode: 3, stderr: sentence });
  expect(host.ran).toEqual([]);
});

test.each([
  ["is not there", undefined, `there is no ${PATHS.settings}`],
  ["is cut off", '{"stage":"demo"', `${PATHS.settings} cannot be used: the document itself`],
  ["lacks the table", JSON.stringify({ ...SETTINGS, table: undefined }), `${PATHS.settings} cannot be used: table`],
])("refuses when what it was told at its launch %s", async (_, text, sentence) => {
  const host = aHost();
  host.files.delete(PATHS.settings);
  if (text) host.files.set(PATHS.settings, text);
  expect(await runVerb(host, "converge", envelope())).toMatchObject({ exitCode: 3, stderr: `steward-node: ${sentence}\n` });
  expect(host.ran).toEqual([]);
});

test("reads the key where the configuration says it is", async () => {
  const host = aHost();
  const config = `${CONFIG}[Server]\nEncryptionKeyPath = /srv/keys/ppm.key ; moved\n`;
  host.files.set(PATHS.config, config).set("/srv/keys/ppm.key", "ab".repeat(512));
  host.desired = { ...DESIRED, configFingerprint: (await import("@steward/core/desired/config-fingerprint")).configFingerprint(config) };
  expect(await runVerb(host, "converge", envelope())).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("encryption key: the fingerprint") });
});

test("boot converges once per boot, and as no older than what the node has seen", async () => {
  const host = aHost();
  await runVerb(host, "restart", envelope({ epoch: 12 }));
  const first = await runVerb(host, "boot", undefined);
  expect(JSON.parse(first.stdout)).toMatchObject({ key: "boot-boot-1", verb: "converge", epoch: 12, outcome: "done" });
  await runVerb(host, "boot", undefined);
  host.files.set(PATHS.bootId, "boot-2\n");
  await runVerb(host, "boot", undefined);
  expect(host.ran.filter((line) => line.startsWith("systemctl start"))).toHaveLength(2);
});
