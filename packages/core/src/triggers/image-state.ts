import { z } from "zod";
import { TOPOLOGIES } from "../topology/topology.ts";
import { envelope, trigger } from "./trigger.ts";

/** The states in which a build has ended; those in between are no news. */
const ENDED = ["AVAILABLE", "FAILED", "CANCELLED"] as const;

/**
 * A build of this stage's image ended, well or badly. The event names the build alone: its image's ARN is in `resources`. Source:
 * EC2 Image Builder user guide, "Event messages that Image Builder sends".
 */
export const imageState = trigger({
  id: "image-state",
  words: "A build of this stage's image ended, well or badly",
  target: "observe",
  topologies: TOPOLOGIES,
  pattern: ({ image }, { region, account }) => ({
    source: ["aws.imagebuilder"],
    "detail-type": ["EC2 Image Builder Image State Change"],
    resources: [{ prefix: `arn:aws:imagebuilder:${region}:${account}:image/${image}/` }],
    detail: { state: { status: [...ENDED] } },
  }),
  schema: envelope("aws.imagebuilder", ["EC2 Image Builder Image State Change"], z.object({ state: z.object({ status: z.enum(ENDED) }) })).extend({
    resources: z.tuple([z.string()], z.string()),
  }),
  hint: ({ resources: [arn] }) => ({ kind: "image", arn }),
});
