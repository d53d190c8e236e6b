import { ProbeReport } from "@steward/core/fleet/probe";
import { runVerb } from "@steward/node/dispatch";
import { redactedConfig } from "@steward/node/evidence";
import { PATHS } from "@steward/node/paths";
import { expect, test } from "vitest";
import { BUCKET, CANARIES, documentOf, inEffect, pointer } from "./a-fleet.ts";
import { aNode, envelope, type StubHost } from "./a-host.ts";

const KEY = `${BUCKET}/evidence/i-0123456789abcdef0/2026-01-05T09:00:00.000Z.json`;
const collect = (host: StubHost, given: Parameters<typeof envelope>[0] = {}) => runVerb(host, "collect", envelope(given));

test("keeps report, configuration and the ends of the logs, under the node's id and the time", async () => {
  const host = await aNode("single");
  host.says = {
    "journalctl -u rstudio-pm -u steward-boot --lines=200 --no-pager": { stdout: "started\n" },
    "journalctl --dmesg --lines=100 --no-pager": { stdout: "nvme1n1: detected\n" },
  };
  host.put(PATHS.serverLog, "service is ready\n");
  expect(await collect(host)).toMatchObject({ exitCode: 0, stderr: "" });
  expect([...host.kept.keys()]).toEqual([KEY]);
  const kept = JSON.parse(host.kept.get(KEY) ?? "");
  expect(kept).toMatchObject({
    evidence: 1,
    serverLog: "service is ready\n",
    journal: "started\n",
    kernel: "nvme1n1: detected\n",
    disks: expect.stringContaining("12%"),
  });
  expect(kept.config).toContain("Provider = sqlite");
  expect(ProbeReport.parse(kept.report).receipts).toMatchObject([{ verb: "collect", outcome: "running" }]);
});

test("lets no secret of this node out that others wrote into a log, nor what looks like one", async () => {
  const host = await aNode("single");
  host.put(PATHS.key, CANARIES.key);
  const said = [...Object.values(CANARIES).filter((text) => ![CANARIES.loginA, CANARIES.loginB, CANARIES.master].includes(text)), "canary-license-line-two"];
  const looks = [
    "postgres://ppm_a:canary-unknown@db/x",
    "PACKAGEMANAGER_POSTGRES_PASSWORD=canary-unknown",
    '"token": "canary-unknown"',
    "Password: canary-unknown",
    'password = "canary with blanks, commas; and \\" quotes canary"',
    String.raw`{"line":"{\"token\": \"canary unknown\"}"}`,
    "Authorization: Bearer canary-unknown canary",
    '"authorization": "Basic canary unknown"',
    "GET /x?X-Amz-Credential=canary%2F20260105&X-Amz-Signature=canary&X-Amz-Expires=60",
    "x-amz-security-token: canary",
    "https://user:canary/with/canary@example.com/path",
    `cloned with ghp_${"canary0123".repeat(4)} and github_pat_${"canary_0123".repeat(5)}`,
  ];
  host.says = { journalctl: { stdout: [...said, ...looks].join("\nthen ") } };
  host.put(PATHS.serverLog, CANARIES.privateKey);
  await collect(host);
  const kept = host.kept.get(KEY) ?? "";
  expect(kept).toContain("then ");
  expect(kept).not.toContain("canary");
  expect(kept).not.toContain("c0ffee");
});

test("drops the first line of a log that was cut, because it may end with half a secret", async () => {
  const host = await aNode();
  host.put(PATHS.serverLog, `${CANARIES.key}\n${"x".repeat(65_000)}`);
  await collect(host);
  const { serverLog } = JSON.parse(host.kept.get(KEY) ?? "") as { serverLog: string };
  expect(serverLog).toMatch(/^x+$/);
});

test("is at most 256 KB: the longest texts lose their beginnings", async () => {
  const host = await aNode();
  host.put(PATHS.serverLog, `${"\u0001".repeat(60_000)}the end`);
  host.says = { journalctl: { stdout: "j".repeat(100_000) } };
  await collect(host);
  const kept = host.kept.get(KEY) ?? "";
  expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(256 * 1024);
  expect(JSON.parse(kept).serverLog).toMatch(/the end$/);
});

test("says why there is no log, where something else lies in its place", async () => {
  const host = await aNode();
  host.readEnd = async () => {
    throw Object.assign(new Error(CANARIES.master), { code: "ELOOP" });
  };
  await collect(host);
  expect(JSON.parse(host.kept.get(KEY) ?? "").serverLog).toBe("not readable: ELOOP");
});

test("a node of which nothing was made has evidence too", async () => {
  const host = await aNode();
  host.drop(PATHS.config);
  host.drop(PATHS.environment);
  expect(await collect(host, { document: pointer(inEffect(documentOf("ha")).text) })).toMatchObject({ exitCode: 0 });
  expect(JSON.parse(host.kept.get(KEY) ?? "").config).toBe("");
});

test("says that it could not be kept, or that nobody knows where", async () => {
  const host = await aNode();
  const denied = async () => {
    throw Object.assign(new Error(CANARIES.master), { name: "AccessDenied" });
  };
  host.asks.keepEvidence = denied;
  expect(await collect(host)).toMatchObject({ exitCode: 1, stderr: "steward-node: the evidence cannot be kept: AccessDenied\n" });
  host.asks.desired = denied;
  expect(await collect(host, { key: "two" })).toMatchObject({ exitCode: 3, stderr: "steward-node: the desired state cannot be read: AccessDenied\n" });
});

test("a configuration is shown without comments, secrets, and values of what is not known", () => {
  const text = `; canary\n[Server]\nAddress = https://user:canary@packages.example.com ; canary\nUnheardOf = canary\n[Postgres]\nPassword = canary\nURL = "postgres://a:canary@db/x"\n[Proxy "canary"]\nURL = canary\n[Metrics]\nEnabled\n`;
  expect(redactedConfig(text)).toBe(
    '[Server]\nAddress = https://[redacted]@packages.example.com\nUnheardOf = [redacted]\n[Postgres]\nPassword = [redacted]\nURL = postgres://[redacted]@db/x\n[Proxy "[redacted]"]\nURL = [redacted]\n[Metrics]\nEnabled = ',
  );
  expect(redactedConfig("[Server]\ncanary canary\n")).toMatch(/^not readable, line 2: /);
});
