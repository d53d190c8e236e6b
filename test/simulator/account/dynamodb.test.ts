import * as dynamodb from "@aws-sdk/client-dynamodb";
import { type AttributeValue, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { loadSharedConfigFiles } from "@smithy/core/config";
import { Account } from "@steward/simulator/account/account";
import { sdkHandler } from "@steward/simulator/account/handler";
import { addDynamoDb } from "@steward/simulator/services/dynamodb/dynamodb";
import { drive } from "@steward/simulator/world/drive";
import { resetWorld } from "@steward/simulator/world/install";
import { describe, expect, test } from "vitest";

// The SDK reads its config files once per process; done before the world turns, it can't race with virtual time.
await loadSharedConfigFiles();

type Item = Record<string, AttributeValue>;
const TableName = "ledger";
const key = (sk: string): Item => ({ pk: { S: "stage" }, sk: { S: sk } });
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function world(seed = 1) {
  resetWorld(seed);
  const account = new Account();
  account.authorize = () => ({ allowed: true });
  const me = {
    arn: "arn:aws:iam::123456789012:user/operator",
    accessKeyId: "AKIAOPERATOR",
    secretAccessKey: "secret",
    policy: { Version: "2012-10-17" as const, Statement: [] },
  };
  account.principals.set(me.accessKeyId, me);
  const handle = addDynamoDb(account);
  const client = new DynamoDBClient({ region: "us-east-1", credentials: me, requestHandler: sdkHandler(account), maxAttempts: 1 });
  return { account, handle, client };
}

async function table(client: DynamoDBClient): Promise<void> {
  await client.send(
    new dynamodb.CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "sk", AttributeType: "S" },
      ],
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
    }),
  );
  await dynamodb.waitUntilTableExists({ client, maxWaitTime: 60 }, { TableName });
}

/** A world with a ready table, run to the end. */
const inTable = <T>(story: (it: ReturnType<typeof world>) => Promise<T>, seed = 1): Promise<T> => {
  const it = world(seed);
  return drive(async () => {
    await table(it.client);
    return story(it);
  });
};

const put = (client: DynamoDBClient, item: Item) => client.send(new dynamodb.PutItemCommand({ TableName, Item: item }));
const get = async (client: DynamoDBClient, sk: string, ConsistentRead = true) =>
  (await client.send(new dynamodb.GetItemCommand({ TableName, Key: key(sk), ConsistentRead }))).Item;
const failure = (work: Promise<unknown>): Promise<Error & Record<string, unknown>> =>
  work.then(
    () => {
      throw new Error("it did not fail");
    },
    (error) => error,
  );

describe("a table", () => {
  test("can't be used until it is active", async () => {
    const { client } = world();
    await drive(async () => {
      const made = await client.send(
        new dynamodb.CreateTableCommand({
          TableName,
          BillingMode: "PAY_PER_REQUEST",
          AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
          KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
        }),
      );
      expect(made.TableDescription?.TableStatus).toBe("CREATING");
      expect(await failure(put(client, { pk: { S: "a" } }))).toMatchObject({ name: "ResourceNotFoundException", message: "Requested resource not found" });
      await dynamodb.waitUntilTableExists({ client, maxWaitTime: 60 }, { TableName });
      await put(client, { pk: { S: "a" } });
    });
  });

  test("exists once and is listed page by page", () =>
    inTable(async ({ client }) => {
      expect(await failure(table(client))).toMatchObject({ name: "ResourceInUseException", message: "Table already exists: ledger" });
      expect((await client.send(new dynamodb.ListTablesCommand({}))).TableNames).toEqual(["ledger"]);
      expect(await failure(client.send(new dynamodb.DescribeTableCommand({ TableName: "absent" })))).toMatchObject({
        name: "ResourceNotFoundException",
        message: "Requested resource not found: Table: absent not found",
      });
    }));

  test("takes up to an hour to switch expiry on, and never deletes in time", () =>
    inTable(async ({ client }) => {
      await client.send(new dynamodb.UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { Enabled: true, AttributeName: "expires" } }));
      const status = async () => (await client.send(new dynamodb.DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription?.TimeToLiveStatus;
      expect(await status()).toBe("ENABLING");
      await sleep(3_600_000);
      expect(await status()).toBe("ENABLED");
      await put(client, { ...key("a"), expires: { N: "1" } });
      await sleep(3_600_000);
      expect(await get(client, "a")).toBeDefined();
    }));
});

