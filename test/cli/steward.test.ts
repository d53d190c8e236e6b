import { execFile } from "node:child_process";
import { SCENARIO_SUMMARIES, scenariosOf } from "@steward/cli/scenarios/summaries";
import { describe, expect, test } from "vitest";

const BIN = new URL("../../packages/cli/bin/steward.mjs", import.meta.url).pathname;

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the command as a shell would: a process of its own, no terminal. */
const steward = (...args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(process.execPath, [BIN, ...args], { maxBuffer: 1e8 }, (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }));
  });

describe("a wrong call ends with code 2 and says what there is", () => {
  test.each([
    [["simulate", "--topology", "moon"], 'unknown topology "moon"; there is single, ha'],
    [["simulate", "--scenario", "flood"], `unknown scenario "flood"; there is ${Object.keys(SCENARIO_SUMMARIES).join(", ")}`],
    [
      ["simulate", "--topology", "single", "--scenario", "database-down"],
      `scenario "database-down" is for topology ha; for single there is ${scenariosOf("single").join(", ")}`,
    ],
    [["simulate", "--scenario", "server-stopped"], 'scenario "server-stopped" is for topology single; for ha there is main, first-deploy, quiet'],
    [["simulate", "--seed", "-1"], '--seed takes a whole number from 0 to 999999999, not "-1"'],
    [["simulate", "--sead", "1"], "Did you mean --seed?"],
    [["simulat"], "Did you mean simulate?"],
    [["account", "--port", "70000"], '--port takes a number from 0 to 65535, not "70000"'],
  ])("%j", async (args, says) => {
    const { code, stdout, stderr } = await steward(...args);
    expect(stderr).toContain(says);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });
});

test("help teaches: it starts with what to do first, and ends well", async () => {
  const { code, stdout } = await steward("--help");
  expect(code).toBe(0);
  expect(stdout).toContain("npx steward simulate");
  expect((await steward("simulate", "--help")).stdout).toContain("Exit code: 0 when");
});

test("lists every scenario with the topologies that it is for", async () => {
  const { stdout } = await steward("simulate", "--list");
  for (const [id, told] of Object.entries(SCENARIO_SUMMARIES))
    for (const [topology, summary] of Object.entries(told)) expect(stdout).toMatch(new RegExp(`^${id} +.*\\b${topology}\\b.* ${summary}$`, "m"));
  expect(stdout).toMatch(/^quiet +(ha, single|single, ha) +nothing goes wrong/m);
});

test("prints one JSON object, the same bytes for the same seed in every process", async () => {
  const call = () => steward("simulate", "--topology", "ha", "--scenario", "service-crash", "--seed", "4", "--json");
  const [one, two] = await Promise.all([call(), call()]);
  expect(two.stdout).toBe(one.stdout);
  expect(JSON.parse(one.stdout)).toMatchObject({
    ok: true,
    topology: "ha",
    scenario: "service-crash",
    seed: 4,
    incidents: [
      {
        id: expect.any(String),
        kind: "node-sick",
        cause: "service-down",
        outcome: "resolved",
        actions: [{ runbook: "restart-service", outcome: "done" }],
        refusals: [],
      },
    ],
    nodes: [
      { id: expect.stringMatching(/^i-/), state: "running", serving: true, imageId: expect.stringMatching(/^ami-/) },
      { state: "running", serving: true },
    ],
    alerts: [{ subject: expect.stringContaining("Steward is on it") }, { subject: expect.stringContaining("Recovered") }],
    requests: { served: expect.any(Number), failed: expect.any(Number) },
    calls: { total: expect.any(Number), byAction: { "ssm:SendCommand": expect.any(Number) } },
    invariants: { checked: expect.arrayContaining(["last-serving"]), violated: [] },
  });
});

test("tells the story in plain lines where there is no terminal", async () => {
  const { code, stdout, stderr } = await steward("simulate", "--scenario", "database-down");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  for (const control of ["\u001b", "\r"]) expect(stdout).not.toContain(control);
  expect(stdout).toContain("guard shared-cause");
  expect(stdout).toMatch(/requests +[\d,]+ served, [\d,]+ failed/);
  expect(stdout).toContain("Try next");
});
