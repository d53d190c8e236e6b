import { XmlShapeSerializer } from "@aws-sdk/core/protocols";
import type { AwsError, Service } from "../account/operation.ts";
import type { WireCodec } from "./codec.ts";
import { faultOf, wireError } from "./errors.ts";
import { type Dialect, EC2_DIALECT, formTree, QUERY_DIALECT, readForm } from "./form.ts";
import { content, escapeXml, response, text, type WireRequest, type WireResponse } from "./message.ts";
import { type OperationSchema, operationsOf } from "./schema.ts";

/** How the two query protocols frame the same XML. */
interface Envelope {
  dialect: Dialect;
  success: (operation: OperationSchema, body: string, requestId: string) => string;
  failure: (code: string, fault: string, inner: string, requestId: string) => string;
}

const QUERY_ENVELOPE: Envelope = {
  dialect: QUERY_DIALECT,
  success: ({ name, output }, body, id) =>
    `${output.isUnitSchema() ? "" : `<${name}Result>${body}</${name}Result>`}<ResponseMetadata><RequestId>${id}</RequestId></ResponseMetadata>`,
  failure: (code, fault, inner, id) =>
    `<ErrorResponse><Error><Type>${fault}</Type><Code>${code}</Code>${inner}</Error><RequestId>${id}</RequestId></ErrorResponse>`,
};

const EC2_ENVELOPE: Envelope = {
  dialect: EC2_DIALECT,
  success: (_operation, body, id) => `<requestId>${id}</requestId>${body}`,
  failure: (code, _fault, inner, id) => `<Response><Errors><Error><Code>${code}</Code>${inner}</Error></Errors><RequestID>${id}</RequestID></Response>`,
};

export const queryCodec = (service: Service): WireCodec => formCodec(service, QUERY_ENVELOPE);
export const ec2Codec = (service: Service): WireCodec => formCodec(service, EC2_ENVELOPE);

function formCodec(service: Service, envelope: Envelope): WireCodec {
  const operations = operationsOf(service.module);
  return {
    decode: (request) => decode(operations, envelope.dialect, request),
    encode: (name, output, requestId) => encode(service, envelope, operations.get(name), output, requestId),
    error: (error, requestId) => failure(service, envelope, error, requestId),
  };
}

/** A presigned request carries the same form in its query string. */
function decode(operations: Map<string, OperationSchema>, dialect: Dialect, request: WireRequest): { operation: string; input: unknown } | undefined {
  const tree = formTree(request.method === "GET" ? queryString(request) : text(content(request)));
  const operation = operations.get(String(tree.Action));
  return operation && { operation: operation.name, input: operation.input.isUnitSchema() ? {} : readForm(operation.input, tree, dialect) };
}

const queryString = (request: WireRequest): string =>
  new URLSearchParams(Object.entries(request.query).map(([key, value]): [string, string] => [key, String(value)])).toString();

function encode(service: Service, envelope: Envelope, operation: OperationSchema | undefined, output: unknown, requestId: string): WireResponse {
  if (!operation) throw new Error(`${service.id} has no such operation in its schemas`);
  const body = operation.output.isUnitSchema() ? "" : innerXml(operation, output);
  const namespace = service.namespace ? ` xmlns="${escapeXml(service.namespace)}"` : "";
  const xml = `<${operation.name}Response${namespace}>${envelope.success(operation, body, requestId)}</${operation.name}Response>`;
  return response(200, "text/xml;charset=UTF-8", xml, { "x-amzn-requestid": requestId });
}

/** The members of the output: the serializer wraps them in the shape's name, which the query protocols replace. */
function innerXml(operation: OperationSchema, output: unknown): string {
  const serializer = new XmlShapeSerializer({ timestampFormat: { useTrait: true, default: 5 }, xmlNamespace: "", serviceNamespace: "" });
  serializer.write(operation.output, output ?? {});
  const xml = String(serializer.flush());
  return xml.endsWith("/>") && xml.lastIndexOf("<") === 0 ? "" : xml.slice(xml.indexOf(">") + 1, xml.lastIndexOf("</"));
}

function failure(service: Service, envelope: Envelope, raised: AwsError, requestId: string): WireResponse {
  const error = wireError(service, raised);
  const members = Object.entries(error.members).map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`);
  const inner = `<Message>${escapeXml(error.message)}</Message>${members.join("")}`;
  const xml = envelope.failure(escapeXml(error.queryCode), faultOf(error), inner, requestId);
  return response(error.status, "text/xml;charset=UTF-8", xml, { "x-amzn-requestid": requestId });
}
