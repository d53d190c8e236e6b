import { ProbeReport } from "@steward/core/fleet/probe";
import { PPM_IMAGE } from "@steward/simulator/fleet/machine-image";
import { advance, advanceUntil, drive } from "@steward/simulator/world/drive";
import { EPOCH, machineTime, resetWorld } from "@steward/simulator/world/install";
import { assert, beforeEach, expect, test } from "vitest";
import { aFleet, demoDesired, launched, NODE, serving } from "./a-fleet.ts";

beforeEach(() => resetWorld(1));

const payload = (key: string, epoch = 1) => Buffer.from(JSON.stringify({ key, epoch, notAfter: new Date(Date.now() + 60_000) })).toString("base64url");
type Node = Awaited<ReturnType<typeof serving>>;
const probe = async (node: Node) => ProbeReport.parse(JSON.parse((await drive(() => node.runCommand("probe", "x"))).stdout));
const ping = (node: Node) => {
  const answer = node.http("/__ping__");
  return answer.kind === "answer" ? answer.status : answer.kind;
};

test("boots for 40 to 70 s in silence, then converges itself, then serves", async () => {
  const node = launched(aFleet());
  expect(ping(node)).toBe("timeout");
  expect(node.agentOnline()).toBe(false);
  await advance(39_000);
  expect(node.agentOnline()).toBe(false);
  expect(await advanceUntil(() => node.agentOnline(), 31_001)).toBe(true);
  expect(ping(node)).toBe("refused");
  expect(await advanceUntil(() => ping(node) === 200, 40_000)).toBe(true);
  const seconds = (Date.now() - EPOCH.getTime()) / 1000;
  expect(seconds).toBeGreaterThan(50);
  expect(seconds).toBeLessThan(100);
});

test("reports itself by the real node program", async () => {
  const node = await serving(aFleet());
  expect(await probe(node)).toMatchObject({
    instanceId: NODE,
    version: "2026.08.0",
    runningVersion: "2026.08.0",
    service: { state: "active" },
    ping: { kind: "answer", status: 200 },
    keyFingerprint: demoDesired().state.keyFingerprint,
    configFingerprint: demoDesired().state.configFingerprint,
    database: "reachable",
    storage: "reachable",
    receipts: [{ verb: "converge", outcome: "done" }],
  });
});

test("does not start Package Manager when the document's configuration is not the desired one", async () => {
  const { state } = demoDesired();
  const node = await serving(aFleet({ desired: { ...state, configFingerprint: state.configFingerprint.replace(/.$/, (last) => (last === "0" ? "1" : "0")) } }));
  await advance(300_000);
  expect(await probe(node)).toMatchObject({
    service: { state: "inactive", since: null },
    ping: { kind: "refused" },
    receipts: [{ outcome: "refused", because: expect.stringContaining("configuration") }],
  });
});

test("a crashed service refuses connections until it is restarted", async () => {
  const node = await serving(aFleet());
  node.crashService();
  expect(ping(node)).toBe("refused");
  await advance(600_000);
  expect(await probe(node)).toMatchObject({ service: { state: "failed" }, ping: { kind: "refused" } });
  expect((await drive(() => node.runCommand("restart", payload("r")))).exitCode).toBe(0);
  expect(ping(node)).toBe(200);
});

test("a hang ends with a restart unless it survives restarts", async () => {
  const node = await serving(aFleet());
  node.hang({ survivesRestart: false });
  expect(await probe(node)).toMatchObject({ service: { state: "active" }, ping: { kind: "timeout" } });
  expect((await drive(() => node.runCommand("restart", payload("first")))).exitCode).toBe(0);
  node.hang({ survivesRestart: true });
  expect(await drive(() => node.runCommand("restart", payload("second")))).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("timeout") });
  expect(ping(node)).toBe("timeout");
  node.packageManager.unhang();
  expect(ping(node)).toBe(200);
});

test("a drained node answers 503 to everything until it is restarted", async () => {
  const node = await serving(aFleet());
  expect((await drive(() => node.runCommand("drain", payload("d")))).exitCode).toBe(0);
  for (const path of ["/__ping__", "/__api__/status", "/cran/latest/src/contrib/PACKAGES"]) expect(node.http(path)).toMatchObject({ status: 503 });
  await drive(() => node.runCommand("restart", payload("r")));
  expect(ping(node)).toBe(200);
});

test("a lost database shows on every node, and all come back by themselves some seconds after it", async () => {
  const fleet = aFleet();
  const nodes = Array.from({ length: 8 }, (_, i) => launched(fleet, `i-0000000${i}`));
  const [first] = nodes;
  assert(first);
  await advance(150_000);
  fleet.shared.database.reachable = false;
  expect(nodes.map(ping).every((answer) => answer === 503 || answer === "timeout")).toBe(true);
  expect(new Set(nodes.map(ping)).size).toBe(2);
  expect(await probe(first)).toMatchObject({ database: "unreachable", storage: "reachable", service: { state: "active" } });
  await advance(300_000);
  fleet.shared.database.reachable = true;
  expect(nodes.map(ping)).not.toContain(200);
  await advance(12_001);
  expect(new Set(nodes.map(ping))).toEqual(new Set([200]));
});

