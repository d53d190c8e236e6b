import { DUTIES, dutyAges } from "@steward/core/survey/duties";
import { expect, test } from "vitest";
import { ago, NOW } from "../builders.ts";

test("the age of a duty is the time since it last succeeded, in whole seconds", () => {
  expect(dutyAges(new Map([["sweep", ago({ minutes: 7 })]]), NOW)).toEqual([{ duty: "sweep", seconds: 420 }]);
});

test("a success that seems to lie ahead is no age below zero", () => {
  expect(dutyAges(new Map([["sweep", NOW]]), ago({ minutes: 1 }))).toEqual([{ duty: "sweep", seconds: 0 }]);
});

test("a duty that never succeeded has no age: silence is the alarm's to hear", () => {
  expect(dutyAges(new Map(), NOW)).toEqual([]);
});

test("what is on the record and no duty of ours is not published", () => {
  expect(dutyAges(new Map([["another", NOW]]), NOW)).toEqual([]);
  expect(DUTIES).toContain("sweep");
});
