import type { Account } from "../../account/account.ts";
import type { CodeStore } from "../../account/functions.ts";
import { AwsError } from "../../account/operation.ts";
import { between } from "../../world/chance.ts";
import { type Environment, kill, startEnvironment, type Transport } from "./environment.ts";
import type { LambdaFaults } from "./faults.ts";
import type { FunctionVersion } from "./functions.ts";
import { failed, type InvocationRequest, type Outcome, pause, runIn } from "./invocation.ts";

/** Lambda takes idle environments back after some minutes and does not say how many; see dg/lambda-runtime-environment.html. */
const IDLE_MS = 10 * 60_000;

/** All execution environments of the account. */
export class Fleet {
  private readonly environments = new Set<Environment>();
  /** Cold starts under way; they count as concurrency. */
  private starting = 0;
  /** Concurrent executions in the region; 1,000 unless AWS lowers it (new accounts start with less). */
  concurrencyLimit = 1000;
  private readonly account: Account;
  private readonly code: CodeStore;
  private readonly transport: Transport;
  private readonly faults: LambdaFaults;

  constructor(parts: { account: Account; code: CodeStore; transport: Transport; faults: LambdaFaults }) {
    this.account = parts.account;
    this.code = parts.code;
    this.transport = parts.transport;
    this.faults = parts.faults;
  }

  /**
   * Runs one invocation in a free environment or a new one. Rejects with `TooManyRequestsException` at the limit.
   * `onStart` learns the environment before the event reaches it.
   */
  async invoke(version: FunctionVersion, request: InvocationRequest, onStart?: (environment: Environment) => void): Promise<Outcome> {
    this.requireCapacity();
    const environment = this.idle(version) ?? (await this.start(version));
    if ("kind" in environment) return this.measured(version, Date.now(), environment);
    environment.busy = true;
    onStart?.(environment);
    const startedAt = Date.now();
    const killAfterMs = this.faults.killInvocation?.({ functionName: version.functionName, requestId: request.requestId });
    const outcome = await runIn(environment, { ...request, killAfterMs });
    this.release(environment);
    return this.measured(version, startedAt, outcome);
  }

  /** Kills every environment of a function, whatever it does at the moment. */
  killAll(functionName: string): void {
    for (const environment of [...this.environments]) {
      if (environment.version.functionName !== functionName) continue;
      kill(environment);
      this.environments.delete(environment);
    }
  }

  /** Living environments of a function, busy or idle. */
  count(functionName: string): number {
    return [...this.environments].filter(({ version, alive }) => alive && version.functionName === functionName).length;
  }

  private requireCapacity(): void {
    const busy = [...this.environments].filter((environment) => environment.busy).length + this.starting;
    if (busy < this.concurrencyLimit) return;
    throw new AwsError("TooManyRequestsException", "Rate Exceeded.", 429, { Type: "User", Reason: "ConcurrentInvocationLimitExceeded" });
  }

  private idle(version: FunctionVersion): Environment | undefined {
    for (const environment of [...this.environments]) {
      if (environment.busy) continue;
      if (Date.now() - environment.idleSince.getTime() > IDLE_MS) this.retire(environment);
    }
    return [...this.environments].find((environment) => !environment.busy && environment.alive && environment.version === version);
  }

  private retire(environment: Environment): void {
    kill(environment);
    this.environments.delete(environment);
  }

  /** A cold start: the code's top level runs; an error in it fails the invocation. */
  private async start(version: FunctionVersion): Promise<Environment | Outcome> {
    this.starting++;
    await pause(between(150, 600));
    this.starting--;
    try {
      const environment = startEnvironment(this.account, this.code, this.transport, version);
      this.environments.add(environment);
      return environment;
    } catch (error) {
      return failed({
        errorType: error instanceof Error ? error.name : "Error",
        errorMessage: error instanceof Error ? error.message : String(error),
        trace: [],
      });
    }
  }

  private release(environment: Environment): void {
    environment.busy = false;
    environment.idleSince = new Date();
    if (!environment.alive) this.environments.delete(environment);
  }

  private measured(version: FunctionVersion, startedAt: number, outcome: Outcome): Outcome {
    const dimensions = { FunctionName: version.functionName };
    this.account.links.metric("AWS/Lambda", "Invocations", dimensions, 1);
    this.account.links.metric("AWS/Lambda", "Errors", dimensions, outcome.kind === "error" ? 1 : 0);
    this.account.links.metric("AWS/Lambda", "Duration", dimensions, Date.now() - startedAt);
    return outcome;
  }
}
