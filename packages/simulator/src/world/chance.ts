/** Seeded chance (mulberry32): the only source of randomness in a simulated world. */
let state = 1;

export function reseed(seed: number): void {
  state = seed | 0;
}

/** A number in [0, 1); same seed, same sequence. */
export function chance(): number {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

/** A number in [low, high). */
export const between = (low: number, high: number): number => low + chance() * (high - low);

/** `length` characters of lower-case hex, for AWS-like ids. */
export const hex = (length: number): string => Array.from({ length }, () => Math.floor(chance() * 16).toString(16)).join("");
