import { byHand } from "@steward/cli/scenarios/server";
import { MARK } from "@steward/core/retention/marks";
import { AwsError } from "@steward/simulator/account/operation";
import { expect, test } from "vitest";
import { ask, calls, during, leftBehind, NOTHING_LEFT, open, openKeeping, pages, putOld, setsOf, volumeOf } from "./keeping-world.ts";

const SEED = 3;
const HOUR = { minutes: 66 };

/** The verb of a command to the node. */
const verbOf = (input: unknown): string | undefined => (input as { Parameters?: { verb?: string[] } }).Parameters?.verb?.[0];

test("a set whose answer EC2 loses is found, made once, and called crash-consistent", async () => {
  const stage = await openKeeping(SEED);
  stage.world.ec2.snapshots.next = "lost";
  expect(await ask(stage, "snapshot-now", {}, "lost")).toBe("done");
  const made = stage.chronicle.slots.at(-1);
  expect(made).toMatchObject({ consistency: "crash", because: "the attempt that made it was broken off" });
  expect(setsOf(stage, made?.slot)).toEqual([{ consistency: "crash", isTrue: true }]);
  expect(calls(stage, "CreateSnapshots")).toBe(2);
  expect(leftBehind(stage)).toEqual(NOTHING_LEFT);
});

test("a node that says too late that it is frozen gives no consistent snapshot", async () => {
  const stage = await openKeeping(SEED);
  const quick = during(stage, async ({ operation }) => {
    if (operation === "GetCommandInvocation") await new Promise((resolve) => setTimeout(resolve, 25_000));
  });
  expect(await ask(stage, "snapshot-now", {}, "late")).toBe("done");
  quick();
  const made = stage.chronicle.slots.at(-1);
  expect(made).toMatchObject({ consistency: "crash", because: expect.stringMatching(/did not answer within 20 s|timed out|time/i) });
  expect(setsOf(stage, made?.slot)).toEqual([{ consistency: "crash", isTrue: true }]);
  await stage.run({ minutes: 2 });
  expect(leftBehind(stage)).toEqual(NOTHING_LEFT);
});

test("where the settings say so, none is made of a server that can't be brought to rest, people are told, and later one is", async () => {
  const stage = await openKeeping(SEED, { unfrozen: "skip" });
  const made = calls(stage, "CreateSnapshots");
  const works = during(stage, ({ operation }, input) => {
    if (operation === "SendCommand" && verbOf(input) === "quiesce") throw new AwsError("InvalidInstanceId", "not in a valid state for account");
  });
  await stage.run(HOUR);
  expect(calls(stage, "CreateSnapshots")).toBe(made);
  expect(open(stage)).toContain("snapshot-failed");
  works();
  await stage.waitFor(() => open(stage).length === 0, { hours: 1 });
  expect(open(stage)).toEqual([]);
  expect(setsOf(stage, stage.chronicle.slots.at(-1)?.slot)).toEqual([{ consistency: "application", isTrue: true }]);
});

test("with the switch off none is made, people are told once, and with it on again the newest slot is made up for", async () => {
  const stage = await openKeeping(SEED);
  const turn = (position: "on" | "off") =>
    byHand(stage, (operator) =>
      operator("ssm", "PutParameter", { Name: "/steward/demo/switch", Value: JSON.stringify({ position }), Type: "String", Overwrite: true }),
    );
  const made = calls(stage, "CreateSnapshots");
  await turn("off");
  await stage.run({ hours: 2, minutes: 30 });
  expect(calls(stage, "CreateSnapshots")).toBe(made);
  expect(pages(stage)).toEqual([expect.stringContaining("a snapshot of the data volume is overdue")]);
  await turn("on");
  await stage.run({ minutes: 15 });
  expect(calls(stage, "CreateSnapshots")).toBe(made + 1);
  expect(open(stage)).toEqual([]);
});

test("one that EC2 gives up on is made again in its own slot, once, and the incident ends", async () => {
  const stage = await openKeeping(SEED);
  const before = stage.chronicle.slots.length;
  stage.world.ec2.snapshots.next = "error";
  await stage.waitFor(() => stage.chronicle.slots.length > before && stage.chronicle.slots.at(-1)?.state === "made", HOUR);
  const slot = stage.chronicle.slots.at(-1)?.slot;
  const ofSlot = () => stage.snapshots.filter(({ tags }) => tags[MARK.slot] === slot?.toISOString()).map(({ state }) => state);
  await stage.waitFor(() => ofSlot().includes("completed"), { minutes: 30 });
  expect(ofSlot()).toEqual(["error", "completed"]);
  await stage.run({ minutes: 20 });
  expect(ofSlot()).toEqual(["error", "completed"]);
  expect(stage.chronicle.slots.at(-1)).toMatchObject({ slot, attempt: 2, state: "made" });
  expect([open(stage), pages(stage)]).toEqual([[], []]);
});

test("one that EC2 does not finish for hours is an incident, until it does", async () => {
  const stage = await openKeeping(SEED);
  const [stuck] = putOld(stage, 1, { state: "pending", startedAt: new Date(Date.now() - 6.1 * 3_600_000) });
  await stage.run({ minutes: 10 });
  expect(open(stage)).toEqual(["snapshot-stuck"]);
  if (stuck) stage.world.ec2.snapshots.settle(stuck, "completed");
  await stage.run({ minutes: 15 });
  expect(open(stage)).toEqual([]);
});

