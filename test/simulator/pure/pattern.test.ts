import { matches, validatePattern } from "@steward/simulator/services/events/pattern";
import { describe, expect, test } from "vitest";

/** A pattern on one field, tried against values that do and values that do not match. */
const CASES: [string, unknown[], unknown[], unknown[]][] = [
  ["exact text", ["running"], ["running"], ["Running", "run", 1, null]],
  ["several texts", ["a", "b"], ["a", "b"], ["c"]],
  ["a number, not its text", [300], [300], ["300", 301]],
  ["true, not its text", [true], [true], ["true", false]],
  ["null, not absence", [null], [null], ["", "null", 0]],
  ["the empty text", [""], [""], [" ", null]],
  ["prefix", [{ prefix: "us-" }], ["us-east-1", "us-"], ["eu-us-1", "US-east-1", 5]],
  ["prefix ignoring case", [{ prefix: { "equals-ignore-case": "EventB" } }], ["EVENTBridge", "eventb"], ["event"]],
  ["suffix", [{ suffix: ".png" }], ["a.png"], ["a.png.txt", ".PNG"]],
  ["suffix ignoring case", [{ suffix: { "equals-ignore-case": ".pNg" } }], ["a.PNG"], ["a.gif"]],
  ["equals ignoring case", [{ "equals-ignore-case": "alice" }], ["ALICE", "Alice"], ["alice "]],
  ["anything but a text", [{ "anything-but": "init" }], ["initial", "x", 5], ["init"]],
  ["anything but texts", [{ "anything-but": ["stopped", "overloaded"] }], ["running"], ["stopped", "overloaded"]],
  ["anything but numbers", [{ "anything-but": [100, 200] }], [300, "100"], [100, 200]],
  ["anything but a prefix", [{ "anything-but": { prefix: "init" } }], ["running"], ["initializing"]],
  ["anything but a suffix", [{ "anything-but": { suffix: ".png" } }], ["a.gif"], ["a.png"]],
  ["anything but some suffixes", [{ "anything-but": { suffix: [".png", ".gif"] } }], ["a.txt"], ["a.png", "a.gif"]],
  ["anything but a wildcard", [{ "anything-but": { wildcard: "*/lib/*" } }], ["/usr/bin/x"], ["/usr/lib/x"]],
  ["anything but ignoring case", [{ "anything-but": { "equals-ignore-case": "init" } }], ["x"], ["INIT", "init"]],
  ["a numeric range", [{ numeric: [">", 0, "<=", 5] }], [0.1, 5], [0, 5.1, "3"]],
  ["numeric equality", [{ numeric: ["=", 3.018e2] }], [301.8], [301]],
  ["numeric at least", [{ numeric: [">=", 10] }], [10, 11], [9.999]],
  ["an IPv4 network", [{ cidr: "10.0.0.0/24" }], ["10.0.0.0", "10.0.0.255"], ["10.0.1.0", "not an address", "::1"]],
  ["an IPv6 network", [{ cidr: "2001:db8::/32" }], ["2001:db8::1"], ["2001:db9::1", "10.0.0.1"]],
  ["a wildcard", [{ wildcard: "dir/*.png" }], ["dir/a.png", "dir/.png", "dir/a/b.png"], ["dir/a.png2", "xdir/a.png"]],
  ["wildcards that need backing up", [{ wildcard: "*ab*ab" }], ["abab", "xabababab"], ["ab", "aba"]],
  ["an escaped asterisk", [{ wildcard: "a\\*b\\\\*" }], ["a*b\\", "a*b\\c"], ["axb\\", "a*b"]],
  ["dots and brackets as themselves", [{ wildcard: "a.b(*)" }], ["a.b(c)"], ["aXb(c)"]],
  ["existence", [{ exists: true }], ["", 0, null, false], []],
  ["any of mixed kinds", ["a", { prefix: "b" }, { numeric: ["<", 0] }], ["a", "bc", -1], ["c", 1]],
];

describe.each(CASES)("%s", (_name, list, hits, misses) => {
  const pattern = { detail: { field: list } };
  test("is a valid pattern", () => expect(validatePattern(pattern)).toBeUndefined());
  test.each(hits)("matches %j", (value) => expect(matches(pattern, { detail: { field: value } })).toBe(true));
  test.each(misses)("does not match %j", (value) => expect(matches(pattern, { detail: { field: value } })).toBe(false));
});

describe("fields", () => {
  test("all keys must match", () => {
    const pattern = { source: ["a"], detail: { state: ["x"] } };
    expect(matches(pattern, { source: "a", detail: { state: "x", more: 1 } })).toBe(true);
    expect(matches(pattern, { source: "a", detail: { state: "y" } })).toBe(false);
    expect(matches(pattern, { source: "a" })).toBe(false);
  });

  test("anything-but wants the field to be there", () => {
    expect(matches({ state: [{ "anything-but": "x" }] }, {})).toBe(false);
  });

  test("exists false holds for absent fields, absent parents and fields that are objects", () => {
    const pattern = { detail: { count: [{ exists: false }] } };
    expect(matches(pattern, { detail: {} })).toBe(true);
    expect(matches(pattern, {})).toBe(true);
    expect(matches(pattern, { detail: { count: { c1: 100 } } })).toBe(true);
    expect(matches(pattern, { detail: { count: null } })).toBe(false);
  });

  test("exists true does not hold for a field that is an object", () => {
    expect(matches({ detail: { count: [{ exists: true }] } }, { detail: { count: { c1: 100 } } })).toBe(false);
  });
});

