import { after, before } from "@steward/core/apply/duration";
import type { Duration } from "@steward/core/apply/run";
import { IMAGE_MARK, type ImageFacts, type OwnImage } from "@steward/core/image/image-facts";
import type { ImageRecord } from "@steward/core/image/ledger";
import type { ImageLine } from "@steward/core/image/retention";
import type { Keeping } from "@steward/core/settings/schema";
import { VERSIONS } from "../first-deploy/founding.ts";

export type ImagePolicy = Keeping["images"];

export const NOW = new Date("2026-06-01T04:30:00.000Z");
export const ago = (duration: Duration): Date => before(NOW, duration);
export const hence = (duration: Duration): Date => after(NOW, duration);

export const policy = (but: Partial<ImagePolicy> = {}): ImagePolicy => ({ keep: 1, days: 30, disableFirst: false, ...but });

export const GOLDEN = { [IMAGE_MARK.stage]: "demo", [IMAGE_MARK.golden]: "candidate" };
export const STALE = "ami-stale";

/** A golden image that nothing keeps but its being the newest. */
export const image = ({ tags, ...but }: Partial<OwnImage> = {}): OwnImage => ({
  imageId: STALE,
  name: "steward-demo-node 2026-01-05",
  createdAt: ago({ days: 120 }),
  state: "available",
  snapshotIds: [`snap-of-${but.imageId ?? STALE}`],
  tags: { ...GOLDEN, ...tags },
  shared: false,
  protected: false,
  lastLaunchedAt: ago({ days: 90 }),
  ...but,
});

export const record = (imageId: string, standing: ImageRecord["standing"] = "proven"): ImageRecord => ({
  imageId,
  build: `arn:${imageId}`,
  builtAt: ago({ days: 200 }),
  versions: VERSIONS,
  standing,
});

/** The image in service, newer than all that is stale. */
export const SERVING = image({ imageId: "ami-serving", createdAt: ago({ days: 60 }), lastLaunchedAt: ago({ days: 50 }) });

/** One image beside the one that serves; both have served. */
export const facts = (one: OwnImage, but: Partial<ImageFacts> = {}): ImageFacts => ({
  stage: "demo",
  at: NOW,
  images: [one, SERVING],
  ledger: [record(one.imageId), record(SERVING.imageId)],
  instances: [],
  templates: [],
  building: [],
  snapshots: [],
  users: [],
  ...but,
});

type ImageSnapshot = ImageFacts["snapshots"][number];
/** A snapshot of the pipeline, on which the image that is stale rests unless it has another name. */
export const snapshot = ({ tags, ...but }: Partial<ImageSnapshot> = {}): ImageSnapshot => ({
  id: `snap-of-${STALE}`,
  state: "completed",
  startedAt: ago({ days: 120 }),
  lock: null,
  tags: { ...GOLDEN, ...tags },
  ...but,
});

/** The world after somebody did what the plan says. */
export function applied(before: ImageFacts, lines: readonly ImageLine[], at: Date): ImageFacts {
  const verdict = new Map(lines.map((line) => [line.imageId, line.verdict]));
  const images = before.images.flatMap((one): OwnImage[] => {
    if (verdict.get(one.imageId) === "deregister") return [];
    if (verdict.get(one.imageId) === "keep") return [one];
    return [{ ...one, state: "disabled", shared: false, tags: { ...one.tags, [IMAGE_MARK.disabledAt]: at.toISOString() } }];
  });
  return { ...before, at, images };
}
