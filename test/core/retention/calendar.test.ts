import { DAYS, HOURS, MOMENT, MONTHS, nextSlot, type Period, WEEKS, YEARS } from "@steward/core/retention/calendar";
import { inWords, ordinal } from "@steward/core/retention/words";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const at = (text: string) => new Date(`${text}Z`);

describe("periods in UTC", () => {
  test.each<[string, Period, string, string, string]>([
    ["an hour", HOURS, "2026-05-04T03:59:59.999", "2026-05-04T03:00", "2026-05-04T04:00"],
    ["a day", DAYS, "2026-05-04T23:59:59.999", "2026-05-04T00:00", "2026-05-05T00:00"],
    ["a leap day", DAYS, "2028-02-29T12:00", "2028-02-29T00:00", "2028-03-01T00:00"],
    ["the day before a 1 March without leap day", DAYS, "2027-02-28T12:00", "2027-02-28T00:00", "2027-03-01T00:00"],
    ["a week on its Sunday", WEEKS, "2027-01-03T23:59:59.999", "2026-12-28T00:00", "2027-01-04T00:00"],
    ["a week on its Monday", WEEKS, "2027-01-04T00:00", "2027-01-04T00:00", "2027-01-11T00:00"],
    ["a February", MONTHS, "2027-02-28T23:59:59.999", "2027-02-01T00:00", "2027-03-01T00:00"],
    ["a leap February", MONTHS, "2028-02-29T23:59:59.999", "2028-02-01T00:00", "2028-03-01T00:00"],
    ["a February of a century", MONTHS, "2100-02-28T23:59:59.999", "2100-02-01T00:00", "2100-03-01T00:00"],
    ["a December", MONTHS, "2026-12-31T23:59:59.999", "2026-12-01T00:00", "2027-01-01T00:00"],
    ["a year", YEARS, "2026-12-31T23:59:59.999", "2026-01-01T00:00", "2027-01-01T00:00"],
    ["the first moment of a year", YEARS, "2027-01-01T00:00", "2027-01-01T00:00", "2028-01-01T00:00"],
    ["a moment", MOMENT, "2027-01-01T00:00", "2027-01-01T00:00", "2027-01-01T00:00:00.001"],
  ])("%s has its first moment and ends before the next", (_, period, moment, start, end) => {
    expect([period.start(at(moment)), period.end(at(moment))]).toEqual([at(start), at(end)]);
  });

  test.each([HOURS, DAYS, WEEKS, MONTHS, YEARS, MOMENT])("leave no moment out, and have none twice: %#", (period) => {
    fc.assert(
      fc.property(fc.date({ min: at("1969-01-01T00:00"), max: at("2101-01-01T00:00"), noInvalidDate: true }), (moment) => {
        const [start, end] = [period.start(moment), period.end(moment)];
        expect(start <= moment && moment < end).toBe(true);
        expect(period.start(new Date(end.getTime() - 1))).toEqual(start);
        expect(period.start(end)).toEqual(end);
      }),
    );
  });
});

test.each([
  [1, "2026-05-04T03:00", "2026-05-04T04:00"],
  [6, "2026-05-04T05:59:59.999", "2026-05-04T06:00"],
  [24, "2026-05-04T00:00", "2026-05-05T00:00"],
  [168, "2026-05-03T23:59:59.999", "2026-05-04T00:00"],
  [168, "2026-05-04T00:00", "2026-05-11T00:00"],
])("the next slot of every %i hours lies after the moment: %s", (everyHours, moment, next) => {
  expect(nextSlot(everyHours, at(moment))).toEqual(at(next));
});

test("a moment in words says its time unless it is midnight", () => {
  expect(inWords(at("2026-11-02T00:00"))).toBe("2026-11-02");
  expect(inWords(at("2026-11-02T00:00:00.001"))).toBe("2026-11-02 00:00 UTC");
  expect(inWords(at("2026-11-02T05:30"))).toBe("2026-11-02 05:30 UTC");
});

test("a place has its ending", () => {
  expect([1, 2, 3, 4, 10, 11, 12, 13, 21, 22, 101, 111].map(ordinal).join(" ")).toBe("1st 2nd 3rd 4th 10th 11th 12th 13th 21st 22nd 101st 111th");
});
