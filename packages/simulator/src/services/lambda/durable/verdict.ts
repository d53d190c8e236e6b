import type { ErrorObject } from "@aws-sdk/client-lambda";
import type { FunctionFailure, Outcome } from "../invocation.ts";
import type { End } from "./engine.ts";
import type { Execution } from "./execution.ts";
import { bytes } from "./validate.ts";

/** What follows from one invocation: the execution ends, rests until something happens, or is invoked again after a failure. */
export type Verdict = { kind: "end"; end: End } | { kind: "rest" } | { kind: "again" };

/** What the code of a durable function answers. */
interface Answer {
  Status?: string;
  Result?: string;
  Error?: ErrorObject;
}

/** Asynchronous results are limited to 1 MB (API_GetDurableExecution). */
const RESULT_LIMIT = 1024 * 1024;

/** Judges an invocation: a failure of the runtime is retried, the code's own answer is final. */
export function verdictOn(execution: Execution, outcome: Outcome): Verdict {
  if (outcome.kind === "error") return { kind: "again" };
  const answer = parse(outcome.json);
  const complaint = complaintAbout(execution, answer);
  if (complaint) return { kind: "end", end: { status: "FAILED", error: { ErrorType: "InvalidParameterValueException", ErrorMessage: complaint } } };
  if (answer?.Status === "PENDING") return { kind: "rest" };
  if (answer?.Status === "FAILED") return { kind: "end", end: { status: "FAILED", error: answer.Error } };
  return { kind: "end", end: { status: "SUCCEEDED", result: answer?.Result } };
}

export const failureOf = ({ errorType, errorMessage }: FunctionFailure): { ErrorType: string; ErrorMessage: string } => ({
  ErrorType: errorType,
  ErrorMessage: errorMessage,
});

function complaintAbout(execution: Execution, answer: Answer | undefined): string | undefined {
  if (!answer || !["SUCCEEDED", "FAILED", "PENDING"].includes(answer.Status ?? "")) return "Invalid Status in invocation output.";
  if (answer.Status === "SUCCEEDED" && answer.Error) return "Cannot provide an Error for SUCCEEDED status.";
  if (answer.Status === "FAILED" && answer.Result) return "Cannot provide a Result for FAILED status.";
  if (bytes(answer.Result) > RESULT_LIMIT) return `Execution output payload size must be less than or equal to ${RESULT_LIMIT} bytes.`;
  if (answer.Status === "PENDING" && !hasReasonToWait(execution)) return "Cannot return PENDING status with no pending operations.";
  return undefined;
}

const hasReasonToWait = ({ operations, unseen }: Execution): boolean =>
  unseen.size > 0 ||
  [...operations.values()].some(
    ({ Type, Status }) => Status === "PENDING" || Status === "READY" || (Status === "STARTED" && (Type === "WAIT" || Type === "CALLBACK")),
  );

function parse(json: string): Answer | undefined {
  const value: unknown = JSON.parse(json);
  return value !== null && typeof value === "object" ? (value as Answer) : undefined;
}
