import { configFingerprint } from "@steward/core/desired/config-fingerprint";
import { compareFingerprints, differingSettings, fingerprint } from "@steward/core/desired/digest";
import { writeConfig } from "@steward/core/desired/gcfg-write";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { read } from "./reading.ts";

const SALT = "ab".repeat(32);
const OTHER = "cd".repeat(32);
const of = (text: string, salt = SALT) => fingerprint(read(text), salt);

describe("a fingerprint is the same", () => {
  test.each([
    ["in another order of sections", "[A]\nx = 1\n[B]\ny = 2\n", "[B]\ny = 2\n[A]\nx = 1\n"],
    ["in another order of keys", "[A]\nx = 1\ny = 2\n", "[A]\ny = 2\nx = 1\n"],
    ["with comments and blanks", "[A]\nx = 1\n", "\n; c\n[ A ] # c\n  x  =  1 ; c\n"],
    ["in another case", "[Server]\nAddress = a\n", "[SERVER]\naddress = a\n"],
    ["with a section in two parts", "[A]\nx = 1\ny = 2\n", "[A]\nx = 1\n[A]\ny = 2\n"],
    ["with quotes", "[A]\nx = 1\n", '[A]\nx = "1"\n'],
    ["with an empty section", "[A]\nx = 1\n", "[A]\nx = 1\n[B]\n"],
    ["with an earlier value that does not count", "[HTTP]\nListen = :1\n", "[HTTP]\nListen = :9\nListen = :1\n"],
    ["with another word for yes", "[Metrics]\nEnabled = true\n", "[Metrics]\nEnabled = Yes\n"],
    ["with a bare key for yes", "[Metrics]\nEnabled = 1\n", "[Metrics]\nEnabled\n"],
    ["with another word for no", "[Metrics]\nEnabled = off\n", "[Metrics]\nEnabled = 0\n"],
    ["with a list that begins anew", "[Debug]\nLog = git\n", "[Debug]\nLog = sync\nLog\nLog = git\n"],
  ])("%s", (_what, a, b) => {
    expect(of(a)).toBe(of(b));
  });
});

describe("a fingerprint is another one", () => {
  test.each([
    ["for another value", "[A]\nx = 1\n", "[A]\nx = 2\n"],
    ["for another section", "[A]\nx = 1\n", "[B]\nx = 1\n"],
    ["for a subsection", "[A]\nx = 1\n", '[A "a"]\nx = 1\n'],
    ["for a subsection in another case", '[A "b"]\nx = 1\n', '[A "B"]\nx = 1\n'],
    ["for a subsection that is there, though empty", "[A]\nx = 1\n", '[A]\nx = 1\n[B "c"]\n'],
    ["for a value that counts later", "[HTTP]\nListen = :1\n", "[HTTP]\nListen = :1\nListen = :9\n"],
    ["for a longer list", "[Server]\nRVersion = a\n", "[Server]\nRVersion = a\nRVersion = b\n"],
    ["for another word than yes or no", "[Metrics]\nEnabled = true\n", "[Metrics]\nEnabled = maybe\n"],
    ["for a blank instead of nothing", "[A]\n", "[A]\nx =\n"],
    ["for a repeated key of which nobody has said that the last value wins", "[A]\nx = 1\n", "[A]\nx = 2\nx = 1\n"],
    ["for values that only look alike when put side by side", "[A]\nx = 1,2\n", "[A]\nx = 1\nx = 2\n"],
  ])("%s", (_what, a, b) => {
    expect(of(a)).not.toBe(of(b));
  });
});

test("says its scheme and its salt, and nothing of the values", () => {
  expect(of("[A]\nx = 1\n")).toMatch(/^v1:[0-9a-f]{8}:[0-9a-f]{64}$/);
});

test("equal configs of two fleets do not show as equal", () => {
  const [a, b] = [of("[A]\nx = 1\n"), of("[A]\nx = 1\n", OTHER)];
  expect(a.split(":")[2]).not.toBe(b.split(":")[2]);
  expect(compareFingerprints(a, b)).toBe("unknown");
});

test("takes no short salt", () => {
  expect(() => of("[A]\n", "ab".repeat(31))).toThrow(RangeError);
});

test("does not depend on the order of distinct keys or on how the text was written", () => {
  const keys = fc.uniqueArray(fc.tuple(fc.constantFrom("A", "B"), fc.stringMatching(/^[a-z]{1,4}$/), fc.string({ unit: "grapheme-ascii" })), {
    selector: ([section, key]) => `${section}.${key}`,
    maxLength: 6,
  });
  const written = (rows: [string, string, string][]) => {
    const text = writeConfig({ sections: rows.map(([name, key, value]) => ({ name, subsection: null, entries: [{ key, value }] })) });
    return text.kind === "text" ? of(text.text) : text;
  };
  fc.assert(
    fc.property(keys, (rows) => {
      expect(written(rows)).toMatch(/^v1:/);
      expect(written(rows)).toBe(written(rows.toReversed()));
    }),
  );
});

describe("comparing", () => {
  const [one, two] = [of("[A]\nx = 1\n"), of("[A]\nx = 2\n")];
  const [old, newer] = [configFingerprint("a"), configFingerprint("b")];
  test.each([
    ["the same fingerprint", one, one, "same"],
    ["two of one scheme and salt", one, two, "different"],
    ["the same of the byte scheme", old, old, "same"],
    ["two of the byte scheme", old, newer, "different"],
    ["two schemes", old, one, "unknown"],
    ["a missing one", one, null, "unknown"],
    ["two missing ones", null, null, "unknown"],
    ["a scheme to come", "v2:x", "v2:x", "unknown"],
    ["something that is cut off", one.slice(0, -1), one.slice(0, -1), "unknown"],
  ])("%s", (_what, a, b, verdict) => {
    expect(compareFingerprints(a, b)).toBe(verdict);
    expect(compareFingerprints(b, a)).toBe(verdict);
  });
});

describe("what differs is named", () => {
  test("by section and key, whichever side has it, and never by its value", () => {
    const [a, b] = [
      "[Postgres]\nPassword = canary\n[HTTP]\nListen = :1\n",
      '[postgres]\npassword = canary2\n[http]\nlisten = :1\n[X "canal"]\nY = canary\n',
    ].map(read);
    if (!a || !b) throw new Error("two configs");
    expect(differingSettings(a, b)).toEqual(["postgres.password", "x.canal", "x.canal.y"]);
    expect(differingSettings(b, a)).toEqual(differingSettings(a, b));
  });

  test("and nothing is named exactly where the fingerprints are the same", () => {
    const lines = fc.array(fc.constantFrom("[A]", "[B]", "x = 1", "x = 2", "y = 1", "[HTTP]", "Listen = 1", "Listen = 2"), { maxLength: 6 });
    const texts = lines.map((rows) => read(["[A]", ...rows].join("\n")));
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        expect(differingSettings(a, b).length === 0).toBe(compareFingerprints(fingerprint(a, SALT), fingerprint(b, SALT)) === "same");
      }),
    );
  });
});
