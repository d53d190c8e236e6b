import { Readable } from "node:stream";
import { type HttpHandler, HttpResponse } from "@smithy/core/protocols";
import type { HttpRequest } from "@smithy/core/transport";
import { OTHER_REGION } from "../services/ec2/elsewhere.ts";
import { codecFor, spokenBy, type WireCodec } from "../wire/codec.ts";
import { bytes, type WireRequest, type WireResponse } from "../wire/message.ts";
import { isSignedWith, type Signature, signatureOf } from "../wire/signature.ts";
import { type Account, requestId } from "./account.ts";
import { AwsError, type Service, type ServiceId } from "./operation.ts";
import type { Principal } from "./principal.ts";

/** First label of the endpoint and service of the credential scope: AWS uses the same word for both. */
const ENDPOINTS: Record<string, ServiceId> = {
  ec2: "ec2",
  autoscaling: "autoscaling",
  elasticloadbalancing: "elbv2",
  ssm: "ssm",
  monitoring: "cloudwatch",
  events: "events",
  sns: "sns",
  sqs: "sqs",
  dynamodb: "dynamodb",
  ddb: "dynamodb",
  lambda: "lambda",
  rds: "rds",
  sts: "sts",
  s3: "s3",
  kms: "kms",
  secretsmanager: "secretsmanager",
  imagebuilder: "imagebuilder",
};

const MISMATCH =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

interface SendOptions {
  abortSignal?: { aborted: boolean; reason?: unknown; addEventListener?: unknown; onabort?: unknown };
  requestTimeout?: number;
}

/** Carries the unmodified SDK clients' requests into the account: pass it as `requestHandler`. */
// biome-ignore lint/suspicious/noExplicitAny: the SDK's own generic parameter
export function sdkHandler(account: Account): HttpHandler<any> {
  let config: SendOptions = {};
  return {
    metadata: { handlerProtocol: "http/1.1" },
    handle: async (request, options = {}) => {
      const wire = wireRequest(request.body instanceof Readable ? { ...request, body: await collected(request.body) } : request);
      const { status, headers, body, streamed } = await bounded(() => answer(account, wire), { ...config, ...options });
      return { response: new HttpResponse({ statusCode: status, headers, body: streamed ? Readable.from([body], { objectMode: false }) : body }) };
    },
    updateHttpClientConfig: (key, value) => {
      config = { ...config, [key]: value };
    },
    httpHandlerConfigs: () => config,
    destroy: () => {},
  };
}

/**
 * Answers one request as the service's endpoint would. Rejects with what is not an answer at all: an endpoint that
 * does not exist, a broken connection, a bug of the simulator.
 */
export async function answer(account: Account, request: WireRequest): Promise<WireResponse> {
  const signature = signatureOf(request);
  const service = addressed(account, request.hostname, signature);
  const codec = codecFor(service, spokenBy(service, request));
  const id = requestId();
  try {
    const principal = authenticated(account, request, signature);
    const { operation, input } = decoded(codec, service, request);
    return codec.encode(operation, await account.call(principal, service.id, operation, input, id), id);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const refusal = codec.error(error, id);
    return request.method === "HEAD" ? { ...refusal, body: new Uint8Array() } : refusal;
  }
}

/** A service that the account does not have: in AWS, a host name that does not resolve. */
export class NoEndpoint extends Error {
  override name = "NoEndpoint";
  constructor(service: string) {
    super(`the simulated account has no endpoint for ${service}`);
  }
}

/** By host name, or by credential scope where one endpoint stands for all services. */
function addressed(account: Account, hostname: string, signature: Signature | undefined): Service {
  if (new RegExp(`^ec2\\.${OTHER_REGION}\\.`).test(hostname)) return account.services.get("ec2-elsewhere") ?? unknown(hostname);
  const labels = [...endpointLabels(hostname), signature?.service ?? ""];
  const id = labels.map((label) => (Object.hasOwn(ENDPOINTS, label) ? ENDPOINTS[label] : undefined)).find(Boolean);
  const service = id && account.services.get(id);
  if (service) return service;
  throw signature ? new NoEndpoint(id ?? signature.service) : new Error(`the simulated account has no endpoint for ${id ?? hostname}`);
}

