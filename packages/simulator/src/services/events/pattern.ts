import { isEither, isObject, type Json, MATCHERS, type MatcherName, parseMatcher } from "./pattern-matchers.ts";

/** An event pattern as a rule carries it, parsed. */
export type Pattern = Record<string, unknown>;

export { validatePattern } from "./pattern-validate.ts";

/**
 * Whether an event matches a pattern that `validatePattern` accepts: all keys must match, any value of a list may.
 * EventBridge user guide, "Comparison operators for use in event patterns"; arrays as in aws/event-ruler, "JSON array matching":
 * a match never mixes fields of two different elements of one array.
 */
export function matches(pattern: Pattern, event: unknown): boolean {
  const node = isObject(event) ? event : {};
  return Object.entries(pattern).every(([key, expected]) => {
    if (isEither(key, expected)) return expected.some((alternative) => matches(alternative, node));
    if (Array.isArray(expected)) return leafMatches(expected, leaves(node[key]));
    return isObject(expected) && branches(node[key]).some((branch) => matches(expected, branch));
  });
}

/** A list of a pattern matches when any of its values matches any leaf; `exists: false` when there is no leaf. */
function leafMatches(expected: unknown[], found: Json[]): boolean {
  return expected.some((entry) => {
    if (!isObject(entry)) return found.some((value) => value === entry);
    const { name, operand } = parseMatcher(entry);
    if (name === "exists") return operand === found.length > 0;
    return found.some((value) => MATCHERS[name as MatcherName].test(operand, value));
  });
}

/** Scalars of a field, arrays of any depth flattened; objects are no leaves. */
const leaves = (value: unknown): Json[] => flatten(value).filter((item): item is Json => !isObject(item) && item !== undefined);

/** Objects below a field; a field that is absent or no object counts as an empty one, so that `exists: false` can hold below it. */
function branches(value: unknown): Record<string, unknown>[] {
  const found = flatten(value).filter(isObject);
  return found.length > 0 ? found : [{}];
}

const flatten = (value: unknown): unknown[] => (Array.isArray(value) ? value.flatMap(flatten) : [value]);
