import { unframed } from "@steward/simulator/wire/aws-chunked";
import type { WireRequest } from "@steward/simulator/wire/message";
import { s3Request } from "@steward/simulator/wire/s3-address";
import { describe, expect, test } from "vitest";

const request = (given: Partial<WireRequest>): WireRequest => ({
  method: "GET",
  hostname: "s3.us-east-1.amazonaws.com",
  path: "/",
  query: {},
  headers: {},
  body: new Uint8Array(),
  ...given,
});
const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const text = (body: Uint8Array) => Buffer.from(body).toString();

describe("the bucket of a request", () => {
  test.each([
    ["bucket.s3.us-east-1.amazonaws.com", "/a/b", "bucket", "/a/b"],
    ["dotted.name.s3.amazonaws.com", "/k", "dotted.name", "/k"],
    ["s3.us-east-1.amazonaws.com", "/bucket/a/b/", "bucket", "/a/b/"],
    ["s3.us-east-1.amazonaws.com", "/bucket", "bucket", "/"],
    ["localhost", "/bucket/", "bucket", "/"],
    ["localhost", "/", undefined, "/"],
  ])("at %s%s is %s", (hostname, path, bucket, left) => {
    const found = s3Request(request({ hostname, path }));
    expect([found.bucket, found.request.path]).toEqual([bucket, left]);
  });
});

describe("an operation that only x-id would name", () => {
  test.each([
    ["GET", "/", {}, {}, "ListBuckets"],
    ["GET", "/bucket/key", {}, {}, "GetObject"],
    ["PUT", "/bucket/key", {}, {}, "PutObject"],
    ["PUT", "/bucket/key", {}, { "x-amz-copy-source": "a/b" }, "CopyObject"],
    ["PUT", "/bucket/key", { uploadId: "u", partNumber: "1" }, {}, undefined],
    ["DELETE", "/bucket/key", {}, {}, "DeleteObject"],
    ["DELETE", "/bucket/key", { uploadId: "u" }, {}, undefined],
    ["DELETE", "/bucket", {}, {}, undefined],
    ["PUT", "/bucket/key", { "x-id": "UploadPart" }, {}, "UploadPart"],
  ])("%s %s %j %j is %s", (method, path, query, headers, id) => {
    expect(s3Request(request({ method, path, query, headers })).request.query["x-id"]).toBe(id);
  });
});

describe("the aws-chunked framing", () => {
  const framed = "b;chunk-signature=abc\r\nhello world\r\n3\r\n!!!\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n";

  test("comes off, and its trailers become headers", () => {
    const { body, trailers } = unframed(bytes(framed));
    expect([text(body), trailers]).toEqual(["hello world!!!", { "x-amz-checksum-crc32": "AAAAAA==" }]);
    const headers = { "content-encoding": "gzip,aws-chunked", "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER" };
    const found = s3Request(request({ method: "PUT", path: "/bucket/key", headers, body: bytes(framed) })).request;
    expect(found.headers).toMatchObject({ "content-encoding": "gzip", "x-amz-checksum-crc32": "AAAAAA==" });
    expect(text(found.body)).toBe("hello world!!!");
  });

  test("of nothing is nothing", () => {
    expect(unframed(bytes("0\r\n\r\n"))).toEqual({ body: new Uint8Array(), trailers: {} });
  });

  test("that is none is an error", () => {
    expect(() => unframed(bytes("plain"))).toThrow(/framed/);
  });
});
