import { runVerb } from "@steward/node/dispatch";
import { describe, expect, test } from "vitest";
import { aNode, envelope, type StubHost } from "./a-host.ts";

const RESTART = "systemctl restart rstudio-pm";

/** Lets something happen right after systemd was asked for a restart. */
function onceRestarted(host: StubHost, happens: () => unknown): void {
  const exec = host.exec;
  host.exec = async (command, words, ms) => {
    const ended = await exec(command, words, ms);
    if (words[0] === "restart") happens();
    return ended;
  };
}

describe("a restart counts once systemd has done it", () => {
  test("a service that runs on as before, and answers, was not restarted", async () => {
    const host = await aNode();
    host.says = { [RESTART]: { exitCode: 1 } };
    expect(await runVerb(host, "restart", envelope())).toMatchObject({
      exitCode: 1,
      stderr: "steward-node: systemctl restart ended with exit code 1, and the service was not restarted\n",
    });
  });

  test("what systemctl did not wait for is waited for", async () => {
    const host = await aNode();
    host.says = { [RESTART]: { exitCode: 124 } };
    host.systemd.job = "1742";
    const from = host.time;
    const sleep = host.sleep;
    host.sleep = async (ms) => {
      await sleep(ms);
      if (host.time - from > 45_000) Object.assign(host.systemd, { job: "", starts: 2 });
    };
    expect(await runVerb(host, "restart", envelope())).toMatchObject({ exitCode: 0 });
    expect(host.time - from).toBe(46_000);
  });

  test("not for ever", async () => {
    const host = await aNode();
    host.systemd.job = "1742";
    const from = host.time;
    expect(await runVerb(host, "restart", envelope())).toMatchObject({ exitCode: 1, stderr: "steward-node: systemd had not done it within 60 s\n" });
    expect(host.time - from).toBe(60_000);
  });

  test("a start that a condition of the unit forbids is said at once, and so is a service that has ended", async () => {
    const host = await aNode();
    const from = host.time;
    onceRestarted(host, () => {
      host.service.state = "inactive";
      host.systemd.conditionsMet = false;
    });
    const stderr = "steward-node: systemd did not start the service: a condition of its unit is not met\n";
    expect(await runVerb(host, "restart", envelope())).toMatchObject({ exitCode: 1, stderr });
    host.systemd.conditionsMet = true;
    onceRestarted(host, () => Object.assign(host.systemd, { conditionsMet: true }));
    expect(await runVerb(host, "restart", envelope({ key: "two" }))).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("the service does not run"),
    });
    expect(host.time).toBe(from);
  });
});

test.each([
  [127, "systemctl is not on this node"],
  [1, "systemctl restart ended with exit code 1, and systemd does not say whether the service was restarted"],
])("says how systemctl ended when it ends with %i", async (exitCode, sentence) => {
  const host = await aNode();
  host.service.state = "failed";
  host.says = { systemctl: { exitCode } };
  expect(await runVerb(host, "restart", envelope())).toMatchObject({ exitCode: 1, stderr: `steward-node: ${sentence}\n` });
});

test("does not wait for a service that has failed", async () => {
  const host = await aNode();
  const began = host.time;
  host.answers["/__ping__"] = { kind: "refused" };
  onceRestarted(host, () => Object.assign(host.service, { state: "failed" }));
  expect(await runVerb(host, "restart", envelope())).toMatchObject({
    exitCode: 1,
    stderr: "steward-node: the service has failed before /__ping__ answered 200\n",
  });
  expect(host.time - began).toBeLessThan(5_000);
});
