import type { Stage } from "@steward/cli/simulation/stage";
import { MARK } from "@steward/core/retention/marks";
import { AwsError } from "@steward/simulator/account/operation";
import { expect, test } from "vitest";
import { calls, during, leftBehind, NOTHING_LEFT, open, openKeeping, pages } from "./keeping-world.ts";

const SEED = 5;
const REGION = "eu-west-1";
const KEY = "arn:aws:kms:eu-west-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef";
const HOUR_MS = 3_600_000;
const COPY = { region: REGION, kmsKeyArn: KEY, keep: { count: 1 }, schedules: ["hourly"], atOnce: 1 };

/** A server whose snapshots are copied, and the key for that. */
async function openCopying(copy: Partial<typeof COPY> = {}): Promise<Stage> {
  const stage = await openKeeping(SEED, { copy: { ...COPY, ...copy } });
  stage.world.ec2.elsewhere.keys.add(KEY);
  return stage;
}
const there = ({ world }: Stage) => world.ec2.elsewhere.all();
const completed = (stage: Stage) => there(stage).filter(({ state }) => state === "completed");

test("each snapshot is copied under the key of the other region, and of the copies their own number is kept", async () => {
  const stage = await openCopying();
  await stage.waitFor(() => completed(stage).length === 1, { minutes: 30 });
  const [first] = completed(stage);
  const [source] = stage.snapshots;
  expect(first).toMatchObject({ keyId: KEY, encrypted: true, volumeId: "vol-ffffffff" });
  expect(first?.tags).toMatchObject({
    [MARK.stage]: "demo",
    [MARK.slot]: source?.tags[MARK.slot],
    [MARK.consistency]: source?.tags[MARK.consistency],
    [MARK.copyOf]: source?.id,
  });
  await stage.waitFor(() => completed(stage).some(({ id }) => id !== first?.id) && !there(stage).some(({ id }) => id === first?.id), { hours: 3 });
  expect(completed(stage)).toHaveLength(1);
  await stage.waitFor(() => stage.nothingRuns, { minutes: 10 });
  expect(stage.chronicle.prunings.some(({ copies, deleted }) => copies && deleted === 1)).toBe(true);
  expect({ open: open(stage), ...leftBehind(stage) }).toEqual({ open: [], ...NOTHING_LEFT });
});

test("an answer that EC2 loses makes no second copy, and one that fails there is made again", async () => {
  const stage = await openCopying();
  stage.world.ec2.elsewhere.next = "lost";
  await stage.waitFor(() => completed(stage).length === 1, { minutes: 40 });
  await stage.run({ minutes: 10 });
  expect(calls(stage, "CopySnapshot")).toBe(1);
  const slot = completed(stage)[0]?.tags[MARK.slot];
  stage.world.ec2.elsewhere.next = "error";
  await stage.waitFor(() => completed(stage).some(({ tags }) => tags[MARK.slot] !== slot), { hours: 3 });
  expect(there(stage).some(({ state }) => state === "error")).toBe(true);
  expect({ open: open(stage), ...leftBehind(stage) }).toEqual({ open: [], ...NOTHING_LEFT });
});

test("where EC2 is copying as many as it takes, a copy waits, and nobody is told of a failure", async () => {
  const stage = await openCopying();
  const full = during(stage, ({ operation }) => {
    if (operation === "CopySnapshot")
      throw new AwsError("ResourceLimitExceeded", "Too many snapshot copies in progress. The limit is 20 for this destination region.");
  });
  await stage.waitFor(() => calls(stage, "CopySnapshot") > 1, { minutes: 40 });
  expect(open(stage)).toEqual([]);
  full();
  await stage.waitFor(() => completed(stage).length === 1, { minutes: 40 });
  expect({ open: open(stage), ...leftBehind(stage) }).toEqual({ open: [], ...NOTHING_LEFT });
});

test("a region that does not answer keeps no snapshot at home from being made, and people hear when copies are overdue", async () => {
  const stage = await openCopying();
  await stage.waitFor(() => completed(stage).length === 1, { minutes: 30 });
  const back = during(stage, ({ service }) => {
    if (service === "ec2-elsewhere") throw new AwsError("ServiceUnavailable", "The region is away", 503);
  });
  const made = stage.snapshots.length;
  const slot = stage.snapshots.at(-1)?.tags[MARK.slot];
  await stage.waitFor(() => stage.snapshots.at(-1)?.tags[MARK.slot] !== slot, { hours: 2 });
  expect(made).toBeGreaterThan(0);
  back();
  const [copy] = completed(stage);
  if (copy) copy.tags[MARK.slot] = new Date(Date.now() - 30 * HOUR_MS).toISOString();
  stage.world.ec2.elsewhere.keys.clear();
  await stage.waitFor(() => open(stage).includes("copy-missing"), { minutes: 30 });
  await stage.run({ minutes: 15 });
  expect(pages(stage).filter((subject) => /copy/.test(subject))).toHaveLength(1);
  stage.world.ec2.elsewhere.keys.add(KEY);
  await stage.waitFor(() => !open(stage).includes("copy-missing"), { hours: 3 });
  expect(leftBehind(stage)).toEqual(NOTHING_LEFT);
});
