import { plainItem } from "@steward/aws/plain-item";
import { byHand } from "@steward/cli/scenarios/server";
import { Stage } from "@steward/cli/simulation/stage";
import { before } from "@steward/core/apply/duration";
import { IMAGE_MARK } from "@steward/core/image/image-facts";
import { ImageRecord } from "@steward/core/image/ledger";
import type { HaSettings } from "@steward/core/settings/schema";
import { describe, expect, test } from "vitest";
import { haSettings } from "../settings.ts";
import { putImage } from "./image-world.ts";
import { ask, during, leftBehind, NOTHING_LEFT, pages } from "./keeping-world.ts";

/** A pair of which the newest image is kept, unless told otherwise. */
const openPair = (but: Partial<HaSettings["images"]> = {}): Promise<Stage> =>
  Stage.open(3, { settings: haSettings({ images: { keep: 1, days: 30, ...but } }) });

/** What the fleet was launched from at first, and what that rests on: in every story, and never due. */
const isOfTheFleet = (id: string): boolean => id.endsWith("-0123456789abcdef0");
const others = (ids: Iterable<string>): string[] => [...ids].filter((id) => !isOfTheFleet(id)).toSorted();
const imagesOf = ({ world }: Stage): string[] => others(world.ec2.images.keys());
const snapshotsOf = ({ world }: Stage): string[] => others(world.ec2.snapshots.items.keys());
const retired = ({ world, deployed }: Stage): string[] =>
  world.dynamodb
    .items(deployed.topology.table.name)
    .map(plainItem)
    .filter(({ pk }) => pk === "IMAGE")
    .map((item) => ImageRecord.parse(item))
    .flatMap(({ imageId, retiredAt }) => (retiredAt ? [imageId] : []))
    .toSorted();

/** Somebody launches an instance from it, beside the fleet. */
function launchFrom(stage: Stage, ImageId: string): Promise<unknown> {
  const [SubnetId] = stage.world.ec2.network.subnets.items.keys();
  return byHand(stage, (operator) => operator("ec2", "RunInstances", { ImageId, InstanceType: "t3.large", SubnetId, MinCount: 1, MaxCount: 1 }));
}

/** One image in service, one held, one running, one launched lately, and three that nothing keeps. */
async function withSevenImages(stage: Stage): Promise<{ kept: string[]; due: string[] }> {
  const serving = await putImage(stage, 40);
  const held = await putImage(stage, 100, { tags: { "steward:hold": "audit" } });
  const running = await putImage(stage, 200);
  await launchFrom(stage, running);
  const lately = await putImage(stage, 300, { launches: [before(new Date(), { days: 3 })] });
  const due = [await putImage(stage, 150), await putImage(stage, 250), await putImage(stage, 350)];
  return { kept: [serving, held, running, lately].toSorted(), due: due.toSorted() };
}

const snapshotOf = (image: string): string => image.replace("ami-", "snap-");

async function expectPruned(stage: Stage, { kept, due }: { kept: string[]; due: string[] }): Promise<void> {
  await stage.run({ minutes: 1 });
  expect(imagesOf(stage)).toEqual(kept);
  expect(snapshotsOf(stage)).toEqual(kept.map(snapshotOf));
  expect(retired(stage)).toEqual(due);
  expect(pages(stage)).toEqual([]);
  expect(leftBehind(stage)).toEqual(NOTHING_LEFT);
}

test("images that nothing keeps go by themselves within the hour, with their snapshots, in a pair too", async () => {
  const stage = await openPair();
  const images = await withSevenImages(stage);
  const run = () => stage.chronicle.runs.find(({ subject }) => subject.startsWith("duty-images-"));
  await stage.waitFor(() => run()?.endedAt != null, { hours: 1, minutes: 15 });
  expect(run()?.outcome).toBe("done");
  await expectPruned(stage, images);
});

/** Calls of a run, from the first that takes something away on. */
const STEPS = ["PutItem", "DeregisterImage"];

/** The environment dies as its nth call of these leaves: the call takes effect, and nobody hears of it. */
function killAtCall(stage: Stage, nth: number): () => number {
  let seen = 0;
  during(stage, ({ operation, principal: { functionName } }) => {
    if (functionName !== "steward-demo-remediate" || !STEPS.includes(operation)) return;
    if (seen++ === nth) stage.world.lambda.killAll(functionName);
  });
  return () => seen;
}

