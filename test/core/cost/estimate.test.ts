import { ASSUMED } from "@steward/core/cost/assumptions";
import { COSTS, type CostLine, estimate } from "@steward/core/cost/estimate";
import { monthlyInWords, reckoned, totalInWords } from "@steward/core/cost/words";
import type { Topology } from "@steward/core/topology/topology";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { haSettings, haTopology, singleTopology } from "../../settings.ts";

const { zones } = haSettings().network;
const pager = ["https://pager.example.com/a"];
const server = singleTopology();
const pair = haTopology();
const rich = haTopology("demo", { network: { zones, interfaceEndpoints: true }, database: { multiAz: true }, alerts: { pager } });

const line = (topology: Topology, what: string): CostLine | undefined => estimate(topology).lines.find((one) => one.what === what);
const monthly = (topology: Topology, what: string) => line(topology, what)?.monthly;
const whats = (topology: Topology) => estimate(topology).lines.map(({ what }) => what);

/** Any stage, as far as its cost can differ. */
const stages: fc.Arbitrary<Topology> = fc.oneof(
  fc
    .record({
      instanceType: fc.constantFrom("c5.4xlarge", "m6i.xlarge", "x9.huge"),
      rootGib: fc.integer({ min: 20, max: 16_384 }),
      instanceClass: fc.constantFrom("db.t3.xlarge", "db.m5.large", "db.x9.huge"),
      multiAz: fc.boolean(),
      interfaceEndpoints: fc.boolean(),
      pagers: fc.integer({ min: 0, max: 3 }),
      logDays: fc.constantFrom(7, 30, 365),
    })
    .map(({ instanceType, rootGib, instanceClass, multiAz, interfaceEndpoints, pagers, logDays }) =>
      haTopology("demo", {
        nodes: { instanceType, rootGib },
        database: { instanceClass, multiAz },
        network: { zones, interfaceEndpoints },
        alerts: { pager: Array(pagers).fill(pager[0]) },
        logDays: logDays as 7 | 30 | 365,
      }),
    ),
  fc
    .record({ gib: fc.integer({ min: 100, max: 16_384 }), iops: fc.integer({ min: 3_000, max: 16_000 }), throughput: fc.integer({ min: 125, max: 750 }) })
    .map((dataVolume) => singleTopology("demo", { dataVolume })),
);

/** More of one thing, never less of another. */
const MORE: Record<string, (topology: Topology) => Topology> = {
  node: (topology) => ({
    ...topology,
    group: { ...topology.group, serving: { ...topology.group.serving, desired: topology.group.serving.desired + 1 } },
  }),
  alarm: (topology) => ({ ...topology, alarms: [...topology.alarms, ...topology.alarms.slice(0, 1)] }),
  "alarm over alarms": (topology) => ({ ...topology, composites: [...topology.composites, ...topology.composites.slice(0, 1)] }),
  key: (topology) => ({ ...topology, keys: [...topology.keys, ...topology.keys.slice(0, 1)] }),
  secret: (topology) => ({ ...topology, secrets: [...topology.secrets, ...topology.secrets.slice(0, 1)] }),
  schedule: (topology) => ({ ...topology, schedules: [...topology.schedules, ...topology.schedules.slice(0, 1)] }),
};

