import { between } from "../../world/chance.ts";
import { type Environment, kill } from "./environment.ts";
import { versionArn } from "./functions.ts";

/** Error document of a failed invocation, as the Node runtime and the platform write it. */
export interface FunctionFailure {
  errorType: string;
  errorMessage: string;
  trace?: string[];
}

/** How an invocation ended: with the handler's JSON, or with an error (`FunctionError: Unhandled`). */
export type Outcome = { kind: "result"; json: string } | { kind: "error"; failure: FunctionFailure };

export interface InvocationRequest {
  requestId: string;
  event: unknown;
  /** ARN as invoked, qualifier included. */
  invokedArn: string;
  /** Milliseconds after which the environment is killed, for a fault. */
  killAfterMs?: number;
}

/** 6 MB and a little, as the platform says in its own error (dg/gettingstarted-limits.html). */
const RESPONSE_LIMIT = 6_291_556;

/** Runs one event in an environment: ends with its answer, its error, its timeout or its death, whichever comes first. */
export async function runIn(environment: Environment, request: InvocationRequest): Promise<Outcome> {
  await pause(between(1, 6));
  const timers: ReturnType<typeof setTimeout>[] = [];
  try {
    return await Promise.race([answer(environment, request), timeout(environment, request, timers), death(environment, request, timers)]);
  } finally {
    for (const timer of timers) clearTimeout(timer);
    environment.onKilled = undefined;
  }
}

async function answer(environment: Environment, request: InvocationRequest): Promise<Outcome> {
  try {
    return judged(JSON.stringify(await environment.handler(request.event, contextOf(environment, request))) ?? "null");
  } catch (error) {
    return failed(failureOf(error));
  }
}

function judged(json: string): Outcome {
  if (Buffer.byteLength(json) <= RESPONSE_LIMIT) return { kind: "result", json };
  return failed({
    errorType: "Function.ResponseSizeTooLarge",
    errorMessage: `Response payload size exceeded maximum allowed payload size (${RESPONSE_LIMIT} bytes).`,
  });
}

/** A timeout resets the environment: nothing of it is used again. */
function timeout(environment: Environment, { requestId }: InvocationRequest, timers: ReturnType<typeof setTimeout>[]): Promise<Outcome> {
  const seconds = environment.version.timeoutSeconds;
  return new Promise((resolve) => {
    timers.push(
      setTimeout(() => {
        resolve(failed({ errorType: "Sandbox.Timedout", errorMessage: `RequestId: ${requestId} Error: Task timed out after ${seconds.toFixed(2)} seconds` }));
        kill(environment);
      }, seconds * 1000),
    );
  });
}

function death(environment: Environment, { requestId, killAfterMs }: InvocationRequest, timers: ReturnType<typeof setTimeout>[]): Promise<Outcome> {
  if (killAfterMs !== undefined) timers.push(setTimeout(() => kill(environment), killAfterMs));
  return new Promise((resolve) => {
    environment.onKilled = () =>
      resolve(failed({ errorType: "Runtime.ExitError", errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: signal: killed` }));
  });
}

function contextOf({ version }: Environment, { requestId, invokedArn }: InvocationRequest) {
  const deadline = Date.now() + version.timeoutSeconds * 1000;
  return {
    awsRequestId: requestId,
    functionName: version.functionName,
    functionVersion: version.version,
    invokedFunctionArn: invokedArn || versionArn(version),
    memoryLimitInMB: String(version.memoryMb),
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

/** Only the first line of the stack: the rest names places of the machine that runs the world. */
function failureOf(error: unknown): FunctionFailure {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: [`${error.name}: ${error.message}`] };
}

export const failed = (failure: FunctionFailure): Outcome => ({ kind: "error", failure });

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