describe("images that nothing keeps go once, and no other goes, though the run is killed", () => {
  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])("as its call number %i leaves", async (nth) => {
    const stage = await openPair();
    const images = await withSevenImages(stage);
    const seen = killAtCall(stage, nth);
    expect(await ask(stage, "prune-images", {}, "killed")).toBe("done");
    expect(seen()).toBeGreaterThan(nth);
    await expectPruned(stage, images);
  });
});

test("an image stays whole as long as somebody holds a snapshot of it, or EC2 has that locked", async () => {
  const stage = await openPair();
  const { kept, due } = await withSevenImages(stage);
  const [held = "", locked = "", goes = ""] = due;
  Object.assign(stage.world.ec2.snapshots.items.get(snapshotOf(held))?.tags ?? {}, { "steward:hold": "audit" });
  const lock = { SnapshotId: snapshotOf(locked), LockMode: "governance" as const, LockDuration: 30 };
  await byHand(stage, (operator) => operator("ec2", "LockSnapshot", lock));
  expect(await ask(stage, "prune-images", {}, "first")).toBe("done");
  await expectPruned(stage, { kept: [...kept, held, locked].toSorted(), due: [goes] });
});

/** What somebody does who takes an image away and leaves its snapshots. */
const deregister = (stage: Stage, ImageId: string) => byHand(stage, (operator) => operator("ec2", "DeregisterImage", { ImageId }));
const tagsOf = ({ world }: Stage, id: string) => world.ec2.snapshots.items.get(id)?.tags;

test("snapshots that an image has left are marked, and go a day later; one that somebody needs or holds stays", async () => {
  const stage = await openPair();
  const { kept } = await withSevenImages(stage);
  const [left, held, needed] = [await putImage(stage, 401), await putImage(stage, 402), await putImage(stage, 403)].map(snapshotOf);
  const theirs = { Name: "theirs", RootDeviceName: "/dev/sda1", BlockDeviceMappings: [{ DeviceName: "/dev/sda1", Ebs: { SnapshotId: needed } }] };
  await byHand(stage, (operator) => operator("ec2", "RegisterImage", theirs));
  for (const id of [left, held, needed]) await deregister(stage, `${id}`.replace("snap-", "ami-"));
  Object.assign(tagsOf(stage, `${held}`) ?? {}, { "steward:hold": "audit" });
  expect(await ask(stage, "prune-images", {}, "first")).toBe("done");
  const since = tagsOf(stage, `${left}`)?.[IMAGE_MARK.leftAt];
  expect(new Date(`${since}`).getTime()).toBeGreaterThan(Date.now() - 600_000);
  expect([held, needed].map((id) => tagsOf(stage, `${id}`)?.[IMAGE_MARK.leftAt])).toEqual([undefined, undefined]);
  Object.assign(tagsOf(stage, `${left}`) ?? {}, { [IMAGE_MARK.leftAt]: before(new Date(), { days: 1 }).toISOString() });
  expect(await ask(stage, "prune-images", {}, "second")).toBe("done");
  expect(snapshotsOf(stage)).toEqual([...kept.map(snapshotOf), held, needed].toSorted());
  expect(stage.chronicle.keeping.filter(({ outcome }) => outcome === "failed")).toEqual([]);
});

test("with the setting to disable first, an image goes a day after that, unless somebody wants it", async () => {
  const stage = await openPair({ disableFirst: true });
  const { kept, due } = await withSevenImages(stage);
  expect(await ask(stage, "prune-images", {}, "first")).toBe("done");
  const { images } = stage.world.ec2;
  expect(due.map((id) => images.get(id)?.state)).toEqual(["disabled", "disabled", "disabled"]);
  expect(retired(stage)).toEqual(due);
  const [missed = "", ...others] = due;
  for (const id of due) Object.assign(images.get(id)?.tags ?? {}, { [IMAGE_MARK.disabledAt]: before(new Date(), { days: 1 }).toISOString() });
  await byHand(stage, (operator) => operator("ec2", "EnableImage", { ImageId: missed }));
  expect(await ask(stage, "prune-images", {}, "second")).toBe("done");
  expect(imagesOf(stage)).toEqual([...kept, missed].toSorted());
  expect(snapshotsOf(stage)).not.toEqual(expect.arrayContaining(others.map(snapshotOf)));
});
