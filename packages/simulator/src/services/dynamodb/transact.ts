import type * as dynamodb from "@aws-sdk/client-dynamodb";
import type { CancellationReason, TransactWriteItem, TransactWriteItemsCommandInput } from "@aws-sdk/client-dynamodb";
import { AwsError, type Operations, type Right } from "../../account/operation.ts";
import { between } from "../../world/chance.ts";
import type { Item } from "./attribute.ts";
import { invalid } from "./errors.ts";
import { parseExpressions } from "./expressions.ts";
import { onItem } from "./read.ts";
import { type Tables, tableNamed } from "./tables.ts";
import { change, checked, put, remove, type Write } from "./write.ts";

/** A client request token is remembered this long (API_TransactWriteItems). */
const TOKEN_MS = 10 * 60_000;

/** All-or-nothing writes. */
export function transactionOperations(tables: Tables): Operations<typeof dynamodb> {
  const tokens = new Map<string, { at: number; request: string }>();
  return {
    TransactWriteItems: {
      rights: ({ TransactItems = [] }) => TransactItems.flatMap(rightsOf),
      run: async (input) => {
        if (repeated(tokens, input)) return {};
        await commitAll((input.TransactItems ?? []).map((item) => writeOf(tables, item)));
        if (input.ClientRequestToken) tokens.set(input.ClientRequestToken, { at: Date.now(), request: requestOf(input) });
        return {};
      },
    },
  };
}

/** Each part needs the right of the plain call, with the transaction named in the context. */
function rightsOf({ Put, Update, Delete, ConditionCheck }: TransactWriteItem): Right[] {
  const within = (rights: Right[]): Right[] =>
    rights.map((right) => ({ ...right, context: { ...right.context, "dynamodb:EnclosingOperation": "TransactWriteItems" } }));
  if (Put) return within(onItem("PutItem")({ TableName: Put.TableName, Key: Put.Item }));
  if (Update) return within(onItem("UpdateItem")(Update));
  if (Delete) return within(onItem("DeleteItem")(Delete));
  // The reference has no `dynamodb:EnclosingOperation` for this action, unlike for the writes.
  return ConditionCheck ? onItem("ConditionCheckItem")(ConditionCheck) : [];
}

function writeOf(tables: Tables, { Put, Update, Delete, ConditionCheck }: TransactWriteItem): Write {
  if (Put) return put(tableNamed(tables, Put.TableName), Put);
  if (Update) return change(tableNamed(tables, Update.TableName), Update);
  if (Delete) return remove(tableNamed(tables, Delete.TableName), Delete);
  if (!ConditionCheck) throw invalid("Invalid Request: TransactWriteRequest should contain Delete or Put or Update request");
  const table = tableNamed(tables, ConditionCheck.TableName);
  const { condition } = parseExpressions(ConditionCheck);
  return { table, key: table.requireKey(ConditionCheck.Key), check: checked(condition?.expression, ConditionCheck), result: (before) => before };
}

/** Holds every item while it decides: other writers of these items get a conflict meanwhile. */
async function commitAll(writes: Write[]): Promise<void> {
  if (writes.length > 100) throw invalid("Member must have length less than or equal to 100");
  const places = writes.map(({ table, key }) => `${table.name}/${table.identity(key)}`);
  if (new Set(places).size < places.length) throw invalid("Transaction request cannot include multiple operations on one item");
  const taken = writes.map(
    ({ table, key }): CancellationReason =>
      table.locked.has(table.identity(key)) ? { Code: "TransactionConflict", Message: "Transaction is ongoing for the item" } : { Code: "None" },
  );
  cancelIfAny(taken);
  for (const { table, key } of writes) table.locked.add(table.identity(key));
  try {
    await new Promise((resolve) => setTimeout(resolve, between(5, 20)));
    const reasons = writes.map(reasonAgainst);
    cancelIfAny(reasons);
    const results = writes.map((write) => ({ write, after: write.result(write.table.read(write.key)) }));
    for (const { write, after } of results) write.table.write(write.key, after);
  } finally {
    for (const { table, key } of writes) table.locked.delete(table.identity(key));
  }
}

function reasonAgainst({ table, key, check }: Write): CancellationReason {
  try {
    check(table.read(key));
    return { Code: "None" };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const { Item } = error.members as { Item?: Item };
    return { Code: "ConditionalCheckFailed", Message: error.message, ...(Item && { Item }) };
  }
}

function cancelIfAny(reasons: CancellationReason[]): void {
  if (reasons.every(({ Code }) => Code === "None")) return;
  const codes = reasons.map(({ Code }) => Code).join(", ");
  throw new AwsError("TransactionCanceledException", `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`, 400, {
    CancellationReasons: reasons,
  });
}

/** The same token with the same request succeeds without doing it again. */
function repeated(tokens: Map<string, { at: number; request: string }>, input: TransactWriteItemsCommandInput): boolean {
  const known = tokens.get(input.ClientRequestToken ?? "");
  if (!known || Date.now() - known.at > TOKEN_MS) return false;
  if (known.request === requestOf(input)) return true;
  throw new AwsError(
    "IdempotentParameterMismatchException",
    "Request parameters do not match the parameters of a request that was made with the same client token",
  );
}

const requestOf = ({ TransactItems }: TransactWriteItemsCommandInput): string => JSON.stringify(TransactItems);
