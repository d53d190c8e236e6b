import { gunzipSync } from "node:zlib";

/** A request as it arrives at a service's endpoint; header names in lower case. */
export interface WireRequest {
  method: string;
  hostname: string;
  /** Percent-encoded, without the query. */
  path: string;
  query: Record<string, string | string[]>;
  headers: Record<string, string>;
  body: Uint8Array;
}

/** An answer as it leaves the endpoint. */
export interface WireResponse {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array;
  /** Clients get this body as a stream. */
  streamed?: true;
}

export const bytes = (body: string | Uint8Array): Uint8Array => (typeof body === "string" ? new Uint8Array(Buffer.from(body, "utf8")) : body);

export const text = (body: Uint8Array): string => Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8");

/** The body as the service reads it: clients may compress large ones (CloudWatch `PutMetricData`). */
export const content = (request: WireRequest): Uint8Array => (request.headers["content-encoding"] === "gzip" ? gunzipSync(request.body) : request.body);

/** Builds an answer; every AWS service but S3 puts the request id into `x-amzn-requestid`. */
export function response(status: number, contentType: string, body: string | Uint8Array, headers: Record<string, string>): WireResponse {
  return { status, headers: { "content-type": contentType, ...headers }, body: bytes(body) };
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };

/** Text made safe between XML tags. */
export const escapeXml = (value: string): string => value.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
