import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import conditionParser from "dynalite/db/conditionParser.js";
import projectionParser from "dynalite/db/projectionParser.js";
import updateParser from "dynalite/db/updateParser.js";
import { compare, stored } from "./attribute.ts";
import { invalid } from "./errors.ts";
import type { ParsedCondition, ParsedProjection, ParsedUpdate, ParserOptions } from "./expression-tree.ts";
import { isReserved } from "./reserved-words.ts";

/** The expressions of one request, with the placeholders they share. */
export interface Expressions {
  UpdateExpression?: string;
  ConditionExpression?: string;
  KeyConditionExpression?: string;
  FilterExpression?: string;
  ProjectionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, AttributeValue>;
}

export interface Parsed {
  update?: ParsedUpdate;
  condition?: ParsedCondition;
  keyCondition?: ParsedCondition;
  filter?: ParsedCondition;
  projection?: ParsedProjection;
}

type Context = ParserOptions["context"];

/** Parses all expressions of a request; refuses with DynamoDB's words, unused placeholders included. */
export function parseExpressions(input: Expressions): Parsed {
  const context = contextOf(input);
  const parsed: Parsed = {
    update: parse("UpdateExpression", input.UpdateExpression, (text) => updateParser.parse(text, { context })),
    condition: parse("ConditionExpression", input.ConditionExpression, (text) => conditionParser.parse(text, { context })),
    keyCondition: parse("KeyConditionExpression", input.KeyConditionExpression, (text) => conditionParser.parse(text, { context })),
    filter: parse("FilterExpression", input.FilterExpression, (text) => conditionParser.parse(text, { context })),
    projection: parse("ProjectionExpression", input.ProjectionExpression, (text) => projectionParser.parse(text, { context })),
  };
  requireAllUsed(context);
  return parsed;
}

function parse<T extends object>(name: string, text: string | undefined, read: (text: string) => T | string): T | undefined {
  if (text === undefined) return undefined;
  if (text === "") throw invalid(`Invalid ${name}: The expression can not be empty;`);
  const result = attempt(() => read(text));
  if (typeof result === "string") throw invalid(`Invalid ${name}: ${result}`);
  return result;
}

function attempt<T>(read: () => T | string): T | string {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return error.name === "SyntaxError" ? `Syntax error; ${error.message}` : error.message;
  }
}

function contextOf({ ExpressionAttributeNames: attrNames, ExpressionAttributeValues: given }: Expressions): Context {
  const names = keysOf("ExpressionAttributeNames", attrNames, /^#[0-9a-zA-Z_]+$/);
  const values = keysOf("ExpressionAttributeValues", given, /^:[0-9a-zA-Z_]+$/);
  const attrVals = given && Object.fromEntries(Object.entries(given).map(([key, value]) => [key, stored(value)]));
  return { attrNames, attrVals, unusedAttrNames: names, unusedAttrVals: values, isReserved, compare: (_operator, low, high) => (compare(low, high) ?? 0) > 0 };
}

function keysOf(member: string, map: Record<string, unknown> | undefined, pattern: RegExp): Record<string, boolean> {
  if (!map) return {};
  const keys = Object.keys(map);
  if (keys.length === 0) throw invalid(`${member} must not be empty`);
  const wrong = keys.find((key) => !pattern.test(key));
  if (wrong !== undefined) throw invalid(`${member} contains invalid key: Syntax error; key: "${wrong}"`);
  return Object.fromEntries(keys.map((key) => [key, true]));
}

function requireAllUsed({ unusedAttrNames, unusedAttrVals }: Context): void {
  const [names, values] = [Object.keys(unusedAttrNames), Object.keys(unusedAttrVals)];
  if (names.length > 0) throw invalid(`Value provided in ExpressionAttributeNames unused in expressions: keys: {${names.join(", ")}}`);
  if (values.length > 0) throw invalid(`Value provided in ExpressionAttributeValues unused in expressions: keys: {${values.join(", ")}}`);
}
