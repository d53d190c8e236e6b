import { ACCOUNT_ID, type Account } from "../../account/account.ts";
import { type Bucket, type ObjectVersion, shownId } from "./state.ts";

/** Grows from event to event, so that the events of one key can be put in order. */
const sequencer = (bucket: Bucket): string =>
  `${Math.floor(Date.now() / 1000).toString(16)}${(bucket.sequence++ % 0x100000000).toString(16).padStart(8, "0")}`.toUpperCase();

/** Tells EventBridge what happened to an object, where the bucket does so. Source: S3 user guide, "EventBridge event message structure". */
export function tell(
  account: Account,
  bucket: Bucket,
  { version, requestId, deletion }: { version: ObjectVersion; requestId: string; deletion?: "Permanently Deleted" | "Delete Marker Created" },
): void {
  if (!bucket.eventsFrom || bucket.eventsFrom > new Date()) return;
  const versionId = shownId(bucket, version);
  account.links.emit({
    source: "aws.s3",
    "detail-type": deletion ? "Object Deleted" : "Object Created",
    resources: [bucket.arn],
    detail: {
      version: "0",
      bucket: { name: bucket.name },
      object: {
        key: version.key,
        ...(!deletion && { size: version.body.length }),
        etag: version.etag.replaceAll('"', ""),
        ...(versionId !== undefined && { "version-id": versionId }),
        sequencer: sequencer(bucket),
      },
      "request-id": requestId,
      requester: ACCOUNT_ID,
      "source-ip-address": "10.0.0.1",
      reason: deletion ? "DeleteObject" : "PutObject",
      ...(deletion && { "deletion-type": deletion }),
    },
  });
}
