import type { Account } from "../../account/account.ts";
import { between } from "../../world/chance.ts";
import { counts, type Queue } from "./state.ts";

/** "A queue is active if it contains any messages or if any action accesses it"; metrics stop six hours after (SQS developer guide, CloudWatch metrics). */
const ACTIVE_MS = 6 * 3_600_000;
/** "A delay of up to 15 minutes in CloudWatch metrics when a queue is activated from an inactive state" (same page). */
const WAKING_MS = 15 * 60_000;
const MINUTE_MS = 60_000;

/** Notes an action on a queue: a queue that slept starts to report within a quarter of an hour. */
export function touch(queue: Queue): void {
  const now = Date.now();
  const slept = now - queue.usedAt > ACTIVE_MS && queue.messages.length === 0;
  if (slept || queue.metricsFrom === 0) queue.metricsFrom = now + between(MINUTE_MS, WAKING_MS);
  queue.usedAt = now;
}

/** Publishes the metrics of every active queue once a minute, while there are queues. */
export class QueueMetrics {
  private timer: NodeJS.Timeout | undefined;
  private readonly account: Account;
  private readonly queues: Map<string, Queue>;

  constructor(account: Account, queues: Map<string, Queue>) {
    this.account = account;
    this.queues = queues;
  }

  /** Starts the minute's clock if it does not run. */
  start(): void {
    this.timer ??= setTimeout(() => this.publish(), MINUTE_MS - (Date.now() % MINUTE_MS));
  }

  private publish(): void {
    this.timer = undefined;
    for (const queue of this.queues.values()) if (isActive(queue)) this.report(queue);
    if (this.queues.size > 0) this.start();
  }

  private report(queue: Queue): void {
    const { visible, inFlight, delayed } = counts(queue);
    const send = (name: string, value: number) => this.account.links.metric("AWS/SQS", name, { QueueName: queue.name }, value);
    send("ApproximateNumberOfMessagesVisible", visible);
    send("ApproximateNumberOfMessagesNotVisible", inFlight);
    send("ApproximateNumberOfMessagesDelayed", delayed);
    send("ApproximateAgeOfOldestMessage", oldestAge(queue));
  }
}

function isActive(queue: Queue): boolean {
  const now = Date.now();
  return now >= queue.metricsFrom && (queue.messages.length > 0 || now - queue.usedAt <= ACTIVE_MS);
}

const oldestAge = (queue: Queue): number =>
  queue.messages.length === 0 ? 0 : Math.floor((Date.now() - Math.min(...queue.messages.map(({ sentAt }) => sentAt))) / 1000);
