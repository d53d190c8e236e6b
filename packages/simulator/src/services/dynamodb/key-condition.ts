import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { invalid } from "./errors.ts";
import type { ConditionTree, ParsedCondition } from "./expression-tree.ts";
import type { Table } from "./table.ts";

/** The partition that is asked for; refuses key conditions other than equality on the partition key and at most one condition on the sort key. */
export function partitionIn(table: Table, parsed: ParsedCondition | undefined): AttributeValue | undefined {
  const conditions = parsed ? conjuncts(parsed.expression) : [];
  const on = (name: string | undefined) => conditions.filter((condition) => attributeOf(condition) === name);
  const [hash, ...more] = on(table.hash.name);
  if (!hash) throw invalid(`Query condition missed key schema element: ${table.hash.name}`);
  if (more.length > 0 || (table.range && on(table.range.name).length > 1)) throw invalid("KeyConditionExpressions must only contain one condition per key");
  if (conditions.length > 2) throw invalid("Conditions can be of length 1 or 2 only");
  if (hash.type !== "=") throw invalid("Query key condition not supported");
  const other = conditions.find((condition) => condition !== hash);
  if (other && attributeOf(other) !== table.range?.name) throw invalid(`Query condition missed key schema element: ${table.range?.name ?? table.hash.name}`);
  return hash.args.find((arg): arg is AttributeValue => !Array.isArray(arg) && !("type" in arg));
}

/** Keys belong into the key condition. */
export function requireNoKeys(table: Table, filter: ParsedCondition | undefined): void {
  const key = table.keyParts.find(({ name }) => filter && name in filter.pathHeads);
  if (key) throw invalid(`Filter Expression can only contain non-primary key attributes: Primary key attribute: ${key.name}`);
}

function conjuncts(tree: ConditionTree): Exclude<ConditionTree, { type: "and" | "or" | "not" }>[] {
  if (tree.type === "and") return tree.args.flatMap(conjuncts);
  if (tree.type === "or" || tree.type === "not") throw invalid(`Invalid operator used in KeyConditionExpression: ${tree.type.toUpperCase()}`);
  if (tree.type === "in" || tree.type === "<>") throw invalid(`Invalid operator used in KeyConditionExpression: ${tree.type.toUpperCase()}`);
  if (tree.type === "function" && tree.name !== "begins_with") throw invalid(`Invalid operator used in KeyConditionExpression: ${tree.name}`);
  return [tree];
}

/** The one attribute that a condition names, on whichever side it stands. */
function attributeOf(tree: Exclude<ConditionTree, { type: "and" | "or" | "not" }>): string | undefined {
  const paths = tree.args.filter((arg) => Array.isArray(arg));
  if (paths.length !== 1) throw invalid("Invalid condition in KeyConditionExpression: No key attribute specified");
  if ((paths[0]?.length ?? 0) > 1) throw invalid("KeyConditionExpressions cannot have conditions on nested attributes");
  return String(paths[0]?.[0]);
}