describe("arrays in events", () => {
  test("match when one element matches", () => {
    expect(matches({ resources: ["b"] }, { resources: ["a", "b"] })).toBe(true);
    expect(matches({ resources: [{ prefix: "b" }] }, { resources: [["a"], ["bc"]] })).toBe(true);
    expect(matches({ resources: ["c"] }, { resources: ["a", "b"] })).toBe(false);
    expect(matches({ resources: [{ exists: true }] }, { resources: [] })).toBe(false);
  });

  const employees = [
    { first: "Anna", last: "Smith" },
    { first: "Peter", last: "Jones" },
  ];

  test("objects inside are looked through", () => {
    expect(matches({ employees: { first: ["Anna"] } }, { employees })).toBe(true);
    expect(matches({ employees: { first: ["Anna"] } }, { employees: [[{ first: "Anna" }], [{ first: "Peter" }]] })).toBe(true);
  });

  test("fields of two different elements never make one match", () => {
    expect(matches({ employees: { first: ["Anna"], last: ["Smith"] } }, { employees })).toBe(true);
    expect(matches({ employees: { first: ["Anna"], last: ["Jones"] } }, { employees })).toBe(false);
  });
});

describe("$or", () => {
  const pattern = { source: ["aws.cloudwatch"], $or: [{ metric: ["CPU"] }, { kind: ["K"], namespace: ["AWS/EC2"] }] };

  test("needs one alternative besides the rest", () => {
    expect(validatePattern(pattern)).toBeUndefined();
    expect(matches(pattern, { source: "aws.cloudwatch", metric: "CPU" })).toBe(true);
    expect(matches(pattern, { source: "aws.cloudwatch", kind: "K", namespace: "AWS/EC2" })).toBe(true);
    expect(matches(pattern, { source: "aws.cloudwatch", kind: "K" })).toBe(false);
    expect(matches(pattern, { source: "other", metric: "CPU" })).toBe(false);
  });

  test("nests", () => {
    const nested = { detail: { $or: [{ a: [1] }, { b: [2], $or: [{ c: [3] }, { d: [4] }] }] } };
    expect(matches(nested, { detail: { b: 2, d: 4 } })).toBe(true);
    expect(matches(nested, { detail: { b: 2 } })).toBe(false);
  });

  test("is a plain field when it holds no alternatives", () => {
    expect(matches({ $or: { metric: ["CPU"] } }, { $or: { metric: "CPU" } })).toBe(true);
    expect(matches({ $or: ["x"] }, { $or: "x" })).toBe(true);
  });
});

describe("invalid patterns", () => {
  test.each([
    ["a leaf that is no list", { source: "aws.ec2" }, '"source" must be an object or an array'],
    ["a leaf that is a number, deep down", { detail: { n: 5 } }, '"n" must be an object or an array'],
    ["no pattern at all", ["source"], "Filter is not an object"],
    ["an empty object", {}, "Empty objects are not allowed"],
    ["an empty nested object", { detail: {} }, "Empty objects are not allowed"],
    ["an empty list", { source: [] }, "Empty arrays are not allowed"],
    ["a list in a list", { source: [["a"]] }, "Match value must be String, number, true, false, or null"],
    ["an unknown match type", { source: [{ contains: "x" }] }, "Unrecognized match type contains"],
    ["two match types in one", { source: [{ prefix: "a", suffix: "b" }] }, "Only one key allowed in match expression"],
    ["a prefix that is no text", { source: [{ prefix: 5 }] }, "prefix match pattern must be a string"],
    ["existence that is no truth value", { source: [{ exists: "yes" }] }, "exists match pattern must be either true or false."],
    ["adjacent wildcards", { source: [{ wildcard: "a**b" }] }, "Consecutive wildcard characters at pos 1"],
    ["a bad escape", { source: [{ wildcard: "a\\b" }] }, "Invalid escape character at pos 1"],
    ["anything but mixed kinds", { source: [{ "anything-but": ["a", 1] }] }, "mixed type is not supported"],
    ["anything but an unknown type", { source: [{ "anything-but": { exists: true } }] }, "Unsupported anything-but pattern: exists"],
    ["an unknown comparison", { n: [{ numeric: ["!=", 5] }] }, "Unrecognized numeric range operator: !="],
    ["a comparison without a number", { n: [{ numeric: ["<", "5"] }] }, "Unrecognized numeric range operator: <"],
    ["an upside-down range", { n: [{ numeric: [">", 5, "<", 1] }] }, "Bottom must be less than top"],
    ["a range that begins with its top", { n: [{ numeric: ["<", 5, ">", 1] }] }, "Bad numeric range operator: <"],
    ["a network without a mask", { ip: [{ cidr: "10.0.0.0" }] }, "Malformed CIDR, one '/' required"],
    ["a mask too long", { ip: [{ cidr: "10.0.0.0/33" }] }, "mask bits must be an integer"],
    ["a fault inside an alternative", { $or: [{ a: [1] }, { b: 5 }] }, '"b" must be an object or an array'],
  ])("%s", (_name, pattern, reason) => {
    expect(validatePattern(pattern)).toContain(reason);
  });
});
