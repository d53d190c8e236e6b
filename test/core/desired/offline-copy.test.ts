import { type OfflineCopy, readOfflineCopy, writeOfflineCopy } from "@steward/core/desired/offline-copy";
import fc from "fast-check";
import { expect, test } from "vitest";

const copies: fc.Arbitrary<OfflineCopy> = fc.record({
  fingerprint: fc.stringMatching(/^[0-9a-f]{64}$/),
  confirmed: fc.date({ noInvalidDate: true, min: new Date("2020-01-01"), max: new Date("2100-01-01") }),
});

test("a confirmed copy reads back as itself, and fits into a tag", () => {
  fc.assert(
    fc.property(copies, (copy) => {
      const tag = writeOfflineCopy(copy);
      expect(readOfflineCopy(tag)).toEqual(copy);
      // Letters, digits, spaces and a few signs, up to 256: Secrets Manager API reference, "Tag".
      expect(tag).toMatch(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,256}$/u);
    }),
  );
});

test.each([
  undefined,
  "",
  "yes",
  `${"a".repeat(64)}`,
  `${"a".repeat(64)} soon`,
  `${"A".repeat(64)} 2026-05-04T03:00:00.000Z`,
  `${"a".repeat(64)} 2026-05-04T03:00:00.000Z twice`,
])("a tag that says %j confirms nothing", (tag) => {
  expect(readOfflineCopy(tag)).toBeNull();
});
