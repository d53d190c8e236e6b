import { Readable } from "node:stream";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  PutPublicAccessBlockCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { drive } from "@steward/simulator/world/drive";
import { beforeEach, describe, expect, test } from "vitest";
import { allow, aRole, settingsOf } from "./a-caller.ts";
import { account, admin, as, Bucket, handle, keys, openStore, put, refused, s3, text, versioned } from "./s3-world.ts";

beforeEach(openStore);

describe("an object", () => {
  test("is read as it was written, by hosts of both styles", async () => {
    const path = new S3Client({ ...settingsOf(account, admin), forcePathStyle: true });
    for (const [client, Key] of [
      [s3, "plain"],
      [path, "a folder/ü + more?"],
      [path, "folder/"],
    ] as const) {
      const { ETag, ServerSideEncryption } = await put(Key, `content of ${Key}`, { Metadata: { digest: "abc" }, ContentType: "text/plain" }, client);
      expect({ ETag, ServerSideEncryption }).toEqual({ ETag: expect.stringMatching(/^"[0-9a-f]{32}"$/), ServerSideEncryption: "AES256" });
      expect(await text(Key, { client })).toBe(`content of ${Key}`);
      const head = await drive(() => client.send(new HeadObjectCommand({ Bucket, Key })));
      expect(head).toMatchObject({ ETag, ContentType: "text/plain", Metadata: { digest: "abc" }, ContentLength: Buffer.byteLength(`content of ${Key}`) });
      expect(head.LastModified).toBeInstanceOf(Date);
    }
  });

  test("of a bucket that is called like a service is found", async () => {
    await drive(() => s3.send(new CreateBucketCommand({ Bucket: "events" })));
    await drive(() => s3.send(new PutObjectCommand({ Bucket: "events", Key: "k", Body: "x" })));
    expect(handle.text("events", "k")).toBe("x");
  });

  test("may be sent as a stream, in chunks with the checksum behind them", async () => {
    await drive(() =>
      s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: Readable.from([Buffer.from("chunk one, "), Buffer.from("chunk two")]), ContentLength: 20 })),
    );
    expect(handle.text(Bucket, "k")).toBe("chunk one, chunk two");
    expect(await text("k")).toBe("chunk one, chunk two");
  });

  test("stays compressed as it was sent", async () => {
    const gzip = new Uint8Array([0x1f, 0x8b, 8, 0, 1, 2, 3]);
    await put("k", gzip, { ContentEncoding: "gzip" });
    const { Body, ContentEncoding } = await drive(async () => {
      const answer = await s3.send(new GetObjectCommand({ Bucket, Key: "k" }));
      return { ...answer, Body: await answer.Body?.transformToByteArray() };
    });
    expect({ Body: [...(Body ?? [])], ContentEncoding }).toEqual({ Body: [...gzip], ContentEncoding: "gzip" });
  });

  test("that came differently from its checksum is refused", async () => {
    for (const sum of [{ ChecksumSHA256: "bm8=" }, { ContentMD5: "bm8=" }])
      expect(await refused(new PutObjectCommand({ Bucket, Key: "k", Body: "x", ...sum }))).toMatchObject({ name: "BadDigest", status: 400 });
  });

  test("can be read through the account's own API", async () => {
    await put("k", "inside");
    const answer = (await drive(() => account.call(admin, "s3", "GetObject", { Bucket, Key: "k" }))) as { Body: { transformToString(): Promise<string> } };
    expect(await answer.Body.transformToString()).toBe("inside");
  });

  test.each([
    [new GetObjectCommand({ Bucket, Key: "none" }), "NoSuchKey", "The specified key does not exist.", 404],
    [new GetObjectCommand({ Bucket: "no-such-bucket", Key: "k" }), "NoSuchBucket", "The specified bucket does not exist", 404],
    [new PutObjectCommand({ Bucket, Key: "k".repeat(1025), Body: "x" }), "KeyTooLongError", "Your key is too long", 400],
    [new PutObjectCommand({ Bucket, Key: "k", Body: "x", ACL: "public-read" }), "AccessControlListNotSupported", "The bucket does not allow ACLs", 400],
    [new CreateBucketCommand({ Bucket: "Upper_Case" }), "InvalidBucketName", "The specified bucket is not valid.", 400],
    [new GetBucketPolicyCommand({ Bucket }), "NoSuchBucketPolicy", "The bucket policy does not exist", 404],
    [new GetBucketLifecycleConfigurationCommand({ Bucket }), "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist", 404],
  ])("or what it takes is refused as S3 does: %#", async (command, name, message, status) => {
    const path = new S3Client({ ...settingsOf(account, admin), forcePathStyle: true });
    expect(await refused(command, path)).toEqual({ name, message, status });
  });

  test("that is missing answers a HEAD without a body", async () => {
    expect(await refused(new HeadObjectCommand({ Bucket, Key: "none" }))).toMatchObject({ name: "NotFound", status: 404 });
    expect(await refused(new HeadBucketCommand({ Bucket: "no-such-bucket" }))).toMatchObject({ name: "NotFound", status: 404 });
  });
});

