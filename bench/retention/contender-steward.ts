/** One execution environment of `remediate`, as a process: takes invocations from its parent, one after the other. */
import { type Answer, type Invocation, type Start, usedSoFar } from "./messages.ts";
import { shiftClock } from "./shift-clock.ts";
import { handlerIn } from "./steward-handler.ts";

const [text = "{}"] = process.argv.slice(2);
const start = JSON.parse(text) as Start;
shiftClock(start.shiftMs);
const handler = handlerIn(start);

process.on("message", (message) => {
  const { event, context, remainingMs } = message as Invocation;
  const deadline = Date.now() + remainingMs;
  handler(event, { ...context, getRemainingTimeInMillis: () => deadline - Date.now() }).then(
    (result: unknown) => process.send?.({ result, used: usedSoFar() } satisfies Answer),
    ({ name, message: words }: Error) => process.send?.({ error: { name, message: words }, used: usedSoFar() } satisfies Answer),
  );
});
