import { ProbeReport } from "@steward/core/fleet/probe";
import { runVerb } from "@steward/node/dispatch";
import { PATHS } from "@steward/node/paths";
import { expect, test } from "vitest";
import { aHost, CANARIES, DESIRED, envelope, type StubHost } from "./a-host.ts";

const probed = async (host: StubHost) => ProbeReport.parse(JSON.parse((await runVerb(host, "probe", undefined)).stdout));

test("reports the whole node and changes nothing", async () => {
  const host = aHost();
  const before = new Map(host.files);
  expect(await probed(host)).toEqual({
    report: 1,
    instanceId: "i-0123456789abcdef0",
    at: new Date("2026-01-05T09:00:00.000Z"),
    version: "2026.08.0",
    service: { state: "active", since: new Date("2026-01-05T08:58:30.000Z") },
    ping: { kind: "answer", status: 200, ms: 3 },
    runningVersion: "2026.08.0",
    configFingerprint: DESIRED.configFingerprint,
    keyFingerprint: DESIRED.keyFingerprint,
    database: "reachable",
    storage: "reachable",
    receipts: [],
    end: "end-of-report",
  });
  expect(host.files).toEqual(before);
  expect(host.written).toEqual([]);
  expect(host.ran.every((line) => line.startsWith("dpkg-query") || line.startsWith("systemctl show"))).toBe(true);
});

test("asks the database and the storage at the addresses of the configuration, without user or password", async () => {
  const host = aHost();
  await probed(host);
  expect(host.connected.sort()).toEqual(["db.example.com:5433", "s3.eu-west-1.amazonaws.com:443"]);
});

test("tells unreachable from unknown", async () => {
  const host = aHost();
  host.connect = async () => false;
  expect(await probed(host)).toMatchObject({ database: "unreachable", storage: "unreachable" });
  host.files.set(PATHS.config, "[HTTP]\nListen = :4242\n");
  expect(await probed(host)).toMatchObject({ database: "unknown", storage: "unknown" });
});

test("asks the port that the configuration names", async () => {
  const host = aHost();
  const asked: string[] = [];
  host.get = async (url) => {
    asked.push(url);
    return { kind: "refused" };
  };
  host.files.set(PATHS.config, "[HTTP]\nListen = 127.0.0.1:8080\n");
  expect(await probed(host)).toMatchObject({ ping: { kind: "refused" }, runningVersion: null });
  expect(asked.sort()).toEqual(["http://127.0.0.1:8080/__api__/status", "http://127.0.0.1:8080/__ping__"]);
});

test("knows no version where there is none to be trusted", async () => {
  const host = aHost();
  host.answers["/__api__/status"] = { kind: "answer", status: 200, ms: 1, body: `{"version":"${CANARIES.password}"}` };
  host.exec = async () => ({ exitCode: 1, stdout: "dpkg-query: no packages found" });
  expect(await probed(host)).toMatchObject({ version: null, runningVersion: null, service: { state: "unknown", since: null } });
});

test("reports a key that is no key as none", async () => {
  const host = aHost();
  host.files.set(PATHS.key, `${CANARIES.key}\n`);
  expect((await probed(host)).keyFingerprint).toBeNull();
});

test("stays below 16 KB and keeps its end marker, however much there is to tell", async () => {
  const host = aHost();
  const receipt = (i: number) => ({
    key: `${i}${"k".repeat(190)}`,
    verb: "restart",
    epoch: 1,
    at: "2026-01-05T09:00:00.000Z",
    outcome: "failed",
    because: "x".repeat(900),
  });
  host.files.set(PATHS.receipts, JSON.stringify({ memory: 1, highestEpoch: 1, receipts: Array.from({ length: 20 }, (_, i) => receipt(i)) }));
  const { stdout } = await runVerb(host, "probe", undefined);
  expect(Buffer.byteLength(stdout)).toBeLessThanOrEqual(16 * 1024);
  expect(stdout.endsWith('"end":"end-of-report"}')).toBe(true);
  expect(ProbeReport.parse(JSON.parse(stdout)).receipts.at(-1)?.key.startsWith("19k")).toBe(true);
});

test("shows the receipts of earlier commands", async () => {
  const host = aHost();
  await runVerb(host, "restart", envelope({ epoch: 50, key: "one" }));
  await runVerb(host, "drain", envelope({ epoch: 1, key: "two" }));
  expect((await probed(host)).receipts).toMatchObject([
    { key: "one", outcome: "done" },
    { key: "two", outcome: "refused" },
  ]);
});

test("never lets a secret out, by arguments, output or what it writes", async () => {
  const host = aHost();
  const out: string[] = [];
  host.onExec = (line) => void out.push(line);
  host.files.set("/var/lib/rstudio-pm/rstudio-pm.key", CANARIES.key);
  for (const [verb, key] of [
    ["probe", "a"],
    ["converge", "b"],
    ["restart", "c"],
    ["drain", "d"],
  ] as const) {
    const { stdout, stderr } = await runVerb(host, verb, envelope({ key }));
    out.push(stdout, stderr);
  }
  host.readFile = async (path) => {
    throw new Error(`${path}: ${CANARIES.password}`);
  };
  const broken = await runVerb(host, "converge", envelope({ key: "e" }));
  out.push(broken.stdout, broken.stderr, ...host.written, host.files.get(PATHS.receipts) ?? "");
  expect(broken.stderr).toBe("steward-node: stopped by an unexpected error: Error\n");
  for (const canary of Object.values(CANARIES)) expect(out.join("\n")).not.toContain(canary);
});