describe("a conditional write", () => {
  const write = (condition: Partial<PutObjectCommandInput>, Key = "doc") => new PutObjectCommand({ Bucket, Key, Body: "new", ...condition });

  test("creates once", async () => {
    await drive(() => s3.send(write({ IfNoneMatch: "*" })));
    expect(await refused(write({ IfNoneMatch: "*" }))).toEqual({
      name: "PreconditionFailed",
      message: "At least one of the pre-conditions you specified did not hold",
      status: 412,
    });
    expect(await refused(write({ IfNoneMatch: '"abc"' }))).toMatchObject({ name: "NotImplemented", status: 501 });
  });

  test("replaces what it knows, and nothing else", async () => {
    const { ETag } = await put("doc", "old");
    await drive(() => s3.send(write({ IfMatch: ETag })));
    expect(await refused(write({ IfMatch: ETag }))).toMatchObject({ name: "PreconditionFailed" });
    expect(await refused(write({ IfMatch: ETag }, "none"))).toMatchObject({ name: "NoSuchKey" });
  });

  test("counts a delete marker as nothing", async () => {
    await versioned();
    await put("doc");
    await drive(() => s3.send(new DeleteObjectCommand({ Bucket, Key: "doc" })));
    await drive(() => s3.send(write({ IfNoneMatch: "*" })));
    expect(await text("doc")).toBe("new");
  });

  test("that replaces takes the right to read", async () => {
    const writer = as(aRole(account, "writer", allow(["s3:PutObject", "s3:ListBucket"])));
    await drive(() => writer.send(write({ IfNoneMatch: "*" })));
    expect(await refused(write({ IfMatch: '"x"' }), writer)).toMatchObject({ name: "AccessDenied", message: expect.stringContaining("s3:GetObject") });
  });

  test("is one of a race that wins", async () => {
    const outcomes = await drive(() => Promise.allSettled([1, 2, 3].map(() => s3.send(write({ IfNoneMatch: "*" })))));
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected", "rejected"]);
  });
});

