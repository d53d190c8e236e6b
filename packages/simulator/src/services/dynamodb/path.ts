import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Item } from "./attribute.ts";
import type { Path } from "./expression-tree.ts";

/** The value at a document path, if there is one. */
export function valueAt(path: Path, item: Item): AttributeValue | undefined {
  let value: AttributeValue | undefined = { M: item };
  for (const piece of path) value = typeof piece === "number" ? value?.L?.[piece] : value?.M?.[piece];
  return value;
}

/** An item with nothing but the given paths; list elements close up. */
export function project(paths: Path[], item: Item): Item {
  const result: Item = {};
  for (const path of paths) {
    const value = valueAt(path, item);
    if (value) graft({ M: result }, path, value);
  }
  return compact({ M: result }).M ?? {};
}

function graft(target: AttributeValue, [piece, ...rest]: Path, value: AttributeValue): void {
  const children = typeof piece === "number" ? target.L : target.M;
  if (!children || piece === undefined) return;
  const slots = children as Record<string | number, AttributeValue>;
  if (rest.length === 0) slots[piece] = value;
  else {
    slots[piece] ??= typeof rest[0] === "number" ? { L: [] } : { M: {} };
    graft(slots[piece], rest, value);
  }
}

function compact(value: AttributeValue): AttributeValue {
  if (value.L) return { L: value.L.filter(Boolean).map(compact) };
  if (value.M) return { M: Object.fromEntries(Object.entries(value.M).map(([name, inner]) => [name, compact(inner)])) };
  return value;
}
