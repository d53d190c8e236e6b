import type * as module from "@aws-sdk/client-s3";
import type { Account } from "../../account/account.ts";
import { AwsError, type Call, type Right } from "../../account/operation.ts";
import { hex } from "../../world/chance.ts";
import { checkedSums, plainEtag } from "./checksum.ts";
import { chosenEncryption, encryptionHeaders, useEncryption } from "./encryption.ts";
import { tell } from "./notify.ts";
import { objectRight } from "./rights.ts";
import { add, type Bucket, current, type ObjectVersion, shownId } from "./state.ts";

/** Overwriting what one knows reads it first: `If-Match` takes `s3:GetObject` too (user guide, "How to prevent object overwrites with conditional writes"). */
export function putRights(bucket: Bucket, input: module.PutObjectCommandInput): Right[] {
  const context = {
    "s3:x-amz-server-side-encryption": input.ServerSideEncryption,
    "s3:x-amz-server-side-encryption-aws-kms-key-id": input.SSEKMSKeyId,
    "s3:if-match": input.IfMatch,
    "s3:if-none-match": input.IfNoneMatch,
  };
  const put = objectRight(bucket, input.Key ?? "", { action: "PutObject", context });
  return input.IfMatch === undefined ? [put] : [put, objectRight(bucket, input.Key ?? "", { action: "GetObject" })];
}

/** Writes one object as a whole; a condition is judged against what a read would see at this moment. */
export function putObject(
  account: Account,
  bucket: Bucket,
  { input, call }: { input: module.PutObjectCommandInput; call: Call },
): Omit<module.PutObjectOutput, "RequestCharged"> {
  const { Key = "" } = input;
  refuseUnmodelled(input);
  if (Buffer.byteLength(Key) > 1024) throw new AwsError("KeyTooLongError", "Your key is too long", 400);
  const body = bytesOf(input.Body);
  const checksums = checkedSums(input, body);
  requireConditions(current(bucket, Key), input);
  const encryption = useEncryption(account, chosenEncryption(bucket, input), { action: "kms:GenerateDataKey", by: call.principal, bucket, key: Key });
  const version = add(bucket, {
    key: Key,
    isMarker: false,
    body,
    etag: encryption.keyArn === undefined ? plainEtag(body) : `"${hex(32)}"`,
    encryption,
    metadata: input.Metadata ?? {},
    checksums,
    ...(input.ContentType !== undefined && { contentType: input.ContentType }),
    ...(input.ContentEncoding !== undefined && { contentEncoding: input.ContentEncoding }),
  });
  tell(account, bucket, { version, requestId: call.requestId });
  const VersionId = shownId(bucket, version);
  return { ETag: version.etag, ...(VersionId !== undefined && { VersionId }), ...encryptionHeaders(encryption), ...checksums };
}

function refuseUnmodelled(input: module.PutObjectCommandInput): void {
  if (input.ACL !== undefined && input.ACL !== "bucket-owner-full-control" && input.ACL !== "private")
    throw new AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs", 400);
  const unmodelled = (["Tagging", "ObjectLockMode", "SSECustomerAlgorithm", "WriteOffsetBytes"] as const).find((name) => input[name] !== undefined);
  if (unmodelled) throw new AwsError("NotImplemented", `the simulated account does not model ${unmodelled} of PutObject`, 501);
}

/** On the wire a body is bytes; callers inside the account may also give text. */
function bytesOf(body: module.PutObjectCommandInput["Body"]): Uint8Array {
  if (body === undefined) return new Uint8Array();
  if (typeof body === "string") return new Uint8Array(Buffer.from(body));
  if (body instanceof Uint8Array) return new Uint8Array(body);
  throw new Error("the simulated account takes bodies as text or bytes");
}

/** Source: S3 user guide, "How to prevent object overwrites with conditional writes". */
function requireConditions(existing: ObjectVersion | undefined, { Key, IfMatch, IfNoneMatch }: module.PutObjectCommandInput): void {
  if (IfNoneMatch !== undefined && IfNoneMatch !== "*")
    throw new AwsError("NotImplemented", "A header you provided implies functionality that is not implemented", 501, { Header: "If-None-Match" });
  if (IfNoneMatch === "*" && existing) throw preconditionFailed("If-None-Match");
  if (IfMatch === undefined) return;
  if (!existing) throw new AwsError("NoSuchKey", "The specified key does not exist.", 404, { Key });
  if (IfMatch.replaceAll('"', "") !== existing.etag.replaceAll('"', "")) throw preconditionFailed("If-Match");
}

/** What a condition of a write or read that does not hold is answered with. */
export const preconditionFailed = (Condition: string) =>
  new AwsError("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412, { Condition });
