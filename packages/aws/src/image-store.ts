import {
  CreateTagsCommand,
  type DeleteSnapshotReturnCode,
  DeregisterImageCommand,
  DisableImageCommand,
  type EC2Client,
  type SnapshotReturnCodes,
} from "@aws-sdk/client-ec2";
import type { Ledger } from "@steward/core/apply/ports";
import type { ImageFacts } from "@steward/core/image/image-facts";
import type { ImageStore, LeftBehind } from "@steward/core/image/ports";
import type { SnapshotStore } from "@steward/core/snapshots/ports";
import { answered, calling } from "./failures.ts";
import { readOwnImages } from "./image-reads.ts";
import type { Images } from "./images.ts";

/** Written by Image Builder on what it makes. Source: Image Builder user guide, "Tag Image Builder output resources". */
const BUILD_TAG = "Ec2ImageBuilderArn";

interface ReaderConfig {
  clients: Parameters<typeof readOwnImages>[0];
  stage: string;
  images: Pick<Images, "underWay">;
  ledger: Pick<Ledger, "images">;
  now: () => Date;
}

/** Everything that says which images may go, read anew each time. */
export const createImageReader = ({ clients, stage, images, ledger, now }: ReaderConfig): Pick<ImageStore, "facts"> => ({
  async facts(): Promise<ImageFacts> {
    const at = now();
    const [own, underWay, records] = await Promise.all([readOwnImages(clients, stage), images.underWay(), ledger.images()]);
    const building = own.images.filter(({ tags }) => underWay.builds.includes(tags[BUILD_TAG] ?? "")).map(({ imageId }) => imageId);
    return { ...own, at, ledger: records, building: [...new Set([...underWay.imageIds, ...building])] };
  },
});

/** What is done to images; snapshots are deleted one by one only where an image went without them. */
export const createImageStore = (
  client: EC2Client,
  { reader, snapshots }: { reader: Pick<ImageStore, "facts">; snapshots: Pick<SnapshotStore, "again" | "delete"> },
): ImageStore => ({
  ...reader,

  disable: async (ImageId) => {
    await calling(`disable ${ImageId}`, () => client.send(new DisableImageCommand({ ImageId })));
  },

  mark: async (id, tags) => {
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    await calling(`mark ${id}`, () => client.send(new CreateTagsCommand({ Resources: [id], Tags })));
  },

  deregister: (ImageId) =>
    calling(`deregister ${ImageId}`, async () => {
      try {
        const { DeleteSnapshotResults = [] } = await client.send(new DeregisterImageCommand({ ImageId, DeleteAssociatedSnapshots: true }));
        return DeleteSnapshotResults.flatMap(leftOf);
      } catch (error) {
        if (GONE.some((code) => answered(error, code))) return "gone";
        throw error;
      }
    }),

  /** Only what is there: of what is not, EC2 might as well say that we have no right to it. */
  async deleteSnapshots(snapshotIds) {
    const left: LeftBehind[] = [];
    for (const { id: snapshotId } of await snapshots.again(snapshotIds)) {
      const result = await snapshots.delete(snapshotId);
      if (result.kind === "failed") left.push({ snapshotId, because: result.because });
    }
    return left;
  },
});

/** EC2 shows a deregistered image a little longer, as unavailable. Source: EC2 API reference, "Error codes". */
const GONE = ["InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"];

/** What another image rests on EC2 skips, as it should; the plan names it as long as it is there. Source: EC2 API reference, "DeregisterImage" and "DeleteSnapshotReturnCode". */
const WHY: Record<Exclude<SnapshotReturnCodes, "success" | "skipped">, string> = {
  "missing-permissions": "it is held, or a right is missing",
  "internal-error": "EC2 failed over it",
  "client-error": "EC2 refuses to delete it: it may be locked",
};

const leftOf = ({ SnapshotId = "", ReturnCode = "internal-error" }: DeleteSnapshotReturnCode): LeftBehind[] =>
  isWhy(ReturnCode) ? [{ snapshotId: SnapshotId, because: WHY[ReturnCode] }] : [];

const isWhy = (code: SnapshotReturnCodes): code is keyof typeof WHY => code !== "success" && code !== "skipped";
