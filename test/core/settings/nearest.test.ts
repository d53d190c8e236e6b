import { distance, nearest } from "@steward/core/settings/nearest";
import fc from "fast-check";
import { expect, test } from "vitest";

test.each([
  ["", "abc", 3],
  ["abc", "abc", 0],
  ["storageGB", "storageGib", 1],
  ["acccount", "account", 1],
  ["tls", "tsl", 1],
  ["multiAZ", "multiAz", 0],
])("%s is %s with %i edits", (one, other, edits) => {
  expect(distance(one, other)).toBe(edits);
});

test("the way back is as long, and none is longer than the longer word", () => {
  const word = fc.string({ maxLength: 8 });
  fc.assert(
    fc.property(word, word, (one, other) => {
      expect(distance(one, other)).toBe(distance(other, one));
      expect(distance(one, other)).toBeLessThanOrEqual(Math.max(one.toLowerCase().length, other.toLowerCase().length));
      expect(distance(one, one)).toBe(0);
    }),
  );
});

test("the nearest known name is by its last part, the first of equals, and none where half of it is wrong", () => {
  expect(nearest("storage", ["database.storageGib", "storage"])).toBe("storage");
  expect(nearest("storageGB", ["database.instanceClass", "database.storageGib"])).toBe("database.storageGib");
  expect(nearest("ab", ["ax", "ay"])).toBe("ax");
  expect(nearest("zzzzzz", ["account", "region"])).toBeUndefined();
});
