import type { DurableContext } from "@aws/durable-execution-sdk-js";
import { milliseconds } from "@steward/core/apply/duration";
import type { Json, Run } from "@steward/core/apply/run";

/** Core's two-method `Run` over Lambda's durable functions. */
export const durableRun = (context: DurableContext): Run => ({
  step: <T extends Json>(name: string, effect: () => Promise<T>) => context.step(name, effect, { retryStrategy }),
  sleep: async (name, duration) => {
    await context.wait(name, { seconds: Math.max(1, Math.round(milliseconds(duration) / 1000)) });
  },
});

/** Pauses before the next attempt, in seconds: no jitter, because one run at a time does not herd. */
const PAUSES = [2, 5, 15, 30];

/** What no repetition helps is not repeated. */
export const retryStrategy = (error: Error, attempt: number): { shouldRetry: false } | { shouldRetry: true; delay: { seconds: number } } => {
  const pause = PAUSES[attempt - 1];
  return error.name === "Permanent" || pause === undefined ? { shouldRetry: false } : { shouldRetry: true, delay: { seconds: pause } };
};
