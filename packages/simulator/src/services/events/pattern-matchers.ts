import { BlockList, isIP } from "node:net";

export type Json = string | number | boolean | null;
export type MatcherName = keyof typeof MATCHERS;

/** One match type: what is wrong with an operand, and whether a leaf of the event matches it. */
interface Matcher {
  check: (operand: unknown) => string | undefined;
  test: (operand: unknown, value: Json) => boolean;
}

export const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** `{ "prefix": "x" }` as name and operand. */
export function parseMatcher(entry: Record<string, unknown>): { name: string; operand: unknown } {
  const [name = "", operand] = Object.entries(entry)[0] ?? [];
  return { name, operand };
}

/** The case-ignoring form that prefix and suffix may carry: `{ "prefix": { "equals-ignore-case": "x" } }`. */
const ignoringCase = (operand: unknown): string | undefined => {
  const inner = isObject(operand) && Object.keys(operand).length === 1 ? operand["equals-ignore-case"] : undefined;
  return typeof inner === "string" ? inner : undefined;
};

function affix(name: "prefix" | "suffix", holds: (value: string, part: string) => boolean): Matcher {
  return {
    check: (operand) => (typeof operand === "string" || ignoringCase(operand) !== undefined ? undefined : `${name} match pattern must be a string`),
    test: (operand, value) => {
      if (typeof value !== "string") return false;
      const folded = ignoringCase(operand);
      return folded === undefined ? holds(value, String(operand)) : holds(value.toLowerCase(), folded.toLowerCase());
    },
  };
}

const equalsIgnoreCase: Matcher = {
  check: (operand) => (typeof operand === "string" ? undefined : "equals-ignore-case match pattern must be a string"),
  test: (operand, value) => typeof value === "string" && value.toLowerCase() === String(operand).toLowerCase(),
};

const wildcard: Matcher = {
  check: (operand) => (typeof operand === "string" ? wildcardFault(operand) : "wildcard match pattern must be a string"),
  test: (operand, value) => typeof value === "string" && wildcardExpression(String(operand)).test(value),
};

const exists: Matcher = {
  check: (operand) => (typeof operand === "boolean" ? undefined : "exists match pattern must be either true or false."),
  test: () => true,
};

const cidr: Matcher = {
  check: (operand) => (typeof operand === "string" ? cidrFault(operand) : "prefix match pattern must be a string"),
  test: (operand, value) => {
    const kind = typeof value === "string" ? isIP(value) : 0;
    return kind !== 0 && network(String(operand)).check(String(value), kind === 6 ? "ipv6" : "ipv4");
  },
};

const numeric: Matcher = {
  check: numericFault,
  test: (operand, value) => typeof value === "number" && comparisons(operand as unknown[]).every(([operator, bound]) => COMPARE[operator]?.(value, bound)),
};

/** What `anything-but` may negate besides plain values; each takes one string or a list of them. */
const negatable = (): Record<string, Matcher> => ({ prefix: MATCHERS.prefix, suffix: MATCHERS.suffix, wildcard, "equals-ignore-case": equalsIgnoreCase });

const anythingBut: Matcher = {
  check: (operand) => (isObject(operand) ? negationFault(operand) : valuesFault(listed(operand))),
  test: (operand, value) => {
    if (!isObject(operand)) return !listed(operand).includes(value);
    const { name, operand: inner } = parseMatcher(operand);
    return !listed(inner).some((item) => negatable()[name]?.test(item, value));
  },
};

/** Match types by the name a pattern uses. Source: EventBridge user guide, "Comparison operators for use in event patterns". */
export const MATCHERS = {
  prefix: affix("prefix", (value, part) => value.startsWith(part)),
  suffix: affix("suffix", (value, part) => value.endsWith(part)),
  "equals-ignore-case": equalsIgnoreCase,
  "anything-but": anythingBut,
  numeric,
  exists,
  cidr,
  wildcard,
};

/** `$or` is an operator only with two or more alternatives whose fields are no match types; else it is a field's name. */
export function isEither(key: string, value: unknown): value is Record<string, unknown>[] {
  if (key !== "$or" || !Array.isArray(value) || value.length < 2) return false;
  return value.every(
    (alternative) => isObject(alternative) && Object.keys(alternative).length > 0 && !Object.keys(alternative).some((name) => name in MATCHERS),
  );
}