test("a service that starts without its database waits for it", async () => {
  const fleet = aFleet();
  fleet.shared.database.reachable = false;
  const node = await serving(fleet);
  expect(ping(node)).toBe("refused");
  fleet.shared.database.reachable = true;
  await advance(21_000);
  expect(ping(node)).toBe(200);
});

test("a green ping does not prove the storage", async () => {
  const fleet = aFleet();
  const node = await serving(fleet);
  fleet.shared.storage.reachable = false;
  expect(ping(node)).toBe(200);
  expect(node.http("/cran/latest/src/contrib/PACKAGES")).toMatchObject({ status: 500 });
});

test("an impaired machine fails its checks, loses its agent and never finishes what it was doing", async () => {
  const node = await serving(aFleet());
  let ended = false;
  void node.runCommand("restart", payload("r")).then(() => {
    ended = true;
  });
  await advance(100);
  node.impair();
  await advance(600_000);
  expect({ ended, ok: node.statusOk(), online: node.agentOnline(), ping: ping(node) }).toEqual({ ended: false, ok: false, online: false, ping: "timeout" });
});

test("a program killed in the middle leaves a receipt that the next run repairs", async () => {
  const node = await serving(aFleet());
  const kill = new AbortController();
  void node.runCommand("restart", payload("r"), kill.signal);
  await advance(1_000);
  kill.abort();
  await advance(60_000);
  expect((await probe(node)).receipts.at(-1)).toMatchObject({ key: "r", outcome: "running" });
  const again = await drive(() => node.runCommand("restart", payload("r")));
  expect(again.exitCode).toBe(0);
  expect((await probe(node)).receipts.filter(({ key }) => key === "r")).toMatchObject([{ outcome: "done" }]);
});

test("commands on one node run one after another", async () => {
  const node = await serving(aFleet());
  const both = await drive(() => Promise.all([node.runCommand("restart", payload("a", 1)), node.runCommand("restart", payload("b", 2))]));
  expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  const [booted = 0, a = 0, b = 0] = (await probe(node)).receipts.map(({ at }) => at.getTime());
  expect(a).toBeGreaterThan(booted);
  expect(b - a).toBeGreaterThan(8_000);
});

test("a reboot keeps the disk and converges again; a removed machine is gone", async () => {
  const fleet = aFleet();
  const node = await serving(fleet);
  await drive(() => node.runCommand("restart", payload("r", 5)));
  launched(fleet);
  expect(ping(node)).toBe("timeout");
  await advance(150_000);
  expect(ping(node)).toBe(200);
  expect((await probe(node)).receipts.map(({ verb, epoch }) => `${verb} ${epoch}`)).toEqual(["converge 0", "restart 5", "converge 5"]);
  fleet.account.links.destroyMachine(NODE);
  expect(fleet.account.links.machine(NODE)).toBeUndefined();
  expect(fleet.machines.all()).toEqual([]);
});

test("a machine removed while it boots does nothing any more", async () => {
  const fleet = aFleet();
  const node = launched(fleet);
  await advance(20_000);
  fleet.account.links.destroyMachine(NODE);
  await advance(300_000);
  expect(node.agentOnline()).toBe(false);
  expect(ping(node)).toBe("timeout");
});

test("images differ: one without agent, one that never boots, one whose service crashes", async () => {
  const images = new Map([
    ["ami-a", { ...PPM_IMAGE, boot: "no-agent" as const }],
    ["ami-n", { ...PPM_IMAGE, boot: "never" as const }],
    ["ami-c", { ...PPM_IMAGE, service: "crashes" as const }],
  ]);
  const fleet = aFleet({ images });
  const [silent, dead, crashing] = [launched(fleet, "i-0000000a", "ami-a"), launched(fleet, "i-0000000b", "ami-n"), launched(fleet, "i-0000000c", "ami-c")];
  await advance(200_000);
  expect([silent.agentOnline(), ping(silent)]).toEqual([false, 200]);
  expect([dead.statusOk(), ping(dead)]).toEqual([false, "timeout"]);
  expect(await probe(crashing)).toMatchObject({ service: { state: "failed" }, ping: { kind: "refused" } });
});

test("same seed, same world", async () => {
  const history = async () => {
    resetWorld(42);
    const node = await serving(aFleet());
    node.crashService();
    const result = await drive(() => node.runCommand("restart", payload("r")));
    return [result.stdout, Date.now(), await probe(node)];
  };
  expect(await history()).toEqual(await history());
});

test("a quiet day of two machines costs next to nothing", async () => {
  const fleet = aFleet();
  await serving(fleet, "i-00000001");
  await serving(fleet, "i-00000002");
  await advance(3 * 3_600_000);
  const from = machineTime();
  await advance(24 * 3_600_000);
  expect(machineTime() - from).toBeLessThan(100);
});
