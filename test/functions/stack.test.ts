import { InvalidEvent, Retryable } from "@steward/core/errors";
import { handle } from "@steward/functions/stack";
import { expect, test } from "vitest";
import { aRuntime, context, sample } from "./a-runtime.ts";

const SECRET = "do not print me";
const event = { ...sample("scheduled"), detail: { password: SECRET } };

const throwing = (error: unknown, but?: Parameters<typeof aRuntime>[1]) => {
  const bench = aRuntime(undefined, but);
  const handler = handle(bench.runtime, "observe", async () => {
    bench.runtime.logger.info("at work");
    throw error;
  });
  return { ...bench, answer: () => handler(event, context()) };
};

test("answers what the work answers", async () => {
  const { runtime } = aRuntime();
  expect(await handle(runtime, "observe", async () => ({ seen: 2 }))(event, context())).toEqual({ seen: 2 });
});

test("puts what no retry helps into the dead letter with its reason, and ends well", async () => {
  const { answer, letters } = throwing(new InvalidEvent("unknown alarm surprise"));
  expect(await answer()).toEqual({ deadLettered: "unknown alarm surprise" });
  expect(letters).toEqual([{ because: "observe: unknown alarm surprise", event }]);
});

test.each([new Retryable("busy"), new Error("a bug"), "not even an error"])("fails the invocation for Lambda to retry it: %s", async (error) => {
  const { answer, letters } = throwing(error);
  await expect(answer()).rejects.toBe(error);
  expect(letters).toEqual([]);
});

test("fails the invocation when the dead letter does not take it, so that nothing is lost", async () => {
  const { answer } = throwing(new InvalidEvent("unknown alarm"), () => ({ deadLetter: { keep: () => Promise.reject(new Error("no queue")) } }));
  await expect(answer()).rejects.toThrow("no queue");
});

test("ties every line to the function, the request and the event", async () => {
  const { answer, lines } = throwing(new Retryable("busy"));
  await answer().catch(() => {});
  expect(lines).toMatchObject([
    { level: "INFO", message: "at work" },
    { level: "ERROR", message: "failed", error: { name: "Retryable", message: "busy" } },
  ]);
  for (const line of lines) expect(line).toMatchObject({ function: "observe", requestId: "request-1", correlationId: event.id });
});

test.each([new Retryable("busy"), new InvalidEvent("unknown alarm")])("never prints what is in the event: %s", async (error) => {
  const { answer, lines } = throwing(error);
  await answer().catch(() => {});
  expect(lines.length).toBeGreaterThan(0);
  expect(JSON.stringify(lines)).not.toContain(SECRET);
});

test.each<[string, unknown]>([
  ["without an id", {}],
  ["that is no object", "hello"],
  ["that is nothing", null],
])("says that an event %s has no correlation", async (_what, odd) => {
  const { runtime, lines } = aRuntime();
  await handle(runtime, "observe", async () => runtime.logger.info("at work"))(odd, context());
  expect(lines).toMatchObject([{ correlationId: "none" }]);
});

test.each([true, false])("carries nothing over to the next invocation of the same environment (the first one fails: %s)", async (fails) => {
  const { runtime, lines } = aRuntime();
  const handler = handle(runtime, "observe", async () => {
    if (fails) throw new Error("a bug");
  });
  await handler(event, context()).catch(() => {});
  runtime.logger.info("later");
  expect(lines.at(-1)).not.toHaveProperty("requestId");
});