test("when more is due than may go at once, not one is deleted and people get one page, until somebody confirms the number", async () => {
  const stage = await openKeeping(SEED, { pruning: { atMost: 50 } });
  const kept = stage.snapshots.map(({ id }) => id);
  putOld(stage, 60);
  await stage.run({ hours: 2 });
  expect(calls(stage, "DeleteSnapshot")).toBe(0);
  expect(pages(stage)).toHaveLength(1);
  expect(stage.chronicle.incidents).toMatchObject([{ kind: "pruning-stopped", state: "paged", refusals: [{ guard: "blast-radius" }] }]);
  expect(await ask(stage, "prune-snapshots", { confirm: 10 }, "too-few")).toBe("failed");
  expect(calls(stage, "DeleteSnapshot")).toBe(0);
  expect(await ask(stage, "prune-snapshots", { confirm: 80 }, "confirmed")).toBe("done");
  await stage.run({ minutes: 15 });
  expect(stage.snapshots.length).toBeLessThan(kept.length + 5);
  expect(open(stage)).toEqual([]);
  expect(leftBehind(stage)).toEqual(NOTHING_LEFT);
});

test("what somebody holds while a pruning is under way stays: seen before it would go, or refused by IAM", async () => {
  const stage = await openKeeping(SEED);
  const due = putOld(stage, 30);
  const [soon, later] = [due[3], due[25]];
  const end = during(stage, ({ operation, principal: { functionName } }) => {
    if (operation !== "DeleteSnapshot" || functionName === undefined) return;
    for (const one of [soon, later]) if (one) one.tags = { ...one.tags, [MARK.hold]: "audit" };
  });
  expect(await ask(stage, "prune-snapshots", {}, "held")).toBe("done");
  end();
  const left = due.filter(({ id }) => stage.world.ec2.snapshots.items.has(id));
  expect(left).toEqual([soon, later]);
  const [record] = stage.chronicle.prunings;
  expect(record).toMatchObject({
    deleted: 28,
    failures: 1,
    failed: [{ snapshotId: soon?.id, because: expect.stringMatching(/^it is held, or a right is missing/) }],
  });
  await stage.run(HOUR);
  expect(pages(stage)).toEqual([]);
});

test("twelve that can't be deleted among many are left, all others go, and one page names each of them", async () => {
  const stage = await openKeeping(SEED);
  const due = putOld(stage, 60);
  const fast = new Set(due.filter((_, index) => index % 5 === 0).map(({ id }) => id));
  during(stage, ({ operation }, input) => {
    const { SnapshotId = "" } = input as { SnapshotId?: string };
    if (operation === "DeleteSnapshot" && fast.has(SnapshotId)) throw new AwsError("InvalidSnapshot.InUse", `The snapshot ${SnapshotId} is in use`);
  });
  await stage.waitFor(() => stage.chronicle.prunings.some(({ endedAt }) => endedAt !== null), { minutes: 20 });
  await stage.run(HOUR);
  expect(due.filter(({ id }) => stage.world.ec2.snapshots.items.has(id)).map(({ id }) => id)).toEqual([...fast]);
  expect(stage.chronicle.prunings[0]).toMatchObject({ status: "partial", deleted: 48, failures: 12 });
  expect(pages(stage)).toHaveLength(1);
  const [told] = stage.chronicle.incidents;
  expect(told).toMatchObject({ kind: "pruning-partial", state: "paged" });
  expect(told?.evidence.map((line) => line.split(":")[0]).toSorted()).toEqual([...fast].toSorted());
});

test("what is left of a volume that is gone goes by its dates down to the floor, people are told once, and a hold ends it", async () => {
  const stage = await openKeeping(SEED);
  const old = putOld(stage, 5, { volumeId: "vol-0dead0dead0dead00" });
  await stage.run({ minutes: 30 });
  const left = old.filter(({ id }) => stage.world.ec2.snapshots.items.has(id));
  expect(left).toEqual(old.slice(-1));
  expect(stage.chronicle.incidents).toMatchObject([{ kind: "orphaned-snapshots", resource: "vol-0dead0dead0dead00", state: "paged" }]);
  for (const one of left) one.tags = { ...one.tags, [MARK.hold]: "" };
  await stage.run({ minutes: 15 });
  expect(open(stage)).toEqual([]);
  expect(pages(stage)).toHaveLength(1);
});

test("what others made of the data volume is never touched", async () => {
  const stage = await openKeeping(SEED);
  const theirs = putOld(stage, 40, { tags: { Name: "theirs" } });
  const ours = putOld(stage, 40);
  expect(volumeOf(stage)).toBe(theirs[0]?.volumeId);
  await stage.waitFor(() => stage.chronicle.prunings.some(({ endedAt }) => endedAt !== null), { minutes: 20 });
  const { items } = stage.world.ec2.snapshots;
  expect([theirs.filter(({ id }) => items.has(id)).length, ours.filter(({ id }) => items.has(id)).length]).toEqual([40, 0]);
});
