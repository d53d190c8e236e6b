import type { ErrorObject, Event, ExecutionStatus, Operation } from "@aws-sdk/client-lambda";
import { hex } from "../../../world/chance.ts";
import type { Environment } from "../environment.ts";
import { type FunctionVersion, versionArn } from "../functions.ts";
import type { Cancel } from "./later.ts";

/** Everything the service keeps about one durable execution. */
export interface Execution {
  arn: string;
  id: string;
  name: string;
  version: FunctionVersion;
  /** The invocation's payload, as sent: equality of payloads is equality of this text. */
  input: string;
  status: ExecutionStatus;
  result?: string;
  error?: ErrorObject;
  startedAt: Date;
  endedAt?: Date;
  /** In the order they started; the first is the execution itself. */
  operations: Map<string, Operation>;
  /** Operations that changed since the code last saw the state. */
  unseen: Set<string>;
  /** The only token that the next call may carry; none while nothing runs. */
  token?: string;
  /** The last answered checkpoint, so that a repeated request (same client token) gets the same answer. */
  answered?: { clientToken: string; token: string; answer: CheckpointAnswer };
  checkpoints: number;
  invocations: number;
  /** Invocations that ended in an error since the last one that did not. */
  failures: number;
  running?: Environment;
  /** An invocation is asked for or under way. */
  awake: boolean;
  callbacks: Map<string, CallbackDeadlines>;
  timers: Map<string, Cancel>;
  history: Event[];
  closed: (() => void)[];
}

export interface CallbackDeadlines {
  heartbeatSeconds?: number;
  timeoutSeconds?: number;
}

export interface CheckpointAnswer {
  CheckpointToken?: string;
  NewExecutionState: { Operations: Operation[] };
}

/** A new execution with its first operation, not yet invoked. */
export function newExecution(version: FunctionVersion, name: string | undefined, input: string): Execution {
  const id = uuid();
  const chosen = name ?? uuid();
  const startedAt = new Date();
  const root: Operation = { Id: id, Name: chosen, Type: "EXECUTION", Status: "STARTED", StartTimestamp: startedAt, ExecutionDetails: { InputPayload: input } };
  return {
    arn: `${versionArn(version)}/durable-execution/${chosen}/${id}`,
    id,
    name: chosen,
    version,
    input,
    status: "RUNNING",
    startedAt,
    operations: new Map([[id, root]]),
    unseen: new Set(),
    checkpoints: 0,
    invocations: 0,
    failures: 0,
    awake: false,
    callbacks: new Map(),
    timers: new Map(),
    history: [],
    closed: [],
  };
}

export const isClosed = ({ status }: Execution): boolean => status !== "RUNNING";

/** Marks an operation as changed, so that the code hears of it at its next checkpoint or invocation. */
export function touch(execution: Execution, operation: Operation): void {
  execution.operations.set(operation.Id ?? "", operation);
  execution.unseen.add(operation.Id ?? "");
}

/** What changed since the code last looked; looking empties it. */
export function takeUnseen(execution: Execution): Operation[] {
  const changed = [...execution.unseen].flatMap((id) => execution.operations.get(id) ?? []);
  execution.unseen.clear();
  return changed;
}

/** A fresh token; every earlier one is stale from now on. */
export function renewToken(execution: Execution): string {
  execution.token = Buffer.from(JSON.stringify({ e: execution.id, i: execution.invocations, n: hex(16) })).toString("base64");
  return execution.token;
}

const uuid = (): string => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`;
