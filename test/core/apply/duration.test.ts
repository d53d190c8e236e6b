import { after, before, latest, milliseconds, secondsUntil } from "@steward/core/apply/duration";
import { expect, test } from "vitest";
import { NOW } from "../builders.ts";

test.each([
  [{}, 0],
  [{ seconds: 5 }, 5_000],
  [{ minutes: 2 }, 120_000],
  [{ hours: 1 }, 3_600_000],
  [{ days: 1 }, 86_400_000],
  [{ days: 1, hours: 1, minutes: 1, seconds: 1 }, 90_061_000],
])("%o lasts %i milliseconds", (duration, ms) => {
  expect(milliseconds(duration)).toBe(ms);
  expect(after(NOW, duration).getTime() - NOW.getTime()).toBe(ms);
  expect(NOW.getTime() - before(NOW, duration).getTime()).toBe(ms);
});

test.each([
  [-5_000, 1],
  [0, 1],
  [1, 1],
  [1_000, 1],
  [1_001, 2],
  [59_999, 60],
])("%i milliseconds are slept for %i whole seconds", (ms, seconds) => {
  expect(secondsUntil(NOW, new Date(NOW.getTime() + ms))).toBe(seconds);
});

test("of several moments the last is found, wherever it stands", () => {
  const [first, second, third] = [NOW, after(NOW, { seconds: 1 }), after(NOW, { seconds: 2 })];
  expect(latest(first)).toBe(first);
  for (const moments of [
    [first, second, third],
    [third, first, second],
    [second, third, first],
  ] as const)
    expect(latest(...moments)).toBe(third);
});
