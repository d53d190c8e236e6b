import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { fingerprint, type Item, typeOf } from "./attribute.ts";
import { difference, sum } from "./decimal.ts";
import { invalid } from "./errors.ts";
import type { ParsedUpdate, Path, UpdateSection, UpdateValue } from "./expression-tree.ts";
import { valueAt } from "./path.ts";

const WRONG_TYPE = "An operand in the update expression has an incorrect data type";

/** A changed copy of the item; every value is computed from the item as it was before. */
export function updated(item: Item, { sections }: ParsedUpdate): Item {
  const result = structuredClone(item);
  const changes = sections.map((section) => ({ ...section, value: section.type === "remove" ? undefined : resolve(section.val, item) }));
  // Removing list elements from the back keeps the earlier indexes right.
  for (const { value, ...section } of changes.filter(({ type }) => type !== "remove")) put(result, section, value);
  for (const { path } of changes.filter(({ type }) => type === "remove").sort((a, b) => lastIndex(b.path) - lastIndex(a.path))) remove(result, path);
  return result;
}

function put(item: Item, { type, path }: Omit<UpdateSection, "val">, value: AttributeValue | undefined): void {
  const existing = valueAt(path, item);
  if (type !== "set" && existing && value && typeOf(existing) !== typeOf(value)) throw invalid(WRONG_TYPE);
  const next =
    value && { set: () => value, add: () => added(existing, value), delete: () => existing && without(existing, value), remove: () => undefined }[type]();
  if (next) assign(item, path, next);
  else remove(item, path);
}

function added(existing: AttributeValue | undefined, value: AttributeValue): AttributeValue {
  if (value.N !== undefined) return { N: sum(existing?.N ?? "0", value.N) };
  if (!existing) return value;
  const known = new Set(elements(existing).map(fingerprint));
  return assembled(value, [...elements(existing), ...elements(value).filter((element) => !known.has(fingerprint(element)))]);
}

/** A set without some elements; nothing if none is left. */
function without(existing: AttributeValue, value: AttributeValue): AttributeValue | undefined {
  const gone = new Set(elements(value).map(fingerprint));
  const left = elements(existing).filter((element) => !gone.has(fingerprint(element)));
  return left.length === 0 ? undefined : assembled(existing, left);
}

const elements = ({ SS, NS, BS }: AttributeValue): AttributeValue[] => [
  ...(SS ?? []).map((S) => ({ S })),
  ...(NS ?? []).map((N) => ({ N })),
  ...(BS ?? []).map((B) => ({ B })),
];

function assembled(like: AttributeValue, parts: AttributeValue[]): AttributeValue {
  if (like.SS) return { SS: parts.map(({ S }) => S ?? "") };
  if (like.NS) return { NS: parts.map(({ N }) => N ?? "") };
  return { BS: parts.map(({ B }) => B ?? new Uint8Array()) };
}

function resolve(value: UpdateValue, item: Item): AttributeValue {
  if (Array.isArray(value)) {
    const found = valueAt(value, item);
    if (!found) throw invalid("The provided expression refers to an attribute that does not exist in the item");
    return structuredClone(found);
  }
  if (!("type" in value) || typeof value.type !== "string") return value as AttributeValue;
  const { args = [], ...call } = value as { type: string; name?: string; args?: UpdateValue[] };
  if (call.name === "if_not_exists") return valueAt(args[0] as Path, item) ?? resolve(args[1] ?? [], item);
  const [left, right] = args.map((arg) => resolve(arg, item));
  if (call.name === "list_append") return appended(left, right);
  return calculated(call.type, left, right);
}

function appended(left: AttributeValue | undefined, right: AttributeValue | undefined): AttributeValue {
  if (!left?.L || !right?.L) throw invalid(WRONG_TYPE);
  return { L: [...left.L, ...right.L] };
}

function calculated(type: string, left: AttributeValue | undefined, right: AttributeValue | undefined): AttributeValue {
  if (left?.N === undefined || right?.N === undefined) throw invalid(WRONG_TYPE);
  return { N: type === "add" ? sum(left.N, right.N) : difference(left.N, right.N) };
}

function assign(item: Item, path: Path, value: AttributeValue): void {
  const { parent, last } = parentOf(item, path);
  if (parent.L && typeof last === "number") parent.L[Math.min(last, parent.L.length)] = value;
  else if (parent.M) parent.M[last] = value;
}

function remove(item: Item, path: Path): void {
  const { parent, last } = parentOf(item, path);
  if (parent.L && typeof last === "number") parent.L.splice(last, 1);
  else if (parent.M) delete parent.M[last];
}

function parentOf(item: Item, path: Path): { parent: AttributeValue; last: string | number } {
  const parent = path.length === 1 ? { M: item } : valueAt(path.slice(0, -1), item);
  const last = path.at(-1) ?? "";
  const fits = parent && (typeof last === "number" ? parent.L : parent.M);
  if (!parent || !fits) throw invalid("The document path provided in the update expression is invalid for update");
  return { parent, last };
}

const lastIndex = (path: Path): number => (typeof path.at(-1) === "number" ? Number(path.at(-1)) : -1);
