import type * as module from "@aws-sdk/client-s3";
import { AwsError } from "../../account/operation.ts";
import { type Bucket, current, type ObjectVersion } from "./state.ts";

/** "Returns up to 1,000 objects" (API reference, ListObjectsV2). */
const LARGEST_PAGE = 1000;

type Encode = (key: string) => string;

/** Clients that ask for it get keys percent-encoded, since XML can't hold every character. */
const encoderFor = (type: module.EncodingType | undefined): Encode => (type === "url" ? (key) => encodeURIComponent(key).replaceAll("%2F", "/") : (key) => key);

/** Keys in the order of their bytes, those behind one delimiter rolled up into their common prefix. */
export function listObjects(bucket: Bucket, input: module.ListObjectsV2Request): module.ListObjectsV2Output {
  const { Prefix = "", Delimiter, MaxKeys = LARGEST_PAGE, ContinuationToken, StartAfter = "" } = input;
  const encode = encoderFor(input.EncodingType);
  const after = ContinuationToken === undefined ? StartAfter : decodeToken(ContinuationToken);
  const entries = rolledUp(keysOf(bucket, Prefix), Prefix, Delimiter).filter(({ name }) => name > after);
  const shown = entries.slice(0, Math.min(MaxKeys, LARGEST_PAGE));
  const isTruncated = shown.length > 0 && shown.length < entries.length;
  const objects = shown.flatMap(({ name, isPrefix }) => (isPrefix ? [] : (current(bucket, name) ?? [])));
  return {
    Name: bucket.name,
    Prefix: encode(Prefix),
    MaxKeys,
    KeyCount: shown.length,
    IsTruncated: isTruncated,
    ...(Delimiter !== undefined && { Delimiter }),
    ...(input.EncodingType && { EncodingType: input.EncodingType }),
    ...(ContinuationToken !== undefined && { ContinuationToken }),
    ...(isTruncated && { NextContinuationToken: Buffer.from(shown.at(-1)?.name ?? "").toString("base64") }),
    Contents: objects.map((version) => ({ ...entry(version), Key: encode(version.key) })),
    CommonPrefixes: shown.filter(({ isPrefix }) => isPrefix).map(({ name }) => ({ Prefix: encode(name) })),
  };
}

function decodeToken(token: string): string {
  const name = Buffer.from(token, "base64").toString();
  if (name === "") throw new AwsError("InvalidArgument", "The continuation token provided is incorrect", 400, { ArgumentName: "continuation-token" });
  return name;
}

const byBytes = (left: string, right: string): number => Buffer.compare(Buffer.from(left), Buffer.from(right));

const keysOf = (bucket: Bucket, prefix: string): string[] =>
  [...bucket.versions.keys()].filter((key) => key.startsWith(prefix) && current(bucket, key) !== undefined).sort(byBytes);

/** What stands between the prefix and the next delimiter becomes one entry. */
function rolledUp(keys: string[], prefix: string, delimiter: string | undefined): { name: string; isPrefix: boolean }[] {
  const names = keys.map((key) => {
    const end = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
    return end < 0 ? { name: key, isPrefix: false } : { name: key.slice(0, end + (delimiter?.length ?? 0)), isPrefix: true };
  });
  return names.filter(({ name }, index) => name !== names[index - 1]?.name);
}

const entry = ({ key, modified, etag, body }: ObjectVersion) => ({
  Key: key,
  LastModified: modified,
  ETag: etag,
  Size: body.length,
  StorageClass: "STANDARD" as const,
});

/** Every version and delete marker, by key, newest first. */
export function listVersions(bucket: Bucket, input: module.ListObjectVersionsRequest): module.ListObjectVersionsOutput {
  const { Prefix = "", MaxKeys = LARGEST_PAGE, KeyMarker, VersionIdMarker } = input;
  if (input.Delimiter) throw new AwsError("NotImplemented", "the simulated account does not model delimiters of version listings", 501);
  const encode = encoderFor(input.EncodingType);
  const all = [...bucket.versions]
    .filter(([key]) => key.startsWith(Prefix))
    .sort(([left], [right]) => byBytes(left, right))
    .flatMap(([, versions]) => versions.toReversed());
  const rest = all.slice(startOf(all, KeyMarker, VersionIdMarker));
  const shown = rest.slice(0, Math.min(MaxKeys, LARGEST_PAGE));
  const last = shown.length < rest.length ? shown.at(-1) : undefined;
  const isLatest = (version: ObjectVersion): boolean => bucket.versions.get(version.key)?.at(-1) === version;
  return {
    Name: bucket.name,
    Prefix: encode(Prefix),
    MaxKeys,
    IsTruncated: last !== undefined,
    KeyMarker: encode(KeyMarker ?? ""),
    VersionIdMarker: VersionIdMarker ?? "",
    ...(input.EncodingType && { EncodingType: input.EncodingType }),
    ...(last && { NextKeyMarker: encode(last.key), NextVersionIdMarker: last.id }),
    Versions: shown
      .filter(({ isMarker }) => !isMarker)
      .map((version) => ({ ...entry(version), Key: encode(version.key), VersionId: version.id, IsLatest: isLatest(version) })),
    DeleteMarkers: shown
      .filter(({ isMarker }) => isMarker)
      .map((version) => ({ Key: encode(version.key), VersionId: version.id, IsLatest: isLatest(version), LastModified: version.modified })),
  };
}

/** A key marker alone skips the whole key; with a version id it goes on behind that version. */
function startOf(all: ObjectVersion[], key: string | undefined, id: string | undefined): number {
  if (key === undefined) return 0;
  if (id !== undefined) return all.findIndex((version) => version.key === key && version.id === id) + 1;
  const next = all.findIndex((version) => byBytes(version.key, key) > 0);
  return next < 0 ? all.length : next;
}
