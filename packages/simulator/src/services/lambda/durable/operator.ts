import type * as lambda from "@aws-sdk/client-lambda";
import type { ListDurableExecutionsByFunctionRequest, Execution as Summary } from "@aws-sdk/client-lambda";
import { AwsError, type Operations, type Right } from "../../../account/operation.ts";
import { type Functions, resolve, versionArn } from "../functions.ts";
import { functionResource, referenceOf } from "../naming.ts";
import { textOf } from "../payload.ts";
import { executionNotFound, onExecution } from "./api.ts";
import { armHeartbeat, endCallback } from "./apply.ts";
import type { Engine } from "./engine.ts";
import { type Execution, isClosed } from "./execution.ts";
import { withoutData } from "./history.ts";
import { pageOf } from "./page.ts";
import { invalid } from "./validate.ts";

/** What people and other services call about durable executions. */
export function operatorOperations(engine: Engine, functions: Functions): Operations<typeof lambda> {
  return {
    GetDurableExecution: {
      rights: onExecution("GetDurableExecution"),
      run: ({ DurableExecutionArn, IncludeExecutionData = true }) => describe(known(engine, DurableExecutionArn), IncludeExecutionData),
    },
    GetDurableExecutionHistory: {
      rights: onExecution("GetDurableExecutionHistory"),
      run: ({ DurableExecutionArn, IncludeExecutionData, ReverseOrder, Marker, MaxItems }) => {
        const events = known(engine, DurableExecutionArn).history.map((event) => (IncludeExecutionData ? event : withoutData(event)));
        const { page, NextMarker } = pageOf(ReverseOrder ? events.reverse() : events, { Marker, MaxItems });
        return { Events: page, NextMarker };
      },
    },
    ListDurableExecutionsByFunction: {
      rights: (input) => [{ action: "lambda:ListDurableExecutionsByFunction", resources: functionResource(input) }],
      run: (input) => list(engine, functions, input),
    },
    StopDurableExecution: {
      rights: onExecution("StopDurableExecution"),
      run: ({ DurableExecutionArn, Error: error }) => {
        const execution = known(engine, DurableExecutionArn);
        engine.close(execution, { status: "STOPPED", error: error ?? {} });
        return { StopTimestamp: execution.endedAt };
      },
    },
    ...callbackOperations(engine),
  };
}

function callbackOperations(engine: Engine): Operations<typeof lambda> {
  return {
    SendDurableExecutionCallbackSuccess: {
      rights: onCallback("SendDurableExecutionCallbackSuccess"),
      run: ({ CallbackId, Result }) => {
        const { execution, operation } = waiting(engine, CallbackId);
        endCallback(execution, operation, { status: "SUCCEEDED", result: textOf(Result) });
        engine.wake(execution);
        return {};
      },
    },
    SendDurableExecutionCallbackFailure: {
      rights: onCallback("SendDurableExecutionCallbackFailure"),
      run: ({ CallbackId, Error: error }) => {
        const { execution, operation } = waiting(engine, CallbackId);
        endCallback(execution, operation, { status: "FAILED", error: error ?? {} });
        engine.wake(execution);
        return {};
      },
    },
    SendDurableExecutionCallbackHeartbeat: {
      rights: onCallback("SendDurableExecutionCallbackHeartbeat"),
      run: ({ CallbackId }) => {
        const { execution, operation } = waiting(engine, CallbackId);
        armHeartbeat(execution, operation, () => engine.wake(execution));
        return {};
      },
    },
  };
}

/** Closed executions are forgotten after the retention period, names included (dg/durable-execution-idempotency.html). */
export function isForgotten(execution: Execution): boolean {
  const days = execution.version.durable?.retentionDays ?? 0;
  return execution.endedAt !== undefined && Date.now() - execution.endedAt.getTime() > days * 86_400_000;
}

function known(engine: Engine, arn: string | undefined): Execution {
  const execution = engine.executions.get(arn ?? "");
  if (!execution || isForgotten(execution)) throw executionNotFound();
  return execution;
}

function describe(execution: Execution, data: boolean) {
  const { durable } = execution.version;
  return {
    ...summary(execution),
    Version: execution.version.version,
    ExecutionDataIncluded: data,
    ...(data && { InputPayload: execution.input, Result: execution.result, Error: execution.error }),
    DurableConfig: { ExecutionTimeout: durable?.executionTimeoutSeconds, RetentionPeriodInDays: durable?.retentionDays },
  };
}

const summary = ({ arn, name, version, status, startedAt, endedAt }: Execution): Summary => ({
  DurableExecutionArn: arn,
  DurableExecutionName: name,
  FunctionArn: versionArn(version),
  Status: status,
  StartTimestamp: startedAt,
  EndTimestamp: endedAt,
});

/** Newest first unless told otherwise. */
function list(engine: Engine, functions: Functions, input: ListDurableExecutionsByFunctionRequest) {
  const { function: fn, version, qualifier } = resolve(functions, referenceOf(input.FunctionName, input.Qualifier));
  const found = [...engine.executions.values()].filter((execution) => {
    if (isForgotten(execution) || execution.version.functionName !== fn.name) return false;
    if (qualifier && execution.version.version !== version.version) return false;
    return matches(execution, input);
  });
  const { page, NextMarker } = pageOf(input.ReverseOrder ? found : found.reverse(), input);
  return { DurableExecutions: page.map(summary), NextMarker };
}

function matches({ name, status, startedAt }: Execution, input: ListDurableExecutionsByFunctionRequest): boolean {
  if (input.DurableExecutionName && name !== input.DurableExecutionName) return false;
  if (input.Statuses?.length && !input.Statuses.includes(status)) return false;
  return (!input.StartedAfter || startedAt > input.StartedAfter) && (!input.StartedBefore || startedAt < input.StartedBefore);
}

function onCallback(action: string) {
  return ({ CallbackId }: { CallbackId: string | undefined }): Right[] => [{ action: `lambda:${action}`, resources: [addressOf(CallbackId).e] }];
}

/** A callback id names its execution and operation; it stays opaque to callers. */
function addressOf(callbackId: string | undefined): { e: string; o: string } {
  try {
    const { e, o } = JSON.parse(Buffer.from(callbackId ?? "", "base64").toString()) as Record<string, unknown>;
    if (typeof e === "string" && typeof o === "string") return { e, o };
  } catch {
    // not one of ours
  }
  throw invalid("Invalid callback id");
}

function waiting(engine: Engine, callbackId: string | undefined) {
  const { e, o } = addressOf(callbackId);
  const execution = engine.executions.get(e);
  const operation = execution?.operations.get(o);
  if (!execution || !operation || isClosed(execution) || operation.Type !== "CALLBACK" || operation.Status !== "STARTED") {
    throw new AwsError("CallbackTimeoutException", "The callback is either timed out or already completed", 400, { Type: "User" });
  }
  return { execution, operation };
}
