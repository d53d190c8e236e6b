import { byHand } from "@steward/cli/scenarios/server";
import type { Stage } from "@steward/cli/simulation/stage";
import { MARK, tagsOf } from "@steward/core/retention/marks";
import { AwsError } from "@steward/simulator/account/operation";
import type { Snapshot } from "@steward/simulator/services/ec2/snapshot";
import { expect, test } from "vitest";
import { ask, calls, during, leftBehind, NOTHING_LEFT, open, openKeeping, pages, putOld, volumeOf } from "./keeping-world.ts";

const SEED = 5;
const HOUR_MS = 3_600_000;
/** The newest two, so that the second newest is not due. */
const TWO = [{ id: "hourly", everyHours: 1 as const, keep: { count: 2 } }];

const locked = ({ snapshots }: Stage) => snapshots.filter(({ lock }) => lock !== undefined);

test("the newest snapshots are locked as soon as they are finished, and nobody deletes them then", async () => {
  const stage = await openKeeping(SEED, { schedules: TWO, lock: { newest: 2, days: 3 } });
  putOld(stage, 5);
  await stage.waitFor(() => locked(stage).length === 2, { minutes: 20 });
  const [old, newest] = locked(stage);
  expect([old?.lock, newest?.lock]).toEqual([
    expect.objectContaining({ mode: "governance", days: 3 }),
    expect.objectContaining({ mode: "governance", days: 3 }),
  ]);
  const refusal = byHand(stage, (operator) => operator("ec2", "DeleteSnapshot", { SnapshotId: newest?.id }));
  await expect(refusal).rejects.toThrow(/locked/);
  await stage.waitFor(() => stage.snapshots.length === 2 && stage.nothingRuns, { minutes: 70 });
  expect(stage.snapshots.map(({ id }) => id)).toEqual(expect.arrayContaining([old?.id, newest?.id]));
  expect(stage.snapshots).toHaveLength(2);
  await stage.run({ minutes: 15 });
  expect({ open: open(stage), ...leftBehind(stage) }).toEqual({ open: [], ...NOTHING_LEFT });
});

test("a lock is renewed before it ends, and what somebody has locked for longer stays as it is", async () => {
  const stage = await openKeeping(SEED, { lock: { newest: 1, days: 1 } });
  await stage.waitFor(() => locked(stage).length === 1, { minutes: 20 });
  const [snapshot] = locked(stage);
  const begun = new Date(Date.now() - 13 * HOUR_MS);
  if (snapshot?.lock) snapshot.lock.startsAt = begun;
  await stage.waitFor(() => snapshot?.lock?.startsAt !== begun, { minutes: 10 });
  expect(Date.now() - (snapshot?.lock?.createdAt.getTime() ?? 0)).toBeLessThan(HOUR_MS);
  await byHand(stage, (operator) => operator("ec2", "LockSnapshot", { SnapshotId: snapshot?.id, LockMode: "governance", LockDuration: 300 }));
  const asked = calls(stage, "LockSnapshot");
  await stage.run({ minutes: 20 });
  expect(snapshot?.lock?.days).toBe(300);
  expect(calls(stage, "LockSnapshot")).toBe(asked);
  expect(leftBehind(stage)).toEqual(NOTHING_LEFT);
});

test("people are told once that EC2 refuses the locks, and hear when they are there", async () => {
  const stage = await openKeeping(SEED, { lock: { newest: 1, days: 1 } });
  await stage.waitFor(() => locked(stage).length === 1, { minutes: 20 });
  const works = during(stage, ({ operation }) => {
    if (operation === "LockSnapshot") throw new AwsError("UnauthorizedOperation", "You are not authorized to perform this operation.", 403);
  });
  for (const snapshot of locked(stage)) snapshot.lock = undefined;
  await stage.waitFor(() => open(stage).includes("snapshots-unlocked"), { minutes: 20 });
  await stage.run({ minutes: 70 });
  expect(pages(stage).filter((subject) => /locked/.test(subject))).toHaveLength(1);
  works();
  await stage.waitFor(() => open(stage).length === 0, { minutes: 70 });
  expect(locked(stage)).toContain(stage.snapshots.at(-1));
  expect(leftBehind(stage)).toEqual(NOTHING_LEFT);
});

test("a person is told where the settings lock none", async () => {
  expect(await ask(await openKeeping(SEED), "lock-snapshots", {}, "off")).toBe("failed");
});

/** The last of so many months, of a schedule that keeps months. */
function putMonths(stage: Stage, months: number): Snapshot[] {
  return Array.from({ length: months }, (_, index) => {
    const now = new Date();
    const slot = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - index, 0));
    const order = { slot, schedules: ["hourly"], volumeId: volumeOf(stage), instanceId: null, dueAt: null, unfrozen: "take" as const, policy: "p" };
    return putOld(stage, 1, { startedAt: slot, tags: { ...tagsOf("demo", order), [MARK.consistency]: "crash" } });
  }).flat();
}

const MONTHS = { schedules: [{ id: "hourly", everyHours: 1 as const, keep: { count: 1, monthly: 24 } }], archive: { afterDays: 30 } };

test("what is old and kept for long is archived, is no longer at hand, and stays for the time that is paid for", async () => {
  const stage = await openKeeping(SEED, MONTHS);
  const [young, old, older] = putMonths(stage, 3);
  await stage.waitFor(() => stage.chronicle.prunings.some(({ archived }) => archived === 2), { minutes: 70 });
  expect([young, old, older].map((one) => one?.tiering !== undefined)).toEqual([false, true, true]);
  const restore = () =>
    byHand(stage, (operator) => operator("ec2", "CreateVolume", { SnapshotId: old?.id, AvailabilityZone: "us-east-1a", VolumeType: "gp3" }));
  if (old?.tiering) old.tiering.startedAt = new Date(Date.now() - 24 * HOUR_MS);
  await expect(restore()).rejects.toThrow(/archived/);
  if (old) old.tags[MARK.schedules] = "former";
  if (old) old.tags[MARK.due] = new Date(Date.now() - HOUR_MS).toISOString();
  await ask(stage, "prune-snapshots", {}, "too-soon");
  expect(stage.snapshots).toContain(old);
  if (old?.tiering) old.tiering.startedAt = new Date(Date.now() - 91 * 24 * HOUR_MS);
  expect(await ask(stage, "prune-snapshots", {}, "late-enough")).toBe("done");
  expect(stage.snapshots).not.toContain(old);
  expect({ open: open(stage), ...leftBehind(stage) }).toEqual({ open: [], ...NOTHING_LEFT });
});

test("what EC2 refuses to archive is kept and named, and nothing else waits for it", async () => {
  const stage = await openKeeping(SEED, MONTHS);
  const [, held, other] = putMonths(stage, 3);
  const refuses = during(stage, ({ operation }, input) => {
    if (operation === "ModifySnapshotTier" && (input as { SnapshotId?: string }).SnapshotId === held?.id) throw new AwsError("IncorrectState", "not now");
  });
  await stage.waitFor(() => open(stage).includes("pruning-partial"), { minutes: 70 });
  expect([held, other].map((one) => one?.tiering !== undefined)).toEqual([false, true]);
  refuses();
  await stage.waitFor(() => held?.tiering !== undefined && open(stage).length === 0, { hours: 2 });
  expect(leftBehind(stage)).toEqual(NOTHING_LEFT);
});
