import { JsonCodec2 } from "@smithy/core/protocols";
import type { NormalizedSchema } from "@smithy/core/schema";
import { AwsError, type Service } from "../account/operation.ts";
import type { WireCodec } from "./codec.ts";
import { faultOf, type WireError, wireError } from "./errors.ts";
import { bytes, content, response, text, type WireRequest, type WireResponse } from "./message.ts";
import { operationsOf } from "./schema.ts";

/** Writes and reads JSON documents by schema; REST uses the `jsonName` trait, RPC does not. */
export class JsonDocuments {
  private readonly codec: JsonCodec2;
  constructor(jsonName: boolean) {
    this.codec = new JsonCodec2({ timestampFormat: { useTrait: true, default: 7 }, jsonName });
  }

  /** Reads a document; what is not JSON is answered as AWS does. */
  read(schema: NormalizedSchema, body: Uint8Array): unknown {
    const reader = this.codec.createDeserializer() as unknown as { readObject: (schema: NormalizedSchema, data: unknown) => unknown };
    return reader.readObject(schema, parsed(body));
  }

  write(schema: NormalizedSchema, value: unknown): Uint8Array {
    const writer = this.codec.createSerializer();
    writer.write(schema, value ?? {});
    return bytes(writer.flush());
  }

  /** The document of an error: modelled members by schema, `message` spelled as the shape does. */
  writeError(error: WireError, type: Record<string, string>): string {
    const document = error.shape ? (JSON.parse(text(this.write(error.shape, error.members))) as object) : error.members;
    return JSON.stringify({ ...type, ...document, [messageKey(error)]: error.message });
  }
}

function parsed(body: Uint8Array): unknown {
  try {
    return body.length === 0 ? {} : JSON.parse(text(body));
  } catch (cause) {
    throw Object.assign(new AwsError("SerializationException", "The request body is not valid JSON."), { cause });
  }
}

/** Coral answers its own errors with `Message`, most modelled shapes say `message`. */
function messageKey(error: WireError): string {
  if (!error.shape) return error.code === "AccessDeniedException" ? "Message" : "message";
  for (const [name] of error.shape.structIterator()) if (name.toLowerCase() === "message") return name;
  return "message";
}

/** AWS JSON 1.0 and 1.1: https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html */
export function jsonCodec(service: Service, version: "1.0" | "1.1"): WireCodec {
  const operations = operationsOf(service.module);
  const documents = new JsonDocuments(false);
  const contentType = `application/x-amz-json-${version}`;
  return {
    decode: (request) => {
      const operation = operations.get(targetOf(request));
      return operation && { operation: operation.name, input: operation.input.isUnitSchema() ? {} : documents.read(operation.input, content(request)) };
    },
    encode: (name, output, requestId) => {
      const schema = operations.get(name)?.output;
      const body = !schema || schema.isUnitSchema() ? "{}" : documents.write(schema, output);
      return response(200, contentType, body, { "x-amzn-requestid": requestId });
    },
    error: (raised, requestId) => jsonError(service, documents, raised, { contentType, requestId }),
  };
}

const targetOf = (request: WireRequest): string => request.headers["x-amz-target"]?.split(".").at(-1) ?? "";

function jsonError(
  service: Service,
  documents: JsonDocuments,
  raised: AwsError,
  { contentType, requestId }: { contentType: string; requestId: string },
): WireResponse {
  const error = wireError(service, raised);
  const body = documents.writeError(error, { __type: error.code });
  return response(error.status, contentType, body, { "x-amzn-requestid": requestId, ...queryErrorHeader(service, error) });
}

/** Services that moved from the query protocol keep its codes in a header: https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait */
export function queryErrorHeader(service: Service, error: WireError): Record<string, string> {
  return service.id === "sqs" || service.id === "cloudwatch" ? { "x-amzn-query-error": `${error.queryCode};${faultOf(error)}` } : {};
}
