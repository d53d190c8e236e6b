import type { FleetFacts } from "@steward/core/fleet/facts";
import type { ImageFacts } from "@steward/core/image/image-facts";
import type { ImageStore, LeftBehind } from "@steward/core/image/ports";

/** The images that a test's EC2 has, in memory; `calls` is what was done to them. */
export interface Gallery {
  store: ImageStore;
  calls: string[];
  /** Snapshots that stay when their image goes, and why. */
  stays: Map<string, string>;
  /** Snapshots that nobody has deleted. */
  snapshots: Set<string>;
}

/** EC2 as far as images go, over facts that somebody else may look at too. */
export function galleryOver(state: { ownImages: ImageFacts | null } & Pick<FleetFacts, "images">, now: () => Date): Gallery {
  const calls: string[] = [];
  const stays = new Map<string, string>();
  const snapshots = new Set(state.ownImages?.images.flatMap(({ snapshotIds }) => snapshotIds));
  const images = () => state.ownImages?.images ?? [];
  const become = (imageId: string, but: (image: ImageFacts["images"][number]) => Partial<ImageFacts["images"][number]>) =>
    images()
      .filter((image) => image.imageId === imageId)
      .map((image) => Object.assign(image, but(image)));
  const left = () => state.ownImages?.snapshots ?? [];
  const remove = (snapshotIds: string[]): LeftBehind[] =>
    snapshotIds.flatMap((snapshotId) => {
      const because = stays.get(snapshotId);
      if (because === undefined) {
        snapshots.delete(snapshotId);
        if (state.ownImages) state.ownImages.snapshots = left().filter(({ id }) => id !== snapshotId);
      }
      return because === undefined ? [] : [{ snapshotId, because }];
    });
  return {
    calls,
    stays,
    snapshots,
    store: {
      facts: async () => {
        if (!state.ownImages) throw new Error("the test has no images");
        return structuredClone({ ...state.ownImages, at: now(), ledger: state.images });
      },
      disable: async (imageId) => {
        calls.push(`disable ${imageId}`);
        become(imageId, () => ({ state: "disabled", shared: false }));
      },
      mark: async (imageId, tags) => {
        calls.push(`mark ${imageId}`);
        become(imageId, (image) => ({ tags: { ...image.tags, ...tags } }));
        if (state.ownImages) state.ownImages.snapshots = left().map((one) => (one.id === imageId ? { ...one, tags: { ...one.tags, ...tags } } : one));
      },
      deregister: async (imageId) => {
        calls.push(`deregister ${imageId}`);
        const image = images().find((one) => one.imageId === imageId);
        if (!image) return "gone";
        images().splice(images().indexOf(image), 1);
        return remove(image.snapshotIds);
      },
      deleteSnapshots: async (snapshotIds) => {
        calls.push(`delete ${snapshotIds.join(" ")}`);
        return remove(snapshotIds);
      },
    },
  };
}
