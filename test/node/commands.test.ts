import { CommandReceipt } from "@steward/core/fleet/probe";
import { runVerb } from "@steward/node/dispatch";
import { PATHS } from "@steward/node/paths";
import { expect, test } from "vitest";
import { aNode, envelope, type StubHost } from "./a-host.ts";

const RESTART = "systemctl restart rstudio-pm";
const restarts = (host: StubHost) => host.ran.filter((line) => line === RESTART).length;
const memory = (host: StubHost) => JSON.parse(host.seen()[PATHS.receipts] ?? "null") as { highestEpoch: number; receipts: { key: string; outcome: string }[] };

test("restarts once and leaves a receipt that only root can read", async () => {
  const host = await aNode();
  const result = await runVerb(host, "restart", envelope());
  expect(result).toMatchObject({ exitCode: 0, stderr: "" });
  expect(CommandReceipt.parse(JSON.parse(result.stdout))).toMatchObject({ key: "run-1/step-1", verb: "restart", epoch: 7, outcome: "done" });
  expect(restarts(host)).toBe(1);
  expect(new Set(host.written)).toEqual(new Set([`${PATHS.receipts} root 600`]));
});

test("answers a repeated key with the old outcome and does nothing", async () => {
  const host = await aNode();
  const first = await runVerb(host, "restart", envelope());
  host.time += 600_000;
  expect(await runVerb(host, "restart", envelope())).toEqual(first);
  expect(restarts(host)).toBe(1);
});

test("reports a repeated failure as a failure", async () => {
  const host = await aNode();
  host.answers["/__ping__"] = { kind: "timeout" };
  const first = await runVerb(host, "restart", envelope());
  expect(first).toMatchObject({ exitCode: 1, stderr: "steward-node: /__ping__ did not answer 200 within 60 s: timeout\n" });
  host.answers["/__ping__"] = { kind: "answer", status: 200, ms: 1, body: "" };
  expect(await runVerb(host, "restart", envelope())).toEqual(first);
});

test("does a command again that a crash left unfinished", async () => {
  const host = await aNode();
  const killed = new Promise<never>(() => {});
  const exec = host.exec;
  host.exec = (command, args, timeoutMs) => (args[0] === "restart" ? killed : exec(command, args, timeoutMs));
  void runVerb(host, "restart", envelope());
  await new Promise((resolve) => setImmediate(resolve));
  expect(memory(host).receipts).toMatchObject([{ key: "run-1/step-1", outcome: "running" }]);
  host.exec = exec;
  expect((await runVerb(host, "restart", envelope())).exitCode).toBe(0);
  expect(restarts(host)).toBe(1);
  expect(memory(host).receipts).toMatchObject([{ outcome: "done" }]);
});

test("does not do an unfinished command again once it is too late", async () => {
  const host = await aNode();
  host.put(
    PATHS.receipts,
    JSON.stringify({
      memory: 1,
      highestEpoch: 7,
      receipts: [{ key: "run-1/step-1", verb: "restart", epoch: 7, at: "2026-01-05T08:59:00.000Z", outcome: "running" }],
    }),
  );
  host.time = Date.parse("2026-01-05T09:02:00.000Z");
  expect(await runVerb(host, "restart", envelope())).toMatchObject({ exitCode: 3 });
  expect(restarts(host)).toBe(0);
});

test("refuses an epoch lower than the highest it has obeyed", async () => {
  const host = await aNode();
  await runVerb(host, "restart", envelope({ key: "new", epoch: 9 }));
  const result = await runVerb(host, "restart", envelope({ key: "old", epoch: 8 }));
  expect(result).toMatchObject({ exitCode: 3, stderr: "steward-node: epoch 8 is older than 9, which this node has seen\n" });
  expect(JSON.parse(result.stdout)).toMatchObject({ outcome: "refused" });
  expect(restarts(host)).toBe(1);
});

test("refuses a late start, and a refused command raises no epoch", async () => {
  const host = await aNode();
  host.time = Date.parse("2026-01-05T09:01:00.001Z");
  expect(await runVerb(host, "restart", envelope({ epoch: 50 }))).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining("was not to begin after 2026-01-05T09:01:00.000Z"),
  });
  expect(restarts(host)).toBe(0);
  expect(memory(host).highestEpoch).toBe(0);
});

