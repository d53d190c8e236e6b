import type { DurableContext } from "@aws/durable-execution-sdk-js";
import { Permanent, Retryable } from "@steward/core/errors";
import { durableRun, retryStrategy } from "@steward/functions/durable-run";
import { describe, expect, test } from "vitest";

describe("a step that throws", () => {
  test.each([
    [1, 2],
    [2, 5],
    [3, 15],
    [4, 30],
  ])("is tried again after attempt %i, %i seconds later", (attempt, seconds) => {
    expect(retryStrategy(new Retryable("busy"), attempt)).toEqual({ shouldRetry: true, delay: { seconds } });
    expect(retryStrategy(new Error("a bug"), attempt)).toEqual({ shouldRetry: true, delay: { seconds } });
  });

  test("fails the run with its fifth attempt", () => {
    expect(retryStrategy(new Retryable("busy"), 5)).toEqual({ shouldRetry: false });
  });

  test("is not tried again when no repetition helps, known by its name as a checkpoint keeps nothing else", () => {
    expect(retryStrategy(new Permanent("refused"), 1)).toEqual({ shouldRetry: false });
    expect(retryStrategy(Object.assign(new Error("refused"), { name: "Permanent" }), 1)).toEqual({ shouldRetry: false });
  });
});

describe("a run", () => {
  const recorded = () => {
    const calls: unknown[][] = [];
    const step = (name: string, effect: () => Promise<unknown>, options: unknown) => {
      calls.push(["step", name, options]);
      return effect();
    };
    const wait = async (...call: unknown[]) => void calls.push(["wait", ...call]);
    return { calls, run: durableRun({ step, wait } as unknown as DurableContext) };
  };

  test("does its steps under their names with its own retries", async () => {
    const { calls, run } = recorded();
    expect(await run.step("look", async () => 7)).toBe(7);
    expect(calls).toEqual([["step", "look", { retryStrategy }]]);
  });

  test.each([
    [{ minutes: 2 }, 120],
    [{ seconds: 15 }, 15],
    [{ seconds: 0 }, 1],
  ])("sleeps %o for %i seconds", async (duration, seconds) => {
    const { calls, run } = recorded();
    await run.sleep("a while", duration);
    expect(calls).toEqual([["wait", "a while", { seconds }]]);
  });
});
