import { z } from "zod";
import { Snapshot } from "../retention/snapshot.ts";
import { ImageRecord } from "./ledger.ts";

/** Tags of a golden image that decide whether it goes; what is in it stands in others. */
export const IMAGE_MARK = {
  stage: "steward:stage",
  /** Written by the pipeline's distribution, so that an image that somebody made of a node is not taken for a golden one. */
  golden: "steward:image",
  /** When Steward disabled it; written after that was done, so that it says nothing too early. */
  disabledAt: "steward:disabled-at",
  /** On a snapshot: since when it has been known that its image is gone. */
  leftAt: "steward:left-at",
} as const;

/** One image of this account. Source: EC2 API reference, "Image". */
export const OwnImage = z.object({
  imageId: z.string(),
  name: z.string(),
  createdAt: z.coerce.date(),
  state: z.enum(["available", "pending", "transient", "disabled", "failed", "error", "invalid", "deregistered"]),
  snapshotIds: z.array(z.string()),
  tags: z.record(z.string(), z.string()),
  /** Public, or somebody else may launch it: disabling it would take that away for good. Source: EC2 user guide, "Disable an Amazon EC2 AMI". */
  shared: z.boolean(),
  /** Whether EC2 refuses to deregister it. Source: EC2 user guide, "Protect an Amazon EC2 AMI from deregistration". */
  protected: z.boolean(),
  /**
   * The later of `LastLaunchedTime` of DescribeImages, which is the attribute `lastLaunchedTime` of DescribeImageAttribute, and of launches
   * that the ledger knows; null where nobody knows of one. EC2 tells a launch only 24 hours later: until then nothing but the instance
   * shows it, for about an hour after its end. Source: EC2 API reference, "Image".
   */
  lastLaunchedAt: z.coerce.date().nullable(),
});
export type OwnImage = z.infer<typeof OwnImage>;

/** What is asked of a snapshot on which an image rests, or rested. */
const ImageSnapshot = Snapshot.pick({ id: true, state: true, startedAt: true, lock: true, tags: true });
export type ImageSnapshot = z.infer<typeof ImageSnapshot>;

/** Everything that a plan of which images go rests on, read at one time; a plan is never made of half a view. */
export const ImageFacts = z.object({
  stage: z.string(),
  at: z.coerce.date(),
  /** Everything of this account with the stage's tag, disabled ones too: DescribeImages leaves those out unless asked for them. */
  images: z.array(OwnImage),
  ledger: z.array(ImageRecord),
  /** Every instance that EC2 still shows, whatever its state, of this stage or not. */
  instances: z.array(z.object({ instanceId: z.string(), imageId: z.string() })),
  /** Versions of launch templates that somebody may launch from: those that a group names, the newest and the default one of each. */
  templates: z.array(z.object({ name: z.string(), version: z.int(), imageId: z.string() })),
  /** Images of builds that are under way: EC2 says `available` while Image Builder still tests them. */
  building: z.array(z.string()),
  /** What the images rest on, and everything that has the pipeline's tags, whether an image rests on it or not; with EC2's locks. */
  snapshots: z.array(ImageSnapshot),
  /** Who else needs one of these, in words: images that are not the stage's, and versions of launch templates that name one. */
  users: z.array(z.object({ who: z.string(), snapshotIds: z.array(z.string()) })),
});
export type ImageFacts = z.infer<typeof ImageFacts>;
