import type { Condition } from "@steward/core/topology/policy";
import { parseOperator } from "./conditions.ts";
import { conditionKeyType } from "./reference.ts";

/** What is wrong with a condition, one sentence each: an operator or variable that is not evaluated here, or one that does not fit its key. */
export const conditionProblems = (condition: Condition = {}): string[] =>
  Object.entries(condition).flatMap(([operator, keys]) => {
    const unknown = unknownOperator(operator);
    if (unknown) return [unknown];
    return Object.entries(keys).flatMap(([key, values]) => [...misfit(operator, key), ...[values].flat().flatMap(variable)]);
  });

function unknownOperator(operator: string): string | undefined {
  try {
    parseOperator(operator);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const variable = (value: string): string[] => (value.includes("${") ? [`${value} has a policy variable, which this evaluator does not know`] : []);

/**
 * A key with several values wants a set operator; one with a single value must not have one, since `ForAllValues` holds
 * where the key is missing. Source: IAM user guide, "Set operators for multivalued context keys"; Access Analyzer policy checks.
 */
function misfit(operator: string, key: string): string[] {
  const type = conditionKeyType(key);
  if (type === undefined || operator === "Null") return [];
  const [isList, isSet] = [type.startsWith("ArrayOf"), /^For(All|Any)/.test(operator)];
  if (isList && !isSet) return [`${operator} on ${key}, which has several values: it needs ForAllValues or ForAnyValue`];
  if (!isList && isSet) return [`${operator} on ${key}, which has one value`];
  if (/Bool/.test(operator) && type !== "Bool") return [`${operator} on ${key}, which is no Boolean`];
  return /Arn/.test(operator) && !/ARN$/.test(type) ? [`${operator} on ${key}, which is no ARN`] : [];
}
