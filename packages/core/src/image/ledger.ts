import { z } from "zod";

/** What is in an image, as its tags say. */
export const ImageVersions = z.object({ packageManager: z.string(), ubuntu: z.string(), r: z.string(), python: z.string() });
export type ImageVersions = z.infer<typeof ImageVersions>;

/** One image that Image Builder made or makes; `imageId` and versions only once it is tested and there. */
export const ImageBuild = z.object({
  arn: z.string(),
  state: z.enum(["under-way", "available", "failed", "gone"]),
  /** Image Builder's own word, for example `TESTING`. */
  status: z.string(),
  reason: z.string().nullable(),
  startedAt: z.coerce.date(),
  imageId: z.string().nullable(),
  versions: ImageVersions.nullable(),
});
export type ImageBuild = z.infer<typeof ImageBuild>;

/** An image on the ledger: tested by its own build, a candidate until nodes have served with it. */
export const ImageRecord = z.object({
  imageId: z.string(),
  build: z.string(),
  builtAt: z.coerce.date(),
  versions: ImageVersions,
  standing: z.enum(["candidate", "proven", "bad"]),
  /** Since when nothing is launched from it any more, because it is on its way out; the record stays, so that no look puts it on the ledger anew. */
  retiredAt: z.coerce.date().optional(),
});
export type ImageRecord = z.infer<typeof ImageRecord>;

/** Whether nodes of this image can be what is declared. */
export const fits = (
  { packageManager, ubuntu, r, python }: ImageVersions,
  declared: { version: string; ubuntu: string; rVersions: readonly string[]; pythonVersions: readonly string[] },
): boolean =>
  packageManager === declared.version && ubuntu === declared.ubuntu && r === declared.rVersions.join(" ") && python === declared.pythonVersions.join(" ");
