import { policyFingerprint } from "@steward/core/retention/fingerprint";
import { planRetention } from "@steward/core/retention/plan";
import { reportOf, SnapshotsReport } from "@steward/core/retention/report";
import { describe, expect, test } from "vitest";
import { ago, NOW } from "../builders.ts";
import { daily, facts, hourly, policy, STAGE, shot, VOLUME } from "./builders.ts";

describe("a report", () => {
  const old = (days: number) => shot({ slot: ago({ days }) });

  test("has the plan, its counts and nothing in the way", () => {
    const seen = facts([shot(), old(1), old(2)]);
    const by = policy({ floor: 2 });
    const lines = planRetention(seen, by, NOW);
    expect(reportOf(seen, by, NOW)).toEqual({ stage: STAGE, at: NOW, volumeId: VOLUME, lines, counts: { keep: 2, archive: 0, delete: 1 }, because: null });
  });

  test("says why a pruning would not begin", () => {
    expect(reportOf(facts([shot(), old(1), old(2)]), policy(), NOW)).toMatchObject({
      counts: { keep: 1, delete: 2 },
      because: "2 of 3 snapshots are due at once: more than 50 % (snapshots.pruning.atMostPercent)",
    });
  });

  test("is the same after a way as JSON", () => {
    const report = reportOf(facts([shot(), old(1)], { volumeId: null }), policy(), NOW);
    expect(SnapshotsReport.parse(JSON.parse(JSON.stringify(report)))).toEqual({ ...report, proof: null });
  });
});

describe("a policy's fingerprint", () => {
  test("is twelve hexadecimal digits, and stays what it was", () => {
    expect(policyFingerprint(policy({ schedules: [daily({ count: 14 })], floor: 3 }))).toMatchInlineSnapshot(`"9a8e4c8258d4"`);
  });

  test("does not depend on the order in which the settings were written", () => {
    const { floor, schedules, ...rest } = policy({ schedules: [daily({ count: 1, days: 2 })] });
    expect(policyFingerprint({ ...rest, schedules: [{ keep: { days: 2, count: 1 }, everyHours: 24, id: "daily" }], floor })).toBe(
      policyFingerprint({ floor, schedules, ...rest }),
    );
  });

  test("is another for every other policy, whatever its pace", () => {
    const all = [
      policy(),
      policy({ floor: 2 }),
      policy({ unfrozen: "skip" }),
      policy({ schedules: [daily({ count: 1 })] }),
      policy({ schedules: [daily({ days: 1 })] }),
      policy({ schedules: [daily({}), hourly({})] }),
      policy({ schedules: [hourly({}), daily({})] }),
    ];
    expect(new Set(all.map(policyFingerprint)).size).toBe(all.length);
    const paced = policy({ pruning: { perSecond: 3, burst: 20, atMost: 50, atMostPercent: 50 } });
    expect(policyFingerprint(paced)).toBe(policyFingerprint(policy()));
  });
});
