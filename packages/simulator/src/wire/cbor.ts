import { CborCodec, cbor } from "@smithy/core/cbor";
import type { Service } from "../account/operation.ts";
import type { WireCodec } from "./codec.ts";
import { wireError } from "./errors.ts";
import { queryErrorHeader } from "./json.ts";
import { content, response, type WireRequest } from "./message.ts";
import { operationsOf } from "./schema.ts";

const HEADERS = { "smithy-protocol": "rpc-v2-cbor" };
const CONTENT_TYPE = "application/cbor";

/** Smithy RPC v2 CBOR, which newer clients choose for CloudWatch: https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html */
export function cborCodec(service: Service): WireCodec {
  const operations = operationsOf(service.module);
  const codec = new CborCodec();
  return {
    decode: (request) => {
      const operation = operations.get(operationOf(request));
      if (!operation) return undefined;
      const body = content(request);
      return { operation: operation.name, input: body.length === 0 ? {} : codec.createDeserializer().read(operation.input, body) };
    },
    encode: (name, output, requestId) => {
      const schema = operations.get(name)?.output;
      if (!schema || schema.isUnitSchema()) return response(200, CONTENT_TYPE, "", { ...HEADERS, "x-amzn-requestid": requestId });
      const writer = codec.createSerializer();
      writer.write(schema, output ?? {});
      return response(200, CONTENT_TYPE, writer.flush(), { ...HEADERS, "x-amzn-requestid": requestId });
    },
    error: (raised, requestId) => {
      const error = wireError(service, raised);
      const body = cbor.serialize({ __type: error.code, message: error.message, ...error.members });
      return response(error.status, CONTENT_TYPE, body, { ...HEADERS, "x-amzn-requestid": requestId, ...queryErrorHeader(service, error) });
    },
  };
}

/** `/service/{Service}/operation/{Operation}` */
const operationOf = (request: WireRequest): string => /\/operation\/([A-Za-z0-9]+)$/.exec(request.path)?.[1] ?? "";