describe("an estimate", () => {
  test("is the sum of its lines, and each subtotal that of its own", () => {
    fc.assert(
      fc.property(stages, (topology) => {
        const { lines, totals } = estimate(topology);
        const sum = (of: CostLine[]) => of.reduce((total, one) => total + (one.monthly ?? 0), 0);
        expect(totals.all).toBeCloseTo(sum(lines), 6);
        for (const id of ["standing", "control-plane", "usage"] as const) expect(totals[id]).toBeCloseTo(sum(lines.filter(({ group }) => group === id)), 6);
        expect(totals.standing + totals["control-plane"] + totals.usage).toBeCloseTo(totals.all, 6);
      }),
    );
  });

  test("has only finite amounts, none below zero, and each line once", () => {
    fc.assert(
      fc.property(stages, (topology) => {
        const { lines } = estimate(topology);
        for (const { quantity, monthly: usd } of lines) expect(Math.min(quantity, usd ?? 0)).toBeGreaterThanOrEqual(0);
        for (const { quantity, monthly: usd } of lines) expect(Number.isFinite(quantity + (usd ?? 0))).toBe(true);
        expect(new Set(lines.map(({ what }) => what)).size).toBe(lines.length);
      }),
    );
  });

  test.each(Object.entries(MORE))("is never lower for one more %s", (_, more) => {
    fc.assert(
      fc.property(stages, (topology) => {
        expect(estimate(more(topology)).totals.all).toBeGreaterThanOrEqual(estimate(topology).totals.all);
      }),
    );
  });

  test("names the dearest first, and what is unknown before it", () => {
    const usd = estimate(pair).lines.map((one) => one.monthly ?? Number.POSITIVE_INFINITY);
    expect(usd).toEqual([...usd].sort((one, other) => other - one));
    expect(whats(haTopology("demo", { database: { instanceClass: "db.x9.huge" } }))[0]).toBe("database, db.x9.huge");
  });
});

describe("every kind of thing in a topology", () => {
  test.each(Object.entries(COSTS))("%s is in a line of some stage, or is said to be free", (_, rule) => {
    if (typeof rule === "string") {
      expect(rule).not.toBe("");
      return;
    }
    expect([server, rich].flatMap(rule).length).toBeGreaterThan(0);
  });

  test("is known to the table, and the table knows nothing else", () => {
    const kinds = [...Object.keys(pair).filter((kind) => kind !== "network"), ...Object.keys(pair.network).map((kind) => `network.${kind}`)];
    expect(Object.keys(COSTS).sort()).toEqual(kinds.sort());
  });
});

describe("the fleet", () => {
  test("is estimated at its serving size, though a deploy begins empty", () => {
    expect(monthly(pair, "2 nodes, c5.4xlarge")).toBe(992.8);
    expect(monthly(server, "1 node, m6i.xlarge")).toBe(140.16);
  });

  test("pays the database's standby twice, its storage too", () => {
    expect(monthly(pair, "database, db.t3.xlarge")).toBe(211.7);
    expect(monthly(rich, "database, db.t3.xlarge and its standby")).toBe(423.4);
    expect([pair, rich].map((topology) => monthly(topology, "database, storage gp3"))).toEqual([11.5, 23]);
  });

  test("pays interface endpoints where there are any", () => {
    expect(whats(pair)).not.toContain("interface endpoints");
    expect(monthly(rich, "interface endpoints")).toBe(43.8);
  });

  test("pays operations and throughput only above what gp3 gives", () => {
    const fast = singleTopology("demo", { dataVolume: { iops: 4_000, throughput: 225 } });
    expect(whats(server).filter((what) => what.startsWith("data volume"))).toEqual(["data volume, 500 GiB gp3"]);
    expect([monthly(fast, "data volume, operations"), monthly(fast, "data volume, throughput")]).toEqual([5, 4]);
  });

  test("pays every public address: the server's, the NAT gateway's, the load balancer's in each zone", () => {
    expect(monthly(server, "public address of the server")).toBe(3.65);
    expect(monthly(pair, "public address of the NAT gateway")).toBe(3.65);
    expect(monthly(pair, "public addresses of the load balancer, one in each zone")).toBe(7.3);
  });
});

