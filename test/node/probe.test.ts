import { createHmac } from "node:crypto";
import { type ProbeReport, ProbeReport as Report, reportDifferences } from "@steward/core/fleet/probe";
import { runVerb } from "@steward/node/dispatch";
import { PATHS } from "@steward/node/paths";
import { fitted, report } from "@steward/node/verbs/probe";
import { describe, expect, test } from "vitest";
import { CANARIES, documentOf, inEffect, KEY_FINGERPRINT } from "./a-fleet.ts";
import { aHost, aNode, envelope, type StubHost } from "./a-host.ts";

const probed = async (host: StubHost): Promise<ProbeReport> => Report.parse(JSON.parse((await runVerb(host, "probe", undefined)).stdout));

test("reports the whole node and changes nothing", async () => {
  const host = await aNode();
  const before = host.seen();
  const { state } = inEffect(documentOf("ha"));
  const found = await probed(host);
  expect(found).toEqual({
    report: 1,
    instanceId: "i-0123456789abcdef0",
    at: new Date("2026-01-05T09:00:00.000Z"),
    version: "2026.08.0",
    service: { state: "active", since: new Date("2026-01-05T08:58:30.000Z") },
    ping: { kind: "answer", status: 200, ms: 3 },
    runningVersion: "2026.08.0",
    configFingerprint: state.configFingerprint,
    keyFingerprint: KEY_FINGERPRINT,
    database: "reachable",
    storage: "reachable",
    more: {
      hostname: "i-0123456789abcdef0",
      held: true,
      keySource: { from: "the variable in /run/steward/rstudio-pm.env:1", others: [] },
      license: { fingerprint: createHmac("sha256", CANARIES.salt).update(CANARIES.license).digest("hex"), status: "Activated", daysLeft: 204 },
      clock: { offsetMs: 0.012, synchronised: true },
      disks: [
        { mount: "/", usedPercent: 12, inodesUsedPercent: 3 },
        { mount: "/var/lib/rstudio-pm", usedPercent: 40, inodesUsedPercent: 0 },
      ],
      languages: { r: ["4.6.1", "4.5.2"], python: ["3.14.7"] },
      cluster: ["i-0123456789abcdef0", "i-0fedcba9876543210"],
    },
    receipts: [],
    end: "end-of-report",
  });
  expect(reportDifferences(found, state)).toEqual([]);
  expect(host.seen()).toEqual(before);
  expect(host.written).toEqual([]);
});

test("a node of which nothing was made says of most things that it does not know", async () => {
  const host = aHost();
  host.says = { "": { exitCode: 127 } };
  host.connect = async () => false;
  expect(await probed(host)).toMatchObject({
    version: null,
    runningVersion: null,
    service: { state: "unknown", since: null },
    ping: { kind: "refused" },
    configFingerprint: null,
    keyFingerprint: null,
    database: "unknown",
    storage: "unknown",
    more: { hostname: "ip-10-0-0-1", held: null, keySource: null, license: null, clock: null, disks: [], languages: null, cluster: null },
  });
});

describe("what it asks the network", () => {
  test("is asked at the addresses of the configuration, without user or password", async () => {
    const host = await aNode();
    await probed(host);
    expect(host.connected.sort()).toEqual(["db.example.com:5432", "s3.eu-west-1.amazonaws.com:443"]);
  });

  test("tells unreachable from unknown", async () => {
    const host = await aNode();
    host.connect = async () => false;
    expect(await probed(host)).toMatchObject({ database: "unreachable", storage: "unreachable" });
    host.put(PATHS.config, "[HTTP]\nListen = :4242\n");
    expect(await probed(host)).toMatchObject({ database: "unknown", storage: "unknown" });
  });
});

test("knows no version where there is none to be trusted", async () => {
  const host = await aNode();
  for (const body of [`{"version":"${CANARIES.loginA}"}`, "null", "{"]) {
    host.answers["/__api__/status"] = { kind: "answer", status: 200, ms: 1, body };
    expect((await probed(host)).runningVersion).toBeNull();
  }
  host.answers["/__api__/status"] = { kind: "answer", status: 503, ms: 1, body: '{"version":"2026.08.0"}' };
  expect((await probed(host)).runningVersion).toBeNull();
});

