import * as dynamodb from "@aws-sdk/client-dynamodb";
import type { Account } from "../../account/account.ts";
import type { Operations } from "../../account/operation.ts";
import type { Item } from "./attribute.ts";
import { backupOperations } from "./backups.ts";
import { readOperations } from "./read.ts";
import { type Tables, tableOperations } from "./tables.ts";
import { transactionOperations } from "./transact.ts";
import { writeOperations } from "./write.ts";

/** What stories and invariants see of the tables; programs use the API. */
export interface DynamoDb {
  /** The items of a table, or of one of its partitions, as they are now, in the table's order; none if it does not exist. */
  items: (tableName: string, partition?: string) => readonly Item[];
  /** Counts up whenever anything in the table is written: what was read at the same count is still true. */
  revision: (tableName: string) => number;
}

/** Adds DynamoDB to the account. Not here: secondary indexes, capacity and its throttling, streams, deletion by TTL, the parameters from before expressions. */
export function addDynamoDb(account: Account): DynamoDb {
  const tables: Tables = new Map();
  const operations: Operations<typeof dynamodb> = {
    ...tableOperations(tables),
    ...backupOperations(tables),
    ...readOperations(tables),
    ...writeOperations(tables),
    ...transactionOperations(tables),
  };
  account.add({ id: "dynamodb", iamPrefix: "dynamodb", module: dynamodb, protocol: "json1_0", operations });
  return {
    items: (tableName, partition) => tables.get(tableName)?.items(true, partition === undefined ? undefined : { S: partition }) ?? [],
    revision: (tableName) => tables.get(tableName)?.revision ?? 0,
  };
}
