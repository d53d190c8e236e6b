import type { InputTransformer, Target } from "@aws-sdk/client-eventbridge";
import { AwsError } from "../../account/operation.ts";
import type { EventBusEvent, Rule } from "./state.ts";

/** What a target gets: the event, a constant, a part, or a text made of parts. Source: user guide, "Input transformation". */
export function targetInput(target: Target, rule: Rule, event: EventBusEvent): unknown {
  if (target.Input !== undefined) return JSON.parse(target.Input) as unknown;
  if (target.InputPath !== undefined) return at(event, target.InputPath);
  return target.InputTransformer ? transform(target.InputTransformer, rule, event) : event;
}

/** Refuses what PutTargets refuses: more than one kind of input, or an input that is not JSON. */
export function checkInput(target: Target): void {
  const given = [target.Input, target.InputPath, target.InputTransformer].filter((input) => input !== undefined);
  if (given.length > 1)
    throw new AwsError("ValidationException", `Only one of Input, InputPath, or InputTransformer must be provided for target ${target.Id}.`);
  if (target.Input !== undefined && !isJson(target.Input)) throw new AwsError("ValidationException", `JSON syntax error in input for target ${target.Id}.`);
}

function transform({ InputPathsMap = {}, InputTemplate = "" }: InputTransformer, rule: Rule, event: EventBusEvent): unknown {
  const values: Record<string, unknown> = {
    ...predefined(rule, event),
    ...Object.fromEntries(Object.entries(InputPathsMap).map(([name, path]) => [name, at(event, path)])),
  };
  const text = fill(InputTemplate, values);
  return isJson(text) ? (JSON.parse(text) as unknown) : text;
}

const predefined = (rule: Rule, event: EventBusEvent): Record<string, unknown> => ({
  "aws.events.rule-arn": rule.arn,
  "aws.events.rule-name": rule.name,
  "aws.events.event.ingestion-time": event.time,
  "aws.events.event": event,
  "aws.events.event.json": event,
});

/** A placeholder inside quotes is put in as bare text, outside as JSON; an absent one becomes the empty string. */
function fill(template: string, values: Record<string, unknown>): string {
  let quoted = false;
  return template.replace(/\\.|"|<([^<>\s]+)>/g, (token, name?: string) => {
    if (token === '"') quoted = !quoted;
    if (name === undefined) return token;
    const value = values[name] ?? "";
    const text = JSON.stringify(value);
    if (!quoted) return text;
    return typeof value === "string" ? text.slice(1, -1) : JSON.stringify(text).slice(1, -1);
  });
}

/** The subset of JSON paths that EventBridge documents: dots, brackets with a name, brackets with an index. */
function at(event: unknown, path: string): unknown {
  const steps = [...path.matchAll(/\.([\w-]+)|\[(\d+)\]|\[['"]([^'"]+)['"]\]/g)].map(([, dot, index, name]) => dot ?? index ?? name ?? "");
  return steps.reduce<unknown>((value, step) => (typeof value === "object" && value !== null ? (value as Record<string, unknown>)[step] : undefined), event);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
