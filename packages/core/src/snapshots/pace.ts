import { latest } from "../apply/duration.ts";

/** What the pace has saved up, and when that was counted; below nothing where it was used ahead of its time. */
export interface Tokens {
  left: number;
  at: Date;
}

/** Calls a second, and how many may come at once after a pause. */
export interface Rate {
  perSecond: number;
  burst: number;
}

/** Calls of five seconds, and what one filter of EC2's takes: what is read before so many is still true when the last of them comes. */
export const shareOf = ({ perSecond }: Rate): number => Math.min(200, Math.ceil(perSecond * 5));

/** Takes one call out of the bucket; it may be made after `waitMs`. */
export function takeTurn({ left, at }: Tokens, { perSecond, burst }: Rate, now: Date): { tokens: Tokens; waitMs: number } {
  const seconds = Math.max(0, now.getTime() - at.getTime()) / 1000;
  const rest = Math.min(burst, left + seconds * perSecond) - 1;
  return { tokens: { left: rest, at: latest(now, at) }, waitMs: Math.ceil(Math.max(0, -rest / perSecond) * 1000) };
}

/** After EC2 has refused calls for going too fast: what was saved up is gone, and the next two seconds' worth with it. */
export const slowedDown = ({ left, at }: Tokens, { perSecond }: Rate): Tokens => ({ left: Math.min(left, -2 * perSecond), at });
