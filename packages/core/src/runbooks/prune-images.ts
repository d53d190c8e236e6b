import { z } from "zod";
import { isFounding } from "../first-deploy/stages.ts";
import { type LeftLine, planLeft } from "../image/left-snapshots.ts";
import { type ImageLine, planImages } from "../image/retention.ts";
import type { Attempt } from "../incidents/attempt.ts";
import { type Plan, runbook } from "./runbook.ts";
import type { Step } from "./steps.ts";

/** Images of one run: what is due beyond that goes in the next. */
const AT_ONCE = 3;
/** Snapshots of one run whose images are gone. */
const LEFT_AT_ONCE = 50;

const impossible = (because: string): Plan => ({ steps: [], otherwise: [], impossible: because });

/** Oldest first, and last those with which an attempt has failed: one that can't go keeps no other from going. */
export const pruneImages = runbook({
  id: "prune-images",
  summary: "Take away the images that nothing keeps any more, with their snapshots and those that former ones left, as the plan says.",
  input: z.strictObject({}),
  changes: ["disable-image", "deregister-image", "clear-left-snapshots"],
  disrupts: false,
  scope: "images",
  topologies: ["single", "ha"],
  impact: "None: nobody is served from images. No node can be launched any more from one that has gone.",
  plan: (_input, facts, { keeping }) => {
    if (isFounding(facts)) return impossible("a first deploy is under way");
    if (!facts.ownImages) return impossible("nobody has looked at the images");
    const due = planImages(facts.ownImages, keeping.images, facts.ownImages.at).filter(({ verdict }) => verdict !== "keep");
    const left = planLeft(facts.ownImages, facts.ownImages.at).filter(({ verdict }) => verdict !== "keep");
    const inOrder = leastTried(due, ({ imageId }) => imageId, facts.attempts);
    const leftInOrder = leastTried(left, ({ snapshotId }) => snapshotId, facts.attempts);
    return { steps: [...inOrder.slice(0, AT_ONCE).map(stepOf), ...clearing(leftInOrder.slice(0, LEFT_AT_ONCE))], otherwise: [] };
  },
});

/** Those that no attempt has failed with before the others, each oldest first; they come newest first. */
function leastTried<T>(newestFirst: readonly T[], idOf: (one: T) => string, attempts: readonly Attempt[]): T[] {
  const inVain = new Set(newestFirst.filter((one) => hasFailed(idOf(one), attempts)));
  return newestFirst.toReversed().toSorted((a, b) => Number(inVain.has(a)) - Number(inVain.has(b)));
}

const hasFailed = (id: string, attempts: readonly Attempt[]): boolean =>
  attempts.some(({ runbook, outcome, because }) => runbook === "prune-images" && outcome === "failed" && because.includes(id));

/** The last step: one of these that can't be deleted keeps no image from going. */
const clearing = (left: readonly LeftLine[]): Step[] =>
  left.length === 0 ? [] : [{ do: "clear-left-snapshots", snapshotIds: left.map(({ snapshotId }) => snapshotId), because: "no image rests on them any more" }];

const stepOf = ({ imageId, snapshotIds, verdict, because }: ImageLine): Step =>
  verdict === "disable" ? { do: "disable-image", imageId, because } : { do: "deregister-image", imageId, snapshotIds, because };
