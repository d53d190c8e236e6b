import { isSilent } from "@steward/core/fleet/heartbeat";
import { expect, test } from "vitest";
import { ago, NOW } from "../builders.ts";

test.each([
  ["a moment ago", ago({ seconds: 1 }), false],
  ["15 minutes ago", ago({ minutes: 15 }), false],
  ["15 minutes and a second ago", ago({ minutes: 15, seconds: 1 }), true],
  ["a day ago", ago({ hours: 24 }), true],
])("Steward whose last sweep was %s is silent: %s", (_, last, silent) => {
  expect(isSilent(last, NOW)).toBe(silent);
});

test("a sweep from the future is no silence", () => {
  expect(isSilent(NOW, ago({ hours: 24 }))).toBe(false);
});
