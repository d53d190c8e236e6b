import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { compareNumbers, complaintAboutNumber, normal } from "./decimal.ts";
import { invalid } from "./errors.ts";

export type Item = Record<string, AttributeValue>;
export type TypeName = "S" | "N" | "B" | "BOOL" | "NULL" | "SS" | "NS" | "BS" | "L" | "M";

const TYPES: readonly string[] = ["S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"];

export const typeOf = (value: AttributeValue): TypeName => (Object.keys(value).find((key) => TYPES.includes(key)) ?? "NULL") as TypeName;

/** Whether two values are the same: same type, same content; numbers by value, sets in any order. */
export function equal(a: AttributeValue, b: AttributeValue): boolean {
  return typeOf(a) === typeOf(b) && fingerprint(a) === fingerprint(b);
}

/** Order of two strings, numbers or binaries of one type; undefined where DynamoDB knows none. */
export function compare(a: AttributeValue, b: AttributeValue): number | undefined {
  if (a.S !== undefined && b.S !== undefined) return Buffer.compare(Buffer.from(a.S), Buffer.from(b.S));
  if (a.N !== undefined && b.N !== undefined) return compareNumbers(a.N, b.N);
  if (a.B !== undefined && b.B !== undefined) return Buffer.compare(a.B, b.B);
  return undefined;
}

/** A text that equal values share, and only they. */
export function fingerprint(value: AttributeValue): string {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
  if (value.N !== undefined) return normal(value.N);
  if (value.B !== undefined) return text(value.B);
  if (value.SS) return JSON.stringify([...value.SS].sort());
  if (value.NS) return JSON.stringify(value.NS.map(normal).sort());
  if (value.BS) return JSON.stringify(value.BS.map(text).sort());
  if (value.L) return JSON.stringify(value.L.map(tagged));
  if (value.M)
    return JSON.stringify(
      Object.entries(value.M)
        .sort(byName)
        .map(([key, inner]) => [key, tagged(inner)]),
    );
  return JSON.stringify(value.S ?? value.BOOL ?? null);
}

/** Size of an item in bytes (dg/CapacityUnitCalculations.html): names and values in UTF-8, lists and maps 3 and 1 per element. */
export const itemSize = (item: Item): number => Object.entries(item).reduce((total, [name, value]) => total + Buffer.byteLength(name) + valueSize(value), 0);

/** Refuses what DynamoDB refuses to store and brings numbers into their stored form. */
export function stored(value: AttributeValue): AttributeValue {
  const members = Object.keys(value).filter((key) => TYPES.includes(key));
  if (members.length === 0) throw invalid("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
  if (members.length > 1) throw invalid("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes");
  if (value.N !== undefined) return { N: number(value.N) };
  if (value.NS) return { NS: set(value.NS.map(number), "An number set  may not be empty") };
  if (value.SS) return { SS: set(value.SS, "An string set  may not be empty") };
  if (value.BS?.length === 0) throw invalid("One or more parameter values were invalid: Binary sets should not be empty");
  if (value.L) return { L: value.L.map(stored) };
  return value.M ? { M: storedItem(value.M) } : value;
}

export const storedItem = (item: Item): Item => Object.fromEntries(Object.entries(item).map(([name, value]) => [name, stored(value)]));

function number(text: string): string {
  const complaint = complaintAboutNumber(text);
  if (complaint) throw invalid(complaint);
  return normal(text);
}

function set(values: string[], empty: string): string[] {
  if (values.length === 0) throw invalid(`One or more parameter values were invalid: ${empty}`);
  if (new Set(values).size < values.length)
    throw invalid(`One or more parameter values were invalid: Input collection [${values.join(", ")}] contains duplicates.`);
  return values;
}

function valueSize(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return numberSize(value.N);
  if (value.B !== undefined) return value.B.length;
  if (value.SS) return value.SS.reduce((total, text) => total + Buffer.byteLength(text), 0);
  if (value.NS) return value.NS.reduce((total, text) => total + numberSize(text), 0);
  if (value.BS) return value.BS.reduce((total, bytes) => total + bytes.length, 0);
  if (value.L) return 3 + value.L.reduce((total, inner) => total + 1 + valueSize(inner), 0);
  return value.M ? 3 + Object.keys(value.M).length + itemSize(value.M) : 1;
}

const numberSize = (text: string): number => Math.ceil(text.replace(/[-.]|^0\.0*/g, "").length / 2) + 1;
const tagged = (value: AttributeValue): [string, string] => [typeOf(value), fingerprint(value)];
const byName = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1);
