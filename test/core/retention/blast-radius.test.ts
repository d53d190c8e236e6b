import { blastRadius } from "@steward/core/retention/blast-radius";
import type { RetentionLine } from "@steward/core/retention/plan";
import { describe, expect, test } from "vitest";
import { NOW } from "../builders.ts";
import { policy, VOLUME } from "./builders.ts";

const lines = (due: number, kept: number, rule: RetentionLine["rule"] = "schedule"): RetentionLine[] =>
  Array.from({ length: due + kept }, (_, index) => {
    const snapshotId = `snap-${index}`;
    const shared = { snapshotId, volumeId: VOLUME, at: NOW, because: "", dueAt: null };
    return index < due ? { ...shared, verdict: "delete", rule: "due" } : { ...shared, verdict: "keep", rule };
  });
const limits = (atMost: number, atMostPercent: number) => policy({ pruning: { perSecond: 4, burst: 20, atMost, atMostPercent } });

describe("without a person's word", () => {
  test("as many may go as the settings say, and not one more", () => {
    expect(blastRadius(lines(50, 200), limits(50, 50), null)).toBeUndefined();
    expect(blastRadius(lines(51, 200), limits(50, 50), null)).toBe("51 of 251 snapshots are due at once: more than 50 (snapshots.pruning.atMost)");
  });

  test("such a share may go as the settings say, and not a bit more", () => {
    expect(blastRadius(lines(5, 5), limits(50, 50), null)).toBeUndefined();
    expect(blastRadius(lines(6, 5), limits(50, 50), null)).toBe("6 of 11 snapshots are due at once: more than 50 % (snapshots.pruning.atMostPercent)");
    expect(blastRadius(lines(34, 66), limits(50, 33), null)).toContain("more than 33 %");
    expect(blastRadius(lines(33, 67), limits(50, 33), null)).toBeUndefined();
    expect(blastRadius(lines(3, 0), limits(50, 100), null)).toBeUndefined();
  });

  test("what is not ours makes no share smaller", () => {
    expect(blastRadius(lines(1, 1, "not-ours"), limits(50, 50), null)).toBe(
      "1 of 1 snapshots are due at once: more than 50 % (snapshots.pruning.atMostPercent)",
    );
  });

  test("nothing due is within every limit", () => {
    expect(blastRadius([], limits(1, 1), null)).toBeUndefined();
    expect(blastRadius(lines(0, 3), limits(1, 1), null)).toBeUndefined();
  });
});

describe("with a person's word", () => {
  test("as many may go as were confirmed, and not one more", () => {
    expect(blastRadius(lines(80, 20), limits(50, 50), 80)).toBeUndefined();
    expect(blastRadius(lines(81, 20), limits(50, 50), 80)).toBe(
      "81 of 101 snapshots are due at once: more than 50 (snapshots.pruning.atMost), and than the 80 that were confirmed",
    );
  });

  test("what the settings allow by themselves needs no word", () => {
    expect(blastRadius(lines(10, 90), limits(50, 50), 1)).toBeUndefined();
  });
});
