import { z } from "zod";
import { envelope, trigger } from "./trigger.ts";

const EVENTS = ["createSnapshot", "createSnapshots"] as const;
const ENDS = ["succeeded", "failed"] as const;
const TYPES = ["EBS Snapshot Notification", "EBS Multi-Volume Snapshots Completion Status"] as const;

/** AWS prints ARNs of snapshots with the region in two places; the id is what follows the last slash. */
const SnapshotArn = z.string().regex(/^arn:.*\/snap-[0-9a-f]{8,17}$/, "the ARN of a snapshot");
const idOf = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1);

/**
 * A snapshot, or a set of them, is complete or has failed. A pattern can't know which are the stage's, as the event carries no tags: those of
 * everybody in the account come, and are no mistake. Source: EBS user guide, "Amazon EventBridge events for Amazon EBS".
 */
export const ebsSnapshot = trigger({
  id: "ebs-snapshot",
  words: "A snapshot in this account is complete or has failed",
  target: "keep-snapshots",
  topologies: ["single"],
  pattern: () => ({ source: ["aws.ec2"], "detail-type": [...TYPES], detail: { event: [...EVENTS], result: [...ENDS] } }),
  schema: envelope("aws.ec2", [...TYPES], z.object({ event: z.enum(EVENTS), result: z.enum(ENDS) })).extend({
    resources: z.array(SnapshotArn).min(1),
  }),
  hint: ({ resources }) => ({ kind: "snapshots", snapshotIds: [...new Set(resources.map(idOf))] }),
});
