import { fingerprint } from "@steward/core/desired/digest";
import { effectiveSettings } from "@steward/core/desired/effective";
import { parseConfig } from "@steward/core/desired/gcfg";
import { type ConfigToWrite, writeConfig } from "@steward/core/desired/gcfg-write";
import fc from "fast-check";
import { expect, test } from "vitest";
import { read, withoutPlaces } from "./reading.ts";

const MARKS = ["[", "]", '"', "\\", "\n", "\r", "\t", " ", "=", ";", "#", "a", "Z", "1", "-", "_", "é", "ſ", "😀", "\u2028", "\uFEFF", "\0", "\ud800"];
const hostile = fc.oneof(fc.string({ unit: fc.constantFrom(...MARKS), maxLength: 12 }), fc.string({ unit: "binary", maxLength: 12 }));
const name = fc.oneof({ weight: 9, arbitrary: fc.stringMatching(/^[A-Za-zé甲][A-Za-z0-9é-]{0,8}$/) }, { weight: 1, arbitrary: hostile });
const entry = fc.record({ key: name, value: fc.option(hostile) });
const configs: fc.Arbitrary<ConfigToWrite> = fc.record({
  sections: fc.array(fc.record({ name, subsection: fc.option(hostile), entries: fc.array(entry, { maxLength: 4 }) }), { maxLength: 4 }),
});

const isName = (text: string) => /^\p{L}[\p{L}\p{Nd}-]*$/u.test(text);
const isText = (text: string) => text.isWellFormed() && !text.includes("\0");
const canBeWritten = ({ sections }: ConfigToWrite) =>
  sections.every(
    ({ name, subsection, entries }) =>
      isName(name) &&
      (subsection === null || (isText(subsection) && /^[^\n]+$/.test(subsection.replaceAll("\r", "r").replaceAll(/[\u2028\u2029]/g, "u")))) &&
      entries.every(({ key, value }) => isName(key) && (value === null || (isText(value) && !value.includes("\r")))),
  );

test("what is written reads back as it was, and only what gcfg cannot hold is refused", () => {
  let [written, refused] = [0, 0];
  fc.assert(
    fc.property(configs, (config) => {
      const result = writeConfig(config);
      expect(result.kind).toBe(canBeWritten(config) ? "text" : "refused");
      if (result.kind === "refused") refused += 1;
      if (result.kind === "refused") return;
      written += 1;
      expect(withoutPlaces(read(result.text))).toEqual(config);
      expect(withoutPlaces(read(Buffer.from(result.text)))).toEqual(config);
    }),
    { numRuns: 2000 },
  );
  expect(Math.min(written, refused)).toBeGreaterThan(200);
});

const lines = fc.constantFrom(
  "[s]",
  '[s "t"]',
  "[S] ; c",
  "k = v",
  "K",
  'k = "a ; b" # c',
  "k = a \\\n b",
  "; c",
  "",
  "k =",
  'k = \\"x\\"',
  "k = a\r",
  "j = 1",
);
const texts = fc.array(lines, { maxLength: 12 }).map((rows) => ["[s]", ...rows].join("\n"));

test("what is read can be written, and means the same then", () => {
  fc.assert(
    fc.property(texts, (text) => {
      const config = withoutPlaces(read(text));
      const again = writeConfig(config);
      expect(again.kind === "text" ? withoutPlaces(read(again.text)) : again).toEqual(config);
    }),
  );
});

test("any bytes are a config or not, and never anything else; what is refused is not repeated", () => {
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 80 }),
    hostile,
    fc.array(hostile, { maxLength: 8 }).map((parts) => `[s]\nk = canary${parts.join("")}`),
  );
  fc.assert(
    fc.property(anything, (source) => {
      const reading = parseConfig(source);
      if (reading.kind === "config") return;
      expect(JSON.stringify(reading)).not.toContain("canary");
      expect(Math.min(reading.at.line, reading.at.column)).toBeGreaterThanOrEqual(1);
    }),
    { numRuns: 3000 },
  );
});

test("long inputs of any one thing take no more than a moment", () => {
  const pieces = ["a", "é", " ", "\n", "#", "#\n", ";", '"', "\\", '\\"', "\\\n", "\r", "v ", "[a]\n", '[a "b"]\n', "k\n", "k = v\n", '"a" ', "=", "[", "[a "];
  for (const head of ["", "[a]\n", "[a]\nk = ", '[a]\nk = "', '[a "'])
    for (const piece of pieces) {
      const started = performance.now();
      const reading = parseConfig(head + piece.repeat(60_000));
      if (reading.kind === "config") effectiveSettings(reading.config, []);
      if (reading.kind === "config") fingerprint(reading.config, "5".repeat(64));
      expect(performance.now() - started, JSON.stringify([head, piece])).toBeLessThan(1500);
    }
});
