import type { ErrorObject, Operation, OperationUpdate } from "@aws-sdk/client-lambda";
import { type Execution, touch } from "./execution.ts";
import { note } from "./history.ts";
import { at } from "./later.ts";

/** How a batch changes the world outside the execution's own operations. */
export interface Consequences {
  /** Something the code may be waiting for has happened. */
  wake: () => void;
  close: (end: { status: "SUCCEEDED" | "FAILED"; result?: string; error?: ErrorObject }) => void;
}

/** Applies one validated update: the operation's new state, its history, its timers. */
export function apply(execution: Execution, update: OperationUpdate, consequences: Consequences): void {
  if (update.Type === "EXECUTION") {
    consequences.close({ status: update.Action === "FAIL" ? "FAILED" : "SUCCEEDED", result: update.Payload, error: update.Error });
    return;
  }
  const operation = started(execution, update);
  if (update.Action === "START") start(execution, operation, update, consequences);
  if (update.Action === "SUCCEED" || update.Action === "FAIL") end(execution, operation, update);
  if (update.Action === "RETRY") retry(execution, operation, update, consequences);
  if (update.Action === "CANCEL") cancel(execution, operation);
  touch(execution, operation);
}

/** Ends a callback from outside; the operation must still be `STARTED`. */
export function endCallback(
  execution: Execution,
  operation: Operation,
  end: { status: "SUCCEEDED" | "FAILED" | "TIMED_OUT"; result?: string; error?: ErrorObject },
): void {
  stopTimers(execution, operation);
  operation.Status = end.status;
  operation.EndTimestamp = new Date();
  operation.CallbackDetails = { ...operation.CallbackDetails, Result: end.result, Error: end.error };
  const happened = { SUCCEEDED: "Succeeded", FAILED: "Failed", TIMED_OUT: "TimedOut" } as const;
  note(execution, operation, happened[end.status], end.error ? { Error: { Payload: end.error } } : { Result: { Payload: end.result } });
  touch(execution, operation);
}

/** Starts the heartbeat's time again; without one there is nothing to do. */
export function armHeartbeat(execution: Execution, operation: Operation, wake: () => void): void {
  const seconds = execution.callbacks.get(operation.Id ?? "")?.heartbeatSeconds;
  if (seconds)
    armCallback(execution, operation, {
      key: "heartbeat",
      seconds,
      wake,
      error: { ErrorType: "Callback.Heartbeat", ErrorMessage: "Callback timed out on heartbeat" },
    });
}

const callbackId = (execution: Execution, operation: Operation): string =>
  Buffer.from(JSON.stringify({ e: execution.arn, o: operation.Id })).toString("base64");

/** The existing operation, or a new one as its first update describes it. */
function started(execution: Execution, update: OperationUpdate): Operation {
  const { Id, ParentId, Name, Type, SubType } = update;
  return (
    execution.operations.get(Id ?? "") ?? {
      Id,
      ...(ParentId && { ParentId }),
      ...(Name && { Name }),
      Type,
      ...(SubType && { SubType }),
      Status: "STARTED",
      StartTimestamp: new Date(),
    }
  );
}

function start(execution: Execution, operation: Operation, update: OperationUpdate, { wake }: Consequences): void {
  operation.Status = "STARTED";
  if (update.Type === "CONTEXT") operation.ContextDetails = { ReplayChildren: update.ContextOptions?.ReplayChildren };
  if (update.Type === "WAIT") startWait(execution, operation, update.WaitOptions?.WaitSeconds ?? 0, wake);
  else if (update.Type === "CALLBACK") startCallback(execution, operation, update, wake);
  else note(execution, operation, "Started");
}

function startWait(execution: Execution, operation: Operation, seconds: number, wake: () => void): void {
  const end = new Date(Date.now() + seconds * 1000);
  operation.WaitDetails = { ScheduledEndTimestamp: end };
  note(execution, operation, "Started", { Duration: seconds, ScheduledEndTimestamp: end });
  arm(execution, operation, {
    key: "wait",
    end,
    onTime: () => {
      operation.Status = "SUCCEEDED";
      operation.EndTimestamp = new Date();
      note(execution, operation, "Succeeded", { Duration: seconds });
      touch(execution, operation);
      wake();
    },
  });
}

