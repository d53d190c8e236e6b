import type { InvokeCommandInput, InvokeCommandOutput } from "@aws-sdk/client-lambda";
import { Uint8ArrayBlobAdapter } from "@smithy/core/serde";
import type { Account } from "../../account/account.ts";
import { AwsError, type Call } from "../../account/operation.ts";
import { leaveDeadLetter } from "./dead-letter.ts";
import type { Engine } from "./durable/engine.ts";
import type { Execution } from "./durable/execution.ts";
import { isForgotten } from "./durable/operator.ts";
import { enqueueEvent } from "./events-queue.ts";
import type { LambdaFaults } from "./faults.ts";
import type { Fleet } from "./fleet.ts";
import { type Functions, type Resolved, requireActive, resolve } from "./functions.ts";
import type { Outcome } from "./invocation.ts";
import { functionArn, referenceOf } from "./naming.ts";
import { parsePayload, textOf } from "./payload.ts";

/** Payload limits of the Invoke API (API_Invoke): 6 MB synchronous, 1 MB asynchronous. */
export const LIMITS = { RequestResponse: 6 * 1024 * 1024, Event: 1024 * 1024, DryRun: 6 * 1024 * 1024 };
const EXECUTION_NAME = /^[a-zA-Z0-9-_]{1,64}$/;
const LONGEST_SYNCHRONOUS_SECONDS = 900;

type Answer = Omit<InvokeCommandOutput, "$metadata">;

export interface Invoker {
  account: Account;
  functions: Functions;
  fleet: Fleet;
  engine: Engine;
  faults: LambdaFaults;
}

/** The Invoke API. */
export async function invoke(invoker: Invoker, input: InvokeCommandInput, call: Call): Promise<Answer> {
  const type = input.InvocationType ?? "RequestResponse";
  const resolved = resolve(invoker.functions, referenceOf(input.FunctionName, input.Qualifier));
  requireActive(resolved.version);
  const text = limited(input.Payload, LIMITS[type]);
  if (type === "DryRun") return { StatusCode: 204 };
  if (resolved.version.durable) return invokeDurable(invoker, resolved, { name: input.DurableExecutionName, text, type });
  if (input.DurableExecutionName) throw refusal("The function is not a durable function; a durable execution name cannot be used to invoke it.");
  const payload = parsePayload(text);
  if (type === "Event") {
    enqueueEvent(invoker, { resolved, requestId: call.requestId, payload, queuedAt: new Date() });
    return { StatusCode: 202 };
  }
  const invokedArn = functionArn({ name: resolved.function.name, qualifier: resolved.qualifier });
  return answered(resolved, await invoker.fleet.invoke(resolved.version, { requestId: call.requestId, event: payload, invokedArn }));
}

interface Start {
  name?: string;
  text: string;
  type: "RequestResponse" | "Event";
}

/** Starts a durable execution or finds the one of that name. */
export function startDurable({ account, engine }: Invoker, resolved: Resolved, start: Start): Execution {
  requireInvocable(resolved, start);
  return named(engine, resolved, start) ?? begin(account, engine, resolved, start);
}

/** A synchronous caller waits for the end of the whole execution. */
async function invokeDurable(invoker: Invoker, resolved: Resolved, start: Start): Promise<Answer> {
  const execution = startDurable(invoker, resolved, start);
  if (start.type === "Event") return { StatusCode: 202, DurableExecutionArn: execution.arn };
  await invoker.engine.closed(execution);
  return { ...answered(resolved, outcomeOf(execution)), DurableExecutionArn: execution.arn };
}

function outcomeOf({ status, result, error }: Execution): Outcome {
  if (status === "SUCCEEDED") return { kind: "result", json: result ?? "null" };
  return { kind: "error", failure: { errorType: error?.ErrorType ?? status, errorMessage: error?.ErrorMessage ?? "" } };
}

function requireInvocable({ version, qualifier }: Resolved, { name, text, type }: Start): void {
  if (!qualifier) throw refusal("You cannot invoke a durable function using an unqualified ARN.");
  if (name !== undefined && !EXECUTION_NAME.test(name)) throw invalidExecutionName(name);
  parsePayload(text);
  if (type !== "RequestResponse" || (version.durable?.executionTimeoutSeconds ?? 0) <= LONGEST_SYNCHRONOUS_SECONDS) return;
  throw refusal("You cannot synchronously invoke a durable function with an executionTimeout greater than 15 minutes.");
}

/** Names are unique within the function; the same payload finds the execution again, running or closed (dg/durable-execution-idempotency.html). */
function named(engine: Engine, { function: fn }: Resolved, { name, text }: Start): Execution | undefined {
  if (name === undefined) return undefined;
  const existing = [...engine.executions.values()].find(
    (execution) => execution.name === name && execution.version.functionName === fn.name && !isForgotten(execution),
  );
  if (existing && existing.input !== text)
    throw new AwsError("DurableExecutionAlreadyStartedException", `Execution already started: ${existing.arn}`, 409, { Type: "User" });
  return existing;
}

/** Asynchronously started, an execution that did not succeed leaves the event that began it in the dead-letter queue; it is never retried (dg/durable-best-practices.html). */
function begin(account: Account, engine: Engine, resolved: Resolved, { name, text, type }: Start): Execution {
  const execution = engine.start(resolved.version, name, text);
  if (type === "Event") void engine.closed(execution).then(() => leaveFailure(account, execution));
  return execution;
}

/** The guide promises the event; that the attributes are those of every dead letter is assumed. */
async function leaveFailure(account: Account, { version, id, status, input, error }: Execution): Promise<void> {
  if (status === "SUCCEEDED") return;
  await leaveDeadLetter(account, { version, requestId: id, payload: input, errorCode: 200, errorMessage: error?.ErrorMessage ?? status });
}

function answered({ version }: Resolved, outcome: Outcome): Answer {
  const text = outcome.kind === "error" ? JSON.stringify(outcome.failure) : outcome.json;
  return {
    StatusCode: 200,
    ...(outcome.kind === "error" && { FunctionError: "Unhandled" }),
    ExecutedVersion: version.version,
    Payload: Uint8ArrayBlobAdapter.fromString(text),
  };
}

/** No payload counts as an empty document. */
function limited(payload: InvokeCommandInput["Payload"], limit: number): string {
  const text = textOf(payload) || "{}";
  if (Buffer.byteLength(text) <= limit) return text;
  throw new AwsError("RequestTooLargeException", `Request must be smaller than ${limit} bytes for the InvokeFunction operation`, 413, { Type: "User" });
}

const refusal = (message: string): AwsError => new AwsError("InvalidParameterValueException", message, 400, { Type: "User" });

const invalidExecutionName = (name: string): AwsError =>
  new AwsError(
    "ValidationException",
    `1 validation error detected: Value '${name}' at 'durableExecutionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9-_]+`,
  );
