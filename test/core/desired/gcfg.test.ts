import { readFileSync } from "node:fs";
import { type ConfigReading, lastValue, occurrences, parseConfig } from "@steward/core/desired/gcfg";
import { writeConfig } from "@steward/core/desired/gcfg-write";
import { describe, expect, test } from "vitest";
import { read } from "./reading.ts";

type Recorded = [string, [string, string | null, [string, string | null, number][]][] | null];
const recorded: Recorded[] = JSON.parse(readFileSync(new URL("corpus/readings.json", import.meta.url), "utf8"));

const shortened = (reading: ConfigReading) =>
  reading.kind === "invalid"
    ? null
    : reading.config.sections.map(({ name, subsection, entries }) => [name, subsection, entries.map(({ key, value, at }) => [key, value, at.line])]);

test("reads as gcfg itself read, and refuses what it refused", () => {
  expect(recorded.length).toBeGreaterThan(300);
  for (const [base64, expected] of recorded) {
    const bytes = Buffer.from(base64, "base64");
    expect(shortened(parseConfig(bytes)), JSON.stringify(bytes.toString())).toEqual(expected);
  }
});

describe("a setting", () => {
  test("has the last value, in any case, over repeated sections", () => {
    const config = read("[HTTP]\nListen = :1\n[Server]\nListen = :9\n[http]\nlisten=:2\n");
    expect(lastValue(config, "Http", "LISTEN")).toBe(":2");
    expect(occurrences(config, "HTTP", "Listen").map(({ at }) => at)).toEqual([
      { line: 2, column: 1 },
      { line: 6, column: 1 },
    ]);
  });

  test("cannot hide behind a letter that folds to a plain one", () => {
    expect(lastValue(read("[Server]\nAddress = a\n[ſerver]\naddreſs = b\n"), "Server", "Address")).toBe("b");
  });

  test("of a subsection is another one", () => {
    expect(lastValue(read('[Server]\nAddress = a\n[Server "x"]\nAddress = b\n'), "Server", "Address")).toBe("a");
  });

  test("that is bare or missing has no value, one that is blank an empty one", () => {
    const config = read("[HTTPS]\nPermanent\nListen =\n");
    expect(lastValue(config, "HTTPS", "Permanent")).toBeUndefined();
    expect(lastValue(config, "HTTPS", "Key")).toBeUndefined();
    expect(lastValue(config, "HTTPS", "Listen")).toBe("");
  });
});

describe("what is no config is refused with its place", () => {
  test.each([
    ["a setting before any section", "  k = v\n", 1, 3],
    ["a section without a name", "[s]\n[ ]\n", 2, 3],
    ["a heading that is not closed", "[s\n", 1, 3],
    ["a subsection that is not closed", '[s "x\n', 1, 4],
    ["an empty subsection", '[s ""]\n', 1, 4],
    ["an escape in a subsection", '[s "a\\t"]\n', 1, 7],
    ["something after a heading", "[s] k = v\n", 1, 5],
    ["something that is no name", "[s]\n😀 = v\n", 2, 1],
    ["a name in two words", "[s]\nk v\n", 2, 3],
    ["a quoted value that is not closed", '[s]\nk = 😀 "v\n', 2, 7],
    ["a quoted value at the end of the file", '[s]\nk = "v', 2, 5],
    ["an unknown escape", '[s]\nk = "\\a"\n', 2, 7],
    ["a backslash at the end of the file", "[s]\nk = v\\", 2, 7],
    ["a backslash at the end of the file, in quotes", '[s]\nk = "v\\', 2, 8],
    ["an unclosed subsection at the end of the file", '[s "v\\', 1, 7],
    ["a NUL", "[s]\n; \0\n", 2, 3],
    ["half a character", "[s]\nk = \ud800\n", 2, 5],
  ])("%s", (_what, text, line, column) => {
    expect(parseConfig(text)).toEqual({ kind: "invalid", because: expect.any(String), at: { line, column } });
  });

  test("broken UTF-8, which only bytes can show", () => {
    expect(parseConfig(Buffer.from([0x5b, 0x73, 0x5d, 0x0a, 0xff]))).toEqual({ kind: "invalid", because: "the file is not UTF-8", at: { line: 2, column: 1 } });
    expect(parseConfig("[s]\nk = \uFFFD\n").kind).toBe("config");
  });

  test("more than 4 MiB", () => {
    expect(parseConfig(";".repeat(4 * 1024 * 1024)).kind).toBe("config");
    expect(parseConfig(";".repeat(4 * 1024 * 1024 + 1))).toMatchObject({ kind: "invalid", because: "the file is longer than 4 MiB" });
  });
});

describe("the writer", () => {
  const section = (over: object = {}) => ({ sections: [{ name: "Postgres", subsection: null, entries: [{ key: "Password", value: "x" }], ...over }] });

  test("writes plain values plainly and quotes the others", () => {
    const values = ["plain value", "", null, " x", "a;b", "#", 'say "hi"', "C:\\", "two\nlines", "tab\there", "é", "a  b"];
    expect(writeConfig(section({ entries: values.map((value) => ({ key: "k", value })) }))).toEqual({
      kind: "text",
      text: '[Postgres]\nk = plain value\nk =\nk\nk = " x"\nk = "a;b"\nk = "#"\nk = "say \\"hi\\""\nk = "C:\\\\"\nk = "two\\nlines"\nk = "tab\\there"\nk = "é"\nk = "a  b"\n',
    });
  });

  test.each([
    [
      "a carriage return",
      section({ entries: [{ key: "Password", value: "canary\r" }] }),
      "the value of Postgres.Password has a character that gcfg cannot hold",
    ],
    ["a NUL", section({ entries: [{ key: "Password", value: "canary\0" }] }), "the value of Postgres.Password has a character that gcfg cannot hold"],
    [
      "half a character",
      section({ entries: [{ key: "Password", value: "canary\udc00" }] }),
      "the value of Postgres.Password has a character that gcfg cannot hold",
    ],
    ["a key that is no name", section({ entries: [{ key: "canary\n", value: "" }] }), "section Postgres has a key that gcfg cannot hold"],
    ["an empty key", section({ entries: [{ key: "", value: "" }] }), "section Postgres has a key that gcfg cannot hold"],
    ["a section that is no name", section({ name: "canary]" }), "a section has a name that gcfg cannot hold"],
    ["an empty subsection", section({ subsection: "" }), "section Postgres has a subsection name that gcfg cannot hold"],
    ["a subsection of two lines", section({ subsection: "canary\n" }), "section Postgres has a subsection name that gcfg cannot hold"],
    ["a subsection with a NUL", section({ subsection: "canary\0" }), "section Postgres has a subsection name that gcfg cannot hold"],
  ])("refuses %s by name", (_what, config, because) => {
    expect(writeConfig(config)).toEqual({ kind: "refused", because });
  });
});
