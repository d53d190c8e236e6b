import { type Rate, shareOf, slowedDown, type Tokens, takeTurn } from "@steward/core/snapshots/pace";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ago, hence, NOW } from "../builders.ts";

/** When each of so many calls may be made, asked for one after the other. */
function turns(rate: Rate, many: number, start: Tokens): number[] {
  let [tokens, time] = [start, NOW.getTime()];
  return Array.from({ length: many }, () => {
    const turn = takeTurn(tokens, rate, new Date(time));
    tokens = turn.tokens;
    time += turn.waitMs;
    return time - NOW.getTime();
  });
}

const four: Rate = { perSecond: 4, burst: 20 };

describe("the pace", () => {
  test("is four a second from the first on, where nothing was saved up", () => {
    expect(turns(four, 5, { left: 0, at: NOW })).toEqual([250, 500, 750, 1000, 1250]);
  });

  test("lets go at once what was saved up, and no more than the burst", () => {
    expect(turns(four, 22, { left: 0, at: ago({ hours: 1 }) }).slice(18)).toEqual([0, 0, 250, 500]);
    expect(turns({ perSecond: 0.1, burst: 1 }, 2, { left: 0, at: ago({ hours: 1 }) })).toEqual([0, 10_000]);
  });

  test("waits for nothing where exactly one call is left", () => {
    expect(takeTurn({ left: 1, at: NOW }, four, NOW)).toEqual({ tokens: { left: 0, at: NOW }, waitMs: 0 });
  });

  test("reads again what goes within five seconds, as far as one call takes it", () => {
    expect([0.1, 1, 4, 5, 1000].map((perSecond) => shareOf({ perSecond, burst: 20 }))).toEqual([1, 5, 20, 25, 200]);
  });

  test("is never faster than what was saved up and the rate together, from whatever it begins with", () => {
    const rates = fc.double({ min: 0.1, max: 5, noNaN: true });
    const bursts = fc.integer({ min: 1, max: 40 });
    const kept = fc.property(
      rates,
      bursts,
      fc.double({ min: -20, max: 60, noNaN: true }),
      fc.integer({ min: 0, max: 100_000 }),
      (perSecond, burst, left, agoMs) => {
        const times = turns({ perSecond, burst }, 60, { left, at: new Date(NOW.getTime() - agoMs) });
        for (const [index, at] of times.entries()) expect(index + 1).toBeLessThanOrEqual(burst + (at / 1000) * perSecond + 1e-6);
      },
    );
    fc.assert(kept);
  });

  test("saves nothing up over a clock that was set back", () => {
    expect(takeTurn({ left: 0, at: hence({ minutes: 1 }) }, four, NOW)).toEqual({ tokens: { left: -1, at: hence({ minutes: 1 }) }, waitMs: 250 });
  });

  test("rests for two seconds after it was too fast, and what was saved up is gone", () => {
    expect(turns(four, 2, slowedDown({ left: 12, at: NOW }, four))).toEqual([2250, 2500]);
    expect(slowedDown({ left: -3, at: NOW }, four).left).toBe(-8);
    expect(slowedDown({ left: -11, at: NOW }, four).left).toBe(-11);
  });
});
