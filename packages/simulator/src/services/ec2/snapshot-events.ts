import { type Account, REGION } from "../../account/account.ts";
import { arnOf } from "./resource-arns.ts";
import type { Snapshot } from "./snapshot.ts";

/** To the second, as in EBS's events. */
const seconds = (at: Date): string => `${at.toISOString().slice(0, 19)}Z`;

/** How EBS's events name what belongs to no account. */
const plainArn = (type: string, id: string): string => `arn:aws:ec2:${REGION}::${type}/${id}`;
/** How the events of sets name it, region and account the wrong way round; so the documentation and so the events. */
const setArn = (type: string, id: string): string => `arn:aws:ec2::${REGION}:${type}/${id}`;

/** One snapshot has ended. Source: EBS user guide, "Amazon EventBridge events for Amazon EBS", createSnapshot and copySnapshot. */
export function announceOne(account: Account, snapshot: Snapshot, source: { event: "createSnapshot" } | { event: "copySnapshot"; from: string }): void {
  const { event } = source;
  account.links.emit({
    source: "aws.ec2",
    "detail-type": "EBS Snapshot Notification",
    resources: [arnOf("snapshot", snapshot.id)],
    detail: {
      event,
      result: snapshot.state === "completed" ? "succeeded" : "failed",
      cause: snapshot.stateMessage ?? "",
      "request-id": "",
      snapshot_id: arnOf("snapshot", snapshot.id),
      source: source.event === "copySnapshot" ? plainArn("snapshot", source.from) : plainArn("volume", snapshot.volumeId),
      startTime: seconds(snapshot.startedAt),
      endTime: seconds(new Date()),
    },
  });
}

/** A set has ended: every one of its snapshots. Source: EBS user guide, "Amazon EventBridge events for Amazon EBS", createSnapshots. */
export function announceSet(account: Account, set: readonly Snapshot[]): void {
  const failed = set.find(({ state }) => state === "error");
  account.links.emit({
    source: "aws.ec2",
    "detail-type": "EBS Multi-Volume Snapshots Completion Status",
    resources: set.map(({ id }) => setArn("snapshot", id)),
    detail: {
      event: "createSnapshots",
      result: failed ? "failed" : "succeeded",
      cause: failed ? `Snapshot ${failed.id} is in status error` : "",
      "request-id": "",
      startTime: seconds(set[0]?.startedAt ?? new Date()),
      endTime: seconds(new Date()),
      snapshots: set.map(({ id, volumeId, state }) => ({ snapshot_id: setArn("snapshot", id), source: setArn("volume", volumeId), status: state })),
    },
  });
}