test("begins at the last moment it may", async () => {
  const host = await aNode();
  host.time = Date.parse("2026-01-05T09:01:00.000Z");
  expect((await runVerb(host, "restart", envelope())).exitCode).toBe(0);
});

test("refuses a key that belonged to another verb", async () => {
  const host = await aNode();
  await runVerb(host, "restart", envelope());
  expect(await runVerb(host, "drain", envelope())).toMatchObject({ exitCode: 3, stderr: "steward-node: this key was given with restart before\n" });
  expect(memory(host).receipts).toMatchObject([{ outcome: "done" }]);
});

test("keeps the last twenty receipts", async () => {
  const host = await aNode();
  for (let i = 0; i < 23; i++) await runVerb(host, "restart", envelope({ key: `k${i}` }));
  expect(memory(host).receipts.map(({ key }) => key)).toEqual(Array.from({ length: 20 }, (_, i) => `k${i + 3}`));
});

test("obeys nothing while its memory cannot be understood, and leaves it as it is", async () => {
  const host = await aNode();
  host.put(PATHS.receipts, '{"memory":1,"receip');
  for (const verb of ["restart", "converge", "drain", "probe"]) expect(await runVerb(host, verb, envelope())).toMatchObject({ exitCode: 1, stdout: "" });
  expect(host.seen()[PATHS.receipts]).toBe('{"memory":1,"receip');
  expect(restarts(host)).toBe(0);
});

test("leaves a node alone on which another command is running", async () => {
  const host = await aNode();
  host.locked = true;
  expect(await runVerb(host, "restart", envelope())).toMatchObject({ exitCode: 4, stderr: "steward-node: another command is running on this node\n" });
  expect(host.ran).toEqual([]);
});

test("does not understand unknown verbs, missing envelopes and envelopes of another shape", async () => {
  const host = await aNode();
  const misshapen = Buffer.from('{"key":"k","epoch":-1}').toString("base64url");
  expect(await runVerb(host, "toString", envelope())).toMatchObject({ exitCode: 2 });
  for (const payload of [undefined, "", "%%%", "e30", "deadman", misshapen])
    expect(await runVerb(host, "restart", payload)).toMatchObject({ exitCode: 2, stdout: "" });
  expect(host.ran).toEqual([]);
  expect(host.written).toEqual([]);
});

test("drains by taking Package Manager offline", async () => {
  const host = await aNode();
  expect((await runVerb(host, "drain", envelope())).exitCode).toBe(0);
  expect(host.ran).toEqual(["/opt/rstudio-pm/bin/rspm offline"]);
});

test("resumes by taking Package Manager online, and waits until it answers", async () => {
  const host = await aNode();
  host.answers["/__ping__"] = { kind: "answer", status: 503, ms: 1, body: "" };
  const sleep = host.sleep;
  host.sleep = async (ms) => {
    host.answers = {};
    await sleep(ms);
  };
  expect(await runVerb(host, "resume", envelope())).toMatchObject({ exitCode: 0 });
  expect(host.ran).toEqual(["/opt/rstudio-pm/bin/rspm online"]);
  host.says = { "/opt/rstudio-pm/bin/rspm": { exitCode: 1 } };
  expect(await runVerb(host, "resume", envelope({ key: "two" }))).toMatchObject({ exitCode: 1, stderr: "steward-node: rspm online ended with exit code 1\n" });
});

test("says the exit code when a drain fails", async () => {
  const host = await aNode();
  host.exec = async () => ({ exitCode: 124, stdout: "" });
  expect(await runVerb(host, "drain", envelope())).toMatchObject({ exitCode: 1, stderr: "steward-node: rspm offline ended with exit code 124\n" });
});

test.each(["restart", "probe"])("what a killed one has left for psql is gone at the next command, not with a mere look: %s", async (verb) => {
  const host = await aNode();
  for (const path of [PATHS.passfile, PATHS.sql]) host.put(path, "canary");
  await runVerb(host, verb, envelope());
  expect([PATHS.passfile in host.seen(), PATHS.sql in host.seen()]).toEqual(verb === "probe" ? [true, true] : [false, false]);
});
