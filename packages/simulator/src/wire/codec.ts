import type { AwsError, Protocol, Service } from "../account/operation.ts";
import { cborCodec } from "./cbor.ts";
import { jsonCodec } from "./json.ts";
import type { WireRequest, WireResponse } from "./message.ts";
import { ec2Codec, queryCodec } from "./query.ts";
import { restJsonCodec, restXmlCodec } from "./rest.ts";

/** The server's side of one protocol of one service, by the schemas that the SDK's own clients use. */
export interface WireCodec {
  /** What is asked; undefined where the service's model has no such operation. */
  decode: (request: WireRequest) => { operation: string; input: unknown } | undefined;
  encode: (operation: string, output: unknown, requestId: string) => WireResponse;
  error: (error: AwsError, requestId: string) => WireResponse;
}

/** Protocols on the wire: the service's own, and CBOR, which AWS serves beside it. */
export type Spoken = Protocol | "cbor";

const MAKERS: Record<Spoken, (service: Service) => WireCodec> = {
  ec2: ec2Codec,
  query: queryCodec,
  json1_0: (service) => jsonCodec(service, "1.0"),
  json1_1: (service) => jsonCodec(service, "1.1"),
  restJson: restJsonCodec,
  restXml: restXmlCodec,
  cbor: cborCodec,
};

const made = new WeakMap<Service, Map<Spoken, WireCodec>>();

/** The codec of a service, in its own protocol unless the client speaks another that AWS accepts. */
export function codecFor(service: Service, spoken: Spoken = service.protocol): WireCodec {
  const codecs = made.get(service) ?? new Map<Spoken, WireCodec>();
  made.set(service, codecs);
  const codec = codecs.get(spoken) ?? MAKERS[spoken](service);
  codecs.set(spoken, codec);
  return codec;
}

/**
 * The protocol of a request. Services that left the query protocol go on to answer it, and CloudWatch also answers
 * CBOR: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/making-api-requests.html
 */
export function spokenBy(service: Service, request: WireRequest): Spoken {
  if (request.headers["smithy-protocol"] === "rpc-v2-cbor") return "cbor";
  const isJson = service.protocol === "json1_0" || service.protocol === "json1_1";
  const isForm = request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true;
  return isJson && isForm ? "query" : service.protocol;
}