describe("with versions", () => {
  test("a delete leaves a marker, and older versions stay readable", async () => {
    await versioned();
    const [first, second] = [await put("doc", "one"), await put("doc", "two")];
    const gone = await drive(() => s3.send(new DeleteObjectCommand({ Bucket, Key: "doc" })));
    expect(gone).toMatchObject({ DeleteMarker: true, VersionId: expect.any(String) });
    expect(await refused(new GetObjectCommand({ Bucket, Key: "doc" }))).toMatchObject({ name: "NoSuchKey" });
    expect(await text("doc", { VersionId: first.VersionId })).toBe("one");
    expect(await refused(new GetObjectCommand({ Bucket, Key: "doc", VersionId: gone.VersionId }))).toMatchObject({ name: "MethodNotAllowed", status: 405 });
    expect(await refused(new GetObjectCommand({ Bucket, Key: "doc", VersionId: "none" }))).toMatchObject({ name: "NoSuchVersion", status: 404 });
    const listed = await drive(() => s3.send(new ListObjectVersionsCommand({ Bucket })));
    expect(listed.Versions).toMatchObject([
      { Key: "doc", VersionId: second.VersionId, IsLatest: false },
      { Key: "doc", VersionId: first.VersionId, IsLatest: false },
    ]);
    expect(listed.DeleteMarkers).toMatchObject([{ Key: "doc", VersionId: gone.VersionId, IsLatest: true }]);
    await drive(() => s3.send(new DeleteObjectCommand({ Bucket, Key: "doc", VersionId: gone.VersionId })));
    expect(await text("doc")).toBe("two");
  });

  test("suspended, a write takes the place of the null version only", async () => {
    await put("doc", "before");
    await versioned();
    await put("doc", "kept");
    await drive(() => s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Suspended" } })));
    expect(await put("doc", "after")).toMatchObject({ VersionId: "null" });
    const { Versions } = await drive(() => s3.send(new ListObjectVersionsCommand({ Bucket })));
    expect(Versions?.map(({ VersionId }) => VersionId)).toEqual(["null", expect.stringMatching(/^[0-9a-f]{32}$/)]);
    expect(await drive(() => s3.send(new GetBucketVersioningCommand({ Bucket })))).toMatchObject({ Status: "Suspended" });
  });

  test("a listing goes on behind its markers", async () => {
    await versioned();
    for (const body of ["1", "2", "3"]) await put("doc", body);
    const first = await drive(() => s3.send(new ListObjectVersionsCommand({ Bucket, MaxKeys: 2 })));
    expect(first).toMatchObject({ IsTruncated: true, NextKeyMarker: "doc" });
    const { NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker } = first;
    const second = await drive(() => s3.send(new ListObjectVersionsCommand({ Bucket, KeyMarker, VersionIdMarker })));
    expect([first.Versions?.length, second.Versions?.length, second.IsTruncated]).toEqual([2, 1, false]);
  });
});

describe("a listing", () => {
  test("is in the order of the keys' bytes, by prefix, rolled up at the delimiter", async () => {
    for (const key of ["b/2", "a", "b/1/x", "B", "c/1"]) await put(key);
    expect(await keys()).toEqual(["B", "a", "b/1/x", "b/2", "c/1"]);
    const rolled = await drive(() => s3.send(new ListObjectsV2Command({ Bucket, Prefix: "b/", Delimiter: "/" })));
    expect(rolled).toMatchObject({ KeyCount: 2, CommonPrefixes: [{ Prefix: "b/1/" }], Contents: [{ Key: "b/2", Size: 4 }] });
  });

  test("comes in pages", async () => {
    for (const key of ["a", "b", "c"]) await put(key);
    const first = await drive(() => s3.send(new ListObjectsV2Command({ Bucket, MaxKeys: 2 })));
    expect(first).toMatchObject({ IsTruncated: true, KeyCount: 2 });
    expect(await keys({ ContinuationToken: first.NextContinuationToken })).toEqual(["c"]);
    expect(await keys({ StartAfter: "b" })).toEqual(["c"]);
  });

  test("encodes keys for clients that ask for it", async () => {
    await put("a b&<c>");
    expect(await keys()).toEqual(["a b&<c>"]);
    expect(await keys({ EncodingType: "url" })).toEqual(["a%20b%26%3Cc%3E"]);
  });
});

describe("a bucket", () => {
  test("is private and encrypted from the start, and shows its settings", async () => {
    const get = <Output>(send: () => Promise<Output>) => drive(send);
    const all = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true };
    expect(await get(() => s3.send(new GetPublicAccessBlockCommand({ Bucket })))).toMatchObject({ PublicAccessBlockConfiguration: all });
    await get(() => s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: { BlockPublicAcls: true } })));
    expect(await get(() => s3.send(new GetPublicAccessBlockCommand({ Bucket })))).toMatchObject({
      PublicAccessBlockConfiguration: { ...all, IgnorePublicAcls: false, BlockPublicPolicy: false, RestrictPublicBuckets: false },
    });
    const rule = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" as const }, BucketKeyEnabled: false };
    expect(await get(() => s3.send(new GetBucketEncryptionCommand({ Bucket })))).toMatchObject({ ServerSideEncryptionConfiguration: { Rules: [rule] } });
    const Rules = [{ ID: "old", Status: "Enabled" as const, Filter: { Prefix: "" }, NoncurrentVersionExpiration: { NoncurrentDays: 30 } }];
    await get(() => s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } })));
    expect((await get(() => s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket })))).Rules).toEqual(Rules);
    expect((await get(() => s3.send(new ListBucketsCommand({})))).Buckets).toMatchObject([{ Name: Bucket }]);
    expect(await get(() => s3.send(new HeadBucketCommand({ Bucket })))).toMatchObject({ BucketRegion: "us-east-1" });
  });

  test("goes only when it is empty", async () => {
    await put("k");
    expect(await refused(new DeleteBucketCommand({ Bucket }))).toEqual({
      name: "BucketNotEmpty",
      message: "The bucket you tried to delete is not empty",
      status: 409,
    });
    await drive(() => s3.send(new DeleteObjectCommand({ Bucket, Key: "k" })));
    await drive(() => s3.send(new DeleteBucketCommand({ Bucket })));
    expect(await refused(new ListObjectsV2Command({ Bucket }))).toMatchObject({ name: "NoSuchBucket" });
  });
});
