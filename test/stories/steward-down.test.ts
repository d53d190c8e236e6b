import { ends, goesWrong, justAfterSweep } from "@steward/cli/scenarios/scenario";
import { Stage } from "@steward/cli/simulation/stage";
import { beforeEach, describe, expect, test } from "vitest";
import { turnRules, WAYS_DOWN } from "./ways-down.ts";

const MINUTE = 60_000;
const IMAGE = "ami-0123456789abcdef0";
let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open(17);
  await justAfterSweep(stage);
});

const journal = (instanceId: string) => stage.world.machines.get(instanceId)?.journal ?? [];
const fewest = () => Math.min(...stage.servingHistory.map(({ serving }) => serving));
const alarmsSince = (time: number) =>
  stage.messages.filter(({ at, subject }) => at.getTime() > time && subject?.startsWith("ALARM")).map(({ subject = "" }) => /"([^"]+)"/.exec(subject)?.[1]);
const remediations = () => stage.world.account.record.filter(({ functionName }) => functionName === "steward-demo-remediate");
const waiting = () => stage.nodes.find(({ lifecycle }) => lifecycle === "Pending:Wait")?.instanceId;

/** A node is lost, and its stand-in has booted into its launch hook. */
async function nodeIsLost(): Promise<string> {
  const [lost = ""] = stage.serving;
  goesWrong(stage, "kill", { instanceId: lost });
  await stage.waitFor(() => waiting() !== undefined, { minutes: 15 });
  return waiting() ?? expect.fail("the group launched no stand-in");
}

describe.each(WAYS_DOWN)("while %s", (_, { down, back }) => {
  test("a lost node is replaced by the group, its stand-in lets itself in, people are told, and Steward comes back to a fleet that is well", async () => {
    const lastSweep = Date.now();
    await down(stage);
    const standIn = await nodeIsLost();
    expect(await stage.waitFor(() => stage.serving.length === 2, { minutes: 30 })).toBe(true);
    expect(stage.serving).toContain(standIn);
    expect(Date.now() - lastSweep).toBeGreaterThan(15 * MINUTE);
    expect(journal(standIn).map(({ line }) => line)).toEqual([
      "converged",
      "waits in the launch hook: Steward is at work",
      "Steward is silent and this node is as desired: it has let itself in",
    ]);
    expect(fewest()).toBe(1);
    expect(await stage.waitFor(() => alarmsSince(lastSweep).includes("steward-demo-sweep-silent"), { minutes: 15 })).toBe(true);
    expect(remediations()).toEqual([]);

    await back(stage);
    await stage.run({ minutes: 30 });
    expect(stage.serving).toHaveLength(2);
    expect(stage.chronicle.incidents).toEqual([]);
    expect(stage.chronicle.attempts).toEqual([]);
    expect(stage.invariants.violations).toEqual([]);
  });
});

test("Steward that comes back in time lets the waiting node in itself", async () => {
  const [, { down, back }] = WAYS_DOWN[0] ?? expect.fail("there is no way");
  await down(stage);
  const standIn = await nodeIsLost();
  await stage.run({ minutes: 5 });
  await back(stage);
  expect(await stage.waitFor(() => stage.serving.includes(standIn), { minutes: 15 })).toBe(true);
  await stage.run({ hours: 1 });
  expect(stage.chronicle.attempts.map(({ runbook, outcome }) => `${runbook} ${outcome}`)).toContain("admit-node done");
  expect(journal(standIn).map(({ line }) => line)).toEqual(["converged", "waits in the launch hook: Steward is at work"]);
  expect(stage.invariants.violations).toEqual([]);
});

test("a stand-in that is not as desired stays in its hook until AWS sends it away, and the other node serves on", async () => {
  const { dependencies } = stage.world;
  dependencies.images.set(IMAGE, { ...dependencies.defaultImage, version: "2026.06.0" });
  await turnRules(stage, "DisableRule");
  const standIn = await nodeIsLost();
  await stage.run({ minutes: 110 });
  expect(waiting()).toBe(standIn);
  expect(journal(standIn).at(-1)?.line).toMatch(
    /^waits in the launch hook: Steward is silent, but this node is not as desired: .*installed version is 2026.06.0, not 2026.08.0/,
  );
  expect(await stage.waitFor(() => stage.world.ec2.instances.get(standIn)?.state === "terminated", { minutes: 40 })).toBe(true);
  expect(fewest()).toBe(1);
  expect(stage.serving).toHaveLength(1);
});

test("a node that a database outage keeps from answering goes when it answers again", async () => {
  await turnRules(stage, "DisableRule");
  const standIn = await nodeIsLost();
  goesWrong(stage, "database-down");
  await stage.run({ minutes: 30 });
  expect(waiting()).toBe(standIn);
  ends(stage, "database-down");
  expect(await stage.waitFor(() => stage.serving.includes(standIn), { minutes: 5 })).toBe(true);
});
