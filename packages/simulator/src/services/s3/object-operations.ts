import type * as module from "@aws-sdk/client-s3";
import type { Account } from "../../account/account.ts";
import { AwsError, type Call, type Operations, type Right } from "../../account/operation.ts";
import { encryptionHeaders, useEncryption } from "./encryption.ts";
import { tell } from "./notify.ts";
import { preconditionFailed, putObject, putRights } from "./put-object.ts";
import { bucketRight, objectRight } from "./rights.ts";
import { add, type Bucket, type Buckets, current, findBucket, type ObjectVersion, remove, shownId, versionOf } from "./state.ts";

/** Objects: put, read, look at, delete. A read sees every write that was answered before. */
export function objectOperations(account: Account, buckets: Buckets): Operations<typeof module> {
  return {
    PutObject: {
      rights: (input) => putRights(findBucket(buckets, input.Bucket), input),
      run: (input, call) => putObject(account, findBucket(buckets, input.Bucket), { input, call }),
    },
    GetObject: {
      rights: (input) => readRights(findBucket(buckets, input.Bucket), input),
      run: (input, { principal }) => {
        const bucket = findBucket(buckets, input.Bucket);
        const version = found(bucket, input);
        if (input.Range) throw new AwsError("NotImplemented", "the simulated account does not model ranges", 501);
        checkConditions(version, input);
        if (version.encryption) useEncryption(account, version.encryption, { action: "kms:Decrypt", by: principal, bucket, key: version.key });
        return { ...headers(bucket, version, input), Body: payload(version.body) };
      },
    },
    HeadObject: {
      rights: (input) => readRights(findBucket(buckets, input.Bucket), input),
      run: (input, { principal }) => {
        const bucket = findBucket(buckets, input.Bucket);
        const version = found(bucket, input);
        checkConditions(version, input);
        // The checksum lies under the object's key, the other headers don't (API reference, HeadObject, x-amz-checksum-mode).
        const needsKey = input.ChecksumMode === "ENABLED" && Object.keys(version.checksums).length > 0;
        if (needsKey && version.encryption) useEncryption(account, version.encryption, { action: "kms:Decrypt", by: principal, bucket, key: version.key });
        return headers(bucket, version, input);
      },
    },
    DeleteObject: {
      rights: ({ Bucket, Key = "", VersionId }) => [
        objectRight(findBucket(buckets, Bucket), Key, {
          action: VersionId === undefined ? "DeleteObject" : "DeleteObjectVersion",
          context: { "s3:versionid": VersionId },
        }),
      ],
      run: (input, call) => deleteObject(account, findBucket(buckets, input.Bucket), { input, call }),
    },
  };
}

interface Read {
  Key?: string | undefined;
  VersionId?: string | undefined;
}

/** Only who may list the bucket learns that a key is missing; others are refused (API reference, GetObject, "Permissions"). */
function readRights(bucket: Bucket, { Key = "", VersionId }: Read): Right[] {
  const exists = VersionId === undefined ? current(bucket, Key) : versionOf(bucket, Key, VersionId);
  const read = objectRight(bucket, Key, {
    action: VersionId === undefined ? "GetObject" : "GetObjectVersion",
    context: { "s3:versionid": VersionId },
  });
  return exists ? [read] : [read, bucketRight(bucket, "ListBucket")];
}

function found(bucket: Bucket, { Key = "", VersionId }: Read): ObjectVersion {
  const version = VersionId === undefined ? current(bucket, Key) : versionOf(bucket, Key, VersionId);
  if (version?.isMarker) throw new AwsError("MethodNotAllowed", "The specified method is not allowed against this resource.", 405, { Method: "GET" });
  if (version) return version;
  if (VersionId === undefined) throw new AwsError("NoSuchKey", "The specified key does not exist.", 404, { Key });
  throw new AwsError("NoSuchVersion", "The specified version does not exist.", 404, { Key, VersionId });
}

function checkConditions({ etag }: ObjectVersion, { IfMatch, IfNoneMatch }: { IfMatch?: string | undefined; IfNoneMatch?: string | undefined }): void {
  if (IfMatch !== undefined && unquoted(IfMatch) !== unquoted(etag)) throw preconditionFailed("If-Match");
  if (IfNoneMatch !== undefined && unquoted(IfNoneMatch) === unquoted(etag)) throw new AwsError("NotModified", "Not Modified", 304);
}

const unquoted = (etag: string): string => etag.replaceAll('"', "");

function headers(bucket: Bucket, version: ObjectVersion, { ChecksumMode }: { ChecksumMode?: module.ChecksumMode | undefined }) {
  const VersionId = shownId(bucket, version);
  return {
    ETag: version.etag,
    LastModified: version.modified,
    ContentLength: version.body.length,
    ContentType: version.contentType ?? "binary/octet-stream",
    AcceptRanges: "bytes",
    Metadata: version.metadata,
    ...(version.contentEncoding !== undefined && { ContentEncoding: version.contentEncoding }),
    ...(VersionId !== undefined && { VersionId }),
    ...encryptionHeaders(version.encryption),
    ...(ChecksumMode === "ENABLED" && version.checksums),
  };
}

/** Bytes that also read like the SDK's stream, for callers inside the account. */
function payload(body: Uint8Array): NonNullable<module.GetObjectCommandOutput["Body"]> {
  const readable = {
    transformToByteArray: async () => body,
    transformToString: async (encoding?: string) => Buffer.from(body).toString((encoding ?? "utf8") as BufferEncoding),
  };
  return Object.assign(new Uint8Array(body), readable) as unknown as NonNullable<module.GetObjectCommandOutput["Body"]>;
}

/** Without a version id a versioned bucket only gets a marker on top (user guide, "Deleting object versions from a versioning-enabled bucket"). */
function deleteObject(
  account: Account,
  bucket: Bucket,
  { input, call: { requestId } }: { input: module.DeleteObjectRequest; call: Call },
): Omit<module.DeleteObjectOutput, "RequestCharged"> {
  const { Key = "", VersionId, IfMatch } = input;
  const target = VersionId === undefined ? bucket.versions.get(Key)?.at(-1) : versionOf(bucket, Key, VersionId);
  if (IfMatch !== undefined && (target === undefined || unquoted(IfMatch) !== unquoted(target.etag))) throw preconditionFailed("If-Match");
  if (VersionId === undefined && bucket.versioning) {
    const marker = add(bucket, { key: Key, isMarker: true, body: new Uint8Array(), etag: "", metadata: {}, checksums: {} });
    tell(account, bucket, { version: marker, requestId, deletion: "Delete Marker Created" });
    return { DeleteMarker: true, VersionId: marker.id };
  }
  if (target === undefined) return VersionId === undefined ? {} : { VersionId };
  remove(bucket, target);
  tell(account, bucket, { version: target, requestId, deletion: "Permanently Deleted" });
  return { ...(VersionId !== undefined && { VersionId }), ...(target.isMarker && { DeleteMarker: true }) };
}
