/** A range of IPv4 addresses as its first and last number. */
interface Range {
  first: number;
  last: number;
  bits: number;
}

/** Reads `10.0.0.0/16`; undefined when it is no range, or its address lies inside of the range rather than at its start. */
export function readCidr(text: string | undefined): Range | undefined {
  const [, address = "", mask = ""] = /^(\d{1,3}(?:\.\d{1,3}){3})\/(\d{1,2})$/.exec(text ?? "") ?? [];
  const parts = address.split(".").map(Number);
  const bits = Number(mask);
  if (address === "" || parts.some((part) => part > 255) || bits > 32) return undefined;
  const first = parts.reduce((sum, part) => sum * 256 + part, 0);
  const size = 2 ** (32 - bits);
  return first % size === 0 ? { first, last: first + size - 1, bits } : undefined;
}

/** Whether two ranges have an address in common. */
export const overlaps = (one: Range, other: Range): boolean => one.first <= other.last && other.first <= one.last;

/** Whether a range lies wholly inside of another. */
export const contains = (outer: Range, inner: Range): boolean => outer.first <= inner.first && inner.last <= outer.last;
