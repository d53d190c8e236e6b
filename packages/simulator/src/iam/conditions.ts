import { matchesArn, matchesPattern } from "./wildcard.ts";

/** A policy uses something that this evaluator does not know: never guessed, always an error. */
export class UnsupportedPolicy extends Error {
  override readonly name = "UnsupportedPolicy";
}

/** Condition keys of one request, as AWS fills them. */
export type RequestContext = Record<string, string | string[]>;
type Conditions = Record<string, Record<string, string | string[]>>;
type Compare = (wanted: string, given: string) => boolean;

const OPERATORS: Record<string, { compare: Compare; negated: boolean }> = {
  StringEquals: { compare: (wanted, given) => wanted === given, negated: false },
  StringNotEquals: { compare: (wanted, given) => wanted === given, negated: true },
  StringLike: { compare: matchesPattern, negated: false },
  StringNotLike: { compare: matchesPattern, negated: true },
  Bool: { compare: (wanted, given) => wanted.toLowerCase() === given.toLowerCase(), negated: false },
  ArnEquals: { compare: matchesArn, negated: false },
  ArnLike: { compare: matchesArn, negated: false },
  ArnNotEquals: { compare: matchesArn, negated: true },
  ArnNotLike: { compare: matchesArn, negated: true },
};

interface Operator {
  /** `presence` is `Null`: it asks whether the key is there, not what it says. */
  quantifier: "all" | "any" | "one" | "presence";
  compare: Compare;
  negated: boolean;
  ifExists: boolean;
}

/** `Null` takes neither a set prefix nor `IfExists`. Source: IAM user guide, "Condition operator to check existence of condition keys". */
const PRESENCE: Operator = { quantifier: "presence", compare: () => false, negated: false, ifExists: false };

/** Reads an operator's name, for example `ForAnyValue:StringLikeIfExists`; throws `UnsupportedPolicy` for one we don't evaluate. */
export function parseOperator(name: string): Operator {
  if (name === "Null") return PRESENCE;
  const [, prefix, core = "", ifExists] = /^(ForAllValues:|ForAnyValue:)?(.*?)(IfExists)?$/.exec(name) ?? [];
  const known = Object.hasOwn(OPERATORS, core) ? OPERATORS[core] : undefined;
  if (!known) throw new UnsupportedPolicy(`condition operator ${name} is not one that this evaluator knows`);
  const quantifier = prefix === "ForAllValues:" ? "all" : prefix === "ForAnyValue:" ? "any" : "one";
  return { ...known, quantifier, ifExists: ifExists !== undefined };
}

/** Whether every condition of a statement holds. Source: IAM user guide, "Conditions with multiple context keys or values". */
export function conditionsHold(conditions: Conditions, context: RequestContext): boolean {
  return Object.entries(conditions).every(([name, keys]) => {
    const operator = parseOperator(name);
    return Object.entries(keys).every(([key, wanted]) => holds(operator, [wanted].flat(), lookup(context, key), key));
  });
}

/**
 * A missing key fails a positive operator and satisfies a negated one; `ForAllValues` holds for no values, `ForAnyValue` does not.
 * Source: IAM user guide, "Condition operators" and "Set operators for multivalued context keys".
 */
function holds(operator: Operator, wanted: string[], given: string | string[] | undefined, key: string): boolean {
  if (operator.quantifier === "presence") return wanted.some((absent) => (absent.toLowerCase() === "true") === isAbsent(given));
  const one = (value: string): boolean => wanted.some((text) => operator.compare(text, value)) !== operator.negated;
  if (operator.quantifier === "all") return [given ?? []].flat().every(one);
  if (operator.quantifier === "any") return [given ?? []].flat().some(one);
  if (Array.isArray(given)) throw new UnsupportedPolicy(`condition key ${key} has several values: it needs ForAllValues or ForAnyValue`);
  if (given === undefined) return operator.negated || operator.ifExists;
  return one(given);
}

/** A key without any value is not in the request. Source: IAM user guide, "Set operators for multivalued context keys". */
const isAbsent = (given: string | string[] | undefined): boolean => given === undefined || given.length === 0;

/** Names of condition keys are not case-sensitive; tag keys after the slash neither, as IAM documents. */
function lookup(context: RequestContext, key: string): string | string[] | undefined {
  const wanted = key.toLowerCase();
  return Object.entries(context).find(([name]) => name.toLowerCase() === wanted)?.[1];
}
