import type { ImageFacts } from "@steward/core/image/image-facts";
import type { Snapshot, SnapshotFacts } from "@steward/core/retention/snapshot";
import { Keeping } from "@steward/core/settings/schema";
import { ago, FIRST, healthyFleet, NOW, node } from "../core/builders.ts";
import { aRuntime } from "./a-runtime.ts";

export const VOLUME = "vol-0123456789abcdef0";

/** One schedule, every hour. */
export const KEEPING = Keeping.parse({ snapshots: { schedules: [{ id: "hourly", everyHours: 1, keep: { count: 24 } }] }, images: {} });

/** A single server in service, with its data on it. */
export const aServer = (but: Parameters<typeof healthyFleet>[0] = {}) =>
  healthyFleet({
    nodes: [node({ target: null })],
    database: null,
    dataVolume: { id: VOLUME, state: "in-use", attachedTo: FIRST, isNew: false },
    ...but,
  });

/** A snapshot of an hourly slot that lies so many hours back. */
export function snapshot(hours: number, but: Partial<Snapshot> = {}): Snapshot {
  const slot = new Date(Math.floor(ago({ hours }).getTime() / 3_600_000) * 3_600_000);
  const tags = {
    "steward:stage": "demo",
    "steward:volume": "data",
    "steward:schedules": "hourly",
    "steward:slot": slot.toISOString(),
    "steward:consistency": "application",
    "steward:due": "never",
  };
  return {
    id: `snap-${String(hours).padStart(8, "0")}`,
    volumeId: VOLUME,
    state: "completed",
    stateMessage: null,
    startedAt: slot,
    sizeGib: 500,
    tier: "standard",
    lock: null,
    tags,
    ...but,
  };
}

/** No images of the stage. */
const noImages: ImageFacts = { stage: "demo", at: NOW, images: [], ledger: [], instances: [], templates: [], building: [], snapshots: [], users: [] };

/** A function over one server, these snapshots and images; `asked` is what it asked of snapshots, `looks` how often of images. */
export function aKeeper(
  { fleet = aServer(), snapshots = [] as Snapshot[], images = noImages, keeping = KEEPING } = {},
  but: Parameters<typeof aRuntime>[1] = () => ({}),
) {
  const asked: string[] = [];
  const looks: Date[] = [];
  const facts = (volumeId: string | null): SnapshotFacts => ({
    stage: "demo",
    at: NOW,
    volumeId,
    volumes: [VOLUME],
    snapshots,
    images: [],
    templates: [],
    needed: [],
  });
  const bench = aRuntime(
    fleet,
    (world) => ({
      snapshots: {
        ...world.snapshots,
        facts: async (volumeId) => {
          asked.push(`facts ${volumeId}`);
          return facts(volumeId);
        },
        again: async (ids) => {
          asked.push(`again ${ids.join(" ")}`);
          return snapshots.filter(({ id }) => ids.includes(id));
        },
      },
      ownImages: {
        facts: async () => {
          looks.push(images.at);
          return images;
        },
      },
      ...but(world),
    }),
    { keeping },
  );
  return { ...bench, asked, looks };
}
