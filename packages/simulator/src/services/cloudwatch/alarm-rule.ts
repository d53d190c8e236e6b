import type { StateValue } from "@aws-sdk/client-cloudwatch";
import { validation } from "./errors.ts";

/** A composite alarm's rule as a tree. */
export type AlarmRule =
  | { kind: "state"; value: StateValue; alarm: string }
  | { kind: "constant"; value: boolean }
  | { kind: "not"; rule: AlarmRule }
  | { kind: "and" | "or"; rules: AlarmRule[] };

/** Names, quoted or not, are read together with their function, because they may hold nearly any character. */
const TOKEN = /\s*(?:(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"((?:[^"\\]|\\.)*)"|([^()"]+?))\s*\)|(AND|OR|NOT|TRUE|FALSE)\b|([()]))/iy;

type Token = { word: string; alarm?: string };

/** Reads a rule; throws CloudWatch's refusal where it is none. Source: API reference, PutCompositeAlarm, `AlarmRule`. */
export function readRule(text: string): AlarmRule {
  const tokens = tokensOf(text);
  const rule = either(tokens);
  if (tokens.length > 0) throw invalid(text);
  return rule;
}

const invalid = (text: string) => validation(`AlarmRule is not valid: ${text}`);

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const pattern = new RegExp(TOKEN);
  while (pattern.lastIndex < text.trimEnd().length) {
    const found = pattern.exec(text);
    if (!found) throw invalid(text);
    const [, state, quoted, plain, word, bracket] = found;
    const alarm = quoted?.replace(/\\(.)/g, "$1") ?? plain;
    tokens.push({ word: (state ?? word ?? bracket ?? "").toUpperCase(), ...(alarm !== undefined && { alarm }) });
  }
  return tokens;
}

/** `OR` binds least, then `AND`, then `NOT`. */
const either = (tokens: Token[]): AlarmRule => chain(tokens, "OR", (rest) => chain(rest, "AND", single));

function chain(tokens: Token[], word: "AND" | "OR", next: (tokens: Token[]) => AlarmRule): AlarmRule {
  const rules = [next(tokens)];
  while (tokens[0]?.word === word) {
    tokens.shift();
    rules.push(next(tokens));
  }
  const [first] = rules;
  return rules.length === 1 && first ? first : { kind: word === "AND" ? "and" : "or", rules };
}

function single(tokens: Token[]): AlarmRule {
  const token = tokens.shift();
  if (token?.word === "NOT") return { kind: "not", rule: single(tokens) };
  if (token?.word === "TRUE" || token?.word === "FALSE") return { kind: "constant", value: token.word === "TRUE" };
  if (token?.alarm !== undefined)
    return { kind: "state", value: token.word as StateValue, alarm: token.alarm.replace(/^arn:[^:]*:cloudwatch:[^:]*:[^:]*:alarm:/, "") };
  if (token?.word !== "(") throw invalid(token?.word ?? "it ends too early");
  const rule = either(tokens);
  if (tokens.shift()?.word !== ")") throw invalid("a bracket is missing");
  return rule;
}

/** Whether a rule holds, given the state of each alarm that it names. */
export function ruleHolds(rule: AlarmRule, stateOf: (alarm: string) => StateValue | undefined): boolean {
  if (rule.kind === "constant") return rule.value;
  if (rule.kind === "not") return !ruleHolds(rule.rule, stateOf);
  if (rule.kind === "state") return stateOf(rule.alarm) === rule.value;
  return rule.kind === "and" ? rule.rules.every((one) => ruleHolds(one, stateOf)) : rule.rules.some((one) => ruleHolds(one, stateOf));
}

/** Names of the alarms that a rule looks at, each once. */
export function childrenOf(rule: AlarmRule): string[] {
  if (rule.kind === "constant") return [];
  if (rule.kind === "state") return [rule.alarm];
  if (rule.kind === "not") return childrenOf(rule.rule);
  return [...new Set(rule.rules.flatMap(childrenOf))];
}
