import { type ChildProcess, fork } from "node:child_process";
import type { CodeStore, FunctionCode, InvocationContext, LambdaHandler } from "@steward/simulator/account/functions";
import { type Answer, AS_IN_LAMBDA, type Invocation, type Start, type Used } from "./messages.ts";

/** Processes in which a function ran. */
export class FunctionProcesses {
  private readonly children: ChildProcess[] = [];
  processes = 0;
  invocations = 0;
  /** Of each process, as it last said. */
  private readonly used = new Map<ChildProcess, Used>();

  /** Code of a function that runs in a process of its own for each execution environment, and ends with it. */
  codeAt(place: () => { endpoint: string; shiftMs: number; file: string }): FunctionCode {
    return ({ environment, credentials, region, account }) => {
      const { endpoint, shiftMs, file } = place();
      return this.begin({ environment, credentials, region, account, endpoint, shiftMs }, file);
    };
  }

  private begin(start: Start, file: string): LambdaHandler {
    const child = fork(file, [JSON.stringify(start)], { ...AS_IN_LAMBDA, env: { POWERTOOLS_LOG_LEVEL: "SILENT" } });
    this.children.push(child);
    this.processes++;
    return (event, context) => this.invoke(child, event, context);
  }

  /** A process that does not answer in time is killed, as Lambda does it; Lambda itself says what became of the invocation. */
  private async invoke(child: ChildProcess, event: unknown, { getRemainingTimeInMillis, ...context }: InvocationContext): Promise<unknown> {
    this.invocations++;
    const remainingMs = getRemainingTimeInMillis();
    const timer = setTimeout(() => child.kill("SIGKILL"), remainingMs);
    const answer = await ask(child, { event, context, remainingMs });
    clearTimeout(timer);
    this.used.set(child, answer.used);
    if (answer.error) throw Object.assign(new Error(answer.error.message), { name: answer.error.name });
    return answer.result;
  }

  /** The largest resident set of any, and the processor's time of all. */
  get usedByAll(): Used {
    const all = [...this.used.values()];
    return { peakKb: Math.max(0, ...all.map(({ peakKb }) => peakKb)), cpuSeconds: all.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0) };
  }

  end(): void {
    for (const child of this.children) child.kill("SIGKILL");
  }
}

function ask(child: ChildProcess, invocation: Invocation): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const gone = (code: number | null) => reject(Object.assign(new Error(`exited with ${code}`), { name: "Runtime.ExitError" }));
    child.once("exit", gone);
    child.once("message", (answer) => {
      child.off("exit", gone);
      resolve(answer as Answer);
    });
    child.send(invocation);
  });
}

/** Functions that a bench has no use for do nothing. */
export const idle = (code: CodeStore, ...handlers: string[]): void => {
  for (const handler of handlers) code.set(handler, () => async () => null);
};
