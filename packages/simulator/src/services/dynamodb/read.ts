import type * as dynamodb from "@aws-sdk/client-dynamodb";
import type { BatchGetItemCommandInput, GetItemCommandInput, KeysAndAttributes, QueryCommandInput, ScanCommandInput } from "@aws-sdk/client-dynamodb";
import type { Operations, Right } from "../../account/operation.ts";
import { type Item, itemSize } from "./attribute.ts";
import { fulfils } from "./condition.ts";
import { invalid, unmodelled } from "./errors.ts";
import type { Parsed } from "./expressions.ts";
import { parseExpressions } from "./expressions.ts";
import { partitionIn, requireNoKeys } from "./key-condition.ts";
import { project } from "./path.ts";
import type { Table } from "./table.ts";
import { onTable, type Tables, tableArn, tableNamed } from "./tables.ts";

/** A page of Query or Scan ends at one megabyte of items read, before the filter (dg/Query.Pagination.html). */
const PAGE_BYTES = 1024 * 1024;

/** Everything that only reads. */
export function readOperations(tables: Tables): Operations<typeof dynamodb> {
  return {
    GetItem: { rights: onItem("GetItem"), run: (input) => get(tableNamed(tables, input.TableName), input) },
    BatchGetItem: { rights: batchRights, run: (input) => batchGet(tables, input) },
    Query: { rights: onTable("Query"), run: (input) => query(tableNamed(tables, input.TableName), input) },
    Scan: { rights: onTable("Scan"), run: (input) => scan(tableNamed(tables, input.TableName), input) },
  };
}

/** Item calls carry the partition key as `dynamodb:LeadingKeys`. */
export const onItem =
  (action: string) =>
  ({ TableName, Key }: { TableName: string | undefined; Key: Item | undefined }): Right[] => [
    { action: `dynamodb:${action}`, resources: [tableArn(TableName)], context: { "dynamodb:LeadingKeys": leading(Key) } },
  ];

const leading = (key: Item | undefined): string[] =>
  Object.values(key ?? {})
    .slice(0, 1)
    .flatMap(({ S, N }) => S ?? N ?? []);

const batchRights = ({ RequestItems = {} }: BatchGetItemCommandInput): Right[] =>
  Object.keys(RequestItems).map((name) => ({ action: "dynamodb:BatchGetItem", resources: [tableArn(name)] }));

function get(table: Table, input: GetItemCommandInput): { Item?: Item } {
  if (input.AttributesToGet) throw unmodelled("AttributesToGet");
  const { projection } = parseExpressions(input);
  const item = table.read(table.requireKey(input.Key), input.ConsistentRead === true);
  return item ? { Item: projection ? project(projection.paths, item) : item } : {};
}

/** Up to 100 keys; nothing is ever left unprocessed here, as the tables have no capacity limit. */
function batchGet(tables: Tables, { RequestItems = {} }: BatchGetItemCommandInput) {
  const keys = Object.values(RequestItems).reduce((total, { Keys = [] }) => total + Keys.length, 0);
  if (keys > 100) throw invalid("Too many items requested for the BatchGetItem call");
  const fetch = ([name, request]: [string, KeysAndAttributes]): [string, Item[]] => {
    const table = tableNamed(tables, name);
    const identities = (request.Keys ?? []).map((key) => table.identity(table.requireKey(key)));
    if (new Set(identities).size < identities.length) throw invalid("Provided list of item keys contains duplicates");
    const items = (request.Keys ?? []).map((Key) => get(table, { TableName: name, ...request, Key }).Item);
    return [name, items.filter((item) => item !== undefined)];
  };
  return { Responses: Object.fromEntries(Object.entries(RequestItems).map(fetch)), UnprocessedKeys: {} };
}

function query(table: Table, input: QueryCommandInput) {
  if (input.KeyConditions || input.QueryFilter) throw unmodelled("KeyConditions and QueryFilter");
  if (!input.KeyConditionExpression) throw invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");
  const parsed = parseExpressions(input);
  const partition = partitionIn(table, parsed.keyCondition);
  requireNoKeys(table, parsed.filter);
  const forward = input.ScanIndexForward !== false;
  const matching = table.items(input.ConsistentRead === true, partition).filter((item) => parsed.keyCondition && fulfils(parsed.keyCondition.expression, item));
  return page(table, forward ? matching : matching.reverse(), { input, parsed, forward });
}

function scan(table: Table, input: ScanCommandInput) {
  if (input.ScanFilter || input.TotalSegments) throw unmodelled("ScanFilter and parallel scans");
  const parsed = parseExpressions(input);
  return page(table, table.items(input.ConsistentRead === true), { input, parsed, forward: true });
}

interface Paging {
  input: QueryCommandInput | ScanCommandInput;
  parsed: Parsed;
  forward: boolean;
}

/** Reads items until the limit or a megabyte, then filters; `LastEvaluatedKey` says that it stopped early. */
function page(table: Table, items: Item[], { input, parsed, forward }: Paging) {
  if (input.IndexName) throw invalid(`The table does not have the specified index: ${input.IndexName}`);
  const start = input.ExclusiveStartKey && table.requireKey(input.ExclusiveStartKey);
  const left = start ? items.filter((item) => (forward ? table.order(item, start) > 0 : table.order(item, start) < 0)) : items;
  const read = takePage(left, input.Limit);
  const found = parsed.filter ? read.filter((item) => parsed.filter && fulfils(parsed.filter.expression, item)) : read;
  const last = read.at(-1);
  const stopped = last && (read.length < left.length || read.length === input.Limit);
  const Items = parsed.projection ? found.map((item) => project(parsed.projection?.paths ?? [], item)) : found;
  return {
    ...(input.Select !== "COUNT" && { Items }),
    Count: found.length,
    ScannedCount: read.length,
    ...(stopped && { LastEvaluatedKey: table.keyOf(last) }),
  };
}

function takePage(items: Item[], limit: number | undefined): Item[] {
  let bytes = 0;
  const end = items.findIndex((item, index) => {
    bytes += itemSize(item);
    return index === limit || (index > 0 && bytes > PAGE_BYTES);
  });
  return end === -1 ? items : items.slice(0, end);
}
