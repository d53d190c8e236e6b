import { after } from "../apply/duration.ts";
import { dateOf } from "../retention/marks.ts";
import { endOfAll } from "../retention/rules/rule.ts";
import type { Keeping } from "../settings/schema.ts";
import { IMAGE_MARK, type ImageFacts, type OwnImage } from "./image-facts.ts";
import type { ImageRecord } from "./ledger.ts";
import { holdOf, kept, keptUntil, latest, lockOf, type Reason } from "./reason.ts";

/** Every rule that may decide over an image, in the order in which they are asked. */
export const IMAGE_RULES = [
  "not-ours",
  "gone",
  "pending",
  "in-use",
  "in-template",
  "candidate",
  "last-proven",
  "shared",
  "held",
  "protected",
  "enabled-again",
  "launched",
  "newest",
  "young",
  "disabled",
  "due",
] as const;
export type ImageRule = (typeof IMAGE_RULES)[number];

/** What becomes of one image, which rule says so, and when it will be due (now, where it is); null where nobody can say. */
export interface ImageLine {
  imageId: string;
  name: string;
  at: Date;
  /** An image that is deregistered takes its snapshots with it. */
  verdict: "keep" | "disable" | "deregister";
  rule: ImageRule;
  because: string;
  dueAt: Date | null;
  snapshotIds: string[];
}

interface Scene {
  facts: ImageFacts;
  policy: Keeping["images"];
  now: Date;
  standing: ReadonlyMap<string, ImageRecord["standing"]>;
  /** Golden images of this stage that nodes can be launched from and that are not known to be bad. */
  good: readonly OwnImage[];
  /** Where none of these has served by the ledger, the newest from which somebody has launched: it is the nearest to one that has. */
  stopgap: OwnImage | undefined;
}

/** How long an image is left alone after it was made, and after it was disabled. */
const GRACE = { days: 1 };

/** Newest first; of one moment the one with the lower id first. */
const byAge = (a: OwnImage, b: OwnImage): number => b.createdAt.getTime() - a.createdAt.getTime() || (a.imageId < b.imageId ? -1 : 1);

const isGolden = ({ tags }: OwnImage, stage: string): boolean => tags[IMAGE_MARK.stage] === stage && tags[IMAGE_MARK.golden] !== undefined;
const newerThan = (image: OwnImage, { good }: Scene): OwnImage[] => good.filter((other) => byAge(other, image) < 0);
const isProven = ({ imageId }: OwnImage, { standing }: Pick<Scene, "standing">): boolean => standing.get(imageId) === "proven";

/** A newer image has served, and can still be launched. */
const isOvertaken = (image: OwnImage, scene: Scene): boolean => newerThan(image, scene).some((other) => isProven(other, scene));

/**
 * Images that have served take no place from those that have not yet, nor those from them: a row of candidates that never serve pushes out
 * nothing. One that the ledger does not know gives way to either.
 */
function newerOfItsKind(image: OwnImage, scene: Scene): OwnImage[] {
  const kind = scene.standing.get(image.imageId);
  return newerThan(image, scene).filter(({ imageId }) => kind === undefined || scene.standing.get(imageId) === kind);
}

const disabledAt = ({ tags }: OwnImage): Date | undefined => dateOf(tags[IMAGE_MARK.disabledAt]);

/** The first of them by name, and how many more there are. */
const some = (all: readonly string[]): string => `${all.toSorted()[0]}${all.length > 1 ? ` and ${all.length - 1} more` : ""}`;

