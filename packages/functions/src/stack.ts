import middy from "@middy/core";
import { InvalidEvent } from "@steward/core/errors";
import type { Context } from "aws-lambda";
import type { Runtime } from "./runtime.ts";

/** The one stack around every plain handler: log context, and errors sorted into retry and dead letter. */
export const handle = <Result>(runtime: Runtime<"deadLetter">, name: string, work: (event: unknown) => Promise<Result>) =>
  middy<unknown, Result | undefined>()
    .use(logContext(runtime, name))
    .use(deadLetterInvalid(runtime, name))
    .handler((event) => work(event));

interface Request {
  event: unknown;
  context: Context;
  error: unknown;
  response?: unknown;
}

/** Every line of an invocation carries the function and the ids that tie it to its event. */
const logContext = ({ logger }: Pick<Runtime, "logger">, name: string) => ({
  before: ({ event, context }: Request) => {
    logger.appendKeys({ function: name, requestId: context.awsRequestId, correlationId: correlationOf(event) });
  },
  after: () => logger.resetKeys(),
  onError: ({ error }: Request) => {
    logger.error("failed", error instanceof Error ? error : new Error(String(error)));
    logger.resetKeys();
  },
});

/** The id of the event that began it. */
const correlationOf = (event: unknown): string =>
  typeof event === "object" && event !== null && "id" in event && typeof event.id === "string" ? event.id : "none";

/**
 * What no retry can help goes to the dead letter at once, with its reason, and the invocation ends well; everything else
 * fails the invocation, so that Lambda retries it and in the end puts it into the same queue.
 */
const deadLetterInvalid = ({ world }: Runtime<"deadLetter">, name: string) => ({
  onError: async (request: Request) => {
    const { error, event } = request;
    if (!(error instanceof InvalidEvent)) return;
    await world.deadLetter.keep({ because: `${name}: ${error.message}`, event });
    request.response = { deadLettered: error.message };
  },
});
