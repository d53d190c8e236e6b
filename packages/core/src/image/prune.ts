import { Permanent } from "../errors.ts";
import type { StepOf } from "../runbooks/steps.ts";
import type { Keeping } from "../settings/schema.ts";
import { IMAGE_MARK, type ImageFacts } from "./image-facts.ts";
import { type LeftLine, planLeft } from "./left-snapshots.ts";
import type { ImageWorld, LeftBehind } from "./ports.ts";
import { type ImageLine, planImages } from "./retention.ts";

type Wanted = Keeping["images"];

/** Disables an image that nothing keeps, as it stands right now, and notes when. Safe to repeat, from between any two of its calls too. */
export async function disableImage(world: ImageWorld, { imageId }: Pick<StepOf<"disable-image">, "imageId">, policy: Wanted): Promise<void> {
  const { facts, line } = await see(world, imageId, policy);
  if (line?.verdict !== "disable") return;
  await retire(world, facts, imageId);
  if (facts.images.some((image) => image.imageId === imageId && image.state === "available")) await world.store.disable(imageId);
  await world.store.mark(imageId, { [IMAGE_MARK.disabledAt]: world.now().toISOString() });
}

/**
 * Deregisters an image that nothing keeps, as it stands right now, with its snapshots; a `Permanent` names each that stayed. Where the
 * image has gone already, whoever took it away may have died over its snapshots: those that are left are deleted.
 */
export async function deregisterImage(
  world: ImageWorld,
  { imageId, snapshotIds }: Pick<StepOf<"deregister-image">, "imageId" | "snapshotIds">,
  policy: Wanted,
): Promise<void> {
  const { facts, line } = await see(world, imageId, policy);
  const isThere = line !== undefined && line.rule !== "gone";
  if (isThere && line.verdict !== "deregister") return;
  if (isThere) await retire(world, facts, imageId);
  const result = isThere ? await world.store.deregister(imageId) : "gone";
  const left = result === "gone" ? await world.store.deleteSnapshots(snapshotIds) : result;
  if (left.length > 0) throw new Permanent(`${imageId} is deregistered, and of its snapshots ${inWords(left)}`);
}

/**
 * Marks those of these snapshots that images have left behind, and deletes those that were marked long enough ago, as the plan says right
 * now; a `Permanent` names each that stayed.
 */
export async function clearLeftSnapshots({ store, now }: ImageWorld, { snapshotIds }: Pick<StepOf<"clear-left-snapshots">, "snapshotIds">): Promise<void> {
  const lines = planLeft(await store.facts(), now()).filter(({ snapshotId }) => snapshotIds.includes(snapshotId));
  const ids = (wanted: LeftLine["verdict"]) => lines.filter(({ verdict }) => verdict === wanted).map(({ snapshotId }) => snapshotId);
  for (const snapshotId of ids("mark")) await store.mark(snapshotId, { [IMAGE_MARK.leftAt]: now().toISOString() });
  const stayed = await store.deleteSnapshots(ids("delete"));
  if (stayed.length > 0) throw new Permanent(`of snapshots whose image is gone ${inWords(stayed)}`);
}

const inWords = (left: readonly LeftBehind[]): string => left.map(({ snapshotId, because }) => `${snapshotId} stays (${because})`).join(", ");

async function see({ store, now }: ImageWorld, imageId: string, policy: Wanted): Promise<{ facts: ImageFacts; line: ImageLine | undefined }> {
  const facts = await store.facts();
  return { facts, line: planImages(facts, policy, now()).find((line) => line.imageId === imageId) };
}

/** First of all, so that nobody launches from it meanwhile. */
async function retire({ ledger, now }: ImageWorld, facts: ImageFacts, imageId: string): Promise<void> {
  const record = facts.ledger.find((known) => known.imageId === imageId);
  if (record && record.retiredAt === undefined) await ledger.noteImage({ ...record, retiredAt: now() });
}
