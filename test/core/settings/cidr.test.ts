import { covers, isCidr, isPrivateCidr, merged, parseCidr, part } from "@steward/core/settings/cidr";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const cidr = fc.record({ address: fc.nat(0xffffffff), bits: fc.integer({ min: 0, max: 32 }) }).map(({ address, bits }) => {
  const base = address - (address % 2 ** (32 - bits));
  return { base, bits, text: `${[24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256).join(".")}/${bits}` };
});

/** Ranges of a world of 64 addresses, so that all can be tried. */
const small = fc.record({ address: fc.nat(63), bits: fc.integer({ min: 26, max: 32 }) }).map(({ address, bits }) => {
  const size = 2 ** (32 - bits);
  return `10.0.0.${address - (address % size)}/${bits}`;
});

function addresses(text: string): Set<number> {
  const { base = 0, bits = 32 } = parseCidr(text) ?? {};
  return new Set(Array.from({ length: 2 ** (32 - bits) }, (_, index) => base + index));
}

describe("a range", () => {
  test("is read as it is written", () => {
    fc.assert(
      fc.property(cidr, ({ base, bits, text }) => {
        expect(parseCidr(text)).toEqual({ base, bits });
      }),
    );
  });

  test.each(["10.0.0.0", "10.0.0.0/33", "256.0.0.0/8", "10.0.0.1/24", "010.0.0.0/8", "10.0.0.0/08", " 10.0.0.0/8", "10.0.0/8", "::/0", "", "10.0.0.0/8\n"])(
    "is not %j",
    (text) => {
      expect(isCidr(text)).toBe(false);
    },
  );

  test("is cut into parts that lie side by side and fill it", () => {
    fc.assert(
      fc.property(cidr, fc.integer({ min: 0, max: 4 }), ({ base, bits, text }, more) => {
        const cut = Math.min(32, bits + more);
        const parts = Array.from({ length: 2 ** (cut - bits) }, (_, index) => part(text, cut, index));
        expect(parts.map((one) => parseCidr(one))).toEqual(parts.map((_, index) => ({ base: base + index * 2 ** (32 - cut), bits: cut })));
        expect(merged(parts)).toEqual([text]);
      }),
    );
  });

  test("that is none has parts as if it began at nought", () => {
    expect(part("nonsense", 24, 1)).toBe("0.0.1.0/24");
  });
});

test("one range covers another exactly if it has all its addresses", () => {
  fc.assert(
    fc.property(small, small, (outer, inner) => {
      const all = addresses(outer);
      expect(covers(outer, inner)).toBe([...addresses(inner)].every((address) => all.has(address)));
    }),
  );
  expect(covers("10.0.0.0/8", "nonsense")).toBe(false);
  expect(covers("nonsense", "10.0.0.0/8")).toBe(false);
});

test("merged ranges have the same addresses and cannot be fewer", () => {
  fc.assert(
    fc.property(fc.array(small), (ranges) => {
      const all = new Set(ranges.flatMap((range) => [...addresses(range)]));
      const few = merged(ranges);
      expect(few.flatMap((range) => [...addresses(range)])).toEqual([...all].sort((a, b) => a - b));
      expect(merged(few)).toEqual(few);
    }),
  );
});

test("two halves of the world are the world; what is no range is left out", () => {
  expect(merged(["128.0.0.0/1", "nonsense", "0.0.0.0/1"])).toEqual(["0.0.0.0/0"]);
  expect(merged(Array.from({ length: 256 }, (_, index) => `${index}.0.0.0/8`))).toEqual(["0.0.0.0/0"]);
  expect(merged(["1.0.0.0/8", "2.0.0.0/8"])).toEqual(["1.0.0.0/8", "2.0.0.0/8"]);
});

test.each([
  ["10.20.0.0/16", true],
  ["172.31.0.0/16", true],
  ["192.168.4.0/22", true],
  ["10.0.0.0/8", false],
  ["10.0.0.0/23", false],
  ["172.32.0.0/16", false],
  ["8.8.0.0/16", false],
  ["nonsense", false],
])("%s has room for a stage and is private: %s", (text, so) => {
  expect(isPrivateCidr(text)).toBe(so);
});
