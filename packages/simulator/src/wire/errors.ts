import type { NormalizedSchema } from "@smithy/core/schema";
import type { AwsError, Service } from "../account/operation.ts";
import { errorOf } from "./schema.ts";

/** An error ready for the wire. */
export interface WireError {
  /** Name of the error's shape: `__type` of JSON, `x-amzn-errortype` of REST. */
  code: string;
  /** Code on the query protocols, and in `x-amzn-query-error`. */
  queryCode: string;
  status: number;
  message: string;
  members: Record<string, unknown>;
  shape?: NormalizedSchema;
}

interface Answer {
  code: string;
  status: number;
  /** Replaces the message where the service has one of its own. */
  message?: (raised: string) => string;
  queryCode?: string;
  members?: Record<string, unknown>;
}

/** What the account raises without knowing the service: identity, rights, rates, and what it does not model. */
type Common =
  | "AccessDenied"
  | "UnrecognizedClientException"
  | "MissingAuthenticationToken"
  | "SignatureDoesNotMatch"
  | "UnknownOperationException"
  | "Throttling";
type Answers = Record<Common, Answer>;

const authFailure: Answer = { code: "AuthFailure", status: 401, message: () => "AWS was not able to validate the provided access credentials" };

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (common client errors; throttling is a 503). */
const EC2: Answers = {
  AccessDenied: { code: "UnauthorizedOperation", status: 403, message: (raised) => `You are not authorized to perform this operation. ${raised}` },
  UnrecognizedClientException: authFailure,
  MissingAuthenticationToken: { code: "MissingAuthenticationToken", status: 403 },
  SignatureDoesNotMatch: authFailure,
  UnknownOperationException: { code: "InvalidAction", status: 400 },
  Throttling: { code: "RequestLimitExceeded", status: 503, message: () => "Request limit exceeded." },
};

/** https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/CommonErrors.html, alike for Auto Scaling, ELB, SNS and STS. */
const QUERY: Answers = {
  AccessDenied: { code: "AccessDenied", status: 403 },
  UnrecognizedClientException: { code: "InvalidClientTokenId", status: 403 },
  MissingAuthenticationToken: { code: "MissingAuthenticationToken", status: 403 },
  SignatureDoesNotMatch: { code: "SignatureDoesNotMatch", status: 403 },
  UnknownOperationException: { code: "InvalidAction", status: 400 },
  Throttling: { code: "Throttling", status: 400 },
};

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html, alike for SSM, EventBridge, SQS and CloudWatch. */
const JSON_RPC: Answers = {
  AccessDenied: { code: "AccessDeniedException", status: 400, queryCode: "AccessDenied" },
  UnrecognizedClientException: { code: "UnrecognizedClientException", status: 400, queryCode: "InvalidClientTokenId" },
  MissingAuthenticationToken: { code: "MissingAuthenticationTokenException", status: 400, queryCode: "MissingAuthenticationToken" },
  SignatureDoesNotMatch: { code: "InvalidSignatureException", status: 400, queryCode: "SignatureDoesNotMatch" },
  UnknownOperationException: { code: "UnknownOperationException", status: 400, queryCode: "InvalidAction" },
  Throttling: { code: "ThrottlingException", status: 400, queryCode: "Throttling" },
};

/** https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html and the `Reason` values of `TooManyRequestsException`. */
const REST_JSON: Answers = {
  AccessDenied: { code: "AccessDeniedException", status: 403 },
  UnrecognizedClientException: { code: "UnrecognizedClientException", status: 403 },
  MissingAuthenticationToken: { code: "MissingAuthenticationTokenException", status: 403 },
  SignatureDoesNotMatch: { code: "InvalidSignatureException", status: 403 },
  UnknownOperationException: { code: "UnknownOperationException", status: 404 },
  Throttling: { code: "TooManyRequestsException", status: 429, members: { Reason: "CallerRateLimitExceeded", Type: "User" } },
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const REST_XML: Answers = {
  AccessDenied: { code: "AccessDenied", status: 403 },
  UnrecognizedClientException: { code: "InvalidAccessKeyId", status: 403 },
  MissingAuthenticationToken: { code: "AccessDenied", status: 403 },
  SignatureDoesNotMatch: { code: "SignatureDoesNotMatch", status: 403 },
  UnknownOperationException: { code: "NotImplemented", status: 501 },
  Throttling: { code: "SlowDown", status: 503, message: () => "Please reduce your request rate." },
};

const BY_PROTOCOL: Record<Service["protocol"], Answers> = {
  ec2: EC2,
  query: QUERY,
  json1_0: JSON_RPC,
  json1_1: JSON_RPC,
  restJson: REST_JSON,
  restXml: REST_XML,
};

/** Services that differ from their protocol's habit. */
const BY_SERVICE: Partial<Record<Service["id"], Partial<Answers>>> = {
  // https://docs.aws.amazon.com/sns/latest/api/API_Publish.html (Errors); https://repost.aws/knowledge-center/sns-throttling-exception-errors
  sns: { AccessDenied: { code: "AuthorizationError", status: 403 }, Throttling: { code: "ThrottlingException", status: 400 } },
  // https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-api-throttling.html
  elbv2: { Throttling: { code: "ThrottlingException", status: 400 } },
  // https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_StartImagePipelineExecution.html (Errors)
  imagebuilder: { Throttling: { code: "CallRateLimitExceededException", status: 429, members: {} } },
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html (Errors)
  sqs: { Throttling: { code: "RequestThrottled", status: 400, queryCode: "RequestThrottled" } },
};

/** The error as this service puts it on the wire; `AwsError.status` 400 gives way to the status that the service's model states. */
export function wireError(service: Service, error: AwsError): WireError {
  const answer = commonAnswer(service, error.code);
  const code = answer?.code ?? error.code;
  const modelled = errorOf(service.module, code);
  return {
    code: modelled?.name ?? code,
    queryCode: answer?.queryCode ?? modelled?.queryCode ?? code,
    status: answer?.status ?? (error.status === 400 ? modelled?.status : undefined) ?? error.status,
    message: answer?.message?.(error.message) ?? error.message,
    members: { ...answer?.members, ...error.members },
    ...(modelled && { shape: modelled.shape }),
  };
}

function commonAnswer(service: Service, code: string): Answer | undefined {
  const common = BY_PROTOCOL[service.protocol];
  return Object.hasOwn(common, code) ? { ...common[code as Common], ...BY_SERVICE[service.id]?.[code as Common] } : undefined;
}

/** Whose fault the query protocols say it is. */
export const faultOf = (error: WireError): "Sender" | "Receiver" => (error.status < 500 ? "Sender" : "Receiver");
