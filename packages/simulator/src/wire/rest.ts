import { XmlCodec } from "@aws-sdk/core/protocols";
import type { AwsError, Service } from "../account/operation.ts";
import { type Documents, readInput, writeOutput } from "./bindings.ts";
import type { WireCodec } from "./codec.ts";
import { type WireError, wireError } from "./errors.ts";
import { JsonDocuments } from "./json.ts";
import { escapeXml, response, type WireRequest, type WireResponse } from "./message.ts";
import { type Route, routesOf } from "./route.ts";
import { s3Request } from "./s3-address.ts";
import { operationsOf } from "./schema.ts";

type Failure = (error: WireError, requestId: string) => WireResponse;

/** https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html */
export function restJsonCodec(service: Service): WireCodec {
  const json = new JsonDocuments(true);
  const documents: Documents = {
    contentType: "application/json",
    read: (schema, body) => json.read(schema, body),
    write: (schema, value) => json.write(schema, value),
  };
  const failure: Failure = (error, requestId) =>
    response(error.status, "application/json", json.writeError(error, {}), { "x-amzn-requestid": requestId, "x-amzn-errortype": error.code });
  return restCodec(service, { documents, failure, requestIdHeader: "x-amzn-requestid" });
}

/** https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html, errors as S3 frames them. */
export function restXmlCodec(service: Service): WireCodec {
  const codec = new XmlCodec({
    timestampFormat: { useTrait: true, default: 5 },
    httpBindings: true,
    xmlNamespace: service.namespace ?? "",
    serviceNamespace: service.id,
  });
  const documents: Documents = {
    contentType: "application/xml",
    read: (schema, body) => codec.createDeserializer().read(schema, body),
    write: (schema, value) => writeXml(codec, schema, value),
  };
  return restCodec(service, { documents, failure: xmlFailure, requestIdHeader: "x-amz-request-id", ...(service.id === "s3" && { locate: locateInS3 }) });
}

function locateInS3(given: WireRequest): Located {
  const { request, bucket } = s3Request(given);
  return { request, labels: bucket === undefined ? {} : { Bucket: bucket } };
}

function writeXml(codec: XmlCodec, ...[schema, value]: Parameters<Documents["write"]>): string | Uint8Array {
  const writer = codec.createSerializer();
  writer.write(schema, value);
  return writer.flush();
}

function xmlFailure(error: WireError, requestId: string): WireResponse {
  const members = Object.entries(error.members).map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`);
  const inner = `<Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message>${members.join("")}`;
  return response(error.status, "application/xml", `<Error>${inner}<RequestId>${requestId}</RequestId></Error>`, { "x-amz-request-id": requestId });
}

/** A request as the model's routes expect it, and the labels that its address holds beside the path. */
interface Located {
  request: WireRequest;
  labels: Record<string, string>;
}

interface Style {
  documents: Documents;
  locate?: (request: WireRequest) => Located;
  failure: Failure;
  requestIdHeader: string;
}

function restCodec(service: Service, { documents, failure, requestIdHeader, locate = (request) => ({ request, labels: {} }) }: Style): WireCodec {
  const routes = routesOf(operationsOf(service.module).values());
  const byName = new Map(routes.map((route) => [route.operation.name, route]));
  return {
    decode: (request) => decode(routes, locate(request), documents),
    encode: (name, output, requestId) => {
      const written = encode(byName.get(name), output, documents);
      return { ...written, headers: { ...written.headers, [requestIdHeader]: requestId } };
    },
    error: (raised: AwsError, requestId) => failure(wireError(service, raised), requestId),
  };
}

function decode(routes: Route[], { request, labels }: Located, documents: Documents): { operation: string; input: unknown } | undefined {
  for (const { operation, match } of routes) {
    const found = match(request);
    if (!found) continue;
    const input = operation.input.isUnitSchema() ? {} : readInput(operation.input, { ...labels, ...found }, { request, documents });
    return { operation: operation.name, input };
  }
  return undefined;
}

function encode(route: Route | undefined, output: unknown, documents: Documents): WireResponse {
  if (!route) throw new Error("the service has no such operation in its schemas");
  if (route.operation.output.isUnitSchema()) return { status: route.status, headers: {}, body: new Uint8Array() };
  return writeOutput(route.operation.output, (output ?? {}) as Record<string, unknown>, { status: route.status, documents });
}
