import type { AttributeValue } from "@aws-sdk/client-dynamodb";

/** What the parsers make of an expression; names and values are already in place. */
export type Path = (string | number)[];
export interface FunctionCall {
  type: "function";
  name: string;
  args: Operand[];
}
export type Operand = Path | AttributeValue | FunctionCall;

export type ConditionTree =
  | { type: "and"; args: ConditionTree[] }
  | { type: "or"; args: ConditionTree[] }
  | { type: "not"; args: ConditionTree[] }
  | { type: "=" | "<>" | "<" | "<=" | ">" | ">=" | "in" | "between"; args: Operand[] }
  | FunctionCall;

export type UpdateValue = Path | AttributeValue | { type: "add" | "subtract"; args: UpdateValue[] } | { type: "function"; name: string; args: UpdateValue[] };
export interface UpdateSection {
  type: "set" | "remove" | "add" | "delete";
  path: Path;
  val: UpdateValue;
}

type KeyedPaths = Record<string, unknown>;
export interface ParsedCondition {
  expression: ConditionTree;
  pathHeads: KeyedPaths;
}
export interface ParsedUpdate {
  sections: UpdateSection[];
  paths: Path[];
}
export interface ParsedProjection {
  paths: Path[];
}

export interface ParserOptions {
  context: {
    attrNames?: Record<string, string>;
    attrVals?: Record<string, AttributeValue>;
    unusedAttrNames: Record<string, boolean>;
    unusedAttrVals: Record<string, boolean>;
    isReserved: (name: string) => boolean;
    compare: (operator: string, low: AttributeValue, high: AttributeValue) => boolean;
  };
}
