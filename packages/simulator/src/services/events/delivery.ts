import type { Target } from "@aws-sdk/client-eventbridge";
import type { Account, ServiceSource } from "../../account/account.ts";
import { AwsError } from "../../account/operation.ts";
import { between } from "../../world/chance.ts";
import type { EventBusEvent, Rule } from "./state.ts";
import { targetInput } from "./transform.ts";

/** One event on its way to one target. */
export interface Delivery {
  event: EventBusEvent;
  rule: Rule;
  target: Target;
}

/** What a fault may make of a delivery; EventBridge promises at least once and no order, so all of it can happen. */
export type Verdict = "deliver" | "lose" | "double" | { delayMs: number } | { times: number; withinMs: number };
export interface DeliverySeam {
  intercept?: (delivery: Delivery) => Verdict;
}

/** Typical latency from put to target; AWS names half a second on average (EventBridge FAQ). */
const LATENCY_MS = [300, 1000] as const;
/** Defaults of a target's retry policy: 24 hours and 185 retries (user guide, "How EventBridge retries delivering events"). */
const RETRIES = 185;
const MAX_AGE_SECONDS = 86_400;
/** AWS documents exponential back-off with jitter but no numbers; these double from one second to five minutes. */
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 300_000;
/** Errors after which EventBridge does not retry: the target is gone or does not let it in (user guide, dead-letter queues). */
const PERMANENT = ["ResourceNotFoundException", "QueueDoesNotExist", "NotFound", "AccessDenied", "AccessDeniedException", "KMSAccessDenied"];

/** Sends an event to a target later, once or twice or never, as the seam says; without one exactly once. */
export function dispatch(account: Account, seam: DeliverySeam, delivery: Delivery): void {
  const verdict = seam.intercept?.(delivery) ?? "deliver";
  for (const delay of delaysOf(verdict)) later(account, delivery, between(...LATENCY_MS) + delay);
}

/** Extra milliseconds per copy that is delivered. */
function delaysOf(verdict: Verdict): number[] {
  if (verdict === "lose") return [];
  if (verdict === "deliver") return [0];
  if (verdict === "double") return [0, 0];
  if ("delayMs" in verdict) return [verdict.delayMs];
  return Array.from({ length: verdict.times }, () => between(0, verdict.withinMs));
}

interface Failure {
  started: Date;
  retries: number;
  error: AwsError;
}

function later(account: Account, delivery: Delivery, delay: number): void {
  const started = new Date();
  setTimeout(() => attempt(account, delivery, started, 0), delay);
}

function attempt(account: Account, delivery: Delivery, started: Date, retries: number): void {
  try {
    hand(account, delivery, targetInput(delivery.target, delivery.rule, delivery.event));
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    retry(account, delivery, { started, retries, error });
  }
}

function retry(account: Account, delivery: Delivery, { started, retries, error }: Failure): void {
  const wait = Math.min(FIRST_RETRY_MS * 2 ** Math.min(retries, 16), LONGEST_RETRY_MS) * between(0.5, 1);
  const exhausted = exhaustion(delivery.target, retries, Date.now() + wait - started.getTime());
  if (PERMANENT.includes(error.code)) bury(account, delivery, failure(error, retries));
  else if (exhausted) bury(account, delivery, { ...failure(error, retries), EXHAUSTED_RETRY_CONDITION: exhausted });
  else setTimeout(() => attempt(account, delivery, started, retries + 1), wait);
}

function exhaustion({ RetryPolicy }: Target, retries: number, ageMs: number): string | undefined {
  const { MaximumRetryAttempts = RETRIES, MaximumEventAgeInSeconds = MAX_AGE_SECONDS } = RetryPolicy ?? {};
  if (retries >= MaximumRetryAttempts) return "MaximumRetryAttempts";
  return ageMs > MaximumEventAgeInSeconds * 1000 ? "MaximumEventAgeInSeconds" : undefined;
}

/** Hands the input to the target's service; targets other than these three are refused when they are put. */
function hand(account: Account, { target, rule }: Delivery, input: unknown): void {
  const arn = target.Arn ?? "";
  const service = arn.split(":")[2];
  const source = sourceOf(rule);
  if (service === "sqs") account.links.enqueue(arn, input, {}, source);
  if (service === "sns") account.links.publish(arn, { body: typeof input === "string" ? input : JSON.stringify(input) }, source);
  if (service === "lambda") account.links.invokeAsync(arn, input, source);
}

/** EventBridge comes to every target as itself, for a rule. */
const sourceOf = ({ arn }: Rule): ServiceSource => ({ principal: "events.amazonaws.com", arn });

/** An undelivered event goes to the target's dead-letter queue with the documented attributes, or is dropped. */
function bury(account: Account, { event, rule, target }: Delivery, why: Record<string, string>): void {
  const queue = target.DeadLetterConfig?.Arn;
  if (!queue) return;
  try {
    account.links.enqueue(queue, event, { RULE_ARN: rule.arn, TARGET_ARN: target.Arn ?? "", ...why }, sourceOf(rule));
  } catch (error) {
    if (!(error instanceof AwsError)) throw error; // a queue that is gone, or that does not let EventBridge in, loses the event, as in AWS
  }
}

/** The words of the dead-letter attributes (user guide, "Considerations for using a dead-letter queue"). */
const failure = ({ code, message }: AwsError, retries: number): Record<string, string> => ({
  ERROR_CODE: errorCode(code),
  ERROR_MESSAGE: message,
  RETRY_ATTEMPTS: String(retries),
});

function errorCode(code: string): string {
  if (/^(KMS)?AccessDenied/.test(code)) return "NO_PERMISSIONS";
  if (code.startsWith("Throttl") || code === "TooManyRequestsException") return "THROTTLING";
  return PERMANENT.includes(code) ? "NO_RESOURCE" : "ERROR_FROM_TARGET";
}
