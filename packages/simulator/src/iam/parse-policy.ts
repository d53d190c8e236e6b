import type { Condition, PolicyPrincipal, ResourcePolicy, ResourceStatement } from "@steward/core/topology/policy";
import { parseOperator, UnsupportedPolicy } from "./conditions.ts";

/** A policy text that AWS refuses as malformed; the message says what is wrong with it. */
export class MalformedPolicy extends Error {
  override readonly name = "MalformedPolicy";
}

type Element = Record<string, unknown>;

/**
 * Reads the text of a resource policy into its list form. Throws `MalformedPolicy` for what AWS refuses, and
 * `UnsupportedPolicy` for elements that are not evaluated here. Source: IAM user guide, "IAM JSON policy element reference".
 */
export function parseResourcePolicy(text: string): ResourcePolicy {
  const document = json(text);
  const statements = [document.Statement].flat();
  if (document.Statement === undefined || statements.length === 0) throw new MalformedPolicy("the policy has no statement");
  if (!["2012-10-17", "2008-10-17", undefined].includes(document.Version as string | undefined)) throw new MalformedPolicy("the policy has no known version");
  return { Version: "2012-10-17", Statement: statements.map(statementOf) };
}

function json(text: string): Element {
  try {
    return record(JSON.parse(text), "the policy");
  } catch (cause) {
    throw cause instanceof MalformedPolicy ? cause : Object.assign(new MalformedPolicy("the policy is not valid JSON"), { cause });
  }
}

const ELEMENTS = ["Sid", "Effect", "Principal", "Action", "Resource", "Condition"];
const UNEVALUATED = ["NotPrincipal", "NotAction", "NotResource"];

function statementOf(given: unknown): ResourceStatement {
  const statement = record(given, "a statement");
  for (const element of Object.keys(statement)) {
    if (UNEVALUATED.includes(element)) throw new UnsupportedPolicy(`${element} is not an element that this evaluator knows`);
    if (!ELEMENTS.includes(element)) throw new MalformedPolicy(`unknown element ${element}`);
  }
  const { Sid, Effect, Principal, Action, Resource, Condition } = statement;
  if (Effect !== "Allow" && Effect !== "Deny") throw new MalformedPolicy("Effect is neither Allow nor Deny");
  return {
    ...(typeof Sid === "string" && { Sid }),
    Effect,
    Principal: principalOf(Principal),
    Action: texts(Action, "Action"),
    Resource: texts(Resource, "Resource"),
    ...(Condition !== undefined && { Condition: conditionOf(Condition) }),
  };
}

function principalOf(given: unknown): PolicyPrincipal {
  if (given === "*") return "*";
  const { AWS, Service, ...others } = record(given, "Principal");
  if (Object.keys(others).length > 0) throw new UnsupportedPolicy(`principals of the kind ${Object.keys(others).join(", ")} are not evaluated here`);
  if (AWS === undefined && Service === undefined) throw new MalformedPolicy("Principal names nobody");
  return { ...(AWS !== undefined && { AWS: texts(AWS, "Principal").map(identity) }), ...(Service !== undefined && { Service: texts(Service, "Principal") }) };
}

/** An identity is named in full: wildcards inside an ARN match nobody, and AWS refuses them. */
function identity(entry: string): string {
  if (entry === "*" || /^\d{12}$/.test(entry) || /^arn:aws:(iam|sts)::\d{12}:(root|user\/|role\/|assumed-role\/)[^*?]*$/.test(entry)) return entry;
  throw new MalformedPolicy(`invalid principal ${entry}`);
}

function conditionOf(given: unknown): Condition {
  const condition = record(given, "Condition") as Condition;
  for (const operator of Object.keys(condition)) parseOperator(operator);
  return condition;
}

function record(given: unknown, what: string): Element {
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw new MalformedPolicy(`${what} is not an object`);
  return given as Element;
}

function texts(given: unknown, element: string): string[] {
  const list = [given].flat();
  if (list.length === 0 || !list.every((entry) => typeof entry === "string")) throw new MalformedPolicy(`${element} is missing or no text`);
  return list;
}
