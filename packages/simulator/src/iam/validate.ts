import type { PolicyDocument, PolicyStatement } from "@steward/core/topology/topology";
import type { Right } from "../account/operation.ts";
import { parseOperator } from "./conditions.ts";
import { type ActionEntry, actionEntry, isGlobalConditionKey, resourceType } from "./reference.ts";
import { overlap } from "./wildcard.ts";

/** What is wrong with a policy by AWS's own reference, one sentence each that names the statement; empty when all is well. */
export const policyProblems = (policy: PolicyDocument): string[] =>
  policy.Statement.flatMap((statement, index) => statementProblems(statement).map((problem) => `statement ${statement.Sid ?? index + 1}: ${problem}`));

const ELEMENTS = new Set(["Sid", "Effect", "Action", "Resource", "Condition"]);

function statementProblems(statement: PolicyStatement): string[] {
  const unknown = Object.keys(statement).filter((element) => !ELEMENTS.has(element));
  return [
    ...unknown.map((element) => `${element} is not an element that this evaluator knows`),
    ...statement.Resource.flatMap(resourceProblems),
    ...statement.Action.flatMap((action) => actionProblems(action, statement)),
    ...Object.entries(statement.Condition ?? {}).flatMap(([operator, keys]) => operatorProblems(operator, keys)),
  ];
}

/** Policy variables are not evaluated here; a wildcard service segment is refused by IAM itself ("JSON policy elements: Resource"). */
function resourceProblems(resource: string): string[] {
  if (resource === "*") return [];
  const [prefix, , service = ""] = resource.split(":");
  if (resource.includes("${")) return [`${resource} has a policy variable, which this evaluator does not know`];
  if (prefix !== "arn") return [`${resource} is no ARN`];
  return /[*?]/.test(service) ? [`${resource} has a wildcard for the service, which IAM does not allow`] : [];
}

function operatorProblems(operator: string, keys: Record<string, string | string[]>): string[] {
  const variables = Object.values(keys)
    .flat()
    .filter((value) => value.includes("${"));
  try {
    parseOperator(operator);
  } catch (error) {
    return [(error as Error).message];
  }
  return variables.map((value) => `${value} has a policy variable, which this evaluator does not know`);
}

function actionProblems(action: string, statement: PolicyStatement): string[] {
  if (action === "*") return [];
  if (/[*?]/.test(action)) return [`${action} is a wildcard: name the actions`];
  const entry = actionEntry(action);
  if (!entry) return [`AWS knows no action ${action}`];
  const resources = statement.Resource.flatMap((resource) => unsupported(action, entry, resource));
  const keys = Object.values(statement.Condition ?? {}).flatMap(Object.keys);
  return [...resources, ...keys.filter((key) => !supportsKey(action, entry, key)).map((key) => `${action} does not know the condition key ${key}`)];
}

function unsupported(action: string, entry: ActionEntry, resource: string): string[] {
  if (resource === "*") return [];
  if (entry.resourceTypes.length === 0) return [`${action} has no resource-level permission: ${resource} never matches`];
  const shapes = entry.resourceTypes.map(({ name }) => shapeOf(action, name));
  return shapes.some((shape) => shape !== undefined && overlap(shape, resource)) ? [] : [`${action} does not support the resource ${resource}`];
}

const shapeOf = (action: string, type: string): string | undefined => resourceType(servicePrefix(action), type)?.arn.replace(/\$\{[^}]*\}/g, "*");
const servicePrefix = (action: string): string => action.split(":")[0] ?? "";

function supportsKey(action: string, entry: ActionEntry, key: string): boolean {
  const ofTypes = entry.resourceTypes.flatMap(({ name, conditionKeys }) => [
    ...conditionKeys,
    ...(resourceType(servicePrefix(action), name)?.conditionKeys ?? []),
  ]);
  const patterns = [...entry.conditionKeys, ...ofTypes].map((name) => name.replace(/\$\{[^}]*\}|(?<=\/)tag-key$/i, "*").toLowerCase());
  return isGlobalConditionKey(key) || patterns.some((pattern) => overlap(pattern, key.toLowerCase()));
}

/** What is wrong with a right that an operation of the account asks for, by AWS's reference: unknown action, or a resource it can't have. */
export function rightProblems(right: Right): string[] {
  const entry = actionEntry(right.action);
  if (!entry) return [`AWS knows no action ${right.action}`];
  const keys = Object.keys(right.context ?? {}).filter((key) => !supportsKey(right.action, entry, key));
  return [
    ...right.resources.flatMap((resource) => unsupported(right.action, entry, resource)),
    ...keys.map((key) => `${right.action} does not know the condition key ${key}`),
  ];
}
