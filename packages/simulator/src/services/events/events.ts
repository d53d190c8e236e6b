import * as module from "@aws-sdk/client-eventbridge";
import { type Account, arn } from "../../account/account.ts";
import { AwsError, type Operations, type Right } from "../../account/operation.ts";
import { toCreateTagged } from "../../iam/tagging.ts";
import { accept, type Router } from "./bus.ts";
import type { DeliverySeam } from "./delivery.ts";
import { page } from "./page.ts";
import { matches } from "./pattern.ts";
import { putEvents, putEventsRights } from "./put-events.ts";
import { parsePattern, ruleOperations } from "./rule-operations.ts";
import { type Bus, busName, type EventBusEvent, type EventsState, findBus, newBus, wrongToken } from "./state.ts";
import { targetOperations } from "./target-operations.ts";

/** EventBridge of the account, for whoever looks into it or disturbs it. */
export interface Events {
  state: EventsState;
  /** Faults lose, double or delay deliveries here. */
  delivery: DeliverySeam;
  /** Hears every event that reaches a bus, matched or not; schedules go to their rule only and are not heard. */
  watch: (listener: (event: EventBusEvent, bus: string) => void) => void;
}

/** Adds EventBridge with its default bus; services of the account emit through `links.emit`. */
export function addEvents(account: Account): Events {
  const state: EventsState = { buses: new Map([["default", newBus("default")]]) };
  const router: Router = { account, state, delivery: {}, seen: [] };
  const operations: Operations<typeof module> = { ...busOperations(router), ...ruleOperations(router), ...targetOperations(router) };
  account.add({ id: "events", iamPrefix: "events", module, protocol: "json1_1", operations });
  account.links.emit = ({ bus = "default", ...event }) => void accept(router, busName(bus), event);
  return { state, delivery: router.delivery, watch: (listener) => void router.seen.push(listener) };
}

function busOperations(router: Router): Operations<typeof module> {
  const { state } = router;
  return {
    CreateEventBus: { rights: createRights, run: (input) => createBus(state, input) },
    DescribeEventBus: { rights: onBus("events:DescribeEventBus"), run: ({ Name }) => shown(findBus(state, Name)) },
    DeleteEventBus: { rights: onBus("events:DeleteEventBus"), run: ({ Name }) => deleteBus(state, Name ?? "") },
    ListEventBuses: {
      run: ({ NamePrefix = "", NextToken, Limit = 100 }) => {
        const { items, next } = page(
          [...state.buses.values()].filter(({ name }) => name.startsWith(NamePrefix)),
          { token: NextToken, limit: Limit, wrongToken },
        );
        return { EventBuses: items.map(shown), ...(next && { NextToken: next }) };
      },
    },
    PutEvents: { rights: ({ Entries }) => putEventsRights(Entries), run: ({ Entries = [] }) => putEvents(router, Entries) },
    TestEventPattern: { run: ({ EventPattern = "", Event = "" }) => ({ Result: matches(parsePattern(EventPattern), parseEvent(Event)) }) },
  };
}

const onBus =
  (action: string) =>
  ({ Name }: { Name?: string | undefined }): Right[] => [{ action, resources: [arn("events", `event-bus/${busName(Name)}`)] }];

const createRights = ({ Name, Tags }: module.CreateEventBusRequest): Right[] =>
  toCreateTagged({ create: "events:CreateEventBus", tag: "events:TagResource", resources: [arn("events", `event-bus/${busName(Name)}`)], tags: Tags });

function createBus(state: EventsState, { Name = "", Description }: module.CreateEventBusRequest): module.CreateEventBusResponse {
  if (state.buses.has(Name)) throw new AwsError("ResourceAlreadyExistsException", `Event bus ${Name} already exists.`);
  const bus = newBus(Name, Description);
  state.buses.set(Name, bus);
  return { EventBusArn: bus.arn, ...(Description && { Description }) };
}

function deleteBus(state: EventsState, name: string): Record<string, never> {
  const rules = state.buses.get(name)?.rules.size ?? 0;
  if (name === "default") throw new AwsError("ValidationException", "Cannot delete event bus default.");
  if (rules > 0) throw new AwsError("ValidationException", `Event bus ${name} can't be deleted since it has rules.`);
  state.buses.delete(name);
  return {};
}

const shown = ({ name, arn: Arn, description, created }: Bus) => ({
  Name: name,
  Arn,
  CreationTime: created,
  LastModifiedTime: created,
  ...(description && { Description: description }),
});

/** An event to test needs the fields that every event has (API reference, TestEventPattern). */
const REQUIRED = ["id", "account", "source", "time", "region", "resources", "detail-type"];

function parseEvent(text: string): unknown {
  const event = JSON.parse(text) as Record<string, unknown>;
  const missing = REQUIRED.find((name) => !(name in event));
  if (missing) throw new AwsError("ValidationException", `Parameter Event is not valid. Reason: ${missing} is a required argument.`);
  return event;
}
