import { after, before } from "@steward/core/apply/duration";
import { slotName, slotOf } from "@steward/core/snapshots/slots";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { justBefore } from "../builders.ts";

const HOURS = [1, 2, 3, 4, 6, 8, 12, 24, 168, 672];
const moments = fc.date({ min: new Date("1970-01-05T00:00:00Z"), max: new Date("2200-01-01T00:00:00Z"), noInvalidDate: true });

describe("a slot", () => {
  test.each([
    [1, "2026-05-04T03:59:59.999Z", "2026-05-04T03:00:00.000Z"],
    [6, "2026-05-04T03:00:00.000Z", "2026-05-04T00:00:00.000Z"],
    [24, "2024-02-29T23:00:00.000Z", "2024-02-29T00:00:00.000Z"],
    [168, "2026-05-10T23:59:59.999Z", "2026-05-04T00:00:00.000Z"],
    [168, "2026-05-11T00:00:00.000Z", "2026-05-11T00:00:00.000Z"],
    [672, "1970-02-01T23:59:59.999Z", "1970-01-05T00:00:00.000Z"],
    [672, "1970-02-02T00:00:00.000Z", "1970-02-02T00:00:00.000Z"],
  ])("of every %d hours is, at %s, that of %s", (hours, now, slot) => {
    expect(slotOf(hours, new Date(now)).toISOString()).toBe(slot);
  });

  test("is the newest that is not after the moment, aligned to UTC, and lasts as long as its schedule says", () => {
    const aligned = fc.property(fc.constantFrom(...HOURS), moments, (hours, now) => {
      const slot = slotOf(hours, now);
      expect(slot <= now && after(slot, { hours }) > now).toBe(true);
      expect(slot.getTime() % 3_600_000).toBe(0);
      if (hours >= 24) expect(slot.toISOString()).toMatch(/T00:00:00.000Z$/);
      if (hours >= 168) expect(slot.getUTCDay()).toBe(1);
      expect(slotOf(hours, slot)).toEqual(slot);
      expect(slotOf(hours, justBefore(slot))).toEqual(before(slot, { hours }));
    });
    fc.assert(aligned);
  });

  test("of a longer schedule is one of each that divides it", () => {
    const nested = fc.property(fc.constantFrom(...HOURS), fc.constantFrom(...HOURS), moments, (long, short, now) => {
      fc.pre(long % short === 0);
      expect(slotOf(short, slotOf(long, now))).toEqual(slotOf(long, now));
    });
    fc.assert(nested);
  });

  test("has a name fit for a run", () => {
    expect(slotName(new Date("2026-05-04T03:00:00.000Z"))).toBe("20260504t0300");
  });
});
