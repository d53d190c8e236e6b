import type { Event, EventType, Operation, OperationType } from "@aws-sdk/client-lambda";
import type { Execution } from "./execution.ts";

type Happened = "Started" | "Succeeded" | "Failed" | "TimedOut" | "Stopped" | "Cancelled";
const WORDS: Record<Exclude<OperationType, "CHAINED_INVOKE">, string> = {
  EXECUTION: "Execution",
  STEP: "Step",
  WAIT: "Wait",
  CONTEXT: "Context",
  CALLBACK: "Callback",
};

/** Notes what happened to an operation, in the shape of `GetDurableExecutionHistory` (API_Event). */
export function note(execution: Execution, operation: Operation, happened: Happened, details: Record<string, unknown> = {}): void {
  const type = `${WORDS[operation.Type as keyof typeof WORDS]}${happened}` as EventType;
  append(execution, {
    EventType: type,
    Id: operation.Id,
    Name: operation.Name,
    SubType: operation.SubType,
    ParentId: operation.ParentId,
    [`${type}Details`]: details,
  });
}

/** Notes the end of one invocation of the function. */
export function noteInvocation(
  execution: Execution,
  invocation: { startedAt: Date; requestId: string; error?: { ErrorType: string; ErrorMessage: string } },
): void {
  const { startedAt, requestId, error } = invocation;
  append(execution, {
    EventType: "InvocationCompleted",
    InvocationCompletedDetails: { StartTimestamp: startedAt, EndTimestamp: new Date(), RequestId: requestId, ...(error && { Error: { Payload: error } }) },
  });
}

/** Without execution data, results, inputs and errors are left out and marked as truncated. */
export function withoutData(event: Event): Event {
  const strip = (value: unknown): unknown => {
    if (value === null || typeof value !== "object" || value instanceof Date) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key,
        ["Result", "Input", "Error"].includes(key) && inner !== undefined ? { Truncated: true } : strip(inner),
      ]),
    );
  };
  return strip(event) as Event;
}

function append(execution: Execution, event: Event): void {
  execution.history.push({ EventId: execution.history.length + 1, EventTimestamp: new Date(), ...event });
}
