import { Permanent } from "@steward/core/errors";
import type { Item } from "./table.ts";

/** Reads one item by core's own schema; an item that does not fit stops whoever needed it, by name and without its content. */
export function read<T>(item: Item, schema: { parse: (value: unknown) => T }): T {
  try {
    return schema.parse(item);
  } catch (error) {
    throw new Permanent(`the ledger's item ${item.pk}/${item.sk} is not what it should be`, { cause: error });
  }
}
