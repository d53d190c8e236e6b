import { Permanent } from "@steward/core/errors";
import { IMAGE_MARK, type ImageFacts, type OwnImage } from "@steward/core/image/image-facts";
import type { ImageRecord } from "@steward/core/image/ledger";
import { clearLeftSnapshots, deregisterImage, disableImage } from "@steward/core/image/prune";
import { planImages } from "@steward/core/image/retention";
import { describe, expect, test } from "vitest";
import { galleryOver } from "./gallery.ts";
import { ago, facts, type ImagePolicy, image, NOW, policy, record, SERVING, STALE, snapshot } from "./images.ts";

const SNAPSHOT = `snap-of-${STALE}`;
const FIRST = policy({ disableFirst: true });

/** One image beside the one that serves, and a ledger that remembers. */
function given(but: Partial<OwnImage> = {}, seen: Partial<ImageFacts> = {}) {
  const ownImages = facts(image(but), seen);
  const state = { ownImages, images: ownImages.ledger };
  const gallery = galleryOver(state, () => NOW);
  const noted: ImageRecord[] = [];
  const note = async (one: ImageRecord) => {
    gallery.calls.push(`note ${one.imageId}`);
    noted.push(one);
    state.images = state.images.map((known) => (known.imageId === one.imageId ? one : known));
  };
  const world = { store: gallery.store, ledger: { noteImage: note }, now: () => NOW };
  const deregister = (wanted: ImagePolicy = policy()) => deregisterImage(world, { imageId: STALE, snapshotIds: [SNAPSHOT] }, wanted);
  const clear = (...snapshotIds: string[]) => clearLeftSnapshots(world, { snapshotIds });
  return { ...gallery, state, noted, clear, deregister, disable: (wanted: ImagePolicy = FIRST) => disableImage(world, { imageId: STALE }, wanted) };
}

describe("deregistering", () => {
  test("takes the image out of use on the ledger first, then away with its snapshots", async () => {
    const { deregister, calls, noted, snapshots } = given();
    await deregister();
    expect(calls).toEqual([`note ${STALE}`, `deregister ${STALE}`]);
    expect(noted).toEqual([{ ...record(STALE), retiredAt: NOW }]);
    expect([...snapshots]).toEqual(["snap-of-ami-serving"]);
  });

  const wanted: [string, Partial<OwnImage>, Partial<ImageFacts>][] = [
    ["held", { tags: { "steward:hold": "" } }, {}],
    ["protected", { protected: true }, {}],
    ["launched", {}, { instances: [{ instanceId: "i-0aaaaaaaaaaaaaaa1", imageId: STALE }] }],
    ["named by a launch template", {}, { templates: [{ name: "other", version: 2, imageId: STALE }] }],
  ];
  test.each(wanted)("leaves alone one that was %s since the run looked", async (_, but, seen) => {
    const { deregister, calls } = given(but, seen);
    await deregister();
    expect(calls).toEqual([]);
  });

  test("leaves alone one that is to be disabled first, since the settings say so now", async () => {
    const { deregister, calls } = given();
    await deregister(FIRST);
    expect(calls).toEqual([]);
  });

  test("names every snapshot that stays, and why", async () => {
    const { deregister, stays } = given();
    stays.set(SNAPSHOT, "another image rests on it");
    await expect(deregister()).rejects.toThrow(new Permanent(`${STALE} is deregistered, and of its snapshots ${SNAPSHOT} stays (another image rests on it)`));
  });

  test("again, after whoever did it has died over the snapshots, deletes those", async () => {
    const { deregister, calls, snapshots, noted } = given({}, { images: [SERVING] });
    snapshots.add(SNAPSHOT);
    await deregister();
    expect([calls, noted, snapshots.has(SNAPSHOT)]).toEqual([[`delete ${SNAPSHOT}`], [], false]);
  });

  test.each([
    ["while EC2 shows it a little longer", { state: "deregistered" as const }],
    ["while EC2 knows better than it said", {}],
  ])("again, %s, does no harm", async (_, but) => {
    const { deregister, calls, store } = given(but);
    store.deregister = async () => "gone";
    await deregister();
    expect(calls.at(-1)).toBe(`delete ${SNAPSHOT}`);
  });

  test("again, after it was taken out of use, does not do that twice", async () => {
    const { deregister, calls } = given({}, { ledger: [{ ...record(STALE), retiredAt: NOW }, record(SERVING.imageId)] });
    await deregister();
    expect(calls).toEqual([`deregister ${STALE}`]);
  });

  test("one that the ledger never had is taken away all the same", async () => {
    const { deregister, calls } = given({}, { ledger: [record(SERVING.imageId)] });
    await deregister();
    expect(calls).toEqual([`deregister ${STALE}`]);
  });
});