function startCallback(execution: Execution, operation: Operation, { CallbackOptions: options }: OperationUpdate, wake: () => void): void {
  operation.CallbackDetails = { CallbackId: callbackId(execution, operation) };
  execution.callbacks.set(operation.Id ?? "", { heartbeatSeconds: options?.HeartbeatTimeoutSeconds, timeoutSeconds: options?.TimeoutSeconds });
  note(execution, operation, "Started", {
    CallbackId: operation.CallbackDetails.CallbackId,
    Timeout: options?.TimeoutSeconds,
    HeartbeatTimeout: options?.HeartbeatTimeoutSeconds,
  });
  const timeout = { ErrorType: "Callback.Timeout", ErrorMessage: "Callback timed out" };
  if (options?.TimeoutSeconds) armCallback(execution, operation, { key: "timeout", seconds: options.TimeoutSeconds, wake, error: timeout });
  armHeartbeat(execution, operation, wake);
}

function armCallback(execution: Execution, operation: Operation, deadline: { key: string; seconds: number; wake: () => void; error: ErrorObject }): void {
  arm(execution, operation, {
    key: deadline.key,
    end: new Date(Date.now() + deadline.seconds * 1000),
    onTime: () => {
      endCallback(execution, operation, { status: "TIMED_OUT", error: deadline.error });
      deadline.wake();
    },
  });
}

function end(execution: Execution, operation: Operation, update: OperationUpdate): void {
  const succeeded = update.Action === "SUCCEED";
  operation.Status = succeeded ? "SUCCEEDED" : "FAILED";
  operation.EndTimestamp = new Date();
  const outcome = { Result: update.Payload, Error: update.Error };
  if (operation.Type === "CONTEXT")
    operation.ContextDetails = { ReplayChildren: update.ContextOptions?.ReplayChildren ?? operation.ContextDetails?.ReplayChildren, ...outcome };
  if (operation.Type === "STEP") operation.StepDetails = { Attempt: (operation.StepDetails?.Attempt ?? 0) + 1, ...outcome };
  const told = succeeded ? { Result: { Payload: update.Payload } } : { Error: { Payload: update.Error } };
  note(execution, operation, succeeded ? "Succeeded" : "Failed", {
    ...told,
    ...(operation.Type === "STEP" && { RetryDetails: { CurrentAttempt: operation.StepDetails?.Attempt } }),
  });
}

/** The step waits (`PENDING`) and becomes `READY` when its delay is over; the code starts the next attempt. */
function retry(execution: Execution, operation: Operation, update: OperationUpdate, { wake }: Consequences): void {
  const seconds = update.StepOptions?.NextAttemptDelaySeconds ?? 1;
  const next = new Date(Date.now() + seconds * 1000);
  const Attempt = (operation.StepDetails?.Attempt ?? 0) + 1;
  operation.Status = "PENDING";
  operation.StepDetails = { Attempt, NextAttemptTimestamp: next, Result: update.Payload, Error: update.Error };
  const RetryDetails = { CurrentAttempt: Attempt, NextAttemptDelaySeconds: seconds };
  note(
    execution,
    operation,
    update.Error ? "Failed" : "Succeeded",
    update.Error ? { Error: { Payload: update.Error }, RetryDetails } : { Result: { Payload: update.Payload }, RetryDetails },
  );
  arm(execution, operation, {
    key: "retry",
    end: next,
    onTime: () => {
      operation.Status = "READY";
      touch(execution, operation);
      wake();
    },
  });
}

function cancel(execution: Execution, operation: Operation): void {
  stopTimers(execution, operation);
  operation.Status = "CANCELLED";
  operation.EndTimestamp = new Date();
  if (operation.Type === "WAIT") note(execution, operation, "Cancelled");
}

function arm(execution: Execution, operation: Operation, timer: { key: string; end: Date; onTime: () => void }): void {
  const name = `${operation.Id}/${timer.key}`;
  execution.timers.get(name)?.();
  execution.timers.set(
    name,
    at(timer.end, () => {
      execution.timers.delete(name);
      timer.onTime();
    }),
  );
}

function stopTimers(execution: Execution, operation: Operation): void {
  for (const [name, stop] of [...execution.timers]) {
    if (!name.startsWith(`${operation.Id}/`)) continue;
    stop();
    execution.timers.delete(name);
  }
}
