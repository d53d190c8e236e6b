import type { Account } from "../../account/account.ts";
import { AwsError } from "../../account/operation.ts";
import { between } from "../../world/chance.ts";
import type { EventInvokeConfig } from "./async-config.ts";
import { type Delivery, deliver } from "./destinations.ts";
import type { LambdaFaults } from "./faults.ts";
import type { Fleet } from "./fleet.ts";
import type { Resolved } from "./functions.ts";
import { type Outcome, pause } from "./invocation.ts";
import { functionArn } from "./naming.ts";

/** One minute before the second attempt, two before the third (dg/invocation-async-error-handling.html). */
const RETRY_AFTER_MS = [60_000, 120_000];
const DEFAULT_RETRIES = 2;
const DEFAULT_MAXIMUM_AGE_MS = 6 * 3_600_000;
/** Throttled events return to the queue: from one second, growing to five minutes. */
const THROTTLE_MS = { first: 1000, longest: 300_000 };

/** An event on its way to a function. */
export interface QueuedEvent {
  resolved: Resolved;
  requestId: string;
  payload: unknown;
  queuedAt: Date;
}

type Parts = { account: Account; fleet: Fleet; faults: LambdaFaults };

/** Takes an event for asynchronous invocation; returns at once, as the API answers 202 before anything runs. */
export function enqueueEvent(parts: Parts, event: QueuedEvent): void {
  const copies = parts.faults.deliverTwice?.({ functionName: event.resolved.function.name, payload: event.payload }) ? 2 : 1;
  for (let copy = 0; copy < copies; copy++) void attemptAll(parts, event);
}

/** What the queue does about one qualifier: `$LATEST` when the caller named none. */
const configOf = ({ function: fn, qualifier }: Resolved): EventInvokeConfig | undefined => fn.eventInvokeConfigs.get(qualifier ?? "$LATEST");

async function attemptAll(parts: Parts, event: QueuedEvent): Promise<void> {
  const retries = configOf(event.resolved)?.maximumRetryAttempts ?? DEFAULT_RETRIES;
  await pause(between(20, 150));
  for (let attempt = 1; ; attempt++) {
    const outcome = await untilNotThrottled(parts, event);
    if (outcome === "too old") return deliver(parts.account, delivery(event, attempt - 1, "EventAgeExceeded"));
    if (outcome.kind === "result") return deliver(parts.account, delivery(event, attempt, "Success", outcome));
    if (attempt > retries) return deliver(parts.account, delivery(event, attempt, "RetriesExhausted", outcome));
    const wait = RETRY_AFTER_MS[attempt - 1] ?? 0;
    if (ageMs(event) + wait > maximumAgeMs(event)) return deliver(parts.account, delivery(event, attempt, "EventAgeExceeded", outcome));
    await pause(wait);
  }
}

async function untilNotThrottled({ account, fleet }: Parts, event: QueuedEvent): Promise<Outcome | "too old"> {
  const { resolved, requestId } = event;
  for (let wait = THROTTLE_MS.first; ; wait = Math.min(wait * 2, THROTTLE_MS.longest)) {
    try {
      const invokedArn = functionArn({ name: resolved.function.name, qualifier: resolved.qualifier });
      return await fleet.invoke(resolved.version, { requestId, event: structuredClone(event.payload), invokedArn });
    } catch (error) {
      if (!(error instanceof AwsError) || error.code !== "TooManyRequestsException") throw error;
    }
    account.links.metric("AWS/Lambda", "Throttles", { FunctionName: resolved.function.name }, 1);
    if (ageMs(event) + wait > maximumAgeMs(event)) return "too old";
    await pause(wait);
  }
}

const ageMs = ({ queuedAt }: QueuedEvent): number => Date.now() - queuedAt.getTime();

function maximumAgeMs({ resolved }: QueuedEvent): number {
  const seconds = configOf(resolved)?.maximumEventAgeSeconds;
  return seconds === undefined ? DEFAULT_MAXIMUM_AGE_MS : seconds * 1000;
}

const delivery = ({ resolved, requestId, payload }: QueuedEvent, invokeCount: number, condition: Delivery["condition"], outcome?: Outcome): Delivery => ({
  resolved,
  config: configOf(resolved),
  requestId,
  payload,
  invokeCount,
  condition,
  outcome,
});
