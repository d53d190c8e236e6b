import { unframed } from "./aws-chunked.ts";
import type { WireRequest } from "./message.ts";

/** A request of S3 with the bucket taken out of its address, as the routes of S3's model expect it. */
export interface S3Request {
  request: WireRequest;
  bucket?: string;
}

/**
 * Finds the bucket in the host (`bucket.s3.region.amazonaws.com`) or, on any other host, at the head of the path; takes
 * off the `aws-chunked` framing; and names the operation where the model tells two apart by `x-id` alone, which only
 * some clients send. Source: S3 user guide, "Virtual hosting of general purpose buckets".
 */
export function s3Request(request: WireRequest): S3Request {
  const plain = withoutFraming(request);
  const virtual = /^(.+)\.s3[.-]/.exec(request.hostname)?.[1];
  if (virtual) return { request: named(plain, true), bucket: virtual };
  const [, bucket = "", path = ""] = /^\/([^/]*)(?:\/(.*))?$/.exec(plain.path) ?? [];
  if (bucket === "") return { request: named(plain, false) };
  return { request: named({ ...plain, path: `/${path}` }, true), bucket: decodeURIComponent(bucket) };
}

function withoutFraming(request: WireRequest): WireRequest {
  const codings = (request.headers["content-encoding"] ?? "").split(",").map((coding) => coding.trim());
  if (!codings.includes("aws-chunked") && !request.headers["x-amz-content-sha256"]?.startsWith("STREAMING-")) return request;
  const { "content-encoding": _, ...headers } = request.headers;
  const left = codings.filter((coding) => coding !== "" && coding !== "aws-chunked").join(",");
  const { body, trailers } = unframed(request.body);
  return { ...request, headers: { ...headers, ...trailers, ...(left !== "" && { "content-encoding": left }) }, body };
}

/** Subresources are named by their query; what is left over is the plain operation on the bucket or the object. */
function named(request: WireRequest, hasBucket: boolean): WireRequest {
  if ("x-id" in request.query) return request;
  if (!hasBucket) return request.method === "GET" ? withId(request, "ListBuckets") : request;
  if (request.path === "/" || "uploadId" in request.query) return request;
  if (request.method === "PUT") return withId(request, "x-amz-copy-source" in request.headers ? "CopyObject" : "PutObject");
  if (request.method === "GET") return withId(request, "GetObject");
  return request.method === "DELETE" ? withId(request, "DeleteObject") : request;
}

const withId = (request: WireRequest, id: string): WireRequest => ({ ...request, query: { ...request.query, "x-id": id } });
