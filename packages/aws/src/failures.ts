import { Permanent, Retryable } from "@steward/core/errors";

/**
 * Codes that pass by themselves. Throttling and time-outs as the SDK's own retry sorts them; contention as the API
 * references of Auto Scaling (ResourceContention, ScalingActivityInProgress), DynamoDB, Lambda and SQS name it.
 */
const PASSING = new Set([
  "BandwidthLimitExceeded",
  "EC2ThrottledException",
  "LimitExceededException",
  "PriorRequestNotComplete",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "RequestThrottled",
  "RequestThrottledException",
  "SlowDown",
  "ThrottledException",
  "Throttling",
  "ThrottlingException",
  "TooManyRequestsException",
  "TransactionInProgressException",
  "TransactionConflictException",
  "IdempotentCallInProgressFault",
  "ResourceConflictException",
  "ResourceContention",
  "ResourceContentionFault",
  "ScalingActivityInProgress",
  "ScalingActivityInProgressFault",
  "InternalServerError",
  "InternalFailure",
  "ServiceUnavailable",
  "ExpiredToken",
  "ExpiredTokenException",
  "RequestExpired",
  "TimeoutError",
  "RequestTimeout",
  "RequestTimeoutException",
  "ECONNRESET",
  "ECONNREFUSED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
]);

/** Reasons for which DynamoDB cancels a transaction that may go through next time. Source: TransactWriteItems API reference. */
const PASSING_REASONS = new Set(["None", "TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError"]);

interface SdkError extends Error {
  code?: unknown;
  $metadata?: { httpStatusCode?: number };
  $retryable?: object;
  CancellationReasons?: { Code?: string }[];
}

/** Names what an SDK call's failure asks of the caller; an error nobody knows is `Permanent`. */
export function sortFailure(what: string, error: unknown): Retryable | Permanent {
  if (error instanceof Retryable || error instanceof Permanent) return error;
  const message = `${what}: ${describe(error)}`;
  return passes(error) ? new Retryable(message, { cause: error }) : new Permanent(message, { cause: error });
}

/** Does one call, and lets its failure out as `Retryable` or `Permanent` with the original as `cause`. */
export async function calling<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw sortFailure(what, error);
  }
}

/** Whether AWS answered with this error code, and, where the code says too little, with this text. */
export const answered = (error: unknown, code: string, text?: RegExp): boolean =>
  error instanceof Error && error.name === code && (!text || text.test(error.message));

/**
 * Whether AWS surely did not do it: it answered, and the answer is a refusal. After a time-out, a broken line or an error of AWS's own
 * nobody knows. EC2 throttles by a 503. Source: EC2 developer guide, "Request throttling".
 */
export function refused(error: unknown): boolean {
  const status = error instanceof Error ? ((error as SdkError).$metadata?.httpStatusCode ?? 0) : 0;
  return answered(error, "RequestLimitExceeded") || (status >= 400 && status < 500 && status !== 408);
}

function passes(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { name, code, $metadata, $retryable, CancellationReasons } = error as SdkError;
  if (CancellationReasons) return CancellationReasons.every(({ Code }) => Code === undefined || PASSING_REASONS.has(Code));
  const status = $metadata?.httpStatusCode ?? 0;
  return $retryable !== undefined || status >= 500 || status === 429 || PASSING.has(name) || (typeof code === "string" && PASSING.has(code));
}

/** Without the encoded message that only who may decode it can read. Source: EC2 API reference, "Error codes", UnauthorizedOperation. */
export const describe = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message.replace(/\s*Encoded authorization failure message:.*$/s, "")}` : String(error);