const ITEM: Item = {
  ...key("item"),
  epoch: { N: "10" },
  owner: { S: "run-1" },
  nodes: { SS: ["i-1", "i-2"] },
  steps: { L: [{ S: "drain" }, { M: { at: { N: "3" } } }] },
  note: { M: { kind: { S: "lease" }, held: { BOOL: true } } },
  digest: { B: Uint8Array.of(1, 2, 3) },
};

const CONDITIONS: [expression: string, values: Item | undefined, holds: boolean][] = [
  ["attribute_exists(epoch)", undefined, true],
  ["attribute_not_exists(epoch)", undefined, false],
  ["attribute_not_exists(lacking)", undefined, true],
  ["attribute_exists(note.kind)", undefined, true],
  ["attribute_exists(steps[5])", undefined, false],
  ["epoch = :v", { ":v": { N: "10.0" } }, true],
  ["epoch = :v", { ":v": { S: "10" } }, false],
  ["epoch < :v", { ":v": { N: "9" } }, false],
  ["epoch < :v", { ":v": { N: "1e2" } }, true],
  ["epoch < :v", { ":v": { S: "z" } }, false],
  ["lacking < :v", { ":v": { N: "1" } }, false],
  ["lacking <> :v", { ":v": { N: "1" } }, true],
  ["lacking = :v", { ":v": { N: "1" } }, false],
  ["epoch BETWEEN :a AND :b", { ":a": { N: "10" }, ":b": { N: "11" } }, true],
  ["epoch IN (:a, :b)", { ":a": { N: "1" }, ":b": { N: "10" } }, true],
  ["#owner = :v AND NOT epoch > :e", { ":v": { S: "run-1" }, ":e": { N: "10" } }, true],
  ["#owner = :v OR epoch > :e", { ":v": { S: "nobody" }, ":e": { N: "9" } }, true],
  ["attribute_not_exists(lacking) AND (#owner = :v OR epoch < :e)", { ":v": { S: "x" }, ":e": { N: "3" } }, false],
  ["begins_with(#owner, :v)", { ":v": { S: "run" } }, true],
  ["contains(nodes, :v)", { ":v": { S: "i-2" } }, true],
  ["contains(nodes, :v)", { ":v": { S: "i-" } }, false],
  ["contains(#owner, :v)", { ":v": { S: "n-1" } }, true],
  ["contains(steps, :v)", { ":v": { S: "drain" } }, true],
  ["attribute_type(digest, :v)", { ":v": { S: "B" } }, true],
  ["attribute_type(digest, :v)", { ":v": { S: "S" } }, false],
  ["size(nodes) = :v", { ":v": { N: "2" } }, true],
  ["size(digest) > :v", { ":v": { N: "3" } }, false],
  ["steps[1].#at = :v", { ":v": { N: "3" } }, true],
  ["nodes = :v", { ":v": { SS: ["i-2", "i-1"] } }, true],
  ["note.held = :v", { ":v": { BOOL: true } }, true],
];

describe("a condition", () => {
  test.each(CONDITIONS)("%s (%j) holds: %s", (expression, values, holds) =>
    inTable(async ({ client }) => {
      await put(client, ITEM);
      const names = { ...(expression.includes("#owner") && { "#owner": "owner" }), ...(expression.includes("#at") && { "#at": "at" }) };
      const attempt = client.send(
        new dynamodb.UpdateItemCommand({
          TableName,
          Key: key("item"),
          UpdateExpression: "SET seen = :seen",
          ConditionExpression: expression,
          ExpressionAttributeValues: { ":seen": { BOOL: true }, ...values },
          ...(Object.keys(names).length > 0 && { ExpressionAttributeNames: names }),
        }),
      );
      if (!holds) expect(await failure(attempt)).toMatchObject({ name: "ConditionalCheckFailedException", message: "The conditional request failed" });
      else await attempt;
      expect((await get(client, "item"))?.seen).toEqual(holds ? { BOOL: true } : undefined);
    }),
  );

  test("that fails shows the item only to who asked for it", () =>
    inTable(async ({ client }) => {
      await put(client, ITEM);
      const attempt = (wanted?: "ALL_OLD") =>
        failure(
          client.send(
            new dynamodb.PutItemCommand({
              TableName,
              Item: key("item"),
              ConditionExpression: "attribute_not_exists(pk)",
              ReturnValuesOnConditionCheckFailure: wanted,
            }),
          ),
        );
      expect((await attempt()).Item).toBeUndefined();
      expect((await attempt("ALL_OLD")).Item).toMatchObject({ owner: { S: "run-1" } });
    }));
});

