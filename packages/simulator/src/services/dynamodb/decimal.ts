/** A DynamoDB number: up to 38 significant digits, exactly. `digits * 10^exponent`. */
interface Decimal {
  digits: bigint;
  exponent: number;
}

const NUMBER = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?\s*$/;
const MOST_DIGITS = 38;

/** Why a text is no number, as DynamoDB words it; undefined if it is one. */
export function complaintAboutNumber(text: string): string | undefined {
  const parts = NUMBER.exec(text);
  if (!parts || `${parts[2]}${parts[3] ?? ""}` === "") return `The parameter cannot be converted to a numeric value: ${text}`;
  if (canonical(read(text)).digits.toString().replace("-", "").length > MOST_DIGITS) return "Attempting to store more than 38 significant digits in a Number";
  return undefined;
}

/** The sum as DynamoDB writes it. */
export const sum = (a: string, b: string): string => write(combine(read(a), read(b), (x, y) => x + y));
export const difference = (a: string, b: string): string => write(combine(read(a), read(b), (x, y) => x - y));

/** The one spelling of a number that DynamoDB stores: no leading zeros, no trailing zeros, no exponent. */
export const normal = (text: string): string => write(read(text));

/** Negative, zero or positive, like a sort comparator. */
export function compareNumbers(a: string, b: string): number {
  const { digits } = combine(read(a), read(b), (x, y) => x - y);
  return digits === 0n ? 0 : digits < 0n ? -1 : 1;
}

function read(text: string): Decimal {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = NUMBER.exec(text) ?? [];
  return { digits: BigInt(`${sign === "-" ? "-" : ""}${whole}${fraction}` || "0"), exponent: Number(exponent) - fraction.length };
}

function combine(a: Decimal, b: Decimal, operation: (x: bigint, y: bigint) => bigint): Decimal {
  const exponent = Math.min(a.exponent, b.exponent);
  return { digits: operation(scaled(a, exponent), scaled(b, exponent)), exponent };
}

const scaled = ({ digits, exponent }: Decimal, to: number): bigint => digits * 10n ** BigInt(exponent - to);

function canonical({ digits, exponent }: Decimal): Decimal {
  if (digits === 0n) return { digits, exponent: 0 };
  let [kept, power] = [digits, exponent];
  while (kept % 10n === 0n) [kept, power] = [kept / 10n, power + 1];
  return { digits: kept, exponent: power };
}

function write(value: Decimal): string {
  const { digits, exponent } = canonical(value);
  if (exponent >= 0) return (digits * 10n ** BigInt(exponent)).toString();
  const sign = digits < 0n ? "-" : "";
  const text = (digits < 0n ? -digits : digits).toString().padStart(1 - exponent, "0");
  return `${sign}${text.slice(0, exponent)}.${text.slice(exponent)}`;
}