test("a service that never ran has no time since when it runs", async () => {
  const host = await aNode();
  host.says = { "systemctl show": { stdout: "ActiveState=reloading\n" } };
  expect(await probed(host)).toMatchObject({ service: { state: "unknown", since: null } });
});

describe("fingerprints", () => {
  test("are not made without the stage's own salt, and no plain digest takes their place", async () => {
    const host = await aNode();
    host.put(PATHS.salt, "short");
    const { configFingerprint, more } = await probed(host);
    expect([configFingerprint, more.license?.fingerprint]).toEqual([null, null]);
    expect(more.license?.status).toBe("Activated");
  });

  test("are not made of a configuration that Package Manager would not read", async () => {
    const host = await aNode();
    host.put(PATHS.config, "[Server\n");
    expect(await probed(host)).toMatchObject({ configFingerprint: null, keyFingerprint: null, more: { keySource: null, languages: null } });
  });
});

describe("the length of a report", () => {
  test("stays below 16 KB with its end marker, however much there is to tell: the oldest receipts go first", async () => {
    const host = await aNode();
    const receipt = (i: number) => ({
      key: `${i}${"k".repeat(190)}`,
      verb: "restart",
      epoch: 1,
      at: "2026-01-05T09:00:00.000Z",
      outcome: "failed",
      because: "x".repeat(900),
    });
    host.put(PATHS.receipts, JSON.stringify({ memory: 1, highestEpoch: 1, receipts: Array.from({ length: 20 }, (_, i) => receipt(i)) }));
    const { stdout } = await runVerb(host, "probe", undefined);
    expect(Buffer.byteLength(stdout)).toBeLessThanOrEqual(16 * 1024);
    expect(stdout.endsWith('"end":"end-of-report"}')).toBe(true);
    expect(Report.parse(JSON.parse(stdout)).receipts.at(-1)?.key.startsWith("19k")).toBe(true);
  });

  test("then the lists go", async () => {
    const found = await report(await aNode(), { receipts: [] });
    const text = fitted({ ...found, more: { ...found.more, cluster: Array.from({ length: 2000 }, (_, i) => `node-${i}`) } });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(16 * 1024);
    expect(Report.parse(JSON.parse(text)).more).toMatchObject({ cluster: null, disks: [], held: true });
  });
});

test("asks everything that may take long at once, so that a node on which nothing answers reports within 20 s", async () => {
  const host = await aNode();
  let clock = 0;
  const waiting: { until: number; go: () => void }[] = [];
  const takes = (ms: number) => new Promise<void>((go) => waiting.push({ until: clock + ms, go }));
  host.exec = async (_command, _words, ms) => {
    await takes(ms);
    return { exitCode: 124, stdout: "" };
  };
  host.get = async (_url, ms) => {
    await takes(ms);
    return { kind: "timeout" };
  };
  host.connect = async (_host, _port, ms) => {
    await takes(ms);
    return false;
  };
  let done = false;
  const ended = runVerb(host, "probe", undefined).finally(() => {
    done = true;
  });
  while (!done) {
    await new Promise((resolve) => setImmediate(resolve));
    const next = waiting.sort((a, b) => a.until - b.until).shift();
    if (next) {
      clock = next.until;
      next.go();
    }
  }
  expect(Report.parse(JSON.parse((await ended).stdout)).ping).toEqual({ kind: "timeout" });
  expect(clock).toBeLessThan(20_000);
});

test("shows the receipts of earlier commands", async () => {
  const host = await aNode();
  await runVerb(host, "restart", envelope({ epoch: 50, key: "one" }));
  await runVerb(host, "drain", envelope({ epoch: 1, key: "two" }));
  expect((await probed(host)).receipts).toMatchObject([
    { key: "one", outcome: "done" },
    { key: "two", outcome: "refused" },
  ]);
});