const REFUSALS: [what: string, input: Partial<dynamodb.UpdateItemCommandInput>, message: string][] = [
  [
    "a reserved word",
    { UpdateExpression: "SET owner = :v", ExpressionAttributeValues: { ":v": { S: "x" } } },
    "Invalid UpdateExpression: Attribute name is a reserved keyword; reserved keyword: owner",
  ],
  [
    "an undefined value",
    { UpdateExpression: "SET epoch = :v" },
    "Invalid UpdateExpression: An expression attribute value used in expression is not defined; attribute value: :v",
  ],
  [
    "an unused value",
    { UpdateExpression: "SET epoch = :v", ExpressionAttributeValues: { ":v": { N: "1" }, ":w": { N: "2" } } },
    "Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}",
  ],
  [
    "an unused name",
    { UpdateExpression: "REMOVE epoch", ExpressionAttributeNames: { "#x": "x" } },
    "Value provided in ExpressionAttributeNames unused in expressions: keys: {#x}",
  ],
  [
    "a change of the key",
    { UpdateExpression: "SET sk = :v", ExpressionAttributeValues: { ":v": { S: "x" } } },
    "One or more parameter values were invalid: Cannot update attribute sk. This attribute is part of the key",
  ],
  [
    "a sum with no number",
    { UpdateExpression: "SET epoch = lacking + :v", ExpressionAttributeValues: { ":v": { N: "1" } } },
    "The provided expression refers to an attribute that does not exist in the item",
  ],
  [
    "a number that is none",
    { UpdateExpression: "SET epoch = :v", ExpressionAttributeValues: { ":v": { N: "ten" } } },
    "The parameter cannot be converted to a numeric value: ten",
  ],
  [
    "a path into nothing",
    { UpdateExpression: "SET lacking.a = :v", ExpressionAttributeValues: { ":v": { N: "1" } } },
    "The document path provided in the update expression is invalid for update",
  ],
  [
    "two overlapping paths",
    { UpdateExpression: "SET note = :v, note.kind = :v", ExpressionAttributeValues: { ":v": { S: "x" } } },
    "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [note], path two: [note, kind]",
  ],
];

describe("an update", () => {
  test("sets, adds, removes and deletes as its sections say", () =>
    inTable(async ({ client }) => {
      await put(client, ITEM);
      const { Attributes } = await client.send(
        new dynamodb.UpdateItemCommand({
          TableName,
          Key: key("item"),
          UpdateExpression:
            "SET epoch = epoch + :one, steps = list_append(steps, :more), begun = if_not_exists(begun, :zero), note.kind = :kind REMOVE digest ADD tries :one, nodes :added DELETE peers :added",
          ExpressionAttributeValues: {
            ":one": { N: "1" },
            ":more": { L: [{ S: "stop" }] },
            ":zero": { N: "0" },
            ":kind": { S: "slot" },
            ":added": { SS: ["i-2", "i-3"] },
          },
          ReturnValues: "ALL_NEW",
        }),
      );
      expect(Attributes).toMatchObject({
        epoch: { N: "11" },
        begun: { N: "0" },
        tries: { N: "1" },
        nodes: { SS: ["i-1", "i-2", "i-3"] },
        note: { M: { kind: { S: "slot" } } },
      });
      expect(Attributes?.steps?.L).toHaveLength(3);
      expect(Attributes?.digest).toBeUndefined();
      expect(await get(client, "item")).toEqual(Attributes);
    }));

  test("keeps 38 digits exactly", () =>
    inTable(async ({ client }) => {
      const add = (N: string) =>
        client.send(
          new dynamodb.UpdateItemCommand({ TableName, Key: key("sum"), UpdateExpression: "ADD amount :n", ExpressionAttributeValues: { ":n": { N } } }),
        );
      await add("9007199254740993");
      await add("0.1");
      await add("0.20");
      expect((await get(client, "sum"))?.amount).toEqual({ N: "9007199254740993.3" });
    }));

  test("creates the item, and returns only what it changed", () =>
    inTable(async ({ client }) => {
      const update = (ReturnValues: "UPDATED_OLD" | "UPDATED_NEW") =>
        client.send(
          new dynamodb.UpdateItemCommand({
            TableName,
            Key: key("new"),
            UpdateExpression: "SET epoch = if_not_exists(epoch, :zero) + :one",
            ExpressionAttributeValues: { ":zero": { N: "0" }, ":one": { N: "1" } },
            ReturnValues,
          }),
        );
      expect((await update("UPDATED_NEW")).Attributes).toEqual({ epoch: { N: "1" } });
      expect((await update("UPDATED_OLD")).Attributes).toEqual({ epoch: { N: "1" } });
    }));

  test.each(REFUSALS)("refuses %s", (_what, input, message) =>
    inTable(async ({ client }) => {
      await put(client, ITEM);
      expect(await failure(client.send(new dynamodb.UpdateItemCommand({ TableName, Key: key("item"), ...input })))).toMatchObject({
        name: "ValidationException",
        message,
      });
    }),
  );
});

