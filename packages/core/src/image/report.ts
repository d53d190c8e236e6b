import { z } from "zod";
import type { Keeping } from "../settings/schema.ts";
import type { ImageFacts } from "./image-facts.ts";
import { LEFT_RULES, planLeft } from "./left-snapshots.ts";
import { IMAGE_RULES, planImages } from "./retention.ts";

/** What would become of each image if they were pruned now. */
export const ImagesReport = z.object({
  stage: z.string(),
  at: z.coerce.date(),
  lines: z.array(
    z.object({
      imageId: z.string(),
      name: z.string(),
      at: z.coerce.date(),
      verdict: z.enum(["keep", "disable", "deregister"]),
      rule: z.enum(IMAGE_RULES),
      because: z.string(),
      dueAt: z.coerce.date().nullable(),
      snapshotIds: z.array(z.string()),
    }),
  ),
  counts: z.object({ keep: z.int(), disable: z.int(), deregister: z.int() }),
  /** Snapshots whose image is gone. An older function does not tell of them. */
  leftSnapshots: z
    .array(
      z.object({
        snapshotId: z.string(),
        at: z.coerce.date(),
        verdict: z.enum(["keep", "mark", "delete"]),
        rule: z.enum(LEFT_RULES),
        because: z.string(),
        dueAt: z.coerce.date().nullable(),
      }),
    )
    .default([]),
});
export type ImagesReport = z.infer<typeof ImagesReport>;

/** The plan of a moment as people and programs read it. */
export function imagesReportOf(facts: ImageFacts, policy: Keeping["images"], now: Date): ImagesReport {
  const lines = planImages(facts, policy, now);
  const count = (verdict: ImagesReport["lines"][number]["verdict"]): number => lines.filter((line) => line.verdict === verdict).length;
  const counts = { keep: count("keep"), disable: count("disable"), deregister: count("deregister") };
  return { stage: facts.stage, at: now, lines, counts, leftSnapshots: planLeft(facts, now) };
}