/** Each says why it keeps an image, or nothing. */
const RULES: Record<Exclude<ImageRule, "due">, (image: OwnImage, scene: Scene) => Reason | undefined> = {
  "not-ours": (image, { facts }) => (isGolden(image, facts.stage) ? undefined : kept("its tags don't say that it is a golden image of this stage")),
  gone: ({ state }) => (state === "deregistered" ? kept("it is deregistered already, and EC2 shows it a little longer") : undefined),
  pending: ({ imageId, state }, { facts }) =>
    state === "pending" || state === "transient" || facts.building.includes(imageId) ? kept("it is still being made") : undefined,
  "in-use": ({ imageId }, { facts }) => {
    const users = facts.instances.filter((instance) => instance.imageId === imageId);
    return users.length > 0 ? kept(`in use by ${some(users.map(({ instanceId }) => instanceId))}`) : undefined;
  },
  "in-template": ({ imageId }, { facts }) => {
    const users = facts.templates.filter((template) => template.imageId === imageId);
    return users.length > 0 ? kept(`named by ${some(users.map(({ name, version }) => `version ${version} of launch template ${name}`))}`) : undefined;
  },
  candidate: (image, scene) =>
    scene.standing.get(image.imageId) === "candidate" && !isOvertaken(image, scene) ? kept("it is a candidate, and none that has served is newer") : undefined,
  "last-proven": (image, scene) => {
    if (image === scene.stopgap) return kept("the ledger knows none that has served, and it is the newest that was launched");
    return isProven(image, scene) && !isOvertaken(image, scene) ? kept("it is the last image with which nodes have served") : undefined;
  },
  shared: ({ shared }) => (shared ? kept("others may launch it too") : undefined),
  held,
  protected: (image) => (image.protected ? kept("somebody has protected it from being deregistered") : undefined),
  "enabled-again": (image) =>
    image.state === "available" && disabledAt(image)
      ? kept(`somebody has enabled it again since Steward disabled it; without the tag ${IMAGE_MARK.disabledAt} it goes`)
      : undefined,
  launched: ({ lastLaunchedAt: last }, { policy: { days }, now }) =>
    last ? keptUntil(after(last, { days }), now, `last launched ${last.toISOString()}, within the last ${days} days`) : undefined,
  newest: (image, scene) => {
    const { standing, policy } = scene;
    const counts = (image.state === "available" || image.state === "disabled") && standing.get(image.imageId) !== "bad";
    const kind = isProven(image, scene) ? "that have served" : "that have not served yet";
    return counts && newerOfItsKind(image, scene).length < policy.keep ? kept(`it is one of the newest ${policy.keep} ${kind}`) : undefined;
  },
  young: ({ createdAt }, { now }) => keptUntil(after(createdAt, GRACE), now, "it is not a day old yet"),
  disabled: (image, { policy, now }) => {
    const since = image.state === "disabled" && policy.disableFirst ? disabledAt(image) : undefined;
    return since && keptUntil(after(since, GRACE), now, `disabled ${since.toISOString()}, it stays for a day, so that somebody may miss it`);
  },
};

/** A hold or a lock on what it rests on holds the image: without it that snapshot would be left, and nobody could delete it. */
function held({ tags, snapshotIds }: OwnImage, { facts, now }: Scene): Reason | undefined {
  const ofSnapshots = facts.snapshots
    .filter(({ id }) => snapshotIds.includes(id))
    .flatMap((one) => [holdOf(one.tags, now, `its snapshot ${one.id} has the`), lockOf(one, now, `its snapshot ${one.id}`)]);
  const all = [holdOf(tags, now), ...ofSnapshots].filter((reason) => reason !== undefined);
  const [first] = all;
  return first && { because: first.because, until: latest(all, now) };
}

/** Nobody could launch one that failed, so nobody would miss it. One that is disabled without a mark gets its mark first: its day begins then. */
const goes = (image: OwnImage, { policy }: Scene): "disable" | "deregister" =>
  policy.disableFirst && (image.state === "available" || (image.state === "disabled" && !disabledAt(image))) ? "disable" : "deregister";

function lineOf(image: OwnImage, scene: Scene): ImageLine {
  const { imageId, name, createdAt: at, snapshotIds } = image;
  const reasons = IMAGE_RULES.flatMap((rule) => {
    const reason = rule === "due" ? undefined : RULES[rule](image, scene);
    return reason ? [{ rule, ...reason }] : [];
  });
  const [first = { rule: "due" as const, because: "nothing keeps it" }] = reasons;
  const verdict = reasons.length > 0 ? "keep" : goes(image, scene);
  return { imageId, name, at, verdict, rule: first.rule, because: first.because, dueAt: endOfAll(reasons, scene.now), snapshotIds };
}

const wasLaunched = ({ imageId, lastLaunchedAt }: OwnImage, { instances }: ImageFacts): boolean =>
  lastLaunchedAt !== null || instances.some((instance) => instance.imageId === imageId);

/** One line for every image, newest first. Same facts, same plan, in whatever order they come; nothing is due by doubt. */
export function planImages(facts: ImageFacts, policy: Keeping["images"], now: Date): ImageLine[] {
  const standing = new Map(facts.ledger.map((record) => [record.imageId, record.standing]));
  const records = new Map(facts.ledger.map((record) => [record.imageId, record]));
  const launchable = facts.images.filter((image) => {
    const known = records.get(image.imageId);
    return isGolden(image, facts.stage) && image.state === "available" && known?.standing !== "bad" && known?.retiredAt === undefined;
  });
  const good = launchable.filter(({ imageId }) => records.has(imageId));
  const stopgap = good.some((image) => isProven(image, { standing })) ? undefined : launchable.toSorted(byAge).find((image) => wasLaunched(image, facts));
  const scene = { facts, policy, now, standing, good, stopgap };
  return facts.images.toSorted(byAge).map((image) => lineOf(image, scene));
}