describe("reading", () => {
  test("without consistency may miss the last second", () =>
    inTable(async ({ client }) => {
      const seen = new Set<string | undefined>();
      for (let round = 0; round < 30; round++) {
        await put(client, { ...key("a"), round: { N: String(round) } });
        expect((await get(client, "a"))?.round).toEqual({ N: String(round) });
        seen.add((await get(client, "a", false))?.round?.N === String(round) ? "fresh" : "stale");
      }
      expect([...seen].sort()).toEqual(["fresh", "stale"]);
      await sleep(1001);
      expect((await get(client, "a", false))?.round).toEqual({ N: "29" });
    }));

  test("queries a partition in order, page by page, both ways", () =>
    inTable(async ({ client }) => {
      for (const sk of ["c", "a", "e", "b", "d"]) await put(client, { ...key(sk), even: { BOOL: sk === "b" || sk === "d" } });
      await put(client, { pk: { S: "other" }, sk: { S: "a" } });
      const all = async (ScanIndexForward: boolean): Promise<(string | undefined)[][]> => {
        const pages: (string | undefined)[][] = [];
        let ExclusiveStartKey: Item | undefined;
        do {
          const page: dynamodb.QueryCommandOutput = await client.send(
            new dynamodb.QueryCommand({
              TableName,
              KeyConditionExpression: "pk = :pk",
              ExpressionAttributeValues: { ":pk": { S: "stage" } },
              ConsistentRead: true,
              Limit: 2,
              ScanIndexForward,
              ExclusiveStartKey,
            }),
          );
          pages.push((page.Items ?? []).map(({ sk }) => sk?.S));
          ExclusiveStartKey = page.LastEvaluatedKey;
        } while (ExclusiveStartKey);
        return pages;
      };
      expect(await all(true)).toEqual([["a", "b"], ["c", "d"], ["e"]]);
      expect(await all(false)).toEqual([["e", "d"], ["c", "b"], ["a"]]);
    }));

  test("filters after the limit, so a page may be empty and yet not the last", () =>
    inTable(async ({ client }) => {
      for (const sk of ["a", "b"]) await put(client, { ...key(sk), mark: { S: sk } });
      const page = await client.send(
        new dynamodb.QueryCommand({
          TableName,
          KeyConditionExpression: "pk = :pk AND begins_with(sk, :none)",
          FilterExpression: "mark = :b",
          ExpressionAttributeValues: { ":pk": { S: "stage" }, ":none": { S: "" }, ":b": { S: "b" } },
          Limit: 1,
          ConsistentRead: true,
        }),
      );
      expect(page).toMatchObject({ Count: 0, ScannedCount: 1, LastEvaluatedKey: key("a") });
    }));

  test("ends a page at one megabyte", () =>
    inTable(async ({ client }) => {
      for (const sk of ["a", "b", "c", "d"]) await put(client, { ...key(sk), blob: { S: "x".repeat(390 * 1024) } });
      const page = await client.send(new dynamodb.ScanCommand({ TableName, ConsistentRead: true }));
      expect(page.Count).toBe(2);
      expect((await client.send(new dynamodb.ScanCommand({ TableName, ConsistentRead: true, ExclusiveStartKey: page.LastEvaluatedKey }))).Count).toBe(2);
    }));

  test("refuses key conditions that no table can answer", () =>
    inTable(async ({ client }) => {
      const query = (KeyConditionExpression: string, values: Item) =>
        failure(client.send(new dynamodb.QueryCommand({ TableName, KeyConditionExpression, ExpressionAttributeValues: values })));
      expect((await query("sk = :v", { ":v": { S: "a" } })).message).toBe("Query condition missed key schema element: pk");
      expect((await query("pk > :v", { ":v": { S: "a" } })).message).toBe("Query key condition not supported");
      expect((await query("pk = :v OR sk = :v", { ":v": { S: "a" } })).message).toBe("Invalid operator used in KeyConditionExpression: OR");
    }));

  test("projects nested paths and fetches many keys at once", () =>
    inTable(async ({ client }) => {
      await put(client, ITEM);
      const read = await client.send(
        new dynamodb.GetItemCommand({
          TableName,
          Key: key("item"),
          ProjectionExpression: "note.kind, steps[1].#at",
          ExpressionAttributeNames: { "#at": "at" },
          ConsistentRead: true,
        }),
      );
      expect(read.Item).toEqual({ note: { M: { kind: { S: "lease" } } }, steps: { L: [{ M: { at: { N: "3" } } }] } });
      const batch = await client.send(
        new dynamodb.BatchGetItemCommand({ RequestItems: { ledger: { Keys: [key("item"), key("absent")], ConsistentRead: true } } }),
      );
      expect(batch.Responses?.ledger).toHaveLength(1);
    }));
});

