import { DATABASE_HOURS, KNOWN_FAMILIES, NODE_HOURS, PRICES, type Price, TRANSFER_OUT } from "@steward/core/cost/prices";
import { priceInWords } from "@steward/core/cost/words";
import { describe, expect, test } from "vitest";

const every: [string, Price][] = [
  ...Object.entries(PRICES),
  ...TRANSFER_OUT.map(({ price }, index): [string, Price] => [`download ${index}`, price]),
  ...NODE_HOURS,
  ...DATABASE_HOURS,
];

test.each(every)("%s has a price, a unit, a source and its date", (_, { usd, units, unit, source, asOf }) => {
  expect(usd).toBeGreaterThan(0);
  expect(units).toBeGreaterThanOrEqual(1);
  expect([unit, source, asOf]).not.toContain("");
});

describe("an instance", () => {
  test.each([
    ["c5.4xlarge", 0.68],
    ["c5.9xlarge", 1.53],
    ["c6a.12xlarge", 1.836],
    ["c7a.24xlarge", 4.92672],
    ["m6i.xlarge", 0.192],
    ["r7i.2xlarge", 0.5292],
    ["t3.2xlarge", 0.3328],
  ])("%s costs what the list says", (type, usd) => {
    expect(NODE_HOURS.get(type)?.usd).toBe(usd);
  });

  test.each(["c5.8xlarge", "m6g.xlarge", "c5", "constructor.name", ""])("%s has no known price", (type) => {
    expect(NODE_HOURS.get(type)).toBeUndefined();
  });

  test("costs more the larger it is", () => {
    for (const family of KNOWN_FAMILIES.nodes) {
      const hours = [...NODE_HOURS].filter(([type]) => type.startsWith(`${family}.`)).map(([, { usd }]) => usd);
      expect(hours).toEqual([...new Set(hours)].sort((one, other) => one - other));
    }
  });
});

test("a database class costs what the list says", () => {
  expect([DATABASE_HOURS.get("db.t3.xlarge")?.usd, DATABASE_HOURS.get("db.x9.huge")]).toEqual([0.29, undefined]);
});

test("tiers of downloads begin where the one before ends, and get cheaper", () => {
  const ends = TRANSFER_OUT.map(({ upToGb }) => upToGb);
  expect(ends).toEqual([...ends].sort((one, other) => one - other));
  expect(ends.at(-1)).toBe(Number.POSITIVE_INFINITY);
  const usd = TRANSFER_OUT.map(({ price }) => price.usd);
  expect(usd).toEqual([...usd].sort((one, other) => other - one));
});

test("a price in words keeps its digits", () => {
  expect([PRICES.key, PRICES.functionDuration, PRICES.functionRequests].map(priceInWords)).toEqual([
    "$1.00 per key",
    "$0.0000133334 per GB-second (arm64)",
    "$0.20 per 1,000,000 requests",
  ]);
});
