import { belongings, byHand, launched, theServer } from "@steward/cli/scenarios/server";
import type { Stage } from "@steward/cli/simulation/stage";
import { describe, expect, test } from "vitest";
import { damage } from "./drill-world.ts";
import { ask, calls, during, leftBehind, NOTHING_LEFT, open, pages, volumeOf } from "./keeping-world.ts";
import { approved, invoke, isRestored, noteOn, openRestoring, requested, restore, restoredAt, restoreOf, write } from "./restore-world.ts";

const SEED = 7;
const REMEDIATE = "steward-demo-remediate";
const tagsOf = ({ world }: Stage, id: string) => world.ec2.volumes.get(id)?.tags;
const both = (stage: Stage) => ({ volume: volumeOf(stage), server: theServer(stage) });
type Former = ReturnType<typeof both>;

/** Users are served from the volume of the restore, by a server that the group brought, and the former volume is kept. */
function expectRestored(stage: Stage, former: Former): void {
  const record = restoreOf(stage);
  expect(record).toMatchObject({ state: "restored", formerId: former.volume, kept: [former.volume], volumeId: volumeOf(stage) });
  const [fresh] = stage.serving;
  expect(stage.serving).toEqual([launched(stage).at(-1)]);
  expect(fresh).not.toBe(former.server);
  expect(belongings(stage)).toEqual({ volume: fresh, address: fresh });
  expect(stage.world.ec2.volumes.get(former.volume)?.state).toBe("available");
  expect(tagsOf(stage, former.volume)).toMatchObject({ Name: "steward-demo-data-kept", "steward:kept-until-confirmed": record?.id });
  expect(tagsOf(stage, record?.volumeId ?? "")).toMatchObject({ Name: "steward-demo-data" });
  expect(leftBehind(stage)).toEqual(NOTHING_LEFT);
}

const untilRestored = (stage: Stage): Promise<boolean> => stage.waitFor(() => isRestored(stage), { minutes: 60 });

describe("what was lost comes back", () => {
  test("planned, stored, approved, restored, confirmed; the former volume is kept by Steward and then deleted by nobody", async () => {
    const stage = await openRestoring(SEED);
    const former = both(stage);
    const { startedAt, id } = stage.snapshots.at(-1) ?? { startedAt: new Date(0), id: "" };
    damage(stage, former.volume);
    const waits = await requested(stage);
    const { words } = waits.plan as { words: string[] };
    const [, seconds = "0"] = /\((\d+) seconds\)/.exec(words.join("\n")) ?? [];
    expect(Math.abs((Date.now() - startedAt.getTime()) / 1000 - Number(seconds))).toBeLessThan(10);
    expect(words.join("\n")).toContain(`${former.volume} is in effect now, and is kept as it is`);
    await stage.run({ minutes: 5 });
    expect([restoreOf(stage), stage.serving, volumeOf(stage)]).toEqual([undefined, [former.server], former.volume]);

    expect(await approved(stage, waits.waitsFor)).toMatchObject({ started: `demo-request-${String(waits.waitsFor).slice(0, 24)}-1`, approvedBy: "ada" });
    expect(await untilRestored(stage)).toBe(true);
    expectRestored(stage, former);
    expect([restoreOf(stage)?.from, noteOn(stage, volumeOf(stage)), noteOn(stage, former.volume)]).toEqual([
      { kind: "snapshot", snapshotId: id },
      undefined,
      "since the snapshot",
    ]);
    expect([open(stage), pages(stage)]).toEqual([[], []]);
    const outage = stage.servingHistory.slice(-2).map(({ at }) => at.getTime());
    expect((outage[1] ?? 0) - (outage[0] ?? 0)).toBeLessThan(15 * 60_000);

    expect(await ask(stage, "confirm-restore", {}, "confirm")).toBe("done");
    expect(restoreOf(stage)?.state).toBe("confirmed");
    expect(tagsOf(stage, former.volume)).not.toHaveProperty("steward:kept-until-confirmed");
    expect(tagsOf(stage, former.volume)).toMatchObject({ Name: "steward-demo-data-kept" });
    expect(await requested(stage, { volumeId: former.volume })).toMatchObject({ error: expect.stringContaining("no restore that can be gone back on") });
    await stage.run({ hours: 1, minutes: 10 });
    expect(stage.snapshots.at(-1)).toMatchObject({ volumeId: volumeOf(stage), tags: { "steward:consistency": "application" } });
    expect([open(stage), pages(stage), leftBehind(stage)]).toEqual([[], [], NOTHING_LEFT]);
  });

  test("though the data volume itself is gone", async () => {
    const stage = await openRestoring(SEED);
    const former = both(stage);
    await byHand(stage, (operator) =>
      operator("autoscaling", "TerminateInstanceInAutoScalingGroup", { InstanceId: former.server, ShouldDecrementDesiredCapacity: true }),
    );
    await stage.waitFor(() => stage.world.ec2.volumes.get(former.volume)?.state === "available", { minutes: 20 });
    stage.world.ec2.volumes.delete(former.volume);
    await byHand(stage, (operator) => operator("autoscaling", "SetDesiredCapacity", { AutoScalingGroupName: "steward-demo", DesiredCapacity: 1 }));
    await stage.waitFor(() => stage.world.ec2.volumes.get(former.volume) === undefined, { minutes: 5 });
    await stage.run({ minutes: 5 });
    await restore(stage);
    expect(await untilRestored(stage)).toBe(true);
    expect(restoreOf(stage)).toMatchObject({ state: "restored", formerId: null, kept: [] });
    expect(tagsOf(stage, volumeOf(stage))).toMatchObject({ Name: "steward-demo-data" });
    expect(stage.serving).toEqual([launched(stage).at(-1)]);
  });
});

