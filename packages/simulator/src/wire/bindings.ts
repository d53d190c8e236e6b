import { FromStringShapeDeserializer, ToStringShapeSerializer } from "@smithy/core/protocols";
import type { NormalizedSchema } from "@smithy/core/schema";
import { bytes, content, text, type WireRequest, type WireResponse } from "./message.ts";

/** Bodies of a REST protocol: JSON or XML documents. */
export interface Documents {
  contentType: string;
  read: (schema: NormalizedSchema, body: Uint8Array) => unknown;
  write: (schema: NormalizedSchema, value: unknown) => string | Uint8Array;
}

type Fields = Record<string, unknown>;
type Traits = ReturnType<NormalizedSchema["getMergedTraits"]>;

const SETTINGS = { timestampFormat: { useTrait: true, default: 6 as const }, httpBindings: true };
const reader = new FromStringShapeDeserializer(SETTINGS);

/** Gathers an input from path, query, headers and body: https://smithy.io/2.0/spec/http-bindings.html */
export function readInput(
  schema: NormalizedSchema,
  labels: Record<string, string>,
  { request, documents }: { request: WireRequest; documents: Documents },
): Fields {
  const input: Fields = {};
  const inBody: string[] = [];
  for (const [name, member] of schema.structIterator()) {
    const bound = isBound(member.getMergedTraits());
    if (!bound) inBody.push(name);
    const value = bound ? readBound(member, labels[name], { request, documents }) : undefined;
    if (value !== undefined) input[name] = value;
  }
  const body = inBody.length === 0 ? bytes("") : content(request);
  if (body.length === 0) return input;
  const document = documents.read(schema, body) as Fields;
  for (const name of inBody) if (document[name] !== undefined) input[name] = document[name];
  return input;
}

const isBound = (traits: Traits): boolean =>
  Boolean(traits.httpLabel || traits.httpQuery || traits.httpQueryParams || traits.httpHeader || traits.httpPayload || traits.httpResponseCode) ||
  traits.httpPrefixHeaders !== undefined;

function readBound(member: NormalizedSchema, label: string | undefined, { request, documents }: { request: WireRequest; documents: Documents }): unknown {
  const traits = member.getMergedTraits();
  if (traits.httpLabel) return label === undefined ? undefined : reader.read(member, label);
  if (traits.httpQuery) return readQuery(member, request.query[traits.httpQuery]);
  if (traits.httpQueryParams) return request.query;
  if (traits.httpHeader) return readHeader(member, request.headers[traits.httpHeader.toLowerCase()]);
  if (traits.httpPrefixHeaders !== undefined) return withPrefix(request.headers, traits.httpPrefixHeaders.toLowerCase());
  // A blob is the caller's own bytes, in whatever coding: an object in S3 stays compressed.
  return member.isBlobSchema() ? readBlob(request.body) : readPayload(member, content(request), documents);
}

function readQuery(member: NormalizedSchema, value: string | string[] | undefined): unknown {
  if (value === undefined) return undefined;
  if (!member.isListSchema()) return reader.read(member, String(value));
  return [value].flat().map((item) => reader.read(member.getValueSchema(), item));
}

const readHeader = (member: NormalizedSchema, value: string | undefined): unknown => (value === undefined ? undefined : reader.read(member, value));

function withPrefix(headers: Record<string, string>, prefix: string): Record<string, string> | undefined {
  const found = Object.entries(headers).filter(([name]) => name.startsWith(prefix));
  return found.length === 0 ? undefined : Object.fromEntries(found.map(([name, value]) => [name.slice(prefix.length), value]));
}

const readBlob = (body: Uint8Array): Uint8Array | undefined => (body.length === 0 ? undefined : body);

function readPayload(member: NormalizedSchema, body: Uint8Array, documents: Documents): unknown {
  if (body.length === 0) return undefined;
  return member.isStringSchema() ? text(body) : documents.read(member, body);
}

/** Spreads an output over status, headers and body. */
export function writeOutput(schema: NormalizedSchema, output: Fields, { status, documents }: { status: number; documents: Documents }): WireResponse {
  const written: WireResponse = { status, headers: {}, body: bytes("") };
  const inBody: Fields = {};
  let hasDocument = false;
  for (const [name, member] of schema.structIterator()) {
    const traits = member.getMergedTraits();
    if (!isBound(traits)) hasDocument = true;
    if (output[name] === undefined || output[name] === null) continue;
    if (isBound(traits)) writeBound(member, output[name], { written, documents });
    else inBody[name] = output[name];
  }
  if (!hasDocument) return written;
  return { ...written, headers: { "content-type": documents.contentType, ...written.headers }, body: bytes(documents.write(schema, inBody)) };
}

function writeBound(member: NormalizedSchema, value: unknown, { written, documents }: { written: WireResponse; documents: Documents }): void {
  const traits = member.getMergedTraits();
  if (traits.httpResponseCode) written.status = Number(value);
  if (traits.httpHeader) written.headers[traits.httpHeader.toLowerCase()] = headerText(member, value);
  if (traits.httpPrefixHeaders !== undefined)
    for (const [key, item] of Object.entries(value as Fields)) written.headers[`${traits.httpPrefixHeaders}${key}`.toLowerCase()] = String(item);
  if (traits.httpPayload) writePayload(member, value, { written, documents });
}

function headerText(member: NormalizedSchema, value: unknown): string {
  const writer = new ToStringShapeSerializer(SETTINGS);
  writer.write(member, value);
  return writer.flush();
}

function writePayload(member: NormalizedSchema, value: unknown, { written, documents }: { written: WireResponse; documents: Documents }): void {
  const isRaw = member.isBlobSchema() || member.isStringSchema();
  written.body = bytes(isRaw ? (value as string | Uint8Array) : documents.write(member, value));
  if (member.isStreaming()) written.streamed = true;
  written.headers["content-type"] ??= isRaw ? "application/octet-stream" : documents.contentType;
}
