import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { answered, calling } from "./failures.ts";

export interface Key {
  pk: string;
  sk: string;
}
export type Item = Key & Record<string, unknown>;

/** When a write may happen; `#name` stands for the attribute `name`, `:name` for `values.name`. */
export interface Condition {
  when: string;
  values?: Record<string, unknown>;
}

/** A write happened, or its condition did not hold, and this is what was there instead. */
export type Written = { done: true; item?: Item } | { done: false; found: Item | undefined };

export type Table = ReturnType<typeof createTable>;

/** One DynamoDB table of `pk` and `sk`: strongly consistent reads, conditional writes, dates as ISO strings. */
export function createTable(client: DynamoDBClient, TableName: string) {
  const parts = ({ when, values }: Condition, more = "") => ({ ConditionExpression: when, ...placeholders(`${when} ${more}`, values) });

  return {
    get: (key: Key): Promise<Item | undefined> =>
      calling(`read ${key.pk}/${key.sk}`, async () => {
        const { Item } = await client.send(new GetItemCommand({ TableName, Key: marshall(key), ConsistentRead: true }));
        return Item && (unmarshall(Item) as Item);
      }),

    /** Everything of one partition in the order of `sk`, from `from` on. */
    list: (pk: string, from = ""): Promise<Item[]> =>
      calling(`list ${pk}`, async () => {
        const found: Item[] = [];
        const where = from
          ? { KeyConditionExpression: "pk = :pk AND sk >= :from", ExpressionAttributeValues: marshall({ ":pk": pk, ":from": from }) }
          : { KeyConditionExpression: "pk = :pk", ExpressionAttributeValues: marshall({ ":pk": pk }) };
        for await (const page of paginateQuery({ client }, { TableName, ...where, ConsistentRead: true }))
          found.push(...(page.Items ?? []).map((item) => unmarshall(item) as Item));
        return found;
      }),

    put: (item: Item, condition: Condition): Promise<Written> =>
      written(`write ${item.pk}/${item.sk}`, async () => {
        await client.send(new PutItemCommand({ TableName, Item: marshall(plain(item)), ...parts(condition), ReturnValuesOnConditionCheckFailure: "ALL_OLD" }));
        return undefined;
      }),

    /** Changes an item in place, or makes it; `item` of the answer is the whole of it afterwards. */
    update: (key: Key, change: string, condition: Condition): Promise<Written> =>
      written(`change ${key.pk}/${key.sk}`, async () => {
        const command = new UpdateItemCommand({
          TableName,
          Key: marshall(key),
          UpdateExpression: change,
          ...parts(condition, change),
          ReturnValues: "ALL_NEW",
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        });
        const { Attributes } = await client.send(command);
        return Attributes && (unmarshall(Attributes) as Item);
      }),

    /** Both or neither: deletes or changes one item if it still is as the condition says, and puts another; false when it is not. */
    swap: (from: Key, condition: Condition & { change?: string }, item: Item): Promise<boolean> =>
      calling(`swap ${from.pk}/${from.sk} for ${item.pk}`, async () => {
        const { change } = condition;
        const target = { TableName, Key: marshall(from), ...parts(condition, change) };
        const first: TransactWriteItem = change === undefined ? { Delete: target } : { Update: { ...target, UpdateExpression: change } };
        try {
          const writes = [first, { Put: { TableName, Item: marshall(plain(item)) } }];
          await patiently(() => client.send(new TransactWriteItemsCommand({ TransactItems: writes })));
          return true;
        } catch (error) {
          if (cancelledFor("ConditionalCheckFailed", error)) return false;
          throw error;
        }
      }),
  };
}

/** JSON, so that dates become ISO strings and what is undefined stays out. */
const plain = (value: unknown): Record<string, unknown> => JSON.parse(JSON.stringify(value)) as Record<string, unknown>;

/** Every attribute goes by placeholder: a good many ordinary words are reserved in DynamoDB. */
function placeholders(expressions: string, values: Record<string, unknown> = {}) {
  const names = new Set(expressions.match(/#\w+/g) ?? []);
  const json = plain(values);
  return {
    ...(names.size > 0 && { ExpressionAttributeNames: Object.fromEntries([...names].map((name) => [name, name.slice(1)])) }),
    ...(Object.keys(json).length > 0 && {
      ExpressionAttributeValues: marshall(Object.fromEntries(Object.entries(json).map(([name, value]) => [`:${name}`, value]))),
    }),
  };
}

/** A transaction names one reason per item. */
const cancelledFor = (reason: string, error: unknown): boolean =>
  error instanceof TransactionCanceledException && (error.CancellationReasons ?? []).some(({ Code }) => Code === reason);

const TRIES = 5;
const PAUSE_MS = 50;

/** DynamoDB refuses one of two writes to an item that meet in a transaction, and the SDK does not repeat it. Source: developer guide, "Transaction conflict handling". */
async function patiently<T>(write: () => Promise<T>, attempt = 1): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const conflict = cancelledFor("TransactionConflict", error) || answered(error, "TransactionConflictException");
    if (!conflict || attempt === TRIES) throw error;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * attempt));
    return patiently(write, attempt + 1);
  }
}

function written(what: string, write: () => Promise<Item | undefined>): Promise<Written> {
  return calling(what, async (): Promise<Written> => {
    try {
      return { done: true, item: await patiently(write) };
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return { done: false, found: error.Item && (unmarshall(error.Item) as Item) };
      throw error;
    }
  });
}