describe("an approval", () => {
  test("is for what was shown: with another snapshot, server or volume it starts nothing, and says what has changed", async () => {
    const stage = await openRestoring(SEED);
    const former = both(stage);
    const { waitsFor } = await requested(stage);
    await byHand(stage, (operator) =>
      operator("autoscaling", "TerminateInstanceInAutoScalingGroup", { InstanceId: former.server, ShouldDecrementDesiredCapacity: false }),
    );
    await stage.waitFor(() => stage.serving.length > 0 && !stage.serving.includes(former.server), { minutes: 30 });
    expect(await approved(stage, waitsFor)).toEqual({
      error: expect.stringContaining("not any more as the plan has it"),
      changed: [`server was ${former.server}, and is ${theServer(stage)}`],
    });
    await stage.run({ minutes: 10 });
    expect([restoreOf(stage), volumeOf(stage)]).toEqual([undefined, former.volume]);
  });

  test("comes too late after four hours, and is none for a hash that nobody was shown", async () => {
    const stage = await openRestoring(SEED);
    const { waitsFor } = await requested(stage);
    expect(await approved(stage, "0".repeat(64))).toEqual({ error: expect.stringContaining("no plan with this hash") });
    await stage.run({ hours: 4, minutes: 1 });
    expect(await approved(stage, waitsFor)).toEqual({ error: expect.stringContaining("had to be approved before") });
    expect(restoreOf(stage)).toBeUndefined();
  });

  test("that is repeated is the same run, and after its end it is used up", async () => {
    const stage = await openRestoring(SEED);
    const { waitsFor } = await requested(stage);
    expect((await requested(stage)).waitsFor).toBe(waitsFor);
    const first = await approved(stage, waitsFor);
    expect(await approved(stage, waitsFor)).toMatchObject({ started: first.started, approvedBy: "ada" });
    await stage.waitFor(() => isRestored(stage), { minutes: 60 });
    expect([...stage.world.lambda.executions.values()].filter(({ name }) => name === first.started)).toHaveLength(1);
    expect(await approved(stage, waitsFor)).toEqual({ error: expect.stringContaining("has ended (done)") });
  });

  test("can't be gone without: a run that somebody starts by itself is refused", async () => {
    const stage = await openRestoring(SEED);
    const former = both(stage);
    const { waitsFor } = await requested(stage);
    const subject = { kind: "request", id: "by-hand", runbook: "restore-volume", input: { approved: waitsFor }, because: "nobody said so" };
    const name = "demo-request-by-hand-1";
    const run = { FunctionName: `${REMEDIATE}:live`, InvocationType: "Event" as const, DurableExecutionName: name };
    await byHand(stage, (operator) => operator("lambda", "Invoke", { ...run, Payload: Buffer.from(JSON.stringify({ name, subject })) }));
    await stage.waitFor(() => stage.chronicle.runs.some((one) => one.name === name && one.endedAt !== null), { minutes: 10 });
    expect(stage.chronicle.runs.find((one) => one.name === name)?.outcome).toBe("refused");
    expect([restoreOf(stage), stage.serving]).toEqual([undefined, [former.server]]);
  });
});

describe("a restore comes to the same end", () => {
  test.each([0, 4])("though its run dies around every eighth checkpoint from the %ith on", async (from) => {
    const stage = await openRestoring(SEED);
    const former = both(stage);
    let next = from;
    stage.world.lambda.faults.killAround = ({ execution, index }) => {
      if (!execution.includes("request-") || index !== next) return undefined;
      next += 8;
      return next % 16 < 8 ? "before" : "after";
    };
    await restore(stage);
    expect(await untilRestored(stage)).toBe(true);
    expect(next).toBeGreaterThan(40);
    expectRestored(stage, former);
    expect(calls(stage, "TerminateInstanceInAutoScalingGroup")).toBe(1);
  });

  test("though its function dies as each of its calls to AWS leaves", async () => {
    const stage = await openRestoring(SEED);
    const former = both(stage);
    const deadly = new Set(["CreateVolume", "PutObject", "PutParameter", "CreateTags", "TerminateInstanceInAutoScalingGroup", "AttachVolume"]);
    during(stage, ({ operation, principal: { functionName } }) => {
      if (functionName === REMEDIATE && deadly.delete(operation)) stage.world.lambda.killAll(REMEDIATE);
    });
    await restore(stage);
    expect(await untilRestored(stage)).toBe(true);
    expect([...deadly]).toEqual([]);
    expectRestored(stage, former);
    expect([...stage.world.ec2.volumes.values()].filter(({ tags }) => tags["steward:restore"] !== undefined)).toHaveLength(1);
  });

  test.each(["volumeId", "desired"] as const)("though its run is stopped for good once it has come to %s", async (what) => {
    const stage = await openRestoring(SEED);
    const former = both(stage);
    const { started } = await restore(stage);
    await stage.waitFor(() => restoreOf(stage)?.[what] != null, { minutes: 20 });
    const run = [...stage.world.lambda.executions.values()].find(({ name }) => name === started);
    await byHand(stage, (operator) => operator("lambda", "StopDurableExecution", { DurableExecutionArn: run?.arn }));
    expect(await untilRestored(stage)).toBe(true);
    expectRestored(stage, former);
  });
});