describe("use", () => {
  test("pays downloads tier by tier", () => {
    expect(whats(server).filter((what) => what.startsWith("downloads"))).toEqual(["downloads, first 10 TB"]);
    const tiers = estimate(pair).lines.filter(({ what }) => what.startsWith("downloads"));
    expect(tiers.reduce((gb, { quantity }) => gb + quantity, 0)).toBe((ASSUMED.haInstalls.value * ASSUMED.installMb.value) / 1_000);
  });

  test("keeps access logs for as long as the bucket does", () => {
    const kept = (logDays: 30 | 90) => line(haTopology("demo", { logDays }), "access logs of the load balancer")?.quantity ?? 0;
    expect(kept(90)).toBeCloseTo(3 * kept(30), 6);
    const never = {
      ...pair,
      buckets: pair.buckets.map((bucket) => ({ ...bucket, lifecycle: bucket.lifecycle.map((rule) => ({ ...rule, expireDays: null })) })),
    };
    expect(line(never, "access logs of the load balancer")?.quantity).toBe(0);
  });

  test("tells each listener of each incident", () => {
    expect(whats(rich)).toContain("incidents, messages by https");
    expect(whats(rich)).not.toContain("incidents, messages by email");
    expect(line(pair, "incidents, messages by email")?.quantity).toBe(60);
  });
});

describe("Steward itself", () => {
  test("costs little when nothing happens", () => {
    for (const topology of [server, pair]) expect(estimate(topology).totals["control-plane"]).toBeLessThan(15);
  });

  test("is counted from the topology", () => {
    expect(line(pair, "alarms")?.quantity).toBe(pair.alarms.length);
    for (const topology of [pair, server]) expect(line(topology, "functions, called by schedules")?.quantity).toBe(17_520);
    expect(line(pair, "metrics of Steward")?.quantity).toBe(2);
    expect(line(server, "metrics of Steward")?.quantity).toBe(4);
    expect(whats({ ...pair, table: { ...pair.table, pointInTimeRecovery: false } })).not.toContain("ledger, restorable to any second");
  });
});

test("snapshots are paid where there are any: the runs that make and delete them, and what they keep", () => {
  expect(line(server, "snapshots, durable operations")?.quantity).toBe(ASSUMED.snapshotRuns.value * ASSUMED.snapshotOperations.value);
  expect(line(server, "snapshots, runs")?.quantity).toBe((ASSUMED.snapshotRuns.value * ASSUMED.snapshotRunSeconds.value) / 2);
  expect(whats(pair).filter((what) => /^snapshots/.test(what))).toEqual([]);
});

describe("what has no known price", () => {
  const unknown = estimate(haTopology("demo", { nodes: { instanceType: "m9i.xlarge" }, database: { instanceClass: "db.x9.huge" } }));

  test("is named, never guessed, and the total says so", () => {
    expect(unknown.unknown).toEqual(expect.arrayContaining(["2 nodes, m9i.xlarge", "database, db.x9.huge"]));
    expect(unknown.lines.filter(({ monthly: usd }) => usd === null).map(({ price }) => price)).toEqual([null, null]);
    const [line] = unknown.lines.filter(({ monthly }) => monthly === null);
    expect(line && [monthlyInWords(line), reckoned(line)]).toEqual(["price unknown", expect.stringContaining("an unknown price")]);
    expect(totalInWords(unknown)).toMatch(/^at least \$/);
    expect(totalInWords(estimate(pair))).toMatch(/^\$/);
  });
});

test("elsewhere than in us-east-1 the estimate says whose prices these are", () => {
  const there = haTopology("demo", { region: "eu-west-1", network: { zones: ["eu-west-1a", "eu-west-1b"] } });
  expect([estimate(pair).caveat, estimate(there).caveat]).toEqual([null, "prices are those of us-east-1; eu-west-1 has its own"]);
  expect(estimate(there).totals).toEqual(estimate(pair).totals);
});

test("an image that is built on a type without a known price is named as such", () => {
  const { image, ...rest } = haTopology();
  const odd = { ...rest, image: { ...image, builder: { ...image.builder, instanceType: "m9i.xlarge" } } };
  expect(estimate(odd).unknown).toContain("golden images, built on m9i.xlarge");
});
