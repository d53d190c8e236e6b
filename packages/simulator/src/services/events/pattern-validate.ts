import { isEither, isObject, MATCHERS, type MatcherName, parseMatcher } from "./pattern-matchers.ts";

/** Why AWS refuses a pattern, or undefined where it takes it; the reasons follow aws/event-ruler, which EventBridge runs. */
export function validatePattern(pattern: unknown): string | undefined {
  if (!isObject(pattern)) return "Filter is not an object";
  return objectFault(pattern);
}

function objectFault(pattern: Record<string, unknown>): string | undefined {
  const entries = Object.entries(pattern);
  if (entries.length === 0) return "Empty objects are not allowed";
  return first(entries, ([key, value]) => {
    if (isEither(key, value)) return first(value, objectFault);
    if (Array.isArray(value)) return listFault(value);
    return isObject(value) ? objectFault(value) : `"${key}" must be an object or an array`;
  });
}

function listFault(values: unknown[]): string | undefined {
  if (values.length === 0) return "Empty arrays are not allowed";
  return first(values, (value) => {
    if (Array.isArray(value)) return "Match value must be String, number, true, false, or null";
    return isObject(value) ? matcherFault(value) : undefined;
  });
}

function matcherFault(entry: Record<string, unknown>): string | undefined {
  const { name, operand } = parseMatcher(entry);
  if (Object.keys(entry).length !== 1) return "Only one key allowed in match expression";
  if (!(name in MATCHERS)) return `Unrecognized match type ${name}`;
  return MATCHERS[name as MatcherName].check(operand);
}

function first<Item>(items: Item[], fault: (item: Item) => string | undefined): string | undefined {
  for (const item of items) {
    const found = fault(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
