import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { Item } from "./table.ts";

/** A ledger item as DynamoDB holds it, in plain values. */
export const plainItem = (item: Record<string, AttributeValue>): Item => unmarshall(item) as Item;
