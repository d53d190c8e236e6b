import { text } from "./message.ts";

/** A body as it was before the client framed it, and the headers that came after it. */
export interface Unframed {
  body: Uint8Array;
  trailers: Record<string, string>;
}

const CR = 13;
const LF = 10;

/**
 * Takes the `aws-chunked` framing off a body: chunks of `<hex size>[;chunk-signature=…]`, an empty last one, trailing headers.
 * Source: S3 API reference, "Signature calculations: transferring payload in multiple chunks"; chunk signatures are not checked.
 */
export function unframed(framed: Uint8Array): Unframed {
  const chunks: Uint8Array[] = [];
  let at = 0;
  for (;;) {
    const end = lineEnd(framed, at);
    const size = Number.parseInt(text(framed.subarray(at, end)), 16);
    if (!Number.isFinite(size)) throw new Error("the body is framed neither as aws-chunked nor at all");
    at = end + 2;
    if (size === 0) return { body: new Uint8Array(Buffer.concat(chunks)), trailers: trailersIn(text(framed.subarray(at))) };
    chunks.push(framed.subarray(at, at + size));
    at += size + 2;
  }
}

function lineEnd(framed: Uint8Array, from: number): number {
  for (let at = from; at < framed.length; at++) if (framed[at] === CR && framed[at + 1] === LF) return at;
  return framed.length;
}

const trailersIn = (lines: string): Record<string, string> =>
  Object.fromEntries(
    lines
      .split("\r\n")
      .filter((line) => line.includes(":"))
      .map((line) => [line.slice(0, line.indexOf(":")).trim().toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
  );