const unknown = (hostname: string): never => {
  throw new NoEndpoint(hostname);
};

/** A bucket stands before the endpoint and may be called like a service. */
const endpointLabels = (hostname: string): string[] => (/(^|\.)s3[.-]([\w-]+\.)*amazonaws\.com$/.test(hostname) ? ["s3"] : hostname.split("."));

/** Rejects unknown keys, wrong secrets and presigned requests past their time, as the services do. */
function authenticated(account: Account, request: WireRequest, signature: Signature | undefined): Principal {
  if (!signature) throw new AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403);
  const principal = account.principal(signature.accessKeyId);
  if (signature.expires && signature.expires < new Date())
    throw new AwsError("SignatureDoesNotMatch", `Signature expired: ${signature.date} is now earlier than ${new Date().toISOString()}`, 403);
  if (!isSignedWith(principal.secretAccessKey, request, signature)) throw new AwsError("SignatureDoesNotMatch", MISMATCH, 403);
  return principal;
}

function decoded(codec: WireCodec, service: Service, request: WireRequest): { operation: string; input: unknown } {
  const found = codec.decode(request);
  if (found) return found;
  const asked = request.headers["x-amz-target"] ?? `${request.method} ${request.path}`;
  throw new AwsError("UnknownOperationException", `${service.id} has no operation for ${asked}`, 404);
}

async function collected(body: Readable): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk as Uint8Array | string));
  return new Uint8Array(Buffer.concat(chunks));
}

/** A request of the SDK's own type, as bytes on the wire. */
function wireRequest({
  method,
  hostname,
  path,
  query,
  headers,
  body,
}: Pick<HttpRequest, "method" | "hostname" | "path" | "query" | "headers" | "body">): WireRequest {
  return {
    method,
    hostname,
    path,
    query: Object.fromEntries(Object.entries(query).map(([key, value]) => [key, value ?? ""])),
    headers: Object.fromEntries(Object.entries(headers).map(([key, value]) => [key.toLowerCase(), value])),
    body: bodyBytes(body),
  };
}

function bodyBytes(body: unknown): Uint8Array {
  if (body === undefined || body === null) return new Uint8Array();
  if (typeof body === "string" || body instanceof Uint8Array) return bytes(body);
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  throw new Error("the simulated account reads request bodies from memory and from Node's streams only");
}

/** Gives up when the caller does; the service goes on with what it was asked, as in AWS. */
function bounded(send: () => Promise<WireResponse>, { abortSignal, requestTimeout }: SendOptions): Promise<WireResponse> {
  if (abortSignal?.aborted) return Promise.reject(aborted(abortSignal.reason));
  return new Promise((resolve, reject) => {
    const timer = requestTimeout ? setTimeout(() => reject(timedOut(requestTimeout)), requestTimeout) : undefined;
    const forget = onAbort(abortSignal, () => reject(aborted(abortSignal?.reason)));
    send()
      .then(resolve, reject)
      .finally(() => {
        clearTimeout(timer);
        forget();
      });
  });
}

/** Listens to either kind of signal that the SDK takes; the answer stops listening. */
function onAbort(signal: SendOptions["abortSignal"], listener: () => void): () => void {
  if (signal instanceof AbortSignal) {
    signal.addEventListener("abort", listener, { once: true });
    return () => signal.removeEventListener("abort", listener);
  }
  if (signal) signal.onabort = listener;
  return () => {};
}

const aborted = (cause: unknown): Error => Object.assign(new Error("Request aborted"), { name: "AbortError", cause });
const timedOut = (ms: number): Error =>
  Object.assign(new Error(`no answer within the configured ${ms} ms requestTimeout`), { name: "TimeoutError", code: "ETIMEDOUT" });