describe("a transaction", () => {
  const claim = (sk: string): dynamodb.TransactWriteItem => ({ Put: { TableName, Item: key(sk), ConditionExpression: "attribute_not_exists(pk)" } });

  test("writes all or nothing and gives one reason per item", () =>
    inTable(async ({ client, handle }) => {
      await put(client, key("taken"));
      const error = await failure(client.send(new dynamodb.TransactWriteItemsCommand({ TransactItems: [claim("free"), claim("taken")] })));
      expect(error).toMatchObject({
        name: "TransactionCanceledException",
        message: "Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed]",
      });
      expect(error.CancellationReasons).toMatchObject([{ Code: "None" }, { Code: "ConditionalCheckFailed", Message: "The conditional request failed" }]);
      expect(handle.items(TableName)).toHaveLength(1);
      await client.send(
        new dynamodb.TransactWriteItemsCommand({
          TransactItems: [claim("free"), { ConditionCheck: { TableName, Key: key("taken"), ConditionExpression: "attribute_exists(pk)" } }],
        }),
      );
      expect(handle.items(TableName)).toHaveLength(2);
    }));

  test("lets only one of two at the same time win", () =>
    inTable(async ({ client }) => {
      const both = await Promise.allSettled(
        [1, 2].map(() => client.send(new dynamodb.TransactWriteItemsCommand({ TransactItems: [claim("slot"), claim("other")] }))),
      );
      expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    }));

  test("is done once for one token", () =>
    inTable(async ({ client }) => {
      const add = (by: string) =>
        client.send(
          new dynamodb.TransactWriteItemsCommand({
            ClientRequestToken: "token",
            TransactItems: [{ Update: { TableName, Key: key("n"), UpdateExpression: "ADD n :by", ExpressionAttributeValues: { ":by": { N: by } } } }],
          }),
        );
      await add("1");
      await add("1");
      expect((await get(client, "n"))?.n).toEqual({ N: "1" });
      expect((await failure(add("2"))).name).toBe("IdempotentParameterMismatchException");
    }));
});

test("refuses an item above 400 KB and a key that does not fit", () =>
  inTable(async ({ client }) => {
    expect((await failure(put(client, { ...key("big"), blob: { S: "x".repeat(400 * 1024) } }))).message).toBe(
      "Item size has exceeded the maximum allowed size",
    );
    expect((await failure(put(client, { pk: { S: "stage" } }))).message).toBe("One or more parameter values were invalid: Missing the key sk in the item");
    expect((await failure(client.send(new dynamodb.GetItemCommand({ TableName, Key: { pk: { S: "stage" } } })))).message).toBe(
      "The provided key element does not match the schema",
    );
  }));

test("asks for the table, the partition and, in a transaction, each part's own right", async () => {
  const it = world();
  const asked: { action: string; resources: string[]; context?: Record<string, string | string[]> }[] = [];
  it.account.authorize = (_principal, right) => {
    asked.push(right);
    return { allowed: true };
  };
  await drive(async () => {
    await table(it.client);
    asked.length = 0;
    await put(it.client, key("a"));
    await it.client.send(
      new dynamodb.TransactWriteItemsCommand({
        TransactItems: [
          { Delete: { TableName, Key: key("a") } },
          { ConditionCheck: { TableName, Key: key("b"), ConditionExpression: "attribute_not_exists(pk)" } },
        ],
      }),
    );
  });
  const resources = ["arn:aws:dynamodb:us-east-1:123456789012:table/ledger"];
  expect(asked).toEqual([
    { action: "dynamodb:PutItem", resources, context: { "dynamodb:LeadingKeys": ["stage"] } },
    { action: "dynamodb:DeleteItem", resources, context: { "dynamodb:LeadingKeys": ["stage"], "dynamodb:EnclosingOperation": "TransactWriteItems" } },
    { action: "dynamodb:ConditionCheckItem", resources, context: { "dynamodb:LeadingKeys": ["stage"] } },
  ]);
});
