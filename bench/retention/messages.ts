import type { ForkOptions } from "node:child_process";
import type { ExecutionEnvironment, InvocationContext } from "@steward/simulator/account/functions";

/** What a process of the function is started with: what Lambda gives it, and where the world's clock stands. */
export interface Start {
  environment: Record<string, string>;
  credentials: ExecutionEnvironment["credentials"];
  region: string;
  account: string;
  endpoint: string;
  /** Milliseconds by which the world's clock differs from the machine's. */
  shiftMs: number;
}

export interface Invocation {
  event: unknown;
  context: Omit<InvocationContext, "getRemainingTimeInMillis">;
  remainingMs: number;
}

/** How one invocation ended, and what the process has used by then. */
export interface Answer {
  result?: unknown;
  error?: { name: string; message: string };
  used: Used;
}

/**
 * How a contender's process is started: with the flags that Lambda's runtime for Node gives a function of 512 MB, which is what
 * `remediate` has; a heap without them grows as far as the machine lets it. Source: `bootstrap` of AWS's base images for Lambda.
 */
export const AS_IN_LAMBDA: ForkOptions = { execArgv: ["--max-semi-space-size=25", "--max-old-space-size=461"], serialization: "json" };

/** What a process has used from its start until now: its largest resident set, and the processor's time. */
export interface Used {
  peakKb: number;
  cpuSeconds: number;
}

export function usedSoFar(): Used {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  return { peakKb: maxRSS, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6 };
}

/** What a loop is to do. */
export interface LoopTask {
  endpoint: string;
  /** Everything started before this goes. */
  dueBefore: string;
  stage: string;
  /** Only these, without looking. */
  ids?: string[];
}

export interface LoopDone {
  deleted: number;
  /** Those that it named as not deleted. */
  named: number;
  used: Used;
}
