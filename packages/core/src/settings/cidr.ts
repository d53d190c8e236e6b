/** An IPv4 range: the first address and how many leading bits are fixed. */
export interface Cidr {
  base: number;
  bits: number;
}

/** Reads `a.b.c.d/n`; undefined unless it is one and its host bits are zero, as AWS wants it. */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\/(0|[1-9]\d?)$/.exec(text);
  if (!match) return undefined;
  const octets = match.slice(1, 5).map(Number);
  const bits = Number(match[5]);
  if (octets.some((octet) => octet > 255) || bits > 32) return undefined;
  const base = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  return base % size(bits) === 0 ? { base, bits } : undefined;
}

export const isCidr = (text: string): boolean => parseCidr(text) !== undefined;

/** Addresses in a range of so many fixed bits. */
const size = (bits: number): number => 2 ** (32 - bits);

const write = ({ base, bits }: Cidr): string => `${[24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256).join(".")}/${bits}`;

const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

/** A private range that has room for the stage's subnets: /16 to /22. */
export function isPrivateCidr(text: string): boolean {
  const cidr = parseCidr(text);
  return cidr !== undefined && cidr.bits >= 16 && cidr.bits <= 22 && PRIVATE.some((range) => covers(range, text));
}

/** Whether every address of the second range is in the first. */
export function covers(outer: string, inner: string): boolean {
  const [o, i] = [parseCidr(outer), parseCidr(inner)];
  if (!o || !i) return false;
  return o.bits <= i.bits && Math.floor(o.base / size(o.bits)) === Math.floor(i.base / size(o.bits));
}

/** The n-th part of a range when it is cut into parts of `bits`; the caller sees to it that there are so many. */
export function part(range: string, bits: number, index: number): string {
  const { base } = parseCidr(range) ?? { base: 0 };
  return write({ base: base + index * size(bits), bits });
}

/** The fewest ranges with the same addresses, in order: two halves become their whole. What is no range is left out. */
export function merged(ranges: readonly string[]): string[] {
  const ordered = ranges.flatMap((range) => parseCidr(range) ?? []).sort((a, b) => a.base - b.base || a.bits - b.bits);
  return ordered.reduce<Cidr[]>(joined, []).map(write);
}

/** Ranges that lie in order, and one more at or after the last: it is covered, becomes a whole with the last, or follows it. */
function joined(ranges: Cidr[], next: Cidr): Cidr[] {
  const last = ranges.at(-1);
  if (!last) return [next];
  if (next.base < last.base + size(last.bits)) return ranges;
  const halves = last.bits === next.bits && next.base === last.base + size(last.bits) && last.base % size(last.bits - 1) === 0;
  return halves ? joined(ranges.slice(0, -1), { base: last.base, bits: last.bits - 1 }) : [...ranges, next];
}
