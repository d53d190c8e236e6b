import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { WireRequest } from "./message.ts";

/** What a SigV4 request says about its sender, from the header or, when presigned, from the query. */
export interface Signature {
  accessKeyId: string;
  /** The credential scope: `date/region/service/aws4_request`. */
  scope: string;
  /** The service the request is signed for, for example `monitoring`. */
  service: string;
  signedHeaders: string[];
  signature: string;
  date: string;
  /** A presigned request is good until then. */
  expires?: Date;
}

const ALGORITHM = "AWS4-HMAC-SHA256";

/** Reads the signature of a request; undefined where there is none. */
export function signatureOf(request: WireRequest): Signature | undefined {
  const header = request.headers.authorization;
  return header?.startsWith(ALGORITHM) ? fromHeader(request, header) : fromQuery(request);
}

function fromHeader(request: WireRequest, header: string): Signature | undefined {
  const part = (name: string) => new RegExp(`${name}=([^,\\s]+)`).exec(header)?.[1] ?? "";
  return signature({
    credential: part("Credential"),
    signedHeaders: part("SignedHeaders"),
    signature: part("Signature"),
    date: request.headers["x-amz-date"] ?? "",
  });
}

function fromQuery(request: WireRequest): Signature | undefined {
  const part = (name: string) => String(request.query[`X-Amz-${name}`] ?? "");
  if (part("Algorithm") !== ALGORITHM) return undefined;
  const read = signature({ credential: part("Credential"), signedHeaders: part("SignedHeaders"), signature: part("Signature"), date: part("Date") });
  return read && { ...read, expires: new Date(signingTime(read.date) + Number(part("Expires")) * 1000 || 0) };
}

function signature(parts: { credential: string; signedHeaders: string; signature: string; date: string }): Signature | undefined {
  const [accessKeyId = "", ...scope] = parts.credential.split("/");
  if (scope.length !== 4) return undefined;
  return {
    accessKeyId,
    scope: scope.join("/"),
    service: scope[2] ?? "",
    signedHeaders: parts.signedHeaders.split(";"),
    signature: parts.signature,
    date: parts.date,
  };
}

/** `20260105T090000Z` as milliseconds. */
const signingTime = (date: string): number => Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));

/** Whether the secret made this signature: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
export function isSignedWith(secret: string, request: WireRequest, signature: Signature): boolean {
  const toSign = [ALGORITHM, signature.date, signature.scope, sha256(canonicalRequest(request, signature))].join("\n");
  const key = signingKey(secret, signature.scope);
  const expected = hmac(key, toSign).toString("hex");
  return expected.length === signature.signature.length && timingSafeEqual(Buffer.from(expected), Buffer.from(signature.signature));
}

/** The same for a whole day, and for every request of one caller to one service. */
const KEYS = new Map<string, string | Buffer>();

function signingKey(secret: string, scope: string): string | Buffer {
  const name = `${scope} ${secret}`;
  const key = KEYS.get(name) ?? scope.split("/").reduce<string | Buffer>((previous, part) => hmac(previous, part), `AWS4${secret}`);
  KEYS.set(name, key);
  return key;
}

function canonicalRequest(request: WireRequest, { signedHeaders, expires, service }: Signature): string {
  const headers = signedHeaders.map((name) => `${name}:${(request.headers[name] ?? "").trim().replace(/\s+/g, " ")}\n`).join("");
  const unsigned = service === "s3" && expires !== undefined ? "UNSIGNED-PAYLOAD" : undefined;
  const payload = request.headers["x-amz-content-sha256"] ?? unsigned ?? sha256(request.body);
  const path = service === "s3" ? request.path : canonicalPath(request.path);
  return [request.method, path, canonicalQuery(request, expires !== undefined), headers, signedHeaders.join(";"), payload].join("\n");
}

/** Every service but S3 signs the path encoded twice. */
const canonicalPath = (path: string): string => path.split("/").map(encode).join("/");

function canonicalQuery({ query }: WireRequest, presigned: boolean): string {
  const pairs = Object.entries(query).flatMap(([key, value]) => [value].flat().map((item) => `${encode(key)}=${encode(item)}`));
  return pairs
    .filter((pair) => !presigned || !pair.startsWith("X-Amz-Signature="))
    .sort()
    .join("&");
}

const encode = (value: string): string =>
  encodeURIComponent(value).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
const sha256 = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("hex");
const hmac = (key: string | Buffer, data: string): Buffer => createHmac("sha256", key).update(data).digest();
