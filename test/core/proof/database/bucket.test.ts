import { type BucketLook, beginLook, MOST_PAGES, readPage, type VersionEntry } from "@steward/core/proof/database/bucket";
import { describe, expect, test } from "vitest";
import { ago, hence, NOW } from "../../builders.ts";

const settings = { versioning: "Enabled", expiry: [] };
const fresh = beginLook(settings, 1);
const times = { time: NOW, earlier: ago({ days: 7 }) };

const version = (key: string, at: Date, but: Partial<VersionEntry> = {}): VersionEntry => ({ key, at, isDeletion: false, isUnversioned: false, ...but });
const deletion = (key: string, at: Date) => version(key, at, { isDeletion: true });

/** Reads these entries in pages of so many. */
function read(entries: VersionEntry[], size = entries.length): BucketLook {
  let look = fresh;
  for (let from = 0; from < entries.length; from += size) {
    const next = from + size < entries.length ? { key: "next", version: null } : null;
    look = readPage(look, { entries: entries.slice(from, from + size), next }, times);
  }
  return look;
}

const old = ago({ days: 30 });
const lately = hence({ hours: 2 });

describe("a look at a bucket", () => {
  test.each([
    ["an object that nobody touched", [version("a", old)], { objects: 1, objectsBefore: 1, recoverable: 0, lost: 0 }],
    ["one that is newer than the last proven snapshot", [version("a", ago({ days: 1 }))], { objects: 1, objectsBefore: 0, recoverable: 0, lost: 0 }],
    ["one that was written since", [version("a", lately)], { objects: 0, objectsBefore: 0, recoverable: 0, lost: 0 }],
    ["one that was overwritten since", [version("a", lately), version("a", old)], { objects: 1, objectsBefore: 1, recoverable: 1, lost: 0 }],
    ["one that was deleted since", [deletion("a", lately), version("a", old)], { objects: 1, objectsBefore: 1, recoverable: 1, lost: 0 }],
    ["one that was deleted before", [deletion("a", ago({ days: 2 })), version("a", old)], { objects: 0, objectsBefore: 1, recoverable: 0, lost: 0 }],
    ["one that came and went since", [deletion("a", lately), version("a", hence({ hours: 1 }))], { objects: 0, objectsBefore: 0, recoverable: 0, lost: 0 }],
    ["one that was deleted since with all its versions", [deletion("a", lately)], { objects: 0, objectsBefore: 0, recoverable: 0, lost: 1, examples: ["a"] }],
    ["one that was gone before the snapshot", [deletion("a", ago({ days: 1 }))], { objects: 0, objectsBefore: 0, recoverable: 0, lost: 0 }],
  ] as [string, VersionEntry[], Partial<BucketLook>][])("counts %s", (_what, entries, counts) => {
    expect(read(entries)).toMatchObject({ ...counts, versions: entries.length, pages: 1, isOver: true, isWhole: true });
  });

  test("comes to the same wherever a page ends", () => {
    const entries = [deletion("a", lately), version("a", old), version("b", lately), version("b", old), deletion("c", lately), version("d", old)];
    const whole = read(entries);
    expect(whole).toMatchObject({ objects: 3, recoverable: 2, lost: 1 });
    for (const size of [1, 2, 3, 4, 5]) expect({ ...read(entries, size), pages: 1 }).toEqual(whole);
  });

  test("compares with no earlier time where none was proven", () => {
    expect(readPage(fresh, { entries: [version("a", old)], next: null }, { time: NOW, earlier: null })).toMatchObject({ objects: 1, objectsBefore: 0 });
  });

  test("counts what was written since without a version of its own", () => {
    expect(read([version("a", lately, { isUnversioned: true }), version("b", old, { isUnversioned: true })])).toMatchObject({ unversioned: 1 });
  });

  test("names some of what is lost, and of each the beginning", () => {
    const look = read(Array.from({ length: 7 }, (_, index) => deletion(`${index}${"x".repeat(300)}`, lately)));
    expect([look.lost, look.examples.length, look.examples[0]?.length]).toEqual([7, 5, 200]);
  });

  test("of an empty bucket is over at once", () => {
    expect(readPage(fresh, { entries: [], next: null }, times)).toMatchObject({ versions: 0, isOver: true, isWhole: true });
  });

  test("ends after so many pages, and says that it is not whole", () => {
    const page = { entries: [version("a", old)], next: { key: "a", version: "1" } };
    expect(readPage({ ...fresh, pages: MOST_PAGES - 2 }, page, times)).toMatchObject({ isOver: false, next: page.next });
    expect(readPage({ ...fresh, pages: MOST_PAGES - 1 }, page, times)).toMatchObject({ isOver: true, isWhole: false });
  });
});

test.each([
  ["nothing expires", [], null],
  ["unfinished uploads do", [{ id: "uploads", currentDays: null, noncurrentDays: null }], null],
  ["earlier versions do, later than the snapshot is old", [{ id: "old", currentDays: null, noncurrentDays: 30 }], null],
  [
    "earlier versions do, and the snapshot is older",
    [{ id: "old", currentDays: null, noncurrentDays: 1 }],
    "the rule old takes earlier versions away after 1 days",
  ],
  ["objects do", [{ id: "all", currentDays: 90, noncurrentDays: null }], "the rule all deletes objects after 90 days"],
  [
    "both do",
    [
      { id: "all", currentDays: 90, noncurrentDays: null },
      { id: "old", currentDays: null, noncurrentDays: 1 },
    ],
    "the rule all deletes objects after 90 days; the rule old takes earlier versions away after 1 days",
  ],
] as const)("where %s it says so", (_what, expiry, expires) => {
  expect(beginLook({ versioning: "Enabled", expiry }, 1.5).expires).toBe(expires);
});
