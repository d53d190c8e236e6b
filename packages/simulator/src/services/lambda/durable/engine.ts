import type { ErrorObject, Operation } from "@aws-sdk/client-lambda";
import type { Account } from "../../../account/account.ts";
import { AwsError } from "../../../account/operation.ts";
import { between, hex } from "../../../world/chance.ts";
import type { Fleet } from "../fleet.ts";
import { type FunctionVersion, versionArn } from "../functions.ts";
import { type Outcome, pause } from "../invocation.ts";
import { type Execution, isClosed, newExecution, renewToken, takeUnseen } from "./execution.ts";
import { note, noteInvocation } from "./history.ts";
import { at } from "./later.ts";
import { failureOf, type Verdict, verdictOn } from "./verdict.ts";

/** Backend retries grow exponentially and go on until the execution times out (dg/durable-execution-sdk-retries.html); the steps are not published. */
const BACKEND_RETRY_MS = { first: 1000, longest: 300_000 };
/** Operations in the invocation's own event; the rest is read page by page. */
export const STATE_PAGE = 1000;

export interface End {
  status: "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "STOPPED";
  result?: string;
  error?: ErrorObject;
}

/** Keeps durable executions going: invokes the function whenever there is something new for it, one invocation at a time. */
export class Engine {
  readonly executions = new Map<string, Execution>();
  private readonly account: Account;
  private readonly fleet: Fleet;
  /** Told when an execution ends, however it ends. */
  onClosed: (execution: Execution) => void = () => {};

  constructor(account: Account, fleet: Fleet) {
    this.account = account;
    this.fleet = fleet;
  }

  start(version: FunctionVersion, name: string | undefined, input: string): Execution {
    const execution = newExecution(version, name, input);
    const seconds = version.durable?.executionTimeoutSeconds ?? 0;
    this.executions.set(execution.arn, execution);
    note(execution, rootOf(execution), "Started", { Input: { Payload: input }, ExecutionTimeout: seconds });
    execution.timers.set(
      "execution",
      at(new Date(Date.now() + seconds * 1000), () =>
        this.close(execution, { status: "TIMED_OUT", error: { ErrorMessage: `Execution timed out after ${seconds} seconds.` } }),
      ),
    );
    this.announce(execution);
    this.wake(execution);
    return execution;
  }

  /** Asks for an invocation; one that is under way looks for news itself before it rests. */
  wake(execution: Execution): void {
    if (execution.awake || isClosed(execution)) return;
    execution.awake = true;
    void this.run(execution);
  }

  /** Ends an execution once; what still runs keeps running, but its checkpoints are refused. */
  close(execution: Execution, end: End): void {
    if (isClosed(execution)) return;
    for (const stop of execution.timers.values()) stop();
    execution.timers.clear();
    Object.assign(execution, { status: end.status, result: end.result, error: end.error, endedAt: new Date(), token: undefined });
    const root = rootOf(execution);
    root.Status = end.status;
    root.EndTimestamp = execution.endedAt;
    note(execution, root, HAPPENED[end.status], end.status === "SUCCEEDED" ? { Result: { Payload: end.result } } : { Error: { Payload: end.error } });
    this.announce(execution);
    for (const tell of execution.closed.splice(0)) tell();
    this.onClosed(execution);
  }

  /** Resolves when the execution is closed. */
  closed(execution: Execution): Promise<void> {
    return isClosed(execution)
      ? Promise.resolve()
      : new Promise((resolve) => {
          execution.closed.push(resolve);
        });
  }

  private async run(execution: Execution): Promise<void> {
    await pause(between(20, 150));
    while (!isClosed(execution)) {
      const verdict = await this.invoke(execution);
      if (isClosed(execution)) break;
      if (verdict.kind === "end") this.close(execution, verdict.end);
      if (verdict.kind === "rest" && execution.unseen.size === 0) break;
      if (verdict.kind === "again") await pause(backoff(++execution.failures));
      else execution.failures = 0;
    }
    execution.awake = false;
  }

  private async invoke(execution: Execution): Promise<Verdict> {
    const requestId = `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`;
    const startedAt = new Date();
    execution.invocations++;
    const outcome = await this.outcome(execution, requestId);
    execution.running = undefined;
    execution.token = undefined;
    noteInvocation(execution, { startedAt, requestId, error: outcome.kind === "error" ? failureOf(outcome.failure) : undefined });
    return verdictOn(execution, outcome);
  }

  private async outcome(execution: Execution, requestId: string): Promise<Outcome> {
    try {
      const event = this.eventFor(execution);
      return await this.fleet.invoke(execution.version, { requestId, event, invokedArn: versionArn(execution.version) }, (environment) => {
        execution.running = environment;
      });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return { kind: "error", failure: { errorType: error.code, errorMessage: error.message } };
    }
  }

  /** The event of one invocation: the whole state, and what changed since the code last saw it. */
  private eventFor(execution: Execution): unknown {
    const updated = takeUnseen(execution).map(({ Id }) => Id);
    const visible = stateOf(execution);
    const Operations = visible.slice(0, STATE_PAGE);
    const NextMarker = visible.length > STATE_PAGE ? String(STATE_PAGE) : "";
    return wire({
      DurableExecutionArn: execution.arn,
      CheckpointToken: renewToken(execution),
      InitialExecutionState: { Operations, NextMarker },
      UpdatedOperationIds: updated,
    });
  }

  private announce(execution: Execution): void {
    const { arn, name, version, status, startedAt, endedAt } = execution;
    const metric = METRICS[status as keyof typeof METRICS];
    this.account.links.metric("AWS/Lambda", metric, { FunctionName: version.functionName }, 1);
    this.account.links.emit({
      source: "aws.lambda",
      "detail-type": "Durable Execution Status Change",
      resources: [],
      detail: {
        durableExecutionArn: arn,
        durableExecutionName: name,
        functionArn: versionArn(version),
        status,
        startTimestamp: startedAt.toISOString(),
        ...(endedAt && { endTimestamp: endedAt.toISOString() }),
      },
    });
  }
}

/** The operations that replay needs: children of a finished context go, unless it asked to replay them. */
export function stateOf({ operations }: Execution): Operation[] {
  const hidden = new Set<string>();
  return [...operations.values()].filter((operation) => {
    const parent = operations.get(operation.ParentId ?? "");
    const finished = parent?.Type === "CONTEXT" && (parent.Status === "SUCCEEDED" || parent.Status === "FAILED");
    const replayed = parent?.ContextDetails?.ReplayChildren && !hidden.has(parent.Id ?? "");
    if (!(hidden.has(parent?.Id ?? "-") || (finished && !replayed))) return true;
    hidden.add(operation.Id ?? "");
    return false;
  });
}

const rootOf = (execution: Execution): Operation => execution.operations.get(execution.id) as Operation;

const backoff = (failures: number): number => Math.min(BACKEND_RETRY_MS.first * 2 ** (failures - 1), BACKEND_RETRY_MS.longest);

/** As the event travels: plain JSON, times as ISO strings. */
const wire = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const HAPPENED = { SUCCEEDED: "Succeeded", FAILED: "Failed", TIMED_OUT: "TimedOut", STOPPED: "Stopped" } as const;
const METRICS = {
  RUNNING: "DurableExecutionStarted",
  SUCCEEDED: "DurableExecutionSucceeded",
  FAILED: "DurableExecutionFailed",
  TIMED_OUT: "DurableExecutionTimedOut",
  STOPPED: "DurableExecutionStopped",
} as const;
