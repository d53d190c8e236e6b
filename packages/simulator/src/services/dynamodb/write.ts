import type * as dynamodb from "@aws-sdk/client-dynamodb";
import type { DeleteItemCommandInput, PutItemCommandInput, ReturnValue, UpdateItemCommandInput } from "@aws-sdk/client-dynamodb";
import { AwsError, type Operations } from "../../account/operation.ts";
import { type Item, itemSize, storedItem } from "./attribute.ts";
import { fulfils } from "./condition.ts";
import { invalid, unmodelled } from "./errors.ts";
import type { ParsedUpdate } from "./expression-tree.ts";
import { parseExpressions } from "./expressions.ts";
import { project } from "./path.ts";
import { onItem } from "./read.ts";
import type { Table } from "./table.ts";
import { type Tables, tableNamed } from "./tables.ts";
import { updated } from "./update.ts";

const ITEM_LIMIT = 400 * 1024;

/** A write that is decided but not done: what it needs to hold, and what it would store. */
export interface Write {
  table: Table;
  key: Item;
  /** Throws `ConditionalCheckFailedException` if the condition does not hold. */
  check: (before: Item | undefined) => void;
  /** What is there afterwards. */
  result: (before: Item | undefined) => Item | undefined;
}

/** Everything that writes one item. */
export function writeOperations(tables: Tables): Operations<typeof dynamodb> {
  return {
    PutItem: {
      rights: (input) => onItem("PutItem")({ TableName: input.TableName, Key: input.Item }),
      run: (input) => {
        refuseLegacy(input, ["NONE", "ALL_OLD"]);
        const { before } = commit(put(tableNamed(tables, input.TableName), input));
        return input.ReturnValues === "ALL_OLD" && before ? { Attributes: before } : {};
      },
    },
    DeleteItem: {
      rights: onItem("DeleteItem"),
      run: (input) => {
        refuseLegacy(input, ["NONE", "ALL_OLD"]);
        const { before } = commit(remove(tableNamed(tables, input.TableName), input));
        return input.ReturnValues === "ALL_OLD" && before ? { Attributes: before } : {};
      },
    },
    UpdateItem: { rights: onItem("UpdateItem"), run: (input) => update(tableNamed(tables, input.TableName), input) },
  };
}

/** Does a write at once, unless a transaction holds its item. */
export function commit({ table, key, check, result }: Write): { before: Item | undefined; after: Item | undefined } {
  if (table.locked.has(table.identity(key))) throw new AwsError("TransactionConflictException", "Transaction is ongoing for the item");
  const before = table.read(key);
  check(before);
  const after = result(before);
  table.write(key, after);
  return { before, after };
}

export function put(table: Table, input: Pick<PutItemCommandInput, "Item" | keyof Conditional>): Write {
  const { condition } = parseExpressions(input);
  const item = storedItem(input.Item ?? {});
  const key = table.requireKeyIn(item);
  if (itemSize(item) > ITEM_LIMIT) throw invalid("Item size has exceeded the maximum allowed size");
  return { table, key, check: checked(condition?.expression, input), result: () => item };
}

export function remove(table: Table, input: Pick<DeleteItemCommandInput, "Key" | keyof Conditional>): Write {
  const { condition } = parseExpressions(input);
  return { table, key: table.requireKey(input.Key), check: checked(condition?.expression, input), result: () => undefined };
}

export function change(table: Table, input: Pick<UpdateItemCommandInput, "Key" | "UpdateExpression" | keyof Conditional>): Write & { update?: ParsedUpdate } {
  const parsed = parseExpressions(input);
  const key = table.requireKey(input.Key);
  const touched = table.keyParts.find(({ name }) => parsed.update?.sections.some(({ path }) => path[0] === name));
  if (touched) throw invalid(`One or more parameter values were invalid: Cannot update attribute ${touched.name}. This attribute is part of the key`);
  const result = (before: Item | undefined): Item => {
    const after = parsed.update ? updated(before ?? key, parsed.update) : (before ?? key);
    if (itemSize(after) > ITEM_LIMIT) throw invalid("Item size to update has exceeded the maximum allowed size");
    return after;
  };
  return { table, key, check: checked(parsed.condition?.expression, input), result, update: parsed.update };
}

export type Conditional = Pick<
  PutItemCommandInput,
  "ConditionExpression" | "ExpressionAttributeNames" | "ExpressionAttributeValues" | "ReturnValuesOnConditionCheckFailure"
>;

/** The check of a condition; the refused item goes along only if the caller asked for it. */
export function checked(condition: Parameters<typeof fulfils>[0] | undefined, { ReturnValuesOnConditionCheckFailure: wanted }: Conditional): Write["check"] {
  return (before) => {
    if (!condition || fulfils(condition, before ?? {})) return;
    throw new AwsError("ConditionalCheckFailedException", "The conditional request failed", 400, wanted === "ALL_OLD" && before ? { Item: before } : {});
  };
}

function update(table: Table, input: UpdateItemCommandInput) {
  refuseLegacy(input, ["NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"]);
  const write = change(table, input);
  const { before, after } = commit(write);
  const chosen = input.ReturnValues?.endsWith("_OLD") ? before : input.ReturnValues?.endsWith("_NEW") ? after : undefined;
  if (!chosen) return {};
  const Attributes = input.ReturnValues?.startsWith("UPDATED") ? project(write.update?.paths ?? [], chosen) : chosen;
  return Object.keys(Attributes).length > 0 ? { Attributes } : {};
}

function refuseLegacy(input: { Expected?: unknown; AttributeUpdates?: unknown; ReturnValues?: ReturnValue }, allowed: ReturnValue[]): void {
  if (input.Expected || input.AttributeUpdates) throw unmodelled("Expected and AttributeUpdates");
  if (input.ReturnValues && !allowed.includes(input.ReturnValues)) throw invalid("Return values set to invalid value");
}
