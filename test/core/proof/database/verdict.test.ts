import type { DatabaseReport, ReadDatabase } from "@steward/core/fleet/database-report";
import type { BucketLook } from "@steward/core/proof/database/bucket";
import { judgeDatabase } from "@steward/core/proof/database/verdict";
import { expect, test } from "vitest";
import { ago } from "../../builders.ts";
import { look, reportOf, side } from "./builders.ts";

const judged = (but: Partial<DatabaseReport> = {}, bucket: Partial<BucketLook> = {}, baseline: Parameters<typeof judgeDatabase>[2] = null) =>
  judgeDatabase(reportOf(but), look(bucket), baseline);
const copied = (but: Partial<ReadDatabase>) => ({ copy: side(but) });
const rows = (packages: number) => [{ name: "pm.packages", rows: packages, exact: true }];

test("a whole copy beside a whole bucket is proven, with a line for each thing that was looked at", () => {
  const { standing, lines, against } = judged();
  expect([standing, against]).toEqual(["proven", []]);
  expect(lines).toMatchInlineSnapshot(`
    [
      "database-login-a gets in, over TLS with a certificate of RDS",
      "Package Manager's schemas are there",
      "2 tables hold about 5002 rows",
      "no index is marked invalid; whether each is whole was not looked at",
      "its tables have the columns that the fleet's have",
      "no large table of the fleet's is empty in it",
      "it holds 5002 rows, the fleet's own 5002",
      "all 12 versions in the bucket were looked at: 10 objects of that time, 1 of them changed or deleted since and to be had back",
      "no rule of the bucket takes away what the snapshot needs",
      "versioning was on since",
      "with an earlier count nothing was compared",
    ]
  `);
});

test.each([
  ["lacks a schema", copied({ schemas: ["pm"] }), "failed", "there is no schema metrics"],
  [
    "holds no row",
    { copy: side({ tables: rows(0), tableCount: 1 }), fleet: side({ tables: rows(0), tableCount: 1 }) },
    "failed",
    "no table of Package Manager holds a row",
  ],
  [
    "lacks a large table of the fleet's",
    copied({ tables: [{ name: "pm.sources", rows: 4_000, exact: true }], tableCount: 1 }),
    "failed",
    "empty, and not in the fleet's: pm.packages",
  ],
  ["has other columns", copied({ shape: "other" }), "undecided", "its tables have other columns than the fleet's"],
  ["holds clearly fewer rows", copied({ tables: rows(2_000), tableCount: 1 }), "undecided", "it holds 2000 rows, the fleet's own 5002: clearly fewer"],
  ["has a broken index", copied({ invalidIndexes: 2 }), "undecided", "2 indexes are marked invalid"],
  ["is asked without TLS", copied({ tls: false }), "undecided", "not over TLS"],
  ["lets nobody in", { copy: { state: "no-entry", because: "no connection" } }, "open", "the copy: no connection"],
  [
    "has nothing to be compared with",
    { fleet: { state: "not-in-time", because: "no answer in time" } },
    "open",
    "the fleet's own database, to compare: no answer in time",
  ],
] as [string, Partial<DatabaseReport>, string, string][])("a copy that %s is %s", (_what, but, standing, said) => {
  const judgement = judged(but);
  expect([judgement.standing, judgement.against]).toEqual([standing, [expect.stringContaining(said)]]);
});

test("a table that is not among the largest of the copy is taken to be there", () => {
  expect(judged(copied({ tables: [{ name: "pm.other", rows: 9_000, exact: true }], tableCount: 70 })).standing).toBe("proven");
});

test("a small table may have been filled since", () => {
  const fleet = side({ tables: [...rows(5_000), { name: "pm.tokens", rows: 999, exact: true }], tableCount: 2 });
  expect(judged({ copy: side({ tables: rows(5_000), tableCount: 1 }), fleet }).standing).toBe("proven");
});

const baseline = { at: ago({ days: 7 }), objects: 9 };

test.each([
  ["has no versions", { versioning: "Suspended" }, null, "versioning of the bucket is Suspended"],
  ["has lost objects", { lost: 2, examples: ["a", "b"] }, null, "2 objects were deleted since then with every version of theirs, such as a, b"],
  [
    "expires what the snapshot needs",
    { expires: "the rule old takes earlier versions away after 1 days" },
    null,
    "the bucket does not keep what the snapshot needs: the rule old",
  ],
  ["was written to without versions", { unversioned: 3 }, null, "3 objects were written since without a version"],
  ["has fewer objects of then than were counted", { objectsBefore: 8 }, baseline, "1 objects that were counted for 2026-04-27T03:00:00.000Z are gone"],
] as [string, Partial<BucketLook>, typeof baseline | null, string][])("beside a bucket that %s a copy has failed", (_what, bucket, counted, said) => {
  const judgement = judged({}, bucket, counted);
  expect([judgement.standing, judgement.against]).toEqual(["failed", [expect.stringContaining(said)]]);
});

test.each([
  ["as many objects as were counted", { objectsBefore: 9 }, baseline, "no fewer objects of the last proven time than were counted then"],
  ["more than were read", { isWhole: false, objectsBefore: 2 }, baseline, "with an earlier count nothing was compared"],
  ["more than were read", { isWhole: false }, null, "of the bucket the first 12 versions were looked at and no more"],
] as [string, Partial<BucketLook>, typeof baseline | null, string][])("beside a bucket with %s it is proven, and says so", (_what, bucket, counted, said) => {
  const { standing, lines } = judged({}, bucket, counted);
  expect([standing, lines]).toEqual(["proven", expect.arrayContaining([expect.stringContaining(said)])]);
});
