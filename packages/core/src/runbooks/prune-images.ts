import { z } from "zod";
import { isFounding } from "../first-deploy/stages.ts";
import { type ImageLine, planImages } from "../image/retention.ts";
import type { Attempt } from "../incidents/attempt.ts";
import { type Plan, runbook } from "./runbook.ts";
import type { Step } from "./steps.ts";

/** Images of one run: what is due beyond that goes in the next. */
const AT_ONCE = 3;

const impossible = (because: string): Plan => ({ steps: [], otherwise: [], impossible: because });

/** Oldest first, and last those with which an attempt has failed: one that can't go keeps no other from going. */
export const pruneImages = runbook({
  id: "prune-images",
  summary: "Take away the images that nothing keeps any more, with their snapshots, as the plan says.",
  input: z.strictObject({}),
  changes: ["disable-image", "deregister-image"],
  disrupts: false,
  scope: "images",
  topologies: ["single", "ha"],
  impact: "None: nobody is served from images. No node can be launched any more from one that has gone.",
  plan: (_input, facts, { keeping }) => {
    if (isFounding(facts)) return impossible("a first deploy is under way");
    if (!facts.ownImages) return impossible("nobody has looked at the images");
    const due = planImages(facts.ownImages, keeping.images, facts.ownImages.at).filter(({ verdict }) => verdict !== "keep");
    const inVain = new Set(due.filter(({ imageId }) => hasFailed(imageId, facts.attempts)));
    const inOrder = due.toReversed().toSorted((a, b) => Number(inVain.has(a)) - Number(inVain.has(b)));
    return { steps: inOrder.slice(0, AT_ONCE).map(stepOf), otherwise: [] };
  },
});

const hasFailed = (imageId: string, attempts: readonly Attempt[]): boolean =>
  attempts.some(({ runbook, outcome, because }) => runbook === "prune-images" && outcome === "failed" && because.includes(imageId));

const stepOf = ({ imageId, snapshotIds, verdict, because }: ImageLine): Step =>
  verdict === "disable" ? { do: "disable-image", imageId, because } : { do: "deregister-image", imageId, snapshotIds, because };
