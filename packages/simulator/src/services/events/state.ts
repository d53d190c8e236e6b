import type { Target } from "@aws-sdk/client-eventbridge";
import { arn } from "../../account/account.ts";
import { AwsError } from "../../account/operation.ts";
import type { Pattern } from "./pattern.ts";
import type { Schedule } from "./schedule.ts";

/** An event as it travels on a bus. Source: EventBridge events reference, "Event structure". */
export interface EventBusEvent {
  version: "0";
  id: string;
  "detail-type": string;
  source: string;
  account: string;
  time: string;
  region: string;
  resources: string[];
  detail: unknown;
}

export interface Rule {
  name: string;
  arn: string;
  bus: string;
  description?: string;
  eventPattern?: string;
  pattern?: Pattern;
  expression?: string;
  schedule?: Schedule;
  state: "ENABLED" | "DISABLED";
  roleArn?: string;
  created: Date;
  targets: Map<string, Target>;
  timer?: NodeJS.Timeout;
}

export interface Bus {
  name: string;
  arn: string;
  description?: string;
  created: Date;
  rules: Map<string, Rule>;
}

/** What EventBridge keeps: buses, their rules, the rules' targets. */
export interface EventsState {
  buses: Map<string, Bus>;
}

export const newBus = (name: string, description?: string): Bus => ({
  name,
  arn: arn("events", `event-bus/${name}`),
  ...(description && { description }),
  created: new Date(),
  rules: new Map(),
});

/** A rule's ARN names its bus, except on the default bus. */
export const ruleArn = (bus: string, name: string): string => arn("events", bus === "default" ? `rule/${name}` : `rule/${bus}/${name}`);

/** A bus is given by name or by ARN; nothing means the default bus. */
export const busName = (nameOrArn: string | undefined): string => nameOrArn?.split("/").at(-1) ?? "default";

/** The bus, or AWS's error for one that does not exist. */
export function findBus(state: EventsState, nameOrArn: string | undefined): Bus {
  const name = busName(nameOrArn);
  const bus = state.buses.get(name);
  if (!bus) throw new AwsError("ResourceNotFoundException", `Event bus ${name} does not exist.`);
  return bus;
}

/** The rule, or AWS's error for one that does not exist. */
export function findRule(state: EventsState, name: string | undefined, bus: string | undefined): Rule {
  const rule = findBus(state, bus).rules.get(name ?? "");
  if (!rule) throw new AwsError("ResourceNotFoundException", `Rule ${name} does not exist on EventBus ${busName(bus)}.`);
  return rule;
}

/** What EventBridge says to a token that it never gave. */
export const wrongToken = () => new AwsError("ValidationException", "The provided NextToken is not valid.");