const listed = (operand: unknown): unknown[] => (Array.isArray(operand) ? operand : [operand]);

function negationFault(operand: Record<string, unknown>): string | undefined {
  const { name, operand: inner } = parseMatcher(operand);
  const matcher = negatable()[name];
  if (Object.keys(operand).length !== 1) return "Only one key allowed in match expression";
  if (!matcher) return `Unsupported anything-but pattern: ${name}`;
  if (listed(inner).length === 0) return "Empty arrays are not allowed";
  return listed(inner)
    .map((item) => (typeof item === "string" ? matcher.check(item) : `${name} match pattern must be a string`))
    .find(Boolean);
}

function valuesFault(values: unknown[]): string | undefined {
  if (values.length === 0) return "Empty arrays are not allowed";
  const [first] = values;
  const sameKind = values.every((value) => typeof value === typeof first);
  return sameKind && ["string", "number"].includes(typeof first)
    ? undefined
    : "Inside anything but list, either all values are number or string, mixed type is not supported";
}

const COMPARE: Record<string, (value: number, bound: number) => boolean> = {
  "=": (value, bound) => value === bound,
  "<": (value, bound) => value < bound,
  "<=": (value, bound) => value <= bound,
  ">": (value, bound) => value > bound,
  ">=": (value, bound) => value >= bound,
};

/** Numbers beyond this are not compared (event-ruler, "Numeric matching"). */
const NUMERIC_LIMIT = 5e9;

function comparisons(operand: unknown[]): [string, number][] {
  return Array.from({ length: operand.length / 2 }, (_, i) => [String(operand[2 * i]), Number(operand[2 * i + 1])]);
}

/** One comparison, or a range written lower bound first. */
function numericFault(operand: unknown): string | undefined {
  if (!Array.isArray(operand) || operand.length === 0) return "Value of numeric must be an array.";
  if (operand.length % 2 !== 0 || operand.length > 4) return "Too many elements in numeric expression";
  const pairs = comparisons(operand);
  const bad = pairs.find(([operator], i) => !COMPARE[operator] || typeof operand[2 * i + 1] !== "number");
  if (bad) return `Unrecognized numeric range operator: ${bad[0]}`;
  if (pairs.some(([, bound]) => Math.abs(bound) > NUMERIC_LIMIT)) return "Value must be between -5.0E9 and 5.0E9, inclusive";
  const [low, high] = pairs;
  if (!low || !high) return undefined;
  if (!low[0].startsWith(">") || !high[0].startsWith("<")) return `Bad numeric range operator: ${low[0]}`;
  return low[1] < high[1] ? undefined : "Bottom must be less than top";
}

function wildcardFault(text: string): string | undefined {
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\\" && !["*", "\\"].includes(text[i + 1] ?? "")) return `Invalid escape character at pos ${i}`;
    if (text[i] === "*" && text[i + 1] === "*") return `Consecutive wildcard characters at pos ${i}`;
    if (text[i] === "\\") i++;
  }
  return undefined;
}

/** `*` stands for any run of characters; `\*` and `\\` for themselves. */
function wildcardExpression(text: string): RegExp {
  const source = text.replace(/\\([*\\])|([*])|([.*+?^${}()|[\]\\/])/g, (_all, escaped, star, special) => (star ? "[^]*" : `\\${escaped ?? special}`));
  return new RegExp(`^${source}$`);
}

function cidrFault(text: string): string | undefined {
  const [address = "", bits = "", ...rest] = text.split("/");
  const kind = isIP(address);
  if (rest.length > 0 || !text.includes("/")) return "Malformed CIDR, one '/' required";
  if (kind === 0) return `Malformed CIDR, Nonstandard IP address: ${address}`;
  return /^\d+$/.test(bits) && Number(bits) <= (kind === 6 ? 128 : 32) ? undefined : "Malformed CIDR, mask bits must be an integer";
}

function network(text: string): BlockList {
  const [address = "", bits] = text.split("/");
  const list = new BlockList();
  list.addSubnet(address, Number(bits), isIP(address) === 6 ? "ipv6" : "ipv4");
  return list;
}
