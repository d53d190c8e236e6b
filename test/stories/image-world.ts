import { marshall } from "@aws-sdk/util-dynamodb";
import { byHand } from "@steward/cli/scenarios/server";
import type { Stage } from "@steward/cli/simulation/stage";
import { before } from "@steward/core/apply/duration";
import { IMAGE_MARK } from "@steward/core/image/image-facts";
import type { ImageRecord } from "@steward/core/image/ledger";
import { ACCOUNT_ID } from "@steward/simulator/account/account";
import type { Image } from "@steward/simulator/services/ec2/images";

const GOLDEN = { [IMAGE_MARK.stage]: "demo", [IMAGE_MARK.golden]: "candidate" };
/** A golden image that was made so many days ago and has served, with its snapshot. */
export async function putImage(stage: Stage, daysAgo: number, but: Partial<Image> = {}): Promise<string> {
  const { ec2 } = stage.world;
  const createdAt = before(new Date(), { days: daysAgo });
  const id = `ami-${String(daysAgo).padStart(17, "0")}`;
  const tags = { ...GOLDEN, ...but.tags };
  const made = {
    startedAt: createdAt,
    takesMs: 60_000,
    completedAt: createdAt,
    state: "completed",
    visibleFrom: 0,
    appConsistent: false,
    number: daysAgo,
  } as const;
  const disk = { volumeId: "vol-ffffffff", sizeGib: 20, encrypted: true, description: "", ownerId: ACCOUNT_ID };
  const snapshot = ec2.snapshots.add({ ...disk, ...made, id: `snap-${String(daysAgo).padStart(17, "0")}`, tags: { ...GOLDEN } });
  const image: Image = {
    id,
    name: id,
    createdAt,
    state: "available",
    rootDevice: "/dev/sda1",
    volumeType: "gp3",
    snapshot,
    further: [],
    permissions: [],
    launches: [],
    ...but,
    tags,
  };
  ec2.images.set(id, image);
  const versions = { packageManager: "1", ubuntu: "24.04", r: "", python: "" };
  const record: ImageRecord = { imageId: id, build: `arn:${id}`, builtAt: createdAt, versions, standing: "proven" };
  const Item = marshall({ ...JSON.parse(JSON.stringify(record)), pk: "IMAGE", sk: id });
  await byHand(stage, (operator) => operator("dynamodb", "PutItem", { TableName: stage.deployed.topology.table.name, Item }));
  return id;
}