describe("disabling", () => {
  test("takes the image out of use on the ledger first, and notes when it was done", async () => {
    const { disable, calls, state } = given();
    await disable();
    expect(calls).toEqual([`note ${STALE}`, `disable ${STALE}`, `mark ${STALE}`]);
    expect(state.ownImages?.images[0]).toMatchObject({ state: "disabled", tags: { [IMAGE_MARK.disabledAt]: NOW.toISOString() } });
  });

  test("again, after whoever did it has died before the note, only notes it", async () => {
    const { disable, calls } = given({ state: "disabled" }, { ledger: [{ ...record(STALE), retiredAt: NOW }, record(SERVING.imageId)] });
    await disable();
    expect(calls).toEqual([`mark ${STALE}`]);
  });

  test("twice is once", async () => {
    const { disable, calls } = given();
    await disable();
    await disable();
    expect(calls).toHaveLength(3);
  });

  test("leaves alone what is kept now, what is to go at once, and what has gone", async () => {
    const cases: [Partial<OwnImage>, Partial<ImageFacts>, ImagePolicy][] = [
      [{ tags: { "steward:hold": "" } }, {}, FIRST],
      [{}, {}, policy()],
      [{}, { images: [SERVING] }, FIRST],
    ];
    for (const [but, seen, wanted] of cases) {
      const { disable, calls } = given(but, seen);
      await disable(wanted);
      expect(calls).toEqual([]);
    }
  });
});

describe("clearing what images have left", () => {
  const left = (id: string, since?: Date) => snapshot({ id, tags: since ? { [IMAGE_MARK.leftAt]: since.toISOString() } : {} });
  const snapshots = [left("snap-new"), left("snap-marked", ago({ hours: 2 })), left("snap-old", ago({ days: 2 })), left("snap-other", ago({ days: 2 }))];

  test("marks what is not marked, and deletes what has been for a day, of those that are meant and no other", async () => {
    const { clear, calls, state } = given({}, { snapshots });
    await clear("snap-new", "snap-marked", "snap-old");
    expect(calls).toEqual(["mark snap-new", "delete snap-old"]);
    expect(state.ownImages?.snapshots.find(({ id }) => id === "snap-new")?.tags[IMAGE_MARK.leftAt]).toBe(NOW.toISOString());
    expect(state.ownImages?.snapshots.map(({ id }) => id)).toEqual(["snap-new", "snap-marked", "snap-other"]);
  });

  test("leaves alone what is held, or needed, since the run looked", async () => {
    const [, , old] = snapshots;
    const { clear, calls } = given({}, { snapshots: [{ ...snapshot(old), tags: { ...old?.tags, "steward:hold": "" } }] });
    await clear("snap-old");
    expect(calls).toEqual(["delete "]);
  });

  test("names every one that stays, and why", async () => {
    const { clear, stays } = given({}, { snapshots });
    stays.set("snap-old", "another image rests on it");
    await expect(clear("snap-old", "snap-other")).rejects.toThrow(new Permanent("of snapshots whose image is gone snap-old stays (another image rests on it)"));
  });
});

test("one that is out of use is no reason to let another go", () => {
  const retired = image({ imageId: "ami-retired", createdAt: SERVING.createdAt });
  const before = facts(image(), { images: [image(), retired], ledger: [record(STALE), { ...record("ami-retired"), retiredAt: NOW }] });
  expect(planImages(before, policy(), NOW).map(({ imageId, verdict }) => [imageId, verdict])).toContainEqual([STALE, "keep"]);
});
