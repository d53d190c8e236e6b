import type { PolicyDocument, PolicyStatement, ResourcePolicy } from "@steward/core/topology/policy";
import type { Right } from "../account/operation.ts";
import { conditionProblems } from "./condition-problems.ts";
import { type ActionEntry, actionEntry, isGlobalConditionKey, resourceType } from "./reference.ts";
import { arnsOverlap, matchesPattern, overlap } from "./wildcard.ts";

/** What is wrong with a policy by AWS's own reference, one sentence each that names the statement; empty when all is well. */
export const policyProblems = (policy: PolicyDocument): string[] =>
  policy.Statement.flatMap((statement, index) => statementProblems(statement).map((problem) => `statement ${statement.Sid ?? index + 1}: ${problem}`));

/**
 * The same for the policy of a key, bucket, topic or queue, where a whole service's actions and short resources are common.
 * Of each named action the condition keys must be known.
 */
export const resourcePolicyProblems = (policy: ResourcePolicy): string[] =>
  policy.Statement.flatMap((statement, index) =>
    [
      ...conditionProblems(statement.Condition),
      ...statement.Action.flatMap((action) => (/[*?]/.test(action) ? [] : namedActionProblems(action, statement))),
    ].map((problem) => `statement ${statement.Sid ?? index + 1}: ${problem}`),
  );

const ELEMENTS = new Set(["Sid", "Effect", "Action", "Resource", "Condition"]);

function statementProblems(statement: PolicyStatement): string[] {
  const unknown = Object.keys(statement).filter((element) => !ELEMENTS.has(element));
  return [
    ...unknown.map((element) => `${element} is not an element that this evaluator knows`),
    ...statement.Resource.flatMap(resourceProblems),
    ...statement.Action.flatMap((action) => actionProblems(action, statement)),
    ...conditionProblems(statement.Condition),
  ];
}

/** Policy variables are not evaluated here; a wildcard service segment is refused by IAM itself ("JSON policy elements: Resource"). */
function resourceProblems(resource: string): string[] {
  if (resource === "*") return [];
  const [prefix, , service = ""] = resource.split(":");
  if (resource.includes("${")) return [`${resource} has a policy variable, which this evaluator does not know`];
  if (prefix !== "arn") return [`${resource} is no ARN`];
  if (resource.split(":").length < 6) return [`${resource} has fewer than the six parts of an ARN`];
  return /[*?]/.test(service) ? [`${resource} has a wildcard for the service, which IAM does not allow`] : [];
}

function actionProblems(action: string, statement: PolicyStatement): string[] {
  if (action === "*") return [];
  if (/[*?]/.test(action)) return [`${action} is a wildcard: name the actions`];
  return namedActionProblems(action, statement);
}

function namedActionProblems(action: string, statement: PolicyStatement): string[] {
  const entry = actionEntry(action);
  if (!entry) return [`AWS knows no action ${action}`];
  const resources = statement.Resource.flatMap((resource) => unsupported(action, entry, resource));
  const keys = Object.values(statement.Condition ?? {}).flatMap(Object.keys);
  return [...resources, ...keys.filter((key) => !supportsKey(action, entry, key)).map((key) => `${action} does not know the condition key ${key}`)];
}

function unsupported(action: string, entry: ActionEntry, resource: string): string[] {
  if (resource === "*") return [];
  if (entry.resourceTypes.length === 0) return [`${action} has no resource-level permission: ${resource} never matches`];
  const shapes = entry.resourceTypes.flatMap(({ name }) => shapeOf(action, name) ?? []).filter((shape) => arnsOverlap(shape, resource));
  if (shapes.length === 0) return [`${action} does not support the resource ${resource}`];
  return shapes.some((shape) => isTypeSpelt(shape, resource)) ? [] : [`${resource} has a wildcard in the resource type, which IAM does not allow`];
}

/**
 * "You cannot use a wildcard in the portion of the ARN that specifies the resource type"; ids may have them.
 * Source: IAM user guide, "Identify AWS resources with Amazon Resource Names (ARNs)".
 */
function isTypeSpelt(shape: string, resource: string): boolean {
  const [type = ""] = (shape.split(":").slice(5).join(":") || "").split("*");
  return resource.split(":").slice(5).join(":").startsWith(type);
}

const shapeOf = (action: string, type: string): string | undefined => resourceType(servicePrefix(action), type)?.arn.replace(/\$\{[^}]*\}/g, "*");
const servicePrefix = (action: string): string => action.split(":")[0] ?? "";

function supportsKey(action: string, entry: ActionEntry, key: string): boolean {
  const ofTypes = entry.resourceTypes.flatMap(({ name, conditionKeys }) => [
    ...conditionKeys,
    ...(resourceType(servicePrefix(action), name)?.conditionKeys ?? []),
  ]);
  return isGlobalConditionKey(key) || [...entry.conditionKeys, ...ofTypes].map(keyPattern).some((pattern) => overlap(pattern, key.toLowerCase()));
}

/** Names of keys have a part that the request fills, for example `aws:ResourceTag/${TagKey}`. */
const keyPattern = (name: string): string => name.replace(/\$\{[^}]*\}|<[^>]*>|(?<=\/)tag-key$/i, "*").toLowerCase();

/**
 * What is wrong with a right that an operation of the account asks for, by AWS's reference: unknown action, a resource it
 * can't have, or a condition key that AWS does not fill for that resource. A `*` in the right's ARN stands for an id not yet known.
 */
export function rightProblems(right: Right): string[] {
  const entry = actionEntry(right.action);
  if (!entry) return [`AWS knows no action ${right.action}`];
  if (right.resources.length === 0) return [`${right.action} is asked for on nothing`];
  return [...new Set(right.resources.flatMap((resource) => resourceRightProblems(right, entry, resource)))];
}

function resourceRightProblems({ action, context = {} }: Right, entry: ActionEntry, resource: string): string[] {
  const types = entry.resourceTypes.filter(({ name }) => isOfType(action, name, resource));
  if (resource === "*" && entry.resourceTypes.some(({ required }) => required)) return [`${action} is asked for on *, and AWS checks a resource`];
  if (resource !== "*" && types.length === 0) return [`${action} does not support the resource ${resource}`];
  const patterns = [...entry.conditionKeys, ...types.flatMap((type) => filledKeys(action, type))].map(keyPattern);
  const unknown = Object.keys(context).filter((key) => !isGlobalConditionKey(key) && !patterns.some((pattern) => overlap(pattern, key.toLowerCase())));
  return unknown.map((key) => `${action} on ${resource} does not fill the condition key ${key}`);
}

/** Whether a resource that a call names is of one of the types of an action. */
export function isOfType(action: string, type: string, resource: string): boolean {
  const shape = shapeOf(action, type);
  return shape !== undefined && matchesPattern(shape, resource.replaceAll("*", "x"));
}

/** The reference gives keys by action and type; where it gives none, those of the type hold for each of its actions. */
const filledKeys = (action: string, { name, conditionKeys }: ActionEntry["resourceTypes"][number]): string[] =>
  conditionKeys.length > 0 ? conditionKeys : (resourceType(servicePrefix(action), name)?.conditionKeys ?? []);