describe("a former server that does not let go", () => {
  test("is forced by nobody: no other gets the volume, people are told once with the way back, and it goes on when it has gone", async () => {
    const stage = await openRestoring(SEED);
    const former = both(stage);
    stage.world.ec2.unending.add(former.server);
    await restore(stage);
    await stage.run({ hours: 1, minutes: 10 });
    expect(restoreOf(stage)?.state).toBe("under-way");
    expect([open(stage), pages(stage)]).toEqual([["restore-failed"], [expect.stringContaining("a restore of the data volume does not get finished")]]);
    const body = stage.messages.map(({ message }) => message).at(-1);
    expect(body).toContain(`${former.volume} is in-use with ${former.server}: it is not free`);
    expect(body).toContain(`"runbook":"restore-volume","input":{"volumeId":"${former.volume}"}`);
    expect([calls(stage, "AttachVolume"), calls(stage, "DetachVolume"), calls(stage, "TerminateInstances")]).toEqual([0, 0, 0]);
    stage.world.ec2.unending.delete(former.server);
    expect(await untilRestored(stage)).toBe(true);
    await stage.run({ minutes: 10 });
    expect([open(stage), pages(stage).length]).toEqual([[], 1]);
    expectRestored(stage, former);
  });
});

describe("the way back", () => {
  test("waits for an approval too, puts the kept volume into effect again, and keeps the other", async () => {
    const stage = await openRestoring(SEED);
    const former = both(stage);
    await restore(stage);
    await untilRestored(stage);
    const restored = both(stage);
    write(stage, "since the restore");
    const { waitsFor, plan } = await requested(stage, { volumeId: former.volume });
    expect((plan as { words: string[] }).words.join("\n")).toMatch(/lost is everything that was written since it was left, .*: at most/);
    await approved(stage, waitsFor);
    expect(await stage.waitFor(() => restoreOf(stage)?.from.kind === "volume" && isRestored(stage), { minutes: 60 })).toBe(true);
    expect([volumeOf(stage), noteOn(stage, former.volume), noteOn(stage, restored.volume)]).toEqual([former.volume, "since the snapshot", "since the restore"]);
    expectRestored(stage, restored);
    expect(tagsOf(stage, former.volume)).not.toHaveProperty("steward:kept-until-confirmed");
  });

  test("is open to a restore that brought damaged data: the server that can't serve is ended, and the former data serves again", async () => {
    const stage = await openRestoring(SEED);
    const former = both(stage);
    damage(stage, stage.snapshots.at(-1)?.id ?? "");
    await restore(stage);
    await stage.waitFor(() => open(stage).includes("restore-failed"), { minutes: 40 });
    await stage.run({ minutes: 1 });
    expect([restoreOf(stage)?.state, stage.serving, pages(stage).length]).toEqual(["under-way", [], 1]);
    const answer = await restore(stage, { volumeId: former.volume });
    expect(answer).toMatchObject({ approvedBy: "ada" });
    expect(await stage.waitFor(() => restoreOf(stage)?.from.kind === "volume" && isRestored(stage), { minutes: 90 })).toBe(true);
    expect([volumeOf(stage), noteOn(stage, former.volume)]).toEqual([former.volume, "since the snapshot"]);
    expect(stage.serving).toHaveLength(1);
    await stage.run({ minutes: 15 });
    expect([open(stage), leftBehind(stage)]).toEqual([[], NOTHING_LEFT]);
  });
});

test("while nobody has confirmed it nothing is pruned, and people are asked each day until somebody does", async () => {
  const stage = await openRestoring(SEED);
  await restore(stage);
  await untilRestored(stage);
  expect(await invoke(stage, "runbook", { mode: "plan", runbook: "prune-snapshots", input: {} })).toMatchObject({ wouldRefuse: [{ guard: "backups-wanted" }] });
  for (const days of [1, 2]) {
    await restoredAt(stage, { days });
    await stage.run({ minutes: 20 });
    expect(pages(stage).filter((page) => page.includes("waits for its confirmation"))).toHaveLength(days);
    expect(open(stage)).toEqual(["restore-unconfirmed"]);
  }
  expect(await ask(stage, "confirm-restore", {}, "confirm")).toBe("done");
  await stage.run({ minutes: 30 });
  expect([open(stage), leftBehind(stage)]).toEqual([[], NOTHING_LEFT]);
});
