import { type Criterion, evaluationRange, judge, type MissingData } from "@steward/simulator/services/cloudwatch/evaluate";
import { describe, expect, test } from "vitest";

/** 0 is a good datapoint, X a breaching one, - a missing one; the most recent is last. */
const range = (text: string) => text.split(" ").map((mark) => ({ "0": 0, X: 10, "-": undefined })[mark]);
const criterion = (over: Partial<Criterion> = {}): Criterion => ({
  threshold: 5,
  comparison: "GreaterThanThreshold",
  evaluationPeriods: 3,
  datapointsToAlarm: 3,
  missingData: "missing",
  ...over,
});
const stateOf = (text: string, over: Partial<Criterion>, current: "OK" | "ALARM" | "INSUFFICIENT_DATA" = "OK") =>
  judge(criterion(over), range(text), current).value;

const KINDS: MissingData[] = ["missing", "ignore", "breaching", "notBreaching"];
const RETAIN = "retain";

/** The tables of the CloudWatch user guide, "How alarm state is evaluated when data is missing", row by row. */
const TABLES: [number, string, string[]][] = [
  [3, "0 - X - X", ["OK", "OK", "OK", "OK"]],
  [3, "- - - - 0", ["OK", "OK", "OK", "OK"]],
  [3, "0 - - - -", ["OK", "OK", "OK", "OK"]],
  [3, "- - - - -", ["INSUFFICIENT_DATA", RETAIN, "ALARM", "OK"]],
  [3, "0 X X - X", ["ALARM", "ALARM", "ALARM", "ALARM"]],
  [3, "- - X - -", ["ALARM", RETAIN, "ALARM", "OK"]],
  [3, "X - - - -", ["ALARM", RETAIN, "ALARM", "OK"]],
  [3, "- - - - X", ["INSUFFICIENT_DATA", RETAIN, "ALARM", "OK"]],
  [2, "0 - X - X", ["ALARM", "ALARM", "ALARM", "ALARM"]],
  [2, "0 0 X 0 X", ["ALARM", "ALARM", "ALARM", "ALARM"]],
  [2, "0 - X - -", ["OK", "OK", "ALARM", "OK"]],
  [2, "- - - - 0", ["OK", "OK", "ALARM", "OK"]],
  [2, "- - - X -", ["ALARM", RETAIN, "ALARM", "OK"]],
];

describe.each(TABLES)("%i out of 3, data %s", (datapointsToAlarm, text, expected) => {
  test.each(KINDS.map((kind, i) => [kind, expected[i]] as const))("missing data as %s: %s", (missingData, wanted) => {
    for (const current of ["OK", "ALARM", "INSUFFICIENT_DATA"] as const)
      expect(stateOf(text, { datapointsToAlarm, missingData }, current)).toBe(wanted === RETAIN ? current : wanted);
  });
});

test("does not alarm early on a single recent breach among missing data, whichever of the last two it is", () => {
  expect(stateOf("- - - X -", {})).toBe("INSUFFICIENT_DATA");
  expect(stateOf("- - - X 0", {})).toBe("OK");
});

test("judges the most recent datapoints only", () => {
  expect(stateOf("X X 0 0 0", {})).toBe("OK");
  expect(stateOf("0 0 X X X", {})).toBe("ALARM");
});

test.each([
  ["GreaterThanThreshold", 5, false],
  ["GreaterThanThreshold", 5.1, true],
  ["GreaterThanOrEqualToThreshold", 5, true],
  ["LessThanThreshold", 5, false],
  ["LessThanThreshold", 4.9, true],
  ["LessThanOrEqualToThreshold", 5, true],
] as const)("%s breaches at %d: %s", (comparison, value, breaches) => {
  expect(judge(criterion({ comparison, evaluationPeriods: 1, datapointsToAlarm: 1 }), [undefined, undefined, value], "OK").value).toBe(
    breaches ? "ALARM" : "OK",
  );
});

test("looks at the five datapoints of the documented example for three periods", () => {
  expect(evaluationRange(3)).toBe(5);
});
