import { ACCOUNT_ID, type Account, REGION } from "../../account/account.ts";
import { type DeliverySeam, dispatch } from "./delivery.ts";
import { matches } from "./pattern.ts";
import type { EventBusEvent, EventsState, Rule } from "./state.ts";

/** A bus at work: what comes in goes to the targets of every enabled rule that matches. */
export interface Router {
  account: Account;
  state: EventsState;
  delivery: DeliverySeam;
  /** Called with every event that reaches a bus, matched or not. */
  seen: ((event: EventBusEvent, bus: string) => void)[];
}

export interface Incoming {
  source: string;
  "detail-type": string;
  resources?: string[];
  detail: unknown;
  time?: Date;
}

/** Puts an event on a bus and returns its id; delivery follows in its own time. */
export function accept(router: Router, busName: string, incoming: Incoming): string {
  const event = envelope(incoming);
  for (const watch of router.seen) watch(event, busName);
  for (const rule of router.state.buses.get(busName)?.rules.values() ?? []) {
    if (rule.state === "ENABLED" && rule.pattern && matches(rule.pattern, event)) fanOut(router, rule, event);
  }
  return event.id;
}

function fanOut({ account, delivery }: Router, rule: Rule, event: EventBusEvent): void {
  for (const target of rule.targets.values()) dispatch(account, delivery, { event, rule, target });
}

function envelope({ source, resources = [], detail, time = new Date(), ...rest }: Incoming): EventBusEvent {
  return {
    version: "0",
    id: crypto.randomUUID(),
    "detail-type": rest["detail-type"],
    source,
    account: ACCOUNT_ID,
    time: `${time.toISOString().slice(0, 19)}Z`,
    region: REGION,
    resources,
    // What travels is JSON: dates become text, absent members vanish.
    detail: JSON.parse(JSON.stringify(detail)) as unknown,
  };
}

/** Longest delay that a timer takes at once; longer waits are chained. */
const LONGEST_TIMER_MS = 1_000_000_000;

/** (Re)starts the clock of a rule with a schedule; a disabled or deleted rule has none. */
export function armSchedule(router: Router, rule: Rule): void {
  if (rule.timer) clearTimeout(rule.timer);
  const { schedule } = rule;
  if (!schedule || rule.state === "DISABLED") return;
  const next = schedule(rule.created, new Date());
  if (next) wake(router, rule, next);
}

function wake(router: Router, rule: Rule, due: Date): void {
  const wait = due.getTime() - Date.now();
  if (wait > LONGEST_TIMER_MS) {
    rule.timer = setTimeout(() => wake(router, rule, due), LONGEST_TIMER_MS);
    return;
  }
  rule.timer = setTimeout(() => fire(router, rule, due), wait);
}

/** A schedule's event goes to the targets of its own rule only; its time is when it was due. */
function fire(router: Router, rule: Rule, due: Date): void {
  const event = envelope({ source: "aws.events", "detail-type": "Scheduled Event", resources: [rule.arn], detail: {}, time: due });
  fanOut(router, rule, event);
  armSchedule(router, rule);
}
