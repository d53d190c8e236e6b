import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { compare, equal, type Item, typeOf } from "./attribute.ts";
import type { ConditionTree, FunctionCall, Operand } from "./expression-tree.ts";
import { valueAt } from "./path.ts";

/** Whether an item fulfils a condition; what is absent fulfils only `attribute_not_exists` and `<>`. */
export function fulfils(tree: ConditionTree, item: Item): boolean {
  if (tree.type === "and") return tree.args.every((part) => fulfils(part, item));
  if (tree.type === "or") return tree.args.some((part) => fulfils(part, item));
  if (tree.type === "not") return tree.args.every((part) => !fulfils(part, item));
  if (tree.type === "function") return test(tree, item);
  return relate(
    tree.type,
    tree.args.map((arg) => resolve(arg, item)),
  );
}

type Values = (AttributeValue | undefined)[];
type Relation = "=" | "<>" | "<" | "<=" | ">" | ">=" | "in" | "between";

function relate(relation: Relation, [value, first, ...others]: Values): boolean {
  if (relation === "<>") return !(value && first && equal(value, first));
  if (!value || !first) return false;
  if (relation === "=") return equal(value, first);
  if (relation === "in") return [first, ...others].some((candidate) => candidate !== undefined && equal(value, candidate));
  if (relation === "between") return holds(">=", compare(value, first)) && others[0] !== undefined && holds("<=", compare(value, others[0]));
  return holds(relation, compare(value, first));
}

function holds(relation: "<" | "<=" | ">" | ">=", order: number | undefined): boolean {
  if (order === undefined) return false;
  return { "<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0 }[relation];
}

function test({ name, args }: FunctionCall, item: Item): boolean {
  const [value, operand] = args.map((arg) => resolve(arg, item));
  if (name === "attribute_exists") return value !== undefined;
  if (name === "attribute_not_exists") return value === undefined;
  if (!value || !operand) return false;
  if (name === "attribute_type") return typeOf(value) === operand.S;
  return name === "begins_with" ? beginsWith(value, operand) : contains(value, operand);
}

function beginsWith(value: AttributeValue, prefix: AttributeValue): boolean {
  if (value.S !== undefined && prefix.S !== undefined) return value.S.startsWith(prefix.S);
  return value.B !== undefined && prefix.B !== undefined && Buffer.from(value.B).subarray(0, prefix.B.length).equals(prefix.B);
}

function contains(value: AttributeValue, part: AttributeValue): boolean {
  if (value.S !== undefined) return part.S !== undefined && value.S.includes(part.S);
  if (value.B !== undefined) return part.B !== undefined && Buffer.from(value.B).includes(Buffer.from(part.B));
  if (value.SS) return value.SS.some((S) => equal({ S }, part));
  if (value.NS) return value.NS.some((N) => equal({ N }, part));
  if (value.BS) return value.BS.some((B) => equal({ B }, part));
  return value.L?.some((element) => equal(element, part)) ?? false;
}

function resolve(operand: Operand, item: Item): AttributeValue | undefined {
  if (Array.isArray(operand)) return valueAt(operand, item);
  if ("type" in operand && operand.type === "function") return size(resolve(operand.args[0] ?? [], item));
  return operand as AttributeValue;
}

/** `size`: characters, bytes or elements; nothing for what has no size. */
function size(value: AttributeValue | undefined): AttributeValue | undefined {
  const measured = value?.S ?? value?.B ?? value?.SS ?? value?.NS ?? value?.BS ?? value?.L ?? (value?.M && Object.keys(value.M));
  return measured === undefined ? undefined : { N: String(measured.length) };
}
